//! A clock as its arena keeps it, in 52 bytes. What follows from its changes is not kept: since
//! when it stands still, and how many pauses were not ended.

use cage_law::{Change, Clock, Counting, Due, Moment};
use cage_model::{Date, EventRef, Instant, Reason, Symbol};

use super::running::{Running, Standing};
use crate::lists::{List, Lists, Row};
use crate::monitor::Changed;
use crate::monitor::count::unknown;

/// A [`Running`] clock, to be kept. All clocks of a log may run at once, so bytes count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed {
    position: Half,
    at: Half,
    due: Half,
    activity: Symbol,
    date: Date,
    doubtful: Symbol,
    row: Row,
    changes: List,
    offset: i16,
    flags: u8,
}

const _: () = assert!(size_of::<Packed>() == 52);

// From the lowest bit: standing 2, counting 2, then one each.
const COUNTING_AT: u32 = 2;
const ENDS_WITH_A_DAY: u8 = 1 << 4;
const PAUSED: u8 = 1 << 5;
const DOUBTFUL: u8 = 1 << 6;
const FAILED: u8 = 1 << 7;

const STANDINGS: [Standing; 4] = [
    Standing::Running,
    Standing::Deemed,
    Standing::Overdue,
    Standing::OverdueDeemed,
];
const COUNTINGS: [Counting; 4] = [
    Counting::Elapsed,
    Counting::Days,
    Counting::WorkingDays,
    Counting::RollingDays,
];

/// Eight bytes that need to lie at a multiple of four only.
#[derive(Clone, Copy, Debug)]
struct Half([u32; 2]);

impl Half {
    const fn of(number: u64) -> Self {
        Self([number as u32, (number >> 32) as u32])
    }

    const fn get(self) -> u64 {
        self.0[0] as u64 | (self.0[1] as u64) << 32
    }
}

impl Packed {
    pub(super) fn of(running: &Running) -> Self {
        let clock = &running.clock;
        debug_assert_eq!(
            clock.start.instant, running.trigger.at,
            "an event starts it"
        );
        let mut flags = running.standing as u8 | (clock.counting as u8) << COUNTING_AT;
        let due = match clock.last {
            Due::At(instant) => instant.0,
            Due::EndOf(date) => {
                flags |= ENDS_WITH_A_DAY;
                i64::from(date.0)
            }
        };
        if clock.is_paused() {
            flags |= PAUSED;
        }
        if let Some(doubt) = running.doubt {
            flags |= DOUBTFUL;
            if doubt.reason == Reason::ExpressionFailed {
                flags |= FAILED;
            }
        }
        Self {
            position: Half::of(running.trigger.position),
            at: Half::of(running.trigger.at.0 as u64),
            due: Half::of(due as u64),
            activity: running.trigger.activity,
            date: clock.start.date,
            doubtful: running.doubt.map_or(Symbol::EMPTY, |doubt| doubt.field),
            row: running.row,
            changes: running.changes,
            offset: clock.offset,
            flags,
        }
    }

    /// The clock; `changes` is the arena of what happened to it.
    pub(super) fn open(&self, changes: &Lists<Changed>) -> Running {
        let has = |flag: u8| self.flags & flag != 0;
        let at = Instant(self.at.get() as i64);
        let start = Moment {
            instant: at,
            date: self.date,
        };
        let due = self.due.get() as i64;
        let (depth, since) = if has(PAUSED) {
            pauses(start, changes.iter(self.changes))
        } else {
            (0, start)
        };
        Running {
            trigger: EventRef {
                position: self.position.get(),
                at,
                activity: self.activity,
            },
            clock: Clock {
                start,
                last: if has(ENDS_WITH_A_DAY) {
                    Due::EndOf(Date(due as i32))
                } else {
                    Due::At(Instant(due))
                },
                since,
                offset: self.offset,
                depth,
                counting: COUNTINGS[usize::from(self.flags >> COUNTING_AT & 3)],
            },
            row: self.row,
            changes: self.changes,
            standing: STANDINGS[usize::from(self.flags & 3)],
            doubt: has(DOUBTFUL).then(|| unknown(has(FAILED), self.doubtful)),
        }
    }
}

/// How many pauses were not ended, and since when the clock stands still.
pub(super) fn pauses<'c>(
    start: Moment,
    changes: impl Iterator<Item = &'c Changed>,
) -> (u16, Moment) {
    let (mut depth, mut since) = (0u16, start);
    for change in changes {
        match &change.change {
            Change::Pause(at) => {
                if depth == 0 {
                    since = *at;
                }
                depth = depth.saturating_add(1);
            }
            Change::Resume(_) => depth = depth.saturating_sub(1),
            Change::Extend(_) => {}
        }
    }
    (depth, since)
}
