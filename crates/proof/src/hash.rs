//! Hashes of the tree (RFC 6962, section 2.1): SHA-256, leaves and inner nodes told apart by a prefix.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::base64;

/// 32 bytes of SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Bytes of a hash.
    pub const BYTES: usize = 32;

    /// Plain SHA-256.
    #[must_use]
    pub fn sha256(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The root of a tree without entries: SHA-256 of nothing.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self::sha256(&[])
    }

    /// The hash of an entry: SHA-256(0x00 || entry).
    #[must_use]
    pub fn leaf(entry: &[u8]) -> Self {
        Self(
            Sha256::new()
                .chain_update([0])
                .chain_update(entry)
                .finalize()
                .into(),
        )
    }

    /// The hash of an inner node: SHA-256(0x01 || left || right).
    #[must_use]
    pub fn node(left: Self, right: Self) -> Self {
        let mut bytes = [1; 65];
        bytes[1..33].copy_from_slice(&left.0);
        bytes[33..].copy_from_slice(&right.0);
        Self::sha256(&bytes)
    }

    /// The hash that these bytes are; `None` unless there are 32.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads the 64 lower-case hexadecimal digits that a hash is displayed as.
    #[must_use]
    pub fn from_hexadecimal(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 2 * Self::BYTES || !digits.iter().all(is_digit) {
            return None;
        }
        let mut hash = [0; Self::BYTES];
        for (byte, at) in hash.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
        }
        Some(Self(hash))
    }

    /// Base64 as in checkpoints and proofs.
    #[must_use]
    pub fn to_base64(self) -> String {
        base64::encode(&self.0)
    }

    /// Reads [`Hash::to_base64`], strictly.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        Self::from_slice(&base64::decode(text)?)
    }
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Hash {
    /// Lower-case hexadecimal digits.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 as the specification of the ledger spells it out for the entries a, b, c.
    #[test]
    fn leaves_and_nodes_hash_as_published() {
        let [a, b, c] = ["a", "b", "c"].map(|entry| Hash::leaf(entry.as_bytes()));
        for (hash, expected) in [
            (
                a,
                "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c",
            ),
            (
                b,
                "57eb35615d47f34ec714cacdf5fd74608a5e8e102724e80b24b287c0c27b6a31",
            ),
            (
                c,
                "597fcb31282d34654c200d3418fca5705c648ebf326ec73d8ddef11841f876d8",
            ),
            (
                Hash::node(a, b),
                "b137985ff484fb600db93107c77b0365c80d78f5b429ded0fd97361d077999eb",
            ),
            (
                Hash::node(Hash::node(a, b), c),
                "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1",
            ),
            (
                Hash::of_nothing(),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
        ] {
            assert_eq!(hash.to_string(), expected);
        }
    }

    #[test]
    fn base64_is_read_strictly() {
        let hash = Hash::leaf(b"a");
        assert_eq!(Hash::from_base64(&hash.to_base64()), Some(hash));
        let spare_bits_set = hash.to_base64().replace("Tw=", "Tx=");
        for text in ["", "AA==", &hash.to_base64()[..43], &spare_bits_set[1..]] {
            assert_eq!(Hash::from_base64(text), None, "{text}");
        }
    }
}
