//! What is remembered of the events of one end, and the arenas where more of it lies than
//! [`super::packed`] holds.

use cage_law::Moment;
use cage_model::{Date, EventRef, Instant};
use serde::{Deserialize, Serialize};

use super::groups::{FEW, Groups, Mark, Near};
use super::judge::Waiting;
use super::memory::{EndMemory, EntryMemory};
use super::packed::{Form, Kept};
use crate::lists::{List, Lists, Row, Rows, Sift};
use crate::matching::Unknown;
use crate::monitor::Step;
use crate::slab::Slot;
use crate::state::{Damaged, demand};

/// What an event is worth to later events that look back for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Standing {
    /// Nothing.
    None,
    /// Nothing, but a finding can name it: it was the event directly before.
    Neighbour,
    /// It is the other end, if it fits.
    Certain,
    /// It may be the other end; [`Entry::doubt`] says why this is not known.
    Doubtful,
}

/// A remembered event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) event: EventRef,
    pub(super) date: Date,
    pub(super) offset: i16,
    /// It is an activation that is not settled.
    pub(super) open: bool,
    /// As an activation it may be settled already: satisfied, if what is in doubt holds.
    pub(super) may_be_satisfied: bool,
    /// Likewise violated.
    pub(super) may_be_violated: bool,
    pub(super) standing: Standing,
    /// The first doubt about it; at most one is kept.
    pub(super) doubt: List,
    /// Captured values.
    pub(super) row: Row,
    /// The latest moment for the other end, where the event itself brought it.
    pub(super) until: Until,
}

const _: () = assert!(size_of::<Entry>() == 56);

/// A moment or none, in 8 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Until(Instant);

impl Until {
    /// No moment.
    pub(super) const NONE: Self = Self(Instant::MIN);

    pub(super) fn of(moment: Option<Instant>) -> Self {
        // The earliest of all instants stands for none; the one after it means the same.
        moment.map_or(Self::NONE, |moment| Self(moment.max(Instant::MIN.plus(1))))
    }

    pub(super) fn get(self) -> Option<Instant> {
        (self != Self::NONE).then_some(self.0)
    }
}

/// Why something about an event is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Doubt {
    pub(super) unknown: Unknown,
    /// The event that met the missing data.
    pub(super) event: EventRef,
}

impl Entry {
    pub(super) fn moment(&self) -> Moment {
        Moment {
            instant: self.event.at,
            date: self.date,
        }
    }

    fn is_needed(&self) -> bool {
        self.open || self.standing != Standing::None
    }
}

/// Whether the entries behind one that is needed are looked at too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Further {
    On,
    Stop,
}

/// The arenas of one end, for all objects of a rule.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    entries: Lists<Entry>,
    groups: Groups,
    /// Among the captured values, the one by which many entries are told apart.
    key_at: Option<usize>,
    pub(super) extra: Extra,
}

/// What belongs to single entries.
#[derive(Clone, Debug)]
pub(super) struct Extra {
    pub(super) rows: Rows,
    doubts: Lists<Doubt>,
}

impl Extra {
    /// Keeps a doubt about an entry, if there was none.
    pub(super) fn doubt(&mut self, entry: &mut Entry, doubt: Doubt) {
        if entry.doubt.is_empty() {
            self.doubts.push(&mut entry.doubt, doubt);
        }
    }

    /// The doubt about an entry, if there is one.
    pub(super) fn doubt_of(&self, entry: &Entry) -> Option<Doubt> {
        self.doubts.first(entry.doubt).copied()
    }

    /// How an open entry stands as an activation.
    pub(super) fn waiting(&self, entry: &Entry) -> Waiting {
        Waiting {
            may_be_satisfied: entry.may_be_satisfied,
            may_be_violated: entry.may_be_violated,
            doubt: self.doubt_of(entry),
        }
    }

    /// Keeps how it stands.
    pub(super) fn keep_waiting(&mut self, entry: &mut Entry, waiting: &Waiting) {
        entry.may_be_satisfied = waiting.may_be_satisfied;
        entry.may_be_violated = waiting.may_be_violated;
        if let Some(doubt) = waiting.doubt {
            self.doubt(entry, doubt);
        }
    }

    /// The value by which an entry is told apart.
    fn mark(&self, entry: &Entry, key_at: Option<usize>) -> Option<Mark> {
        let value = self.rows.get(entry.row).get(key_at?)?;
        Mark::of(*value)
    }

    fn release(&mut self, entry: &mut Entry) {
        self.doubts.clear(&mut entry.doubt);
        self.rows.release(entry.row);
    }
}

impl Memory {
    /// Arenas for events of which this many values are captured. Many entries of one object are
    /// told apart by the value at `key_at`.
    pub(super) fn new(width: usize, key_at: Option<usize>) -> Self {
        Self {
            entries: Lists::default(),
            groups: Groups::default(),
            key_at,
            extra: Extra {
                rows: Rows::new(width),
                doubts: Lists::default(),
            },
        }
    }

