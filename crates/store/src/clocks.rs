//! What is due: the open clocks of all objects, in memory, and the bytes by which they outlive the process.
//!
//! Almost every event moves a clock, so that rows in a tree would cost more than all other views together. What is
//! open at one time is little, though: it lies here, and each commit notes only what it moved. When the notes outgrow
//! the whole, the whole is noted and they are dropped.

mod notes;

pub(crate) use notes::{noted, read_notes, whole};

use std::collections::BTreeSet;
use std::ops::Bound;

use cage_model::{Instant, Interner, Symbol, fixed_hash};
use hashbrown::HashTable;

use crate::rows::{Clock, ObjectClocks, ObjectKey};
use crate::views::ClockFilter;

/// The open clocks of all objects.
#[derive(Debug, Default)]
pub(crate) struct Clocks {
    /// Types of objects, packs and rules.
    names: Interner,
    /// Objects that have, or had, open clocks; a place without clocks is free.
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_object: HashTable<u32>,
    /// When something of an object runs out, as of the last time that somebody asked.
    due: BTreeSet<(Instant, u32)>,
    /// By slot: what of it stands in `due`.
    listings: Vec<Listing>,
    /// Slots whose listing is stale.
    stale: Vec<u32>,
}

/// What of one slot stands in the order of running out. Far more clocks are moved than asked for, so the order is
/// made when it is asked for.
#[derive(Debug, Default)]
struct Listing {
    dues: Vec<Instant>,
    state: ListingState,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum ListingState {
    #[default]
    Fresh,
    Stale,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    kind: Symbol,
    id: Box<str>,
    packs: Vec<(Symbol, Vec<Held>)>,
}

/// A [`Clock`] with its rule as a symbol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Held {
    due: Instant,
    rule: Symbol,
    trigger: Option<u64>,
    reminder: Option<Instant>,
}

impl Clocks {
    /// Replaces what is known of one object under one pack.
    pub(crate) fn set(&mut self, new: &ObjectClocks) {
        let slot = match self.find(&new.object) {
            Some(slot) => slot,
            None if new.clocks.is_empty() => return,
            None => self.take_slot(&new.object),
        };
        let pack = self.names.intern(&new.pack);
        let held: Vec<Held> = new.clocks.iter().map(|clock| self.held(clock)).collect();
        let packs = &mut self.slots[slot as usize].packs;
        packs.retain(|(other, _)| *other != pack);
        if !held.is_empty() {
            packs.push((pack, held));
        }
        let is_over = packs.is_empty();
        let listing = &mut self.listings[slot as usize];
        if listing.state == ListingState::Fresh {
            listing.state = ListingState::Stale;
            self.stale.push(slot);
        }
        if is_over {
            self.give_back(slot);
        }
    }

    /// The open clocks of an object, pack by pack.
    pub(crate) fn of(&self, object: &ObjectKey) -> Vec<ObjectClocks> {
        let slot = self.find(object);
        slot.map_or_else(Vec::new, |slot| self.told(slot, |_| true))
    }

    /// What runs out, in order; each row has the clocks of one object and pack that run out at one time.
    pub(crate) fn due(&mut self, filter: &ClockFilter, limit: usize) -> Vec<ObjectClocks> {
        self.put_in_order();
        let mut told = Vec::new();
        let mut from = filter.after.as_ref().map(|(due, _)| *due);
        let until = filter.due_before.unwrap_or(Instant::MAX);
        while let Some(due) = self.next_due(from) {
            if due >= until && filter.due_before.is_some() || told.len() >= limit {
                break;
            }
            let mut here = Vec::new();
            for (_, slot) in self.due.range((due, 0)..=(due, u32::MAX)) {
                here.extend(self.told(*slot, |held| held.due == due));
            }
            here.retain(|row| {
                let after = filter.after.as_ref();
                let is_after = after.is_none_or(|(at, object)| (due, &row.object) > (*at, object));
                let of_type = filter.object_type.as_ref();
                let of_pack = filter.pack.as_ref();
                is_after
                    && of_type.is_none_or(|kind| *kind == row.object.kind)
                    && of_pack.is_none_or(|pack| *pack == row.pack)
            });
            here.sort();
            told.append(&mut here);
            let Some(next) = due.0.checked_add(1) else {
                break;
            };
            from = Some(Instant(next));
        }
        cut_between_objects(&mut told, limit);
        told
    }

