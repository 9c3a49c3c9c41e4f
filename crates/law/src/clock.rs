//! One clock: from its start through pauses and extensions to its last moment, and to its
//! reminder. Pure arithmetic over moments; knows no events and no documents.
//!
//! Paused days do not count. A clock of dates does not count the days from that of the pause to
//! the one before that of resumption; the day on which the clock started is not counted anyway. A
//! clock of elapsed time does not count the time between.

use cage_model::{Date, Instant, Time};
use serde::{Deserialize, Serialize};

use crate::due::{DayCount, Due, Moment};
use crate::span::Span;
use crate::term::{LastDay, Term};

/// What happened to a running clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Change {
    /// It was halted.
    Pause(Moment),
    /// It was let run on.
    Resume(Moment),
    /// It was lengthened.
    Extend(Span),
}

/// What a clock counts: as the last span that was applied to it is worded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Counting {
    /// Elapsed time.
    Elapsed,
    /// Calendar days.
    Days,
    /// Working days.
    WorkingDays,
    /// Calendar days, of which the last is moved to a worked day.
    RollingDays,
}

/// A clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clock {
    /// When it started.
    pub start: Moment,
    /// When its time is up, before a last day off is moved; as if it stood still no more.
    pub last: Due,
    /// Where it stands still: since when.
    pub since: Moment,
    /// The offset that its start was written with, in minutes.
    pub offset: i16,
    /// Pauses that were not ended yet.
    pub depth: u16,
    /// What it counts.
    pub counting: Counting,
}

impl Clock {
    /// A clock that may run for a term.
    #[must_use]
    pub fn of_term(start: Moment, term: impl Into<Term>, offset: i16, days: &DayCount) -> Self {
        let term = term.into();
        Self {
            start,
            last: days.due(start, term.span),
            since: start,
            offset,
            depth: 0,
            counting: Counting::of(term),
        }
    }

    /// A clock that may run up to an instant.
    #[must_use]
    pub fn until(start: Moment, instant: Instant, offset: i16) -> Self {
        Self {
            start,
            last: Due::At(instant),
            since: start,
            offset,
            depth: 0,
            counting: Counting::Elapsed,
        }
    }

    /// When its time is up; `None` while it stands still.
    #[must_use]
    pub fn due(&self, days: &DayCount) -> Option<Due> {
        (self.depth == 0).then(|| self.end(days))
    }

    /// When its time is up, were it let run on where it stands still.
    fn end(&self, days: &DayCount) -> Due {
        days.rolled(self.last, self.counting.last_day())
    }

    /// Whether its time is up. A clock that stands still never is.
    #[must_use]
    pub fn is_past(&self, now: Moment, days: &DayCount) -> bool {
        self.depth == 0 && self.last.is_past(now) && self.end(days).is_past(now)
    }

