//! Checking inclusion and consistency from hashes alone (RFC 9162, sections 2.1.3.2 and 2.1.4.2).

use crate::hash::Hash;

/// Why a proof does not hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProofError {
    /// The entry lies outside the tree.
    #[error("entry {index} lies outside the tree of {size} entries")]
    Outside {
        /// The entry.
        index: u64,
        /// Entries of the tree.
        size: u64,
    },
    /// The new tree is smaller than the old one.
    #[error("a tree of {old} entries cannot become one of {new}")]
    Shrunk {
        /// Entries of the old tree.
        old: u64,
        /// Entries of the new tree.
        new: u64,
    },
    /// Too many or too few hashes.
    #[error("the proof has {given} hashes, which is not what these sizes take")]
    Length {
        /// Hashes given.
        given: usize,
    },
    /// The old root does not follow from the proof.
    #[error("the old root follows as {computed} from the proof, not as {claimed}")]
    OldRoot {
        /// The root that the proof leads to.
        computed: Hash,
        /// The root that was claimed.
        claimed: Hash,
    },
    /// The root does not follow from the proof.
    #[error("the root follows as {computed} from the proof, not as {claimed}")]
    Root {
        /// The root that the proof leads to.
        computed: Hash,
        /// The root that was claimed.
        claimed: Hash,
    },
}

/// Whether the entry with this leaf hash stands at `index` of the tree with `size` entries and `root`.
///
/// # Errors
///
/// Says why not.
pub fn verify_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    root: Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Outside { index, size });
    }
    let wrong_length = ProofError::Length { given: path.len() };
    let (mut node, mut last) = (index, size - 1);
    let mut computed = leaf;
    for sibling in path {
        if last == 0 {
            return Err(wrong_length);
        }
        if node & 1 == 1 || node == last {
            computed = Hash::node(*sibling, computed);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            computed = Hash::node(computed, *sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length);
    }
    if computed != root {
        return Err(ProofError::Root {
            computed,
            claimed: root,
        });
    }
    Ok(())
}

/// Whether the tree of `new` entries and root `new_root` begins with the one of `old` entries and root
/// `old_root`. The proof is empty when `old` is 0 or `new`.
///
/// # Errors
///
/// Says why not.
pub fn verify_consistency(
    (old, old_root): (u64, Hash),
    (new, new_root): (u64, Hash),
    proof: &[Hash],
) -> Result<(), ProofError> {
    let wrong_length = ProofError::Length { given: proof.len() };
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    if old == 0 || old == new {
        let known = if old == 0 {
            Hash::of_nothing()
        } else {
            new_root
        };
        return match (proof.is_empty(), old_root == known) {
            (false, _) => Err(wrong_length),
            (true, false) => Err(ProofError::OldRoot {
                computed: known,
                claimed: old_root,
            }),
            (true, true) => Ok(()),
        };
    }
    // A perfect old tree is a node of the new one; its root starts the proof unsaid.
    let (start, rest) = match (old.is_power_of_two(), proof.split_first()) {
        (true, _) => (old_root, proof),
        (false, Some((first, rest))) => (*first, rest),
        (false, None) => return Err(wrong_length),
    };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut from_old, mut from_new) = (start, start);
    for sibling in rest {
        if last == 0 {
            return Err(wrong_length);
        }
        if node & 1 == 1 || node == last {
            from_old = Hash::node(*sibling, from_old);
            from_new = Hash::node(*sibling, from_new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            from_new = Hash::node(from_new, *sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length);
    }
    if from_old != old_root {
        return Err(ProofError::OldRoot {
            computed: from_old,
            claimed: old_root,
        });
    }
    if from_new != new_root {
        return Err(ProofError::Root {
            computed: from_new,
            claimed: new_root,
        });
    }
    Ok(())
}
