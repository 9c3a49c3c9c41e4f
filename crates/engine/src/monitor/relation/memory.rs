//! The remembered events of one object as a plain value.

use cage_model::{Date, EventRef, Instant, Value};
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
    date: Date,
    offset: i16,
    open: bool,
    may_be_satisfied: bool,
    may_be_violated: bool,
    standing: Standing,
    doubt: Option<Doubt>,
    row: Vec<Value>,
    until: Option<Instant>,
}

impl EntryMemory {
    pub(super) fn of(entry: &Entry, extra: &Extra) -> Self {
        Self {
            event: entry.event,
            date: entry.date,
            offset: entry.offset,
            open: entry.open,
            may_be_satisfied: entry.may_be_satisfied,
            may_be_violated: entry.may_be_violated,
            standing: entry.standing,
            doubt: extra.doubt_of(entry),
            row: extra.rows.recall(entry.row),
            until: entry.until.get(),
        }
    }

    pub(super) fn entry(self, extra: &mut Extra) -> Result<Entry, Damaged> {
        let mut entry = Entry {
            event: self.event,
            date: self.date,
            offset: self.offset,
            open: self.open,
            may_be_satisfied: self.may_be_satisfied,
            may_be_violated: self.may_be_violated,
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
