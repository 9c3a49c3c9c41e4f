//! Which record came under which idempotency id.
//!
//! Two ids can have one hash, so what is found here is a candidate; whether it is the one is decided by reading
//! the record. The hash is keyed anew in each process, so that nobody can choose ids that collide.

use std::hash::{BuildHasher as _, RandomState};

use crate::slots::Slots;

#[derive(Debug, Default)]
pub(super) struct Ids {
    slots: Slots,
    keys: RandomState,
}

impl Ids {
    pub(super) fn insert(&mut self, id: &[u8; 16], record: u64) {
        self.slots.insert(self.hash(id), record as u32);
    }

    pub(super) fn reserve(&mut self, more: usize) {
        self.slots.reserve(more);
    }

    /// Records that may have this id.
    pub(super) fn candidates(&self, id: &[u8; 16]) -> impl Iterator<Item = u64> {
        self.slots.candidates(self.hash(id)).map(u64::from)
    }

    fn hash(&self, id: &[u8; 16]) -> u32 {
        (self.keys.hash_one(id) >> 32) as u32
    }
}
