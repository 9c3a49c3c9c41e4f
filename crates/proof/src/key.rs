//! Keys of signed notes: the text form that is published, and the one that signs (C2SP signed-note).

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use ml_dsa::{EncodedVerifyingKey, MlDsa44};
use sha2::{Digest, Sha256};

use crate::base64;
use crate::note::NoteSignature;

/// What a key signs, and how.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyKind {
    /// The text of a note, by Ed25519.
    Note,
    /// A cosignature with its time over a checkpoint, by Ed25519 (`cosignature/v1`).
    Cosignature,
    /// The same by ML-DSA-44 (FIPS 204, `subtree/v1`). It is verified here, not made.
    MlDsaCosignature,
}

impl KeyKind {
    fn code(self) -> u8 {
        match self {
            Self::Note => 1,
            Self::Cosignature => 4,
            Self::MlDsaCosignature => 6,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [Self::Note, Self::Cosignature, Self::MlDsaCosignature]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// Why a text is no key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// Not the parts that a key has.
    #[error("{key:?} is no key; one looks like `name+0a1b2c3d+base64`")]
    Shape {
        /// What was given, shortened.
        key: String,
    },
    /// A name with spaces, `+`, control characters, or none.
    #[error(
        "{name:?} cannot name a key: it must not be empty, nor have spaces, `+` or control characters"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// A kind of key that is not known here.
    #[error(
        "key {name:?} is of type {code:#04x}; 0x01 (Ed25519), 0x04 and 0x06 (cosignatures) are known here"
    )]
    Kind {
        /// Name of the key.
        name: String,
        /// Its type byte.
        code: u8,
    },
    /// The id does not belong to name and key.
    #[error(
        "key {name:?} says its id is {given:08x}, but name and key make {computed:08x}: one of them was changed"
    )]
    Id {
        /// Name of the key.
        name: String,
        /// The id it says.
        given: u32,
        /// The id it has.
        computed: u32,
    },
    /// No key of its type.
    #[error("key {name:?} holds {bytes} bytes that are no key of its type")]
    Point {
        /// Name of the key.
        name: String,
        /// Length of what it holds.
        bytes: usize,
    },
}

/// A public key with its name: who signs, and what.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    material: Material,
}

/// What a public key consists of.
#[derive(Clone, PartialEq, Eq)]
enum Material {
    Ed25519(VerifyingKey),
    /// Encoded; it is taken apart when something is verified.
    MlDsa(Box<[u8; ML_DSA_KEY_BYTES]>),
}

/// Bytes of a public key of ML-DSA-44 (FIPS 204, table 2).
const ML_DSA_KEY_BYTES: usize = 1_312;

impl Material {
    fn of(kind: KeyKind, bytes: &[u8]) -> Option<Self> {
        match kind {
            KeyKind::MlDsaCosignature => {
                let key: &[u8; ML_DSA_KEY_BYTES] = bytes.try_into().ok()?;
                Some(Self::MlDsa(Box::new(*key)))
            }
            KeyKind::Note | KeyKind::Cosignature => {
                let point = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
                Some(Self::Ed25519(point))
            }
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(point) => point.as_bytes(),
            Self::MlDsa(key) => &key[..],
        }
    }

    fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(point) => Signature::from_slice(signature)
                .is_ok_and(|signature| point.verify_strict(message, &signature).is_ok()),
            Self::MlDsa(key) => {
                let encoded = EncodedVerifyingKey::<MlDsa44>::from(**key);
                let key = ml_dsa::VerifyingKey::<MlDsa44>::decode(&encoded);
                ml_dsa::Signature::<MlDsa44>::try_from(signature)
                    .is_ok_and(|signature| key.verify_with_context(message, &[], &signature))
            }
        }
    }
}

impl VerifierKey {
    /// Reads `name+id+base64`.
    ///
    /// # Errors
    ///
    /// When the text is no key, or its id belongs to another name or key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, material) = parts(text)?;
        let (kind, bytes) = kind_and_bytes(&name, &material)?;
        let wrong = || KeyError::Point {
            name: name.clone(),
            bytes: bytes.len(),
        };
        let material = Material::of(kind, bytes).ok_or_else(wrong)?;
        let key = Self {
            name,
            kind,
            material,
        };
        if key.id() != id {
            return Err(KeyError::Id {
                computed: key.id(),
                given: id,
                name: key.name,
            });
        }
        Ok(key)
    }

    /// Its name: the origin of a log, or the name of a witness.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// First 4 bytes of SHA-256(name || 0x0A || type || key).
    #[must_use]
    pub fn id(&self) -> u32 {
        key_id(&self.name, &[self.kind.code()], self.material.bytes())
    }

    /// Whether the signature over these bytes is by this key.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.material.signed(message, signature)
    }
}

