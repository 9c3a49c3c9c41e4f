//! Numbers by a hash of 32 bits, in nine bytes or so for each: what is found is a candidate, and whoever asks decides
//! by looking at the thing itself.

use hashbrown::HashTable;

/// A hash and the number of the thing that has it.
type Slot = (u32, u32);

#[derive(Debug, Default)]
pub(crate) struct Slots(HashTable<Slot>);

impl Slots {
    pub(crate) fn insert(&mut self, hash: u32, number: u32) {
        self.0
            .insert_unique(spread(hash), (hash, number), |slot| spread(slot.0));
    }

    /// Room for so many more, so that the table need not grow step by step.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.0.reserve(more, |slot| spread(slot.0));
    }

    /// Things that have this hash.
    pub(crate) fn candidates(&self, hash: u32) -> impl Iterator<Item = u32> {
        let found = self.0.iter_hash(spread(hash));
        found.filter(move |slot| slot.0 == hash).map(|slot| slot.1)
    }
}

/// Spreads 32 bits over the 64 that the table looks at (Fibonacci hashing).
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