    /// All clocks, in the order of objects and packs.
    pub(crate) fn all(&self) -> Vec<ObjectClocks> {
        let slots = 0..self.slots.len() as u32;
        let mut all: Vec<_> = slots.flat_map(|slot| self.told(slot, |_| true)).collect();
        all.sort();
        all
    }

    /// Brings `due` up to what the slots say.
    fn put_in_order(&mut self) {
        for slot in self.stale.drain(..) {
            let listing = &mut self.listings[slot as usize];
            for gone in listing.dues.drain(..) {
                self.due.remove(&(gone, slot));
            }
            listing.dues.extend(self.slots[slot as usize].dues());
            self.due.extend(listing.dues.iter().map(|due| (*due, slot)));
            listing.state = ListingState::Fresh;
        }
    }

    fn next_due(&self, from: Option<Instant>) -> Option<Instant> {
        let from = from.map_or(Bound::Unbounded, |from| Bound::Included((from, 0)));
        let next = self.due.range((from, Bound::Unbounded)).next();
        next.map(|(due, _)| *due)
    }

    fn told(&self, slot: u32, wanted: impl Fn(&Held) -> bool) -> Vec<ObjectClocks> {
        let slot = &self.slots[slot as usize];
        let of_pack = |(pack, held): &(Symbol, Vec<Held>)| {
            let clocks: Vec<Clock> = held
                .iter()
                .filter(|held| wanted(held))
                .map(|held| Clock {
                    rule: self.names.text(held.rule).to_owned(),
                    trigger: held.trigger,
                    due: held.due,
                    reminder: held.reminder,
                })
                .collect();
            (!clocks.is_empty()).then(|| ObjectClocks {
                object: ObjectKey::new(self.names.text(slot.kind), &*slot.id),
                pack: self.names.text(*pack).to_owned(),
                clocks,
            })
        };
        let mut told: Vec<_> = slot.packs.iter().filter_map(of_pack).collect();
        told.iter_mut().for_each(|row| row.clocks.sort());
        told.sort();
        told
    }

    fn held(&mut self, clock: &Clock) -> Held {
        Held {
            due: clock.due,
            rule: self.names.intern(&clock.rule),
            trigger: clock.trigger,
            reminder: clock.reminder,
        }
    }

    fn find(&self, object: &ObjectKey) -> Option<u32> {
        let kind = self.names.get(&object.kind)?;
        let is_it = |slot: &u32| {
            let slot = &self.slots[*slot as usize];
            slot.kind == kind && *slot.id == *object.id
        };
        self.by_object.find(hash(kind, &object.id), is_it).copied()
    }

    fn take_slot(&mut self, object: &ObjectKey) -> u32 {
        let kind = self.names.intern(&object.kind);
        let slot = Slot {
            kind,
            id: object.id.as_str().into(),
            packs: Vec::new(),
        };
        let place = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.listings.push(Listing::default());
            self.slots.len() as u32 - 1
        });
        self.slots[place as usize] = slot;
        let slots = &self.slots;
        let rehash = |slot: &u32| hash(slots[*slot as usize].kind, &slots[*slot as usize].id);
        self.by_object
            .insert_unique(hash(kind, &object.id), place, rehash);
        place
    }

    fn give_back(&mut self, place: u32) {
        let slot = std::mem::take(&mut self.slots[place as usize]);
        let entry = self
            .by_object
            .find_entry(hash(slot.kind, &slot.id), |other| *other == place);
        if let Ok(entry) = entry {
            entry.remove();
        }
        self.free.push(place);
    }
}

impl Slot {
    fn dues(&self) -> impl Iterator<Item = Instant> {
        let held = self.packs.iter().flat_map(|(_, held)| held);
        held.map(|held| held.due)
    }
}

fn hash(kind: Symbol, id: &str) -> u64 {
    fixed_hash(id.as_bytes()) ^ (kind.index() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Cuts a list so that all rows of one object and time stay together: a page goes on after an object, and would
/// otherwise pass over its other packs.
fn cut_between_objects(told: &mut Vec<ObjectClocks>, limit: usize) {
    let place = |row: &ObjectClocks| {
        (
            row.clocks.first().map(|clock| clock.due),
            row.object.clone(),
        )
    };
    let Some(last) = limit
        .checked_sub(1)
        .and_then(|last| told.get(last))
        .map(place)
    else {
        return;
    };
    let rest = told[limit..].iter().take_while(|row| place(row) == last);
    let length = limit + rest.count();
    told.truncate(length);
}

#[cfg(test)]
mod tests;