impl fmt::Display for VerifierKey {
    /// As it is published: `name+id+base64`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut material = vec![self.kind.code()];
        material.extend(self.material.bytes());
        let material = base64::encode(&material);
        write!(formatter, "{}+{:08x}+{material}", self.name, self.id())
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A private key with its name. Its text is a secret; `Debug` shows the public part alone.
pub struct NoteSigner {
    key: SigningKey,
    public: VerifierKey,
}

impl NoteSigner {
    const PREFIX: &str = "PRIVATE+KEY+";

    /// The key of this name from its 32-byte seed.
    ///
    /// # Errors
    ///
    /// When the name cannot name a key, or the kind is one that is only verified here.
    pub fn from_seed(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let name = checked_name(name)?;
        if kind == KeyKind::MlDsaCosignature {
            let code = kind.code();
            return Err(KeyError::Kind { name, code });
        }
        let key = SigningKey::from_bytes(seed);
        let material = Material::Ed25519(key.verifying_key());
        let public = VerifierKey {
            name,
            kind,
            material,
        };
        Ok(Self { key, public })
    }

    /// Reads `PRIVATE+KEY+name+id+base64`.
    ///
    /// # Errors
    ///
    /// When the text is no private key. The error never repeats the secret.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let hidden = || KeyError::Shape {
            key: format!("{}…", Self::PREFIX),
        };
        let rest = text.trim().strip_prefix(Self::PREFIX).ok_or_else(hidden)?;
        let (name, id, material) = parts(rest).map_err(|error| match error {
            KeyError::Shape { .. } => hidden(),
            other => other,
        })?;
        let (kind, seed) = kind_and_bytes(&name, &material)?;
        let seed = seed.try_into().map_err(|_| KeyError::Point {
            name: name.clone(),
            bytes: seed.len(),
        })?;
        let signer = Self::from_seed(&name, kind, seed)?;
        let computed = signer.public.id();
        if computed != id {
            return Err(KeyError::Id {
                name,
                given: id,
                computed,
            });
        }
        Ok(signer)
    }

    /// The secret text that [`NoteSigner::parse`] reads.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        let mut material = vec![self.public.kind.code()];
        material.extend(self.key.as_bytes());
        let VerifierKey { name, .. } = &self.public;
        let material = base64::encode(&material);
        format!("{}{name}+{:08x}+{material}", Self::PREFIX, self.public.id())
    }

    /// The public part.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.public
    }

    /// Signs the text of a note.
    #[must_use]
    pub fn sign(&self, text: &str) -> NoteSignature {
        self.signature(self.sign_bytes(text.as_bytes()).to_vec())
    }

    pub(crate) fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    pub(crate) fn signature(&self, bytes: Vec<u8>) -> NoteSignature {
        NoteSignature {
            name: self.public.name.clone(),
            key: self.public.id(),
            bytes,
        }
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "signer of {}", self.public)
    }
}

/// Whether a name may name a key.
pub(crate) fn is_name(name: &str) -> bool {
    let odd =
        |character: char| character.is_whitespace() || character.is_control() || character == '+';
    !name.is_empty() && !name.contains(odd)
}

pub(crate) fn checked_name(name: &str) -> Result<String, KeyError> {
    if is_name(name) {
        return Ok(name.to_owned());
    }
    Err(KeyError::Name {
        name: shortened(name),
    })
}

/// First 4 bytes of SHA-256(name || 0x0A || kind || material), as C2SP signed-note makes key ids.
pub(crate) fn key_id(name: &str, kind: &[u8], material: &[u8]) -> u32 {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update(b"\n")
        .chain_update(kind)
        .chain_update(material)
        .finalize();
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

/// Name, id and key material of `name+id+base64`.
pub(crate) fn parts(text: &str) -> Result<(String, u32, Vec<u8>), KeyError> {
    let wrong = || KeyError::Shape {
        key: shortened(text),
    };
    let mut parts = text.trim().splitn(3, '+');
    let (Some(name), Some(id), Some(material)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wrong());
    };
    let digits = id.len() == 8
        && id
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let id = digits.then(|| u32::from_str_radix(id, 16).ok()).flatten();
    let material = base64::decode(material).ok_or_else(wrong)?;
    Ok((checked_name(name)?, id.ok_or_else(wrong)?, material))
}

fn kind_and_bytes<'m>(name: &str, material: &'m [u8]) -> Result<(KeyKind, &'m [u8]), KeyError> {
    let (code, bytes) = material.split_first().ok_or(KeyError::Point {
        name: name.to_owned(),
        bytes: 0,
    })?;
    let kind = KeyKind::from_code(*code).ok_or(KeyError::Kind {
        name: name.to_owned(),
        code: *code,
    })?;
    Ok((kind, bytes))
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
