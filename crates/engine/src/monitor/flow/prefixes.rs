//! The sequences of activities that objects have gone through so far, shared: an object's state is
//! the 4 bytes that name its place among them.

use cage_model::{Keyed, Symbol};
use serde::{Deserialize, Serialize};

use crate::variants::Variants;

/// A sequence that some object has gone through; the empty one by default.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub(crate) struct Prefix(u32);

impl Prefix {
    pub(super) const EMPTY: Self = Self(0);
}

/// A tree of sequences, each with something that is known of it.
#[derive(Clone, Debug)]
pub(super) struct Prefixes<K> {
    nodes: Vec<Node<K>>,
    next: Keyed<(Prefix, Symbol), Prefix>,
    /// For longer sequences, which are not kept: one place for all of which the same is known.
    untold: Keyed<K, Prefix>,
    longest: u32,
}

#[derive(Clone, Copy, Debug)]
struct Node<K> {
    /// The sequence without its last activity; itself for the empty one.
    before: Prefix,
    /// Whether it stands for longer sequences, of which this was the first.
    untold: bool,
    activity: Symbol,
    length: u32,
    known: K,
}

const NODES_MAX: usize = u32::MAX as usize - 1;

impl<K: Copy + Eq + std::hash::Hash> Prefixes<K> {
    /// A tree that holds the empty sequence, and keeps others up to this length.
    pub(super) fn new(known: K, longest: u32) -> Self {
        Self {
            nodes: vec![Node {
                before: Prefix::EMPTY,
                untold: false,
                activity: Symbol::EMPTY,
                length: 0,
                known,
            }],
            next: Keyed::new(),
            untold: Keyed::new(),
            longest,
        }
    }

    /// How many sequences there are places for.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is a place for a sequence.
    pub(super) fn holds(&self, prefix: Prefix) -> bool {
        (prefix.0 as usize) < self.nodes.len()
    }

    /// How every place but that of the empty sequence was made, in their order: by which activity
    /// from which other.
    pub(super) fn steps(&self) -> impl ExactSizeIterator<Item = (Prefix, Symbol)> {
        let made = self.nodes[1..].iter();
        made.map(|node| (node.before, node.activity))
    }

    /// What is known of a sequence.
    #[inline]
    pub(super) fn known(&self, prefix: Prefix) -> K {
        self.nodes[prefix.0 as usize].known
    }

    /// The sequence with one activity more. `know` says what is known of it, if it is new.
    #[inline]
    pub(super) fn extend(
        &mut self,
        prefix: Prefix,
        activity: Symbol,
        know: impl FnOnce(K) -> K,
    ) -> Prefix {
        match self.next.get(&(prefix, activity)) {
            Some(next) => *next,
            None => {
                let known = know(self.known(prefix));
                self.grow(prefix, activity, known)
            }
        }
    }

    #[cold]
    fn grow(&mut self, prefix: Prefix, activity: Symbol, known: K) -> Prefix {
        let Node { untold, length, .. } = self.nodes[prefix.0 as usize];
        let next = Prefix(self.nodes.len() as u32);
        if !untold && length < self.longest && self.nodes.len() < NODES_MAX {
            self.nodes.push(Node {
                before: prefix,
                untold: false,
                activity,
                length: length + 1,
                known,
            });
            self.next.insert((prefix, activity), next);
            return next;
        }
        if let Some(place) = self.untold.get(&known) {
            return *place;
        }
        self.nodes.push(Node {
            before: prefix,
            untold: true,
            activity,
            length,
            known,
        });
        self.untold.insert(known, next);
        next
    }

    /// Counts the sequences of some objects.
    pub(super) fn variants(&self, objects: &mut dyn Iterator<Item = Prefix>) -> Variants {
        let mut counts = vec![0u64; self.nodes.len()];
        for prefix in objects {
            counts[prefix.0 as usize] += 1;
        }
        let mut variants = Variants::default();
        for (index, count) in counts.into_iter().enumerate() {
            if count == 0 {
                continue;
            }
            match self.sequence(index) {
                Some(sequence) => variants.count(sequence, count),
                None => variants.count_untold(count),
            }
        }
        variants
    }

    fn sequence(&self, mut index: usize) -> Option<Box<[Symbol]>> {
        let mut backwards = Vec::new();
        while index != 0 {
            let node = &self.nodes[index];
            if node.untold {
                return None;
            }
            backwards.push(node.activity);
            index = node.before.0 as usize;
        }
        backwards.reverse();
        Some(backwards.into())
    }

    pub(super) fn bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node<K>>() + self.next.bytes() + self.untold.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(prefixes: &mut Prefixes<u32>, activities: &[u32]) -> Prefix {
        let mut prefix = Prefix::EMPTY;
        for activity in activities {
            let symbol = Symbol::from_index(*activity);
            prefix = prefixes.extend(prefix, symbol, |sum| (sum + activity) % 3);
        }
        prefix
    }

    /// Of long sequences the verdict is still known, and how many were not kept.
    #[test]
    fn long_sequences_keep_what_is_known() {
        let traces = [&[1, 2][..], &[1, 2], &[1, 1, 1, 1], &[2, 2], &[]];
        for (longest, untold) in [(0, 4), (1, 4), (2, 1), (3, 1), (4, 0), (9, 0)] {
            let mut prefixes = Prefixes::new(0, longest);
            let ends: Vec<Prefix> = traces
                .iter()
                .map(|trace| walk(&mut prefixes, trace))
                .collect();
            for (trace, end) in traces.iter().zip(&ends) {
                assert_eq!(prefixes.known(*end), trace.iter().sum::<u32>() % 3);
            }
            let variants = prefixes.variants(&mut ends.into_iter());
            let told: u64 = variants.iter().map(|(_, objects)| objects).sum();
            assert_eq!((told, variants.untold()), (5 - untold, untold), "{longest}");
        }
    }
}
