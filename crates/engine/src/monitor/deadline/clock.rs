//! One clock: from its start through pauses and extensions to its last moment, and to its
//! reminder. Pure arithmetic over moments; knows no events.
//!
//! Paused days do not count. A clock of dates does not count the days from that of the pause to
//! the one before that of resumption; the day on which the clock started is not counted anyway. A
//! clock of elapsed time does not count the time between.

use cage_law::{DayCount, Due, Moment, Span};
use cage_model::{Date, Instant, Time};
use serde::{Deserialize, Serialize};

use crate::timing::due_instant;

/// What happened to a running clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Change {
    /// It was halted.
    Pause(Moment),
    /// It was let run on.
    Resume(Moment),
    /// It was lengthened.
    Extend(Span),
}

/// What a clock counts: as the last span that was applied to it is worded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Counting {
    Elapsed,
    Days,
    WorkingDays,
}

/// A clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Clock {
    pub(super) start: Moment,
    pub(super) due: Due,
    /// Where it stands still: since when.
    pub(super) since: Moment,
    /// The offset that its start was written with, in minutes.
    pub(super) offset: i16,
    /// Pauses that were not ended yet.
    pub(super) depth: u16,
    pub(super) counting: Counting,
}

impl Clock {
    /// A clock that may run for a span.
    pub(super) fn of_span(start: Moment, span: Span, offset: i16, days: &DayCount) -> Self {
        Self {
            start,
            due: days.due(start, span),
            since: start,
            offset,
            depth: 0,
            counting: Counting::of(span),
        }
    }

    /// A clock that may run up to an instant.
    pub(super) fn until(start: Moment, instant: Instant, offset: i16) -> Self {
        Self {
            start,
            due: Due::At(instant),
            since: start,
            offset,
            depth: 0,
            counting: Counting::Elapsed,
        }
    }

    /// When it started.
    pub(super) fn start(&self) -> Moment {
        self.start
    }

    /// The offset that its start was written with, in minutes.
    pub(super) fn offset(&self) -> i16 {
        self.offset
    }

    /// When its time is up; `None` while it stands still.
    pub(super) fn due(&self) -> Option<Due> {
        (self.depth == 0).then_some(self.due)
    }

    /// Whether its time is up. A clock that stands still never is.
    pub(super) fn is_past(&self, now: Moment) -> bool {
        self.depth == 0 && self.due.is_past(now)
    }

    /// Whether it stands still.
    pub(super) fn is_paused(&self) -> bool {
        self.depth > 0
    }

    /// The first instant at which its time is up.
    pub(super) fn expiry(&self, days: &DayCount) -> Instant {
        days.expiry(self.due, self.offset)
    }

    /// Takes a change in the order of time. Pauses nest: the clock runs on when the last is ended.
    pub(super) fn apply(&mut self, change: Change, days: &DayCount) {
        match change {
            Change::Pause(at) => {
                if self.depth == 0 {
                    self.since = at;
                }
                self.depth = self.depth.saturating_add(1);
            }
            Change::Resume(at) => match self.depth {
                0 => {}
                1 => {
                    self.depth = 0;
                    self.due = self.moved(at, days);
                }
                _ => self.depth -= 1,
            },
            Change::Extend(span) => {
                self.due = extended(self.due, span, self.offset, days);
                self.counting = Counting::of(span);
            }
        }
    }

    /// When it is due after the pause that ends now.
    fn moved(&self, resumed: Moment, days: &DayCount) -> Due {
        match self.due {
            Due::At(instant) => {
                let paused = resumed.instant.0.saturating_sub(self.since.instant.0);
                Due::At(instant.plus(paused.max(0)))
            }
            Due::EndOf(date) => {
                let first = self.since.date.max(self.start.date.plus(1));
                let (first, last) = (first.plus(-1), resumed.date.plus(-1));
                let paused = self.counting.between(first, last, days);
                Due::EndOf(self.counting.later(date, paused, days))
            }
        }
    }

