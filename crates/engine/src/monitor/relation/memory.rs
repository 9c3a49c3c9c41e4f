//! The remembered events of one object as a plain value.

use cage_model::{Date, EventRef, Instant, MICROS_PER_DAY, Value};
use serde::{Deserialize, Serialize};

use super::kept::{Doubt, Entry, Extra, Standing, Until};
use crate::lists::List;
use crate::state::Damaged;

/// The events of one end, in their order.
#[derive(Serialize, Deserialize)]
pub(crate) enum EndMemory {
    /// So few that they stand in one list.
    Few(Vec<EntryMemory>),
    /// Told apart by a value.
    Grouped {
        /// Those without such a value.
        without: Vec<EntryMemory>,
        /// The others by value, the group that was made last first.
        groups: Vec<Vec<EntryMemory>>,
        /// When all are looked at again: entries that came since, and how many there were then.
        sweep: (u32, u32),
    },
}

/// An [`Entry`].
#[derive(Serialize, Deserialize)]
pub(crate) struct EntryMemory {
    event: EventRef,
    /// The local date, in days after that of the instant in UTC.
    date_shift: i64,
    offset: i16,
    /// Whether it is open, may be satisfied, may be violated: a bit each, the lowest first.
    flags: u8,
    standing: Standing,
    doubt: Option<Doubt>,
    row: Vec<Value>,
    until: Option<Instant>,
}

impl EntryMemory {
    pub(super) fn of(entry: &Entry, extra: &Extra) -> Self {
        Self {
            event: entry.event,
            date_shift: i64::from(entry.date.0) - day_of(entry.event.at),
            offset: entry.offset,
            flags: u8::from(entry.open)
                | u8::from(entry.may_be_satisfied) << 1
                | u8::from(entry.may_be_violated) << 2,
            standing: entry.standing,
            doubt: extra.doubt_of(entry),
            row: extra.rows.recall(entry.row),
            until: entry.until.get(),
        }
    }

    pub(super) fn entry(self, extra: &mut Extra) -> Result<Entry, Damaged> {
        let date = day_of(self.event.at).checked_add(self.date_shift);
        let date = date.and_then(|date| i32::try_from(date).ok());
        let mut entry = Entry {
            event: self.event,
            date: Date(date.ok_or(Damaged("a date that does not exist"))?),
            offset: self.offset,
            open: self.flags & 1 != 0,
            may_be_satisfied: self.flags & 2 != 0,
            may_be_violated: self.flags & 4 != 0,
            standing: self.standing,
            doubt: List::default(),
            row: extra.rows.remember(self.row)?,
            until: Until::of(self.until),
        };
        if let Some(doubt) = self.doubt {
            extra.doubt(&mut entry, doubt);
        }
        Ok(entry)
    }
}

/// The date of an instant in UTC, in days since 1970.
const fn day_of(at: Instant) -> i64 {
    at.0.div_euclid(MICROS_PER_DAY)
}
