//! The tree as it grows: the roots of its perfect subtrees from left to right, and nothing else.

use crate::algorithm::Algorithm;
use crate::hash::Hash;

/// The right edge of a tree (RFC 6962): enough to add entries and to say the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    algorithm: Algorithm,
    size: u64,
    /// Roots of perfect subtrees, the largest first: one for each set bit of `size`.
    roots: Vec<Hash>,
}

impl Frontier {
    /// A tree without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A tree without entries, by this hash.
    #[must_use]
    pub fn of(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            ..Self::default()
        }
    }

    /// Takes up a tree whose perfect subtrees have these roots, the largest first; `None` unless
    /// there is one for each set bit of the size.
    #[must_use]
    pub fn from_roots(size: u64, roots: Vec<Hash>) -> Option<Self> {
        Self::from_roots_of(Algorithm::Sha256, size, roots)
    }

    /// As [`Frontier::from_roots`], by this hash.
    #[must_use]
    pub fn from_roots_of(algorithm: Algorithm, size: u64, roots: Vec<Hash>) -> Option<Self> {
        (roots.len() == size.count_ones() as usize).then_some(Self {
            algorithm,
            size,
            roots,
        })
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds the hash of an entry ([`Hash::leaf`]).
    pub fn push(&mut self, leaf: Hash) {
        self.push_with(leaf, |_, _, _| {});
    }

    /// As [`Frontier::push`]; `made` hears each perfect subtree that this completes, as its height
    /// (0 is the leaf itself), its index among those of its height, and its root.
    pub fn push_with(&mut self, leaf: Hash, mut made: impl FnMut(u8, u64, Hash)) {
        let mut root = leaf;
        let mut index = self.size;
        let mut height = 0;
        made(height, index, root);
        while index & 1 == 1 {
            let Some(left) = self.roots.pop() else { break };
            root = self.algorithm.node(left, root);
            index >>= 1;
            height += 1;
            made(height, index, root);
        }
        self.roots.push(root);
        self.size += 1;
    }

    /// The root over all entries.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev().copied();
        let Some(last) = roots.next() else {
            return self.algorithm.of_nothing();
        };
        roots.fold(last, |right, left| self.algorithm.node(left, right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962, section 2.1, word for word.
    fn root_by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::of_nothing(),
            [leaf] => *leaf,
            _ => {
                let left = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(left);
                Hash::node(root_by_definition(left), root_by_definition(right))
            }
        }
    }

    #[test]
    fn the_root_is_the_one_of_the_definition_at_every_size() {
        let leaves: Vec<Hash> = (0..300_u32).map(|n| Hash::leaf(&n.to_be_bytes())).collect();
        let mut tree = Frontier::new();
        for size in 0..=leaves.len() {
            assert_eq!(tree.size(), size as u64);
            assert_eq!(
                tree.root(),
                root_by_definition(&leaves[..size]),
                "size {size}"
            );
            if let Some(leaf) = leaves.get(size) {
                tree.push(*leaf);
            }
        }
    }

    #[test]
    fn completed_subtrees_are_told_with_their_height_and_index() {
        let mut tree = Frontier::new();
        let mut told = Vec::new();
        for n in 0..4_u32 {
            tree.push_with(Hash::leaf(&n.to_be_bytes()), |height, index, _| {
                told.push((height, index));
            });
        }
        assert_eq!(
            told,
            [(0, 0), (0, 1), (1, 0), (0, 2), (0, 3), (1, 1), (2, 0)]
        );
    }
}