    /// Whether it stands still.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.depth > 0
    }

    /// The first instant at which its time is up.
    #[must_use]
    pub fn expiry(&self, days: &DayCount) -> Instant {
        days.expiry(self.end(days), self.offset)
    }

    /// Takes a change in the order of time. Pauses nest: the clock runs on when the last is ended.
    pub fn apply(&mut self, change: Change, days: &DayCount) {
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
                    self.last = self.moved(at, days);
                }
                _ => self.depth -= 1,
            },
            Change::Extend(span) => {
                self.last = extended(self.last, span, self.offset, days);
                let last_day = self.counting.last_day();
                self.counting = Counting::of(Term { span, last_day });
            }
        }
    }

    /// When its time is up after the pause that ends now, before a last day off is moved.
    fn moved(&self, resumed: Moment, days: &DayCount) -> Due {
        match self.last {
            Due::At(instant) => {
                let paused = resumed.instant.0.saturating_sub(self.since.instant.0);
                Due::At(instant.plus(paused.max(0)))
            }
            // It had counted all of its days and waited for a worked one.
            Due::EndOf(date) if self.since.date > date => Due::EndOf(date.max(resumed.date)),
            Due::EndOf(date) => {
                let first = self.since.date.max(self.start.date.plus(1));
                let (first, last) = (first.plus(-1), resumed.date.plus(-1));
                let paused = self.counting.between(first, last, days);
                Due::EndOf(self.counting.later(date, paused, days))
            }
        }
    }

    /// When to remind of a clock that ran for a span and was changed like this; `None` while it
    /// stands still. A share of a day is no day: the reminder comes at the end of the last whole one.
    #[must_use]
    pub fn reminder(
        start: Moment,
        offset: i16,
        (term, percent): (Term, u8),
        changes: impl Iterator<Item = Change>,
        days: &DayCount,
    ) -> Option<Instant> {
        let mut whole = Self::of_term(start, term, offset, days);
        let mut length = whole.length(days);
        let mut part = whole;
        part.last = part.shortened(share(length, percent), days);
        for change in changes {
            match change {
                Change::Extend(_) => {
                    let before = share(length, percent);
                    let due = whole.last;
                    whole.apply(change, days);
                    length = length.saturating_add(whole.grown(due, days));
                    let more = share(length, percent) - before;
                    part.counting = whole.counting;
                    part.last = part.lengthened(more, days);
                }
                // What was reminded of before a pause stays so.
                Change::Pause(at) if part.last.is_past(at) => whole.apply(change, days),
                Change::Pause(_) | Change::Resume(_) => {
                    whole.apply(change, days);
                    part.apply(change, days);
                }
            }
        }
        (!whole.is_paused()).then(|| days.shown(part.last, offset))
    }

    /// How long it may run: days of its kind, or microseconds.
    fn length(&self, days: &DayCount) -> i64 {
        match self.last {
            Due::At(instant) => instant.0.saturating_sub(self.start.instant.0),
            Due::EndOf(date) => self.counting.between(self.start.date, date, days),
        }
    }

    /// How much longer it may run than when it was due before.
    fn grown(&self, before: Due, days: &DayCount) -> i64 {
        match (before, self.last) {
            (Due::EndOf(before), Due::EndOf(now)) => self.counting.between(before, now, days),
            (Due::At(before), Due::At(now)) => now.0.saturating_sub(before.0),
            // From hours to days or back there is no common measure.
            _ => 0,
        }
    }

    fn shortened(&self, length: i64, days: &DayCount) -> Due {
        match self.last {
            Due::At(_) => Due::At(self.start.instant.plus(length)),
            Due::EndOf(_) => Due::EndOf(self.counting.later(self.start.date, length, days)),
        }
    }

    fn lengthened(&self, more: i64, days: &DayCount) -> Due {
        match self.last {
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
    /// What a term counts.
    #[must_use]
    pub const fn of(term: Term) -> Self {
        match (term.span, term.last_day) {
            (Span::Elapsed(_), _) => Self::Elapsed,
            (Span::WorkingDays(_), _) => Self::WorkingDays,
            (Span::Days(_) | Span::Months(_), LastDay::Stays) => Self::Days,
            (Span::Days(_) | Span::Months(_), LastDay::RollsForward) => Self::RollingDays,
        }
    }

    /// What happens to a last day on which nobody works.
    #[must_use]
    pub const fn last_day(self) -> LastDay {
        match self {
            Self::RollingDays => LastDay::RollsForward,
            Self::Elapsed | Self::Days | Self::WorkingDays => LastDay::Stays,
        }
    }

    /// The days of this kind after one date, up to and including another.
    fn between(self, after: Date, to: Date, days: &DayCount) -> i64 {
        match self {
            Self::WorkingDays => days.calendar.worked_between(after, to),
            Self::Elapsed | Self::Days | Self::RollingDays => {
                (i64::from(to.0) - i64::from(after.0)).max(0)
            }
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
            Self::Elapsed | Self::Days | Self::RollingDays => {
                date.plus(i32::try_from(count).unwrap_or(i32::MAX))
            }
        }
    }
}
