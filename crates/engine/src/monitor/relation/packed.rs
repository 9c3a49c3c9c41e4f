//! An object's remembered events of one end in 16 bytes: none, one plain event, or the place of
//! more in the arenas of [`super::kept`].

use cage_model::{Date, EventRef, Instant, MICROS_PER_DAY, Symbol};

use super::kept::{Entry, Standing, Until};
use crate::lists::{List, Row};
use crate::slab::Slot;

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
/// The first word names an object of [`Groups`].
const GROUPED: u64 = EMPTY | 1;

/// What a [`Kept`] holds.
pub(super) enum Form {
    Empty,
    One(Entry),
    Many(List),
    Grouped(Slot),
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

    pub(super) fn many(list: List) -> Self {
        if list.is_empty() {
            return Self::default();
        }
        Self {
            first: list.to_bits(),
            second: MANY,
        }
    }

    pub(super) fn grouped(owner: Slot) -> Self {
        if owner == Slot::default() {
            return Self::default();
        }
        Self {
            first: u64::from(owner.number()),
            second: GROUPED,
        }
    }

    #[inline]
    pub(super) fn form(self) -> Form {
        let word = self.second;
        let standing = match field(word, STANDING_AT, 2) {
            0 => Standing::None,
            1 => Standing::Neighbour,
            2 => Standing::Certain,
            _ if word == MANY => return Form::Many(List::from_bits(self.first)),
            _ if word == GROUPED => return Form::Grouped(Slot::from_number(self.first as u32)),
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
            until: Until::NONE,
        })
    }

    /// A single event without anything in the arenas; `None` when it does not fit in here.
    #[inline]
    pub(super) fn one(entry: &Entry) -> Option<Self> {
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
        let plain = entry.doubt.is_empty() && entry.until == Until::NONE;
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
