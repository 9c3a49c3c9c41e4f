//! Entries of one object by the value that a correlation wants equal, for objects with many of
//! them: an event then looks at those that can fit it, not at all.
//!
//! Entries without such a value are kept apart and always looked at. Values of different kinds
//! cannot be compared, so that nothing is known of such pairs: where an object has several kinds,
//! all entries are looked at.

use cage_model::{Keyed, Value};

use super::kept::Entry;
use super::memory::{EndMemory, EntryMemory};
use crate::key::Key;
use crate::lists::{List, Lists, Sift};
use crate::slab::{Slab, Slot};

/// Entries up to which an object is not worth a table; tests have tables early.
pub(super) const FEW: usize = if cfg!(test) { 2 } else { 16 };

/// Which entries are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Near {
    All,
    /// Those that may fit an event with this value; all, where it has none.
    Value(Option<Mark>),
}

/// A value that entries are told apart by, and what values it can be compared with: two marks of
/// one kind are equal exactly where the values are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Mark {
    key: Key,
    kind: u8,
}

impl Mark {
    /// The mark of a value; `None` where it is equal to nothing.
    pub(super) fn of(value: Value) -> Option<Self> {
        let kind = match value {
            Value::Missing | Value::List => return None,
            Value::Text(_) | Value::Id(_) => 0,
            Value::Integer(_) | Value::Decimal { .. } => 1,
            // Exact numbers are compared with floats as floats, so that different ones are equal.
            Value::Float(_) => 2,
            Value::Boolean(_) => 3,
            Value::Time { .. } => 4,
        };
        Some(Self {
            key: Key::of(value)?,
            kind,
        })
    }
}

/// The entries of many objects.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    owners: Slab<Owner>,
    groups: Slab<Group>,
    table: Keyed<(u32, Mark), Slot>,
}

/// The entries of one object.
#[derive(Clone, Copy, Debug, Default)]
struct Owner {
    without: List,
    first: Slot,
    /// How many groups there are of each kind of value.
    kinds: [u32; KINDS],
    entries: u32,
    /// Entries that came since all were looked at, and how many there were then.
    came: u32,
    before: u32,
}

/// Entries with one value.
#[derive(Clone, Copy, Debug)]
struct Group {
    mark: Mark,
    entries: List,
    next: Slot,
    previous: Slot,
}

const KINDS: usize = 5;

/// What has to be looked at besides the entries without a value.
enum Reached {
    All,
    One(Slot),
}

impl Groups {
    /// Adds an entry to an object, which is made if the slot names none.
    pub(super) fn push(
        &mut self,
        owner: &mut Slot,
        mark: Option<Mark>,
        entry: Entry,
        entries: &mut Lists<Entry>,
    ) {
        let held = self.owners.entry(owner, Owner::default);
        held.entries += 1;
        held.came += 1;
        let Some(mark) = mark else {
            entries.push(&mut held.without, entry);
            return;
        };
        let slot = self
            .table
            .entry_or_insert_with((owner.number(), mark), Slot::default);
        if self.groups.get(*slot).is_none() {
            held.kinds[usize::from(mark.kind)] += 1;
            let next = held.first;
            let make = || Group {
                mark,
                entries: List::default(),
                next,
                previous: Slot::default(),
            };
            self.groups.entry(slot, make);
            held.first = *slot;
            if let Some(next) = self.groups.get_mut(next) {
                next.previous = *slot;
            }
        }
        if let Some(group) = self.groups.get_mut(*slot) {
            entries.push(&mut group.entries, entry);
        }
    }

    fn reached(&self, owner: Slot, near: Near) -> Reached {
        let (Near::Value(Some(mark)), Some(held)) = (near, self.owners.get(owner)) else {
            return Reached::All;
        };
        let others =
            (0..KINDS).any(|other| other != usize::from(mark.kind) && held.kinds[other] > 0);
        if others {
            return Reached::All;
        }
        let group = self.table.get(&(owner.number(), mark));
        Reached::One(group.copied().unwrap_or_default())
    }

