//! Which hash makes a tree: SHA-256 as everywhere, or SM3 for the second tree that domestic rules ask for.
//!
//! SM3 (GB/T 32905-2016, GM/T 0004-2012) also has 32 bytes, so tiles, proofs and checkpoints keep their form; only what
//! is inside differs. Leaves and nodes are told apart as in RFC 6962.

use sha2::Digest as _;
use sm3::Sm3;

use crate::hash::Hash;

/// The hash of a tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Algorithm {
    /// SHA-256 (RFC 6962).
    #[default]
    Sha256,
    /// SM3 (GB/T 32905-2016).
    Sm3,
}

impl Algorithm {
    /// The hash of an entry: H(0x00 || entry).
    #[must_use]
    pub fn leaf(self, entry: &[u8]) -> Hash {
        match self {
            Self::Sha256 => Hash::leaf(entry),
            Self::Sm3 => Hash(
                Sm3::new()
                    .chain_update([0])
                    .chain_update(entry)
                    .finalize()
                    .into(),
            ),
        }
    }

    /// The hash of an inner node: H(0x01 || left || right).
    #[must_use]
    pub fn node(self, left: Hash, right: Hash) -> Hash {
        match self {
            Self::Sha256 => Hash::node(left, right),
            Self::Sm3 => Hash(
                Sm3::new()
                    .chain_update([1])
                    .chain_update(left.0)
                    .chain_update(right.0)
                    .finalize()
                    .into(),
            ),
        }
    }

    /// The root of a tree without entries: the hash of nothing.
    #[must_use]
    pub fn of_nothing(self) -> Hash {
        match self {
            Self::Sha256 => Hash::of_nothing(),
            Self::Sm3 => Hash(Sm3::digest([]).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Frontier;

    /// GB/T 32905-2016, annex A, and the tree that the ledger's specification spells out for a, b, c.
    #[test]
    fn sm3_hashes_as_published() {
        let abc: [u8; 32] = Sm3::digest(b"abc").into();
        assert_eq!(
            Hash(abc).to_string(),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
        let leaf = Algorithm::Sm3.leaf(b"a").to_string();
        assert!(
            leaf.starts_with("c688f41b") && leaf.ends_with("f9443d8c"),
            "{leaf}"
        );
        let mut tree = Frontier::of(Algorithm::Sm3);
        for entry in [b"a", b"b", b"c"] {
            tree.push(Algorithm::Sm3.leaf(entry));
        }
        let root = tree.root().to_string();
        assert!(
            root.starts_with("2706e4e4") && root.ends_with("c3ded965"),
            "{root}"
        );
        assert_eq!(
            Frontier::of(Algorithm::Sm3).root(),
            Algorithm::Sm3.of_nothing()
        );
        assert_ne!(Algorithm::Sm3.of_nothing(), Hash::of_nothing());
    }
}
