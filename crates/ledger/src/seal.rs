//! Sealing: what a body and a unit key are encrypted with, and the salt of a commitment.
//!
//! AES-256-GCM with a random nonce; the keys of a body come from its unit's key and its idempotency id, so
//! that one key seals one body, and destroying the unit's key destroys them all.

use std::cell::RefCell;
use std::fmt;

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{Aead as _, AeadInOut as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;

/// Bytes of a nonce.
const NONCE_BYTES: usize = 12;
/// What sealing adds to a text: nonce and tag.
pub(crate) const SEAL_BYTES: usize = NONCE_BYTES + 16;

/// A secret key of 32 bytes. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey([u8; 32]);

/// Why something sealed does not open, or nothing can be sealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    /// Another key, another context, or changed bytes.
    #[error("it does not open with this key: the bytes or what they belong to were changed")]
    Closed,
    /// The system gave no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
}

impl SecretKey {
    /// A new key from the system's randomness.
    ///
    /// # Errors
    ///
    /// When the system has none.
    pub fn random() -> Result<Self, SealError> {
        random().map(Self)
    }

    /// The key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals a text; it opens only with the same context.
    ///
    /// # Errors
    ///
    /// When the system gives no random bytes for the nonce.
    pub fn seal(&self, context: &[u8], text: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = Vec::with_capacity(SEAL_BYTES + text.len());
        self.seal_onto(&mut sealed, context, text)?;
        Ok(sealed)
    }

    /// As [`SecretKey::seal`], behind what is in `out` already.
    pub(crate) fn seal_onto(
        &self,
        out: &mut Vec<u8>,
        context: &[u8],
        text: &[u8],
    ) -> Result<(), SealError> {
        let nonce: [u8; NONCE_BYTES] = random()?;
        out.extend(nonce);
        let from = out.len();
        out.extend(text);
        let text = InOutBuf::from(&mut out[from..]);
        let nonce = Nonce::from(nonce);
        let tag = self.cipher().encrypt_inout_detached(&nonce, context, text);
        out.extend(tag.map_err(|_| SealError::Closed)?);
        Ok(())
    }

    /// Opens what [`SecretKey::seal`] sealed.
    ///
    /// # Errors
    ///
    /// When key, context or bytes are others.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, sealed) = sealed
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SealError::Closed)?;
        let payload = Payload {
            msg: sealed,
            aad: context,
        };
        let opened = self.cipher().decrypt(&Nonce::from(*nonce), payload);
        opened.map_err(|_| SealError::Closed)
    }

    /// What labels are hashed with, so that a unit is found by its label and nobody without this key can guess it.
    pub(crate) fn label_key(&self) -> LabelKey {
        LabelKey(Hkdf::new(None, &self.0))
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.0.into())
    }
}

/// A unit's key, ready to give the keys and salts of its bodies.
pub(crate) struct UnitKey(Hkdf<Sha256>);

impl UnitKey {
    pub(crate) fn new(key: &SecretKey) -> Self {
        Self(Hkdf::new(None, &key.0))
    }

    /// The key of one body of this unit.
    pub(crate) fn body_key(&self, idempotency: &[u8; 16]) -> SecretKey {
        SecretKey(expanded(&self.0, &[b"ironcage/body-key/v1\n", idempotency]))
    }

    /// The salt of one body's commitment.
    pub(crate) fn body_salt(&self, idempotency: &[u8; 16]) -> [u8; 32] {
        expanded(&self.0, &[b"ironcage/body-salt/v1\n", idempotency])
    }
}

impl fmt::Debug for UnitKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("UnitKey(…)")
    }
}

/// The key under which labels are hashed.
pub(crate) struct LabelKey(Hkdf<Sha256>);

impl LabelKey {
    /// A hash that only the agency can compute; two labels have the same one as good as never.
    pub(crate) fn hash(&self, label: &str) -> [u8; 16] {
        expanded(&self.0, &[b"ironcage/label/v1\n", label.as_bytes()])
    }
}

impl fmt::Debug for LabelKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LabelKey(…)")
    }
}

fn expanded<const N: usize>(key: &Hkdf<Sha256>, info: &[&[u8]]) -> [u8; N] {
    let mut bytes = [0; N];
    let expanded = key.expand_multi_info(info, &mut bytes);
    debug_assert!(expanded.is_ok(), "a few bytes are never too many");
    bytes
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretKey(…)")
    }
}

/// Bytes from the system's randomness that are asked for at once: a call for each nonce would take longer
/// than the sealing.
const RANDOM_BYTES: usize = 4_096;

thread_local! {
    static RANDOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Bytes from the system's randomness, each handed out once.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SealError> {
    RANDOM.with_borrow_mut(|left| {
        if left.len() < N {
            left.resize(RANDOM_BYTES.max(N), 0);
            if getrandom::fill(left).is_err() {
                left.clear();
                return Err(SealError::NoRandomness);
            }
        }
        let rest = left.len() - N;
        let bytes = left[rest..].first_chunk().copied();
        left[rest..].fill(0);
        left.truncate(rest);
        bytes.ok_or(SealError::NoRandomness)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_key_and_context_alone() {
        let key = SecretKey::random().unwrap();
        let sealed = key.seal(b"leaf 1", b"body").unwrap();
        assert_eq!(sealed.len(), SEAL_BYTES + 4);
        assert_eq!(key.open(b"leaf 1", &sealed).unwrap(), b"body");
        assert_eq!(key.open(b"leaf 2", &sealed), Err(SealError::Closed));
        let other = SecretKey::random().unwrap();
        assert_eq!(other.open(b"leaf 1", &sealed), Err(SealError::Closed));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(
                key.open(b"leaf 1", &changed),
                Err(SealError::Closed),
                "byte {at}"
            );
        }
        assert_eq!(key.open(b"leaf 1", &sealed[..5]), Err(SealError::Closed));
    }

    #[test]
    fn each_body_has_its_own_key_and_salt_and_they_come_back() {
        let key = SecretKey::new([9; 32]);
        let unit = UnitKey::new(&key);
        let (one, two) = ([1; 16], [2; 16]);
        assert_eq!(unit.body_key(&one), unit.body_key(&one));
        assert_ne!(unit.body_key(&one), unit.body_key(&two));
        assert_ne!(unit.body_key(&one).bytes(), &unit.body_salt(&one));
        assert_eq!(format!("{key:?} {unit:?}"), "SecretKey(…) UnitKey(…)");
        assert_ne!(key.label_key().hash("Wang"), key.label_key().hash("Li"));
    }
}