    /// Goes through the entries of an object; a group is left where `sift` keeps its rest.
    pub(super) fn sift(
        &mut self,
        owner: &mut Slot,
        near: Near,
        entries: &mut Lists<Entry>,
        mut sift: impl FnMut(&mut Entry) -> Sift,
    ) {
        let reached = self.reached(*owner, near);
        let Some(mut held) = self.owners.get(*owner).copied() else {
            return;
        };
        let mut gone = 0;
        let mut sift = |entry: &mut Entry| {
            let fate = sift(entry);
            gone += u32::from(fate == Sift::Drop);
            fate
        };
        entries.sift(&mut held.without, &mut sift);
        let mut at = match reached {
            Reached::All => held.first,
            Reached::One(group) => group,
        };
        while let Some(group) = self.groups.get_mut(at) {
            entries.sift(&mut group.entries, &mut sift);
            let Group { next, .. } = *group;
            if group.entries.is_empty() {
                self.unlink(&mut held, *owner, at);
            }
            match reached {
                Reached::All => at = next,
                Reached::One(_) => break,
            }
        }
        held.entries -= gone;
        if held.entries == 0 {
            self.owners.take(owner);
            return;
        }
        if let Some(place) = self.owners.get_mut(*owner) {
            *place = held;
        }
    }

    fn unlink(&mut self, held: &mut Owner, owner: Slot, mut slot: Slot) {
        let Some(group) = self.groups.take(&mut slot) else {
            return;
        };
        self.table.remove(&(owner.number(), group.mark));
        held.kinds[usize::from(group.mark.kind)] -= 1;
        match self.groups.get_mut(group.previous) {
            Some(previous) => previous.next = group.next,
            None => held.first = group.next,
        }
        if let Some(next) = self.groups.get_mut(group.next) {
            next.previous = group.previous;
        }
    }

    /// Shows the entries of an object until `each` answers false.
    pub(super) fn each(
        &self,
        owner: Slot,
        near: Near,
        entries: &Lists<Entry>,
        each: &mut dyn FnMut(&Entry) -> bool,
    ) {
        let Some(held) = self.owners.get(owner) else {
            return;
        };
        if !entries.iter(held.without).all(&mut *each) {
            return;
        }
        let reached = self.reached(owner, near);
        let mut at = match reached {
            Reached::All => held.first,
            Reached::One(group) => group,
        };
        while let Some(group) = self.groups.get(at) {
            if !entries.iter(group.entries).all(&mut *each) {
                return;
            }
            match reached {
                Reached::All => at = group.next,
                Reached::One(_) => return,
            }
        }
    }

    /// Whether so many entries came since all were looked at that it is time again, to let go of
    /// those whose time is up. Answers true seldom enough to cost each entry a little only.
    pub(super) fn begin_sweep(&mut self, owner: Slot) -> bool {
        let Some(held) = self.owners.get_mut(owner) else {
            return false;
        };
        let due = held.came as usize > FEW.max(held.before as usize);
        if due {
            held.came = 0;
            held.before = held.entries;
        }
        due
    }

    /// What is remembered of an object.
    pub(super) fn recall(
        &self,
        owner: Slot,
        entries: &Lists<Entry>,
        told: impl Fn(&Entry) -> EntryMemory,
    ) -> EndMemory {
        let Some(held) = self.owners.get(owner) else {
            return EndMemory::Few(Vec::new());
        };
        let mut groups = Vec::new();
        let mut at = held.first;
        while let Some(group) = self.groups.get(at) {
            groups.push(entries.iter(group.entries).map(&told).collect());
            at = group.next;
        }
        EndMemory::Grouped {
            without: entries.iter(held.without).map(&told).collect(),
            groups,
            sweep: (held.came, held.before),
        }
    }

    /// Sets after how many entries more all of an object are looked at again.
    pub(super) fn set_sweep(&mut self, owner: Slot, (came, before): (u32, u32)) {
        if let Some(held) = self.owners.get_mut(owner) {
            // One that is due already stays so.
            held.came = came.min(u32::MAX / 2);
            held.before = before;
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.owners.bytes() + self.groups.bytes() + self.table.bytes()
    }
}
