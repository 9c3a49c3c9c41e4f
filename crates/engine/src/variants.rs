//! Variants: the different sequences of activities that objects went through, counted. What they
//! cost against a model is reckoned by whoever asks; nothing is aligned here.

use std::collections::BTreeMap;

use cage_model::Symbol;

/// How many objects went through each sequence of activities.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Variants {
    counts: BTreeMap<Box<[Symbol]>, u64>,
    untold: u64,
}

impl Variants {
    /// Counts some objects that went through a sequence.
    pub fn count(&mut self, sequence: Box<[Symbol]>, objects: u64) {
        if objects > 0 {
            *self.counts.entry(sequence).or_default() += objects;
        }
    }

    /// Counts some objects whose sequence was not kept because it is very long.
    pub fn count_untold(&mut self, objects: u64) {
        self.untold += objects;
    }

    /// The sequences with the numbers of their objects. Their order is that of the symbols, which
    /// depends on what else was read: no result may.
    pub fn iter(&self) -> impl Iterator<Item = (&[Symbol], u64)> {
        self.counts
            .iter()
            .map(|(sequence, objects)| (&**sequence, *objects))
    }

    /// Objects whose sequence was not kept.
    #[must_use]
    pub fn untold(&self) -> u64 {
        self.untold
    }

    /// How many different sequences there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.untold == 0
    }

    /// Adds the counts of other objects.
    pub fn add(&mut self, other: Self) {
        if self.counts.is_empty() {
            self.counts = other.counts;
        } else {
            for (sequence, objects) in other.counts {
                *self.counts.entry(sequence).or_default() += objects;
            }
        }
        self.untold += other.untold;
    }
}
