//! Which record came under which idempotency id, in nine bytes or so for each: a hash of 32 bits and the record's number.
//!
//! Two ids can have one hash, so what is found here is a candidate; whether it is the one is decided by reading
//! the record. The hash is keyed anew in each process, so that nobody can choose ids that collide.

use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashTable;

/// A hash of an id and the number of the record that has it.
type Slot = (u32, u32);

#[derive(Debug, Default)]
pub(super) struct Ids {
    table: HashTable<Slot>,
    keys: RandomState,
}

impl Ids {
    pub(super) fn insert(&mut self, id: &[u8; 16], record: u64) {
        let hash = self.hash(id);
        self.table
            .insert_unique(spread(hash), (hash, record as u32), |slot| spread(slot.0));
    }

    /// Room for so many more, so that the table need not grow step by step.
    pub(super) fn reserve(&mut self, more: usize) {
        self.table.reserve(more, |slot| spread(slot.0));
    }

    /// Records that may have this id.
    pub(super) fn candidates(&self, id: &[u8; 16]) -> impl Iterator<Item = u64> {
        let hash = self.hash(id);
        let found = self.table.iter_hash(spread(hash));
        found
            .filter(move |slot| slot.0 == hash)
            .map(|slot| u64::from(slot.1))
    }

    fn hash(&self, id: &[u8; 16]) -> u32 {
        (self.keys.hash_one(id) >> 32) as u32
    }
}

/// Spreads 32 bits over the 64 that the table looks at (Fibonacci hashing).
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