    /// When to remind of a clock that ran for a span and was changed like this; `None` while it
    /// stands still.
    pub(super) fn reminder(
        start: Moment,
        offset: i16,
        (span, percent): (Span, u8),
        changes: impl Iterator<Item = Change>,
        days: &DayCount,
    ) -> Option<Instant> {
        let mut whole = Self::of_span(start, span, offset, days);
        let mut length = whole.length(days);
        let mut part = whole;
        part.due = part.shortened(share(length, percent), days);
        for change in changes {
            match change {
                Change::Extend(_) => {
                    let before = share(length, percent);
                    let due = whole.due;
                    whole.apply(change, days);
                    length = length.saturating_add(whole.grown(due, days));
                    let more = share(length, percent) - before;
                    part.counting = whole.counting;
                    part.due = part.lengthened(more, days);
                }
                // What was reminded of before a pause stays so.
                Change::Pause(at) if part.is_past(at) => whole.apply(change, days),
                Change::Pause(_) | Change::Resume(_) => {
                    whole.apply(change, days);
                    part.apply(change, days);
                }
            }
        }
        (!whole.is_paused()).then(|| due_instant(part.due, offset, days))
    }

    /// How long it may run: days of its kind, or microseconds.
    fn length(&self, days: &DayCount) -> i64 {
        match self.due {
            Due::At(instant) => instant.0.saturating_sub(self.start.instant.0),
            Due::EndOf(date) => self.counting.between(self.start.date, date, days),
        }
    }

    /// How much longer it may run than when it was due before.
    fn grown(&self, before: Due, days: &DayCount) -> i64 {
        match (before, self.due) {
            (Due::EndOf(before), Due::EndOf(now)) => self.counting.between(before, now, days),
            (Due::At(before), Due::At(now)) => now.0.saturating_sub(before.0),
            // From hours to days or back there is no common measure.
            _ => 0,
        }
    }

    fn shortened(&self, length: i64, days: &DayCount) -> Due {
        match self.due {
            Due::At(_) => Due::At(self.start.instant.plus(length)),
            Due::EndOf(_) => Due::EndOf(self.counting.later(self.start.date, length, days)),
        }
    }

    fn lengthened(&self, more: i64, days: &DayCount) -> Due {
        match self.due {
            Due::At(instant) => Due::At(instant.plus(more)),
            Due::EndOf(date) => Due::EndOf(self.counting.later(date, more, days)),
        }
    }
}

/// A due time counted on from itself.
fn extended(due: Due, span: Span, offset: i16, days: &DayCount) -> Due {
    match (due, span) {
        (Due::At(instant), Span::Elapsed(micros)) => Due::At(instant.plus(micros)),
        (Due::At(instant), _) => {
            let last = days.moment(Time::new(instant, Some(offset)));
            days.due(last, span)
        }
        (Due::EndOf(_), Span::Elapsed(micros)) => {
            // From the end of the last day; due times are the last instants that are in time.
            Due::At(days.expiry(due, offset).plus(micros).plus(-1))
        }
        (Due::EndOf(date), _) => {
            let instant = days.expiry(due, offset);
            days.due(Moment { instant, date }, span)
        }
    }
}

fn share(length: i64, percent: u8) -> i64 {
    (i128::from(length) * i128::from(percent) / 100) as i64
}

impl Counting {
    fn of(span: Span) -> Self {
        match span {
            Span::Elapsed(_) => Self::Elapsed,
            Span::WorkingDays(_) => Self::WorkingDays,
            Span::Days(_) | Span::Months(_) => Self::Days,
        }
    }

    /// The days of this kind after one date, up to and including another.
    fn between(self, after: Date, to: Date, days: &DayCount) -> i64 {
        match self {
            Self::WorkingDays => days.calendar.worked_between(after, to),
            Self::Elapsed | Self::Days => (i64::from(to.0) - i64::from(after.0)).max(0),
        }
    }

    /// The date that is some days of this kind later.
    fn later(self, date: Date, count: i64, days: &DayCount) -> Date {
        let count = count.max(0);
        match self {
            Self::WorkingDays => {
                let count = u32::try_from(count).unwrap_or(u32::MAX);
                days.calendar.after(date, count)
            }
            Self::Elapsed | Self::Days => date.plus(i32::try_from(count).unwrap_or(i32::MAX)),
        }
    }
}
