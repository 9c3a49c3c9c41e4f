//! Signatures over the checkpoints of the second tree: SM2 (GB/T 32918-2016) with SM3, as lines of signed notes.
//!
//! C2SP has no type for them, so the key is of type 0xff, which its specification leaves to whoever names the kind in
//! the key itself. The signer's identity is the usual `1234567812345678`; a signature is r || s, 64 bytes.

use std::fmt;

use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::sec1::ToSec1Point as _;

use crate::base64;
use crate::key::{KeyError, checked_name, key_id, parts};
use crate::note::{Note, NoteError, NoteSignature};

/// The identity that is hashed into every signature (GM/T 0009-2012).
const IDENTITY: &str = "1234567812345678";
/// Type and kind of the key, before its point.
const KIND: &[u8] = b"\xffironcage/sm2-sm3/v1\n";
/// 0x04, x and y.
const POINT_BYTES: usize = 65;

/// A public key of SM2 with its name.
#[derive(Clone, PartialEq, Eq)]
pub struct Sm2Key {
    name: String,
    point: [u8; POINT_BYTES],
}

impl Sm2Key {
    /// Reads `name+id+base64`.
    ///
    /// # Errors
    ///
    /// When the text is no key of this kind, or its id belongs to another name or key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, material) = parts(text)?;
        let bytes = material.strip_prefix(KIND);
        let bytes = bytes.ok_or_else(|| KeyError::Kind {
            name: name.clone(),
            code: material.first().copied().unwrap_or_default(),
        })?;
        let wrong = || KeyError::Point {
            name: name.clone(),
            bytes: bytes.len(),
        };
        let point = bytes.try_into().map_err(|_| wrong())?;
        VerifyingKey::from_sec1_bytes(IDENTITY, bytes).map_err(|_| wrong())?;
        let key = Self { name, point };
        if key.id() != id {
            return Err(KeyError::Id {
                computed: key.id(),
                given: id,
                name: key.name,
            });
        }
        Ok(key)
    }

    /// Its name: the origin of the second tree.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First 4 bytes of SHA-256(name || 0x0A || type, kind and point).
    #[must_use]
    pub fn id(&self) -> u32 {
        key_id(&self.name, KIND, &self.point)
    }

    /// The uncompressed point: 0x04, x and y.
    #[must_use]
    pub fn point(&self) -> &[u8; POINT_BYTES] {
        &self.point
    }

    /// Verifies that a note has a line by this key and that every such line holds.
    ///
    /// # Errors
    ///
    /// When a line fails, or there is none.
    pub fn check(&self, note: &Note) -> Result<(), NoteError> {
        let is_own = |line: &&NoteSignature| line.name == self.name && line.key == self.id();
        let mut lines = note.signatures.iter().filter(is_own).peekable();
        if lines.peek().is_none() {
            let wanted = self.name.clone();
            return Err(NoteError::Unsigned { wanted });
        }
        let key = VerifyingKey::from_sec1_bytes(IDENTITY, &self.point);
        let holds = |line: &NoteSignature| {
            let signature = Signature::from_slice(&line.bytes);
            key.as_ref().is_ok_and(|key| {
                signature
                    .is_ok_and(|signature| key.verify(note.text.as_bytes(), &signature).is_ok())
            })
        };
        if lines.all(holds) {
            return Ok(());
        }
        let name = self.name.clone();
        Err(NoteError::Forged { name })
    }
}

impl fmt::Display for Sm2Key {
    /// As it is published: `name+id+base64`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = base64::encode(&[KIND, &self.point].concat());
        write!(formatter, "{}+{:08x}+{material}", self.name, self.id())
    }
}

impl fmt::Debug for Sm2Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A private key of SM2 with its name. `Debug` shows the public part alone.
pub struct Sm2Signer {
    key: SigningKey,
    public: Sm2Key,
}

impl Sm2Signer {
    /// The key of this name from 32 bytes; `None` where they are no number below the curve's order, which happens to
    /// one of 2^32.
    ///
    /// # Errors
    ///
    /// When the name cannot name a key.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Option<Self>, KeyError> {
        let name = checked_name(name)?;
        let Ok(key) = SigningKey::from_slice(IDENTITY, seed) else {
            return Ok(None);
        };
        let encoded = key.verifying_key().to_sec1_point(false);
        let bytes = encoded.as_bytes();
        let point = bytes.try_into().map_err(|_| KeyError::Point {
            name: name.clone(),
            bytes: bytes.len(),
        })?;
        let public = Sm2Key { name, point };
        Ok(Some(Self { key, public }))
    }

    /// The public part.
    #[must_use]
    pub fn key(&self) -> &Sm2Key {
        &self.public
    }

    /// Signs the text of a note; the same text again has the same signature (RFC 6979).
    #[must_use]
    pub fn sign(&self, text: &str) -> NoteSignature {
        let signature: Signature = self.key.sign(text.as_bytes());
        NoteSignature {
            name: self.public.name.clone(),
            key: self.public.id(),
            bytes: signature.to_bytes().to_vec(),
        }
    }
}

impl fmt::Debug for Sm2Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "signer of {}", self.public)
    }
}

#[cfg(test)]
mod tests;