    /// The current event as an entry, without standing and not open.
    pub(super) fn entry(step: &Step<'_>) -> Entry {
        Entry {
            event: step.event(),
            date: step.moment.date,
            offset: step.offset,
            open: false,
            may_be_satisfied: false,
            may_be_violated: false,
            standing: Standing::None,
            doubt: List::default(),
            row: Row::EMPTY,
            until: Until::NONE,
        }
    }

    /// Remembers an entry at the end, if it is needed.
    pub(super) fn push(&mut self, kept: &mut Kept, mut entry: Entry) {
        if !entry.is_needed() {
            self.extra.release(&mut entry);
            return;
        }
        let mut list = match kept.form() {
            Form::Empty if entry.row == Row::EMPTY => match Kept::one(&entry) {
                Some(one) => {
                    *kept = one;
                    return;
                }
                None => List::default(),
            },
            Form::Empty => List::default(),
            Form::One(before) => {
                let mut list = List::default();
                self.entries.push(&mut list, before);
                list
            }
            Form::Many(list) => list,
            Form::Grouped(mut owner) => {
                self.push_grouped(&mut owner, entry);
                return;
            }
        };
        self.entries.push(&mut list, entry);
        let is_long = || self.entries.iter(list).nth(FEW).is_some();
        *kept = if self.key_at.is_some() && is_long() {
            self.group(list)
        } else {
            Kept::many(list)
        };
    }

    fn push_grouped(&mut self, owner: &mut Slot, entry: Entry) {
        let mark = self.extra.mark(&entry, self.key_at);
        self.groups.push(owner, mark, entry, &mut self.entries);
    }

    /// Sorts a list that has become long.
    fn group(&mut self, mut list: List) -> Kept {
        let mut owner = Slot::default();
        while let Some(entry) = self.entries.pop(&mut list) {
            self.push_grouped(&mut owner, entry);
        }
        Kept::grouped(owner)
    }

    /// Whether an object has so many entries that they are told apart.
    pub(super) fn is_grouped(kept: Kept) -> bool {
        matches!(kept.form(), Form::Grouped(_))
    }

    /// Whether an object has so many entries that time alone cannot be followed event by event,
    /// and it is time to look at all of them.
    pub(super) fn begin_sweep(&mut self, kept: Kept) -> bool {
        match kept.form() {
            Form::Grouped(owner) => self.groups.begin_sweep(owner),
            Form::Empty | Form::One(_) | Form::Many(_) => false,
        }
    }

    /// Remembers an entry in place of the last one, which no later event looks back for any more.
    pub(super) fn push_for_last(&mut self, kept: &mut Kept, entry: Entry) {
        match kept.form() {
            Form::Empty => {}
            Form::One(mut last) => {
                last.standing = Standing::None;
                *kept = Kept::default();
                self.push(kept, last);
            }
            Form::Many(list) => {
                if let Some(last) = self.entries.last_mut(list) {
                    last.standing = Standing::None;
                    if !last.is_needed() {
                        self.extra.release(last);
                        *last = entry;
                        return;
                    }
                }
            }
            // Only lists of events that are all alike are kept so.
            Form::Grouped(_) => {}
        }
        self.push(kept, entry);
    }

    /// The last entry's standing.
    pub(super) fn last_standing(&self, kept: Kept) -> Standing {
        match kept.form() {
            Form::Empty | Form::Grouped(_) => Standing::None,
            Form::One(entry) => entry.standing,
            Form::Many(list) => self
                .entries
                .last(list)
                .map_or(Standing::None, |entry| entry.standing),
        }
    }

    /// Shows entries in order, as far as is wanted, and forgets those that are not needed any
    /// more. Where there are many, only those that are near.
    pub(super) fn review(
        &mut self,
        kept: &mut Kept,
        near: Near,
        mut change: impl FnMut(&mut Entry, &mut Extra) -> Further,
    ) {
        let Self {
            entries,
            extra,
            groups,
            ..
        } = self;
        let mut sift = |entry: &mut Entry| {
            let further = change(entry, extra);
            if !entry.is_needed() {
                extra.release(entry);
                return Sift::Drop;
            }
            match further {
                Further::On => Sift::Keep,
                Further::Stop => Sift::KeepRest,
            }
        };
        match kept.form() {
            Form::Empty => {}
            Form::One(mut entry) => {
                *kept = Kept::default();
                if sift(&mut entry) != Sift::Drop {
                    self.push(kept, entry);
                }
            }
            Form::Many(mut list) => {
                entries.sift(&mut list, sift);
                *kept = Kept::many(list);
            }
            Form::Grouped(mut owner) => {
                groups.sift(&mut owner, near, entries, sift);
                *kept = Kept::grouped(owner);
            }
        }
    }

