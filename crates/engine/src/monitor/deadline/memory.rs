//! The clocks of one object as a plain value.

use cage_law::{Clock, Counting, Due, Moment};
use cage_model::{Date, EventRef, Value};
use serde::{Deserialize, Serialize};

use super::packed::pauses;
use super::running::{Running, Standing, Waiting};
use crate::lists::{Lists, Rows};
use crate::matching::Unknown;
use crate::monitor::Changed;
use crate::state::Damaged;

/// Clocks that run, and those that may start by themselves.
#[derive(Serialize, Deserialize)]
pub(crate) struct DeadlineMemory {
    pub(super) running: Vec<RunningMemory>,
    pub(super) waiting: Vec<WaitingMemory>,
}

/// A [`Running`] clock. What follows from its changes is not kept.
#[derive(Serialize, Deserialize)]
pub(super) struct RunningMemory {
    trigger: EventRef,
    date: Date,
    due: Due,
    offset: i16,
    counting: Counting,
    row: Vec<Value>,
    changes: Vec<Changed>,
    standing: Standing,
    doubt: Option<Unknown>,
}

/// A [`Waiting`] clock.
#[derive(Serialize, Deserialize)]
pub(super) struct WaitingMemory {
    running: RunningMemory,
    until: Due,
    doubt: Option<Unknown>,
    termless: Option<Unknown>,
}

impl RunningMemory {
    pub(super) fn of(running: &Running, changes: &Lists<Changed>, rows: &Rows) -> Self {
        let clock = &running.clock;
        Self {
            trigger: running.trigger,
            date: clock.start.date,
            due: clock.last,
            offset: clock.offset,
            counting: clock.counting,
            row: rows.recall(running.row),
            changes: changes.iter(running.changes).copied().collect(),
            standing: running.standing,
            doubt: running.doubt,
        }
    }

    pub(super) fn running(
        self,
        changes: &mut Lists<Changed>,
        rows: &mut Rows,
    ) -> Result<Running, Damaged> {
        let start = Moment {
            instant: self.trigger.at,
            date: self.date,
        };
        let (depth, since) = pauses(start, self.changes.iter());
        Ok(Running {
            trigger: self.trigger,
            clock: Clock {
                start,
                last: self.due,
                since,
                offset: self.offset,
                depth,
                counting: self.counting,
            },
            row: rows.remember(self.row)?,
            changes: changes.list(self.changes),
            standing: self.standing,
            doubt: self.doubt,
        })
    }
}

impl WaitingMemory {
    pub(super) fn of(waiting: &Waiting, changes: &Lists<Changed>, rows: &Rows) -> Self {
        Self {
            running: RunningMemory::of(&waiting.running, changes, rows),
            until: waiting.until,
            doubt: waiting.doubt,
            termless: waiting.termless,
        }
    }

    pub(super) fn waiting(
        self,
        changes: &mut Lists<Changed>,
        rows: &mut Rows,
    ) -> Result<Waiting, Damaged> {
        Ok(Waiting {
            running: self.running.running(changes, rows)?,
            until: self.until,
            doubt: self.doubt,
            termless: self.termless,
        })
    }
}
