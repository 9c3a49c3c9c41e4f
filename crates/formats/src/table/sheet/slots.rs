//! Places for attributes: the first value of a name and type in a record has one place, the second
//! another, the same in every record.

use cage_model::{Keyed, Symbol};

use super::Kind;

/// The places of all attributes of one side (events or cases).
#[derive(Default)]
pub(super) struct Slots {
    by_key: Keyed<(Symbol, Kind), Places>,
    of_key: Keyed<Symbol, Vec<usize>>,
    /// The record at hand.
    record: usize,
    /// Name, type and number of each slot.
    pub(super) all: Vec<(Symbol, Kind, usize)>,
}

struct Places {
    slots: Vec<usize>,
    record: usize,
    used: usize,
}

impl Slots {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Begins a record, in which every place is free again.
    pub(super) fn begin(&mut self) {
        self.record += 1;
    }

    /// The place of the next value of this name and type in the record.
    pub(super) fn slot(&mut self, key: Symbol, kind: Kind) -> usize {
        let record = self.record;
        let fresh = || Places {
            slots: Vec::new(),
            record,
            used: 0,
        };
        let places = self.by_key.entry_or_insert_with((key, kind), fresh);
        if places.record != record {
            (places.record, places.used) = (record, 0);
        }
        if places.used == places.slots.len() {
            let slot = self.all.len();
            self.all.push((key, kind, places.used));
            places.slots.push(slot);
            self.of_key.entry_or_insert_with(key, Vec::new).push(slot);
        }
        places.used += 1;
        places.slots[places.used - 1]
    }

    /// The place of the first value of this name and type in any record.
    pub(super) fn first_slot(&mut self, key: Symbol, kind: Kind) -> usize {
        match self.by_key.get(&(key, kind)) {
            Some(places) => places.slots[0],
            None => self.slot(key, kind),
        }
    }

    /// Every place of this name.
    pub(super) fn slots_of(&self, key: Symbol) -> impl Iterator<Item = usize> {
        self.of_key.get(&key).into_iter().flatten().copied()
    }
}
