//! What is remembered of the events of one end: 16 bytes for each object, of which one plain
//! event is a part; more of them, or what belongs to them, lies in arenas.

use cage_law::Moment;
use cage_model::{Date, EventRef, Instant, MICROS_PER_DAY, Symbol};

use super::judge::Waiting;
use crate::lists::{List, Lists, Row, Rows, Sift};
use crate::matching::Unknown;
use crate::monitor::Step;

/// What an event is worth to later events that look back for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
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
    pub(super) until: Option<Instant>,
}

/// Why something about an event is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Doubt {
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

/// The remembered events of one end of one object, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kept {
    first: u64,
    second: u64,
}

// The second word of a single event, from the lowest bit: position 35, offset 12, difference
// between local and UTC date 2, activity 12, open 1, standing 2. The first is its instant.
const POSITION_BITS: u32 = 35;
const OFFSET_BITS: u32 = 12;
const OFFSET_ZERO: i64 = 1 << (OFFSET_BITS - 1);
const ACTIVITY_BITS: u32 = 12;
const OFFSET_AT: u32 = POSITION_BITS;
const DATE_AT: u32 = OFFSET_AT + OFFSET_BITS;
const ACTIVITY_AT: u32 = DATE_AT + 2;
const OPEN_AT: u32 = ACTIVITY_AT + ACTIVITY_BITS;
const STANDING_AT: u32 = OPEN_AT + 1;
const _: () = assert!(STANDING_AT + 2 == u64::BITS);
/// In place of a standing: the words are no event.
const NO_EVENT: u64 = 3;
const EMPTY: u64 = NO_EVENT << STANDING_AT;
/// The first word is a list.
const MANY: u64 = EMPTY | 1 << OPEN_AT;

enum Form {
    Empty,
    One(Entry),
    Many(List),
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            first: 0,
            second: EMPTY,
        }
    }
}

const fn field(word: u64, at: u32, bits: u32) -> u64 {
    (word >> at) & ((1 << bits) - 1)
}

impl Kept {
    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.second == EMPTY
    }

    fn many(list: List) -> Self {
        if list.is_empty() {
            return Self::default();
        }
        Self {
            first: list.to_bits(),
            second: MANY,
        }
    }

    #[inline]
    fn form(self) -> Form {
        let word = self.second;
        let standing = match field(word, STANDING_AT, 2) {
            0 => Standing::None,
            1 => Standing::Neighbour,
            2 => Standing::Certain,
            _ if word == MANY => return Form::Many(List::from_bits(self.first)),
            _ => return Form::Empty,
        };
        let at = self.first as i64;
        let date = at.div_euclid(MICROS_PER_DAY) + field(word, DATE_AT, 2) as i64 - 1;
        Form::One(Entry {
            event: EventRef {
                position: field(word, 0, POSITION_BITS),
                at: Instant(at),
                activity: Symbol::from_index(field(word, ACTIVITY_AT, ACTIVITY_BITS) as u32),
            },
            date: Date(date as i32),
            offset: (field(word, OFFSET_AT, OFFSET_BITS) as i64 - OFFSET_ZERO) as i16,
            open: field(word, OPEN_AT, 1) == 1,
            may_be_satisfied: false,
            may_be_violated: false,
            standing,
            doubt: List::default(),
            row: Row::EMPTY,
            until: None,
        })
    }

    /// A single event without anything in the arenas; `None` when it does not fit in here.
    #[inline]
    fn one(entry: &Entry) -> Option<Self> {
        let standing = match entry.standing {
            Standing::None => 0,
            Standing::Neighbour => 1,
            Standing::Certain => 2,
            Standing::Doubtful => return None,
        };
        let at = entry.event.at.0;
        let shift = i64::from(entry.date.0) - at.div_euclid(MICROS_PER_DAY) + 1;
        let offset = i64::from(entry.offset) + OFFSET_ZERO;
        let activity = entry.event.activity.index() as u64;
        let plain = entry.doubt.is_empty() && entry.until.is_none();
        let fits = plain
            && entry.event.position < 1 << POSITION_BITS
            && activity < 1 << ACTIVITY_BITS
            && (0..=2).contains(&shift)
            && (0..1 << OFFSET_BITS).contains(&offset);
        fits.then(|| Self {
            first: at as u64,
            second: entry.event.position
                | (offset as u64) << OFFSET_AT
                | (shift as u64) << DATE_AT
                | activity << ACTIVITY_AT
                | u64::from(entry.open) << OPEN_AT
                | standing << STANDING_AT,
        })
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

    fn release(&mut self, entry: &mut Entry) {
        self.doubts.clear(&mut entry.doubt);
        self.rows.release(entry.row);
    }
}