    /// Shows entries in order until `each` answers false. Where there are many, only those that
    /// are near.
    pub(super) fn each(&self, kept: Kept, near: Near, mut each: impl FnMut(&Entry) -> bool) {
        match kept.form() {
            Form::Empty => {}
            Form::One(entry) => {
                each(&entry);
            }
            Form::Many(list) => {
                self.entries.iter(list).all(each);
            }
            Form::Grouped(owner) => self.groups.each(owner, near, &self.entries, &mut each),
        }
    }

    /// Fetches the first entry and its values from memory; most objects have no more.
    pub(super) fn warm(&self, kept: Kept) {
        if let Form::Many(list) = kept.form()
            && let Some(entry) = self.entries.first(list)
        {
            std::hint::black_box(self.extra.rows.get(entry.row).first().copied());
        }
    }

    /// Forgets everything of an object.
    pub(super) fn reset(&mut self, kept: &mut Kept) {
        self.review(kept, Near::All, |entry, _| {
            entry.open = false;
            entry.standing = Standing::None;
            Further::On
        });
    }

    /// What is remembered of an object.
    pub(super) fn recall(&self, kept: Kept) -> EndMemory {
        let told = |entry: &Entry| EntryMemory::of(entry, &self.extra);
        match kept.form() {
            Form::Empty => EndMemory::Few(Vec::new()),
            Form::One(entry) => EndMemory::Few(vec![told(&entry)]),
            Form::Many(list) => EndMemory::Few(self.entries.iter(list).map(told).collect()),
            Form::Grouped(owner) => self.groups.recall(owner, &self.entries, told),
        }
    }

    /// Remembers what [`Memory::recall`] gave.
    pub(super) fn remember(&mut self, memory: EndMemory) -> Result<Kept, Damaged> {
        match memory {
            EndMemory::Few(told) => {
                let mut kept = Kept::default();
                for entry in told {
                    let entry = entry.entry(&mut self.extra)?;
                    self.push(&mut kept, entry);
                }
                Ok(kept)
            }
            EndMemory::Grouped {
                without,
                groups,
                sweep,
            } => {
                demand(self.key_at.is_some(), "entries that are told apart")?;
                let mut owner = Slot::default();
                for entry in without
                    .into_iter()
                    .chain(groups.into_iter().rev().flatten())
                {
                    let entry = entry.entry(&mut self.extra)?;
                    self.push_grouped(&mut owner, entry);
                }
                self.groups.set_sweep(owner, sweep);
                Ok(Kept::grouped(owner))
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let Extra { rows, doubts } = &self.extra;
        self.entries.bytes() + self.groups.bytes() + rows.bytes() + doubts.bytes()
    }
}

#[cfg(test)]
mod tests {
    use cage_model::{MICROS_PER_DAY, Symbol};
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn entries()(
            position in prop_oneof![0u64..1 << 36, Just(u64::MAX)],
            at in any::<i64>(),
            activity in prop_oneof![0u32..1 << 13, Just(u32::MAX)],
            shift in -3i64..=3,
            offset in prop_oneof![-1_500i16..=1_500, any::<i16>()],
            open in any::<bool>(),
            standing in 0u8..3,
        ) -> Entry {
            let date = at.div_euclid(MICROS_PER_DAY) + shift;
            Entry {
                event: EventRef {
                    position,
                    at: Instant(at),
                    activity: Symbol::from_index(activity),
                },
                date: Date(date as i32),
                offset,
                open,
                may_be_satisfied: false,
                may_be_violated: false,
                standing: [Standing::None, Standing::Neighbour, Standing::Certain]
                    [usize::from(standing)],
                doubt: List::default(),
                row: Row::EMPTY,
                until: Until::NONE,
            }
        }
    }

    proptest! {
        /// What fits into 16 bytes comes out as it went in; the rest takes the arena.
        #[test]
        fn an_event_survives_packing(entry in entries()) {
            let mut memory = Memory::new(0, None);
            let mut kept = Kept::default();
            memory.push(&mut kept, entry);
            let mut seen = Vec::new();
            memory.each(kept, Near::All, |entry| { seen.push(format!("{entry:?}")); true });
            let expected = entry.is_needed().then(|| format!("{entry:?}"));
            prop_assert_eq!(seen, Vec::from_iter(expected));
        }
    }

    #[test]
    fn an_ordinary_event_needs_no_arena() {
        let mut memory = Memory::new(0, None);
        let mut kept = Kept::default();
        let entry = Entry {
            event: EventRef {
                position: 50_000_000,
                at: Instant(1_770_000_000_000_000),
                activity: Symbol::from_index(3),
            },
            date: Date((1_770_000_000_000_000 / MICROS_PER_DAY) as i32),
            offset: 480,
            open: true,
            may_be_satisfied: false,
            may_be_violated: false,
            standing: Standing::None,
            doubt: List::default(),
            row: Row::EMPTY,
            until: Until::NONE,
        };
        memory.push(&mut kept, entry);
        assert_eq!((memory.bytes(), size_of::<Kept>()), (0, 16));
        memory.push(&mut kept, entry);
        assert!(memory.bytes() > 0);
        memory.reset(&mut kept);
        assert!(kept.is_empty());
    }
}