impl Memory {
    /// Arenas for events of which this many values are captured.
    pub(super) fn new(width: usize) -> Self {
        Self {
            entries: Lists::default(),
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
            until: None,
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
        };
        self.entries.push(&mut list, entry);
        *kept = Kept::many(list);
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
        }
        self.push(kept, entry);
    }

    /// The last entry's standing.
    pub(super) fn last_standing(&self, kept: Kept) -> Standing {
        match kept.form() {
            Form::Empty => Standing::None,
            Form::One(entry) => entry.standing,
            Form::Many(list) => self
                .entries
                .last(list)
                .map_or(Standing::None, |entry| entry.standing),
        }
    }

    /// Shows entries in order, as far as is wanted, and forgets those that are not needed any
    /// more.
    pub(super) fn review(
        &mut self,
        kept: &mut Kept,
        mut change: impl FnMut(&mut Entry, &mut Extra) -> Further,
    ) {
        let Self { entries, extra } = self;
        match kept.form() {
            Form::Empty => {}
            Form::One(mut entry) => {
                change(&mut entry, extra);
                *kept = Kept::default();
                self.push(kept, entry);
            }
            Form::Many(mut list) => {
                entries.sift(&mut list, |entry| {
                    let further = change(entry, extra);
                    if !entry.is_needed() {
                        extra.release(entry);
                        return Sift::Drop;
                    }
                    match further {
                        Further::On => Sift::Keep,
                        Further::Stop => Sift::KeepRest,
                    }
                });
                *kept = Kept::many(list);
            }
        }
    }

    /// Shows entries in order until `each` answers false.
    pub(super) fn each(&self, kept: Kept, mut each: impl FnMut(&Entry) -> bool) {
        match kept.form() {
            Form::Empty => {}
            Form::One(entry) => {
                each(&entry);
            }
            Form::Many(list) => {
                self.entries.iter(list).all(each);
            }
        }
    }

    /// Forgets everything of an object.
    pub(super) fn reset(&mut self, kept: &mut Kept) {
        self.review(kept, |entry, _| {
            entry.open = false;
            entry.standing = Standing::None;
            Further::On
        });
    }

    pub(super) fn bytes(&self) -> usize {
        self.entries.bytes() + self.extra.rows.bytes() + self.extra.doubts.bytes()
    }
}

#[cfg(test)]
mod tests {
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
                until: None,
            }
        }
    }

    proptest! {
        /// What fits into 16 bytes comes out as it went in; the rest takes the arena.
        #[test]
        fn an_event_survives_packing(entry in entries()) {
            let mut memory = Memory::new(0);
            let mut kept = Kept::default();
            memory.push(&mut kept, entry);
            let mut seen = Vec::new();
            memory.each(kept, |entry| { seen.push(format!("{entry:?}")); true });
            let expected = entry.is_needed().then(|| format!("{entry:?}"));
            prop_assert_eq!(seen, Vec::from_iter(expected));
        }
    }

    #[test]
    fn an_ordinary_event_needs_no_arena() {
        let mut memory = Memory::new(0);
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
            until: None,
        };
        memory.push(&mut kept, entry);
        assert_eq!((memory.bytes(), size_of::<Kept>()), (0, 16));
        memory.push(&mut kept, entry);
        assert!(memory.bytes() > 0);
        memory.reset(&mut kept);
        assert!(kept.is_empty());
    }
}
