//! From facts to a clock: every pause and extension in the order of time, and what cannot be.

use cage_model::Date;

use super::facts::{Extension, Facts, LimitFacts};
use super::refusal::{DAYS_MAX, Happening, Unaccountable};
use super::written::Point;
use crate::clock::{Change, Clock, Counting};
use crate::due::{DayCount, Due, Moment};
use crate::span::Span;

/// A clock that took everything that happened to it.
pub(super) struct Reckoning<'f> {
    pub(super) facts: &'f Facts,
    pub(super) days: DayCount,
    pub(super) start: Moment,
    pub(super) clock: Clock,
    /// Pauses with their moments, in the order of time; the number is that in the facts.
    pub(super) pauses: Vec<(Moment, Option<Moment>, usize)>,
    changes: Vec<Happened>,
}

impl<'f> Reckoning<'f> {
    /// Lets the facts run, on days counted like this.
    pub(super) fn of(facts: &'f Facts, days: DayCount) -> Result<Self, Unaccountable> {
        let term = facts.limit.term();
        let counting = Counting::of(term);
        let reading = Reading {
            facts,
            days: &days,
            counting,
        };
        let start = reading.moment(facts.start.at.0)?;
        let changes = reading.changes(start)?;
        let mut pauses = Vec::new();
        for (number, pause) in facts.pauses.iter().enumerate() {
            let to = pause.to.map(|to| reading.moment(to.0)).transpose()?;
            pauses.push((reading.moment(pause.from.0)?, to, number));
        }
        pauses.sort_by_key(|(from, to, number)| (*from, *to, *number));
        let mut reckoning = Self {
            facts,
            start,
            clock: Clock::of_term(start, term, offset(facts.start.at.0), &days),
            pauses,
            changes,
            days,
        };
        reckoning.run()?;
        Ok(reckoning)
    }

    fn run(&mut self) -> Result<(), Unaccountable> {
        for one in &self.changes {
            if self.clock.is_past(one.moment, &self.days) {
                return Err(Unaccountable::TooLate {
                    what: one.what,
                    at: one.at,
                    due: self.clock.due(&self.days).map_or_else(String::new, shown),
                });
            }
            self.clock.apply(one.change, &self.days);
        }
        Ok(())
    }

    /// When another limit is up, with the same pauses; `None` while it stands still. What comes
    /// when it is up already does not help it.
    pub(super) fn due_of(&self, limit: &LimitFacts) -> Result<Option<Due>, Unaccountable> {
        let term = limit.term();
        let at = self.facts.start.at.0;
        if Counting::of(term) == Counting::Elapsed && matches!(at, Point::Day(_)) {
            let limit = limit.worded.0;
            return Err(Unaccountable::NeedsTime { limit, at });
        }
        let mut clock = Clock::of_term(self.start, term, offset(at), &self.days);
        for one in &self.changes {
            if clock.is_past(one.moment, &self.days) {
                break;
            }
            if one.what != Happening::Extension {
                clock.apply(one.change, &self.days);
            }
        }
        Ok(clock.due(&self.days))
    }
}

/// How points of the facts are read.
struct Reading<'r> {
    facts: &'r Facts,
    days: &'r DayCount,
    counting: Counting,
}

struct Happened {
    moment: Moment,
    what: Happening,
    at: Point,
    change: Change,
}

impl Reading<'_> {
    fn moment(&self, point: Point) -> Result<Moment, Unaccountable> {
        match point {
            Point::Time(time) => Ok(self.days.moment(time)),
            Point::Day(_) if self.counting == Counting::Elapsed => Err(Unaccountable::NeedsTime {
                limit: self.facts.limit.worded.0,
                at: point,
            }),
            Point::Day(date) => Ok(Moment {
                instant: self.days.start_of(date, offset(self.facts.start.at.0)),
                date,
            }),
        }
    }

    /// All that happens to the clock, in the order of time, however the facts list it.
    fn changes(&self, start: Moment) -> Result<Vec<Happened>, Unaccountable> {
        let mut changes = Vec::new();
        let mut add = |what: Happening, at: Point, change: &dyn Fn(Moment) -> Change| {
            let moment = self.moment(at)?;
            let early = match self.counting {
                Counting::Elapsed => moment.instant < start.instant,
                _ => moment.date < start.date,
            };
            if early {
                return Err(Unaccountable::BeforeStart {
                    what,
                    at,
                    start: self.facts.start.at.0,
                });
            }
            changes.push(Happened {
                moment,
                what,
                at,
                change: change(moment),
            });
            Ok(())
        };
        for pause in &self.facts.pauses {
            let from = pause.from.0;
            if pause
                .to
                .is_some_and(|to| self.moment(to.0) == self.moment(from))
            {
                continue;
            }
            add(Happening::Pause, from, &Change::Pause)?;
            if let Some(to) = pause.to {
                if self.moment(to.0)? < self.moment(from)? {
                    return Err(Unaccountable::Reversed { from, to: to.0 });
                }
                add(Happening::Resumption, to.0, &Change::Resume)?;
            }
        }
        for extension in &self.facts.extensions {
            let by = self.granted(extension)?;
            add(Happening::Extension, extension.at.0, &|_| {
                Change::Extend(by)
            })?;
        }
        // At one instant a pause that ends comes before one that begins.
        changes.sort_by_key(|one| (one.moment.instant, one.what));
        Ok(changes)
    }

    fn granted(&self, extension: &Extension) -> Result<Span, Unaccountable> {
        let term = self.facts.limit.term();
        let by = match &self.facts.limit.day_rule {
            // "Thirty days, extended by ten": both are days of the same law.
            Some(rule) => rule.read(extension.by.0).span,
            None => extension.by.0,
        };
        let same = |one: Span, other: Span| match (one, other) {
            (Span::Elapsed(one), Span::Elapsed(other)) => Some(one.cmp(&other)),
            (Span::Days(one), Span::Days(other))
            | (Span::WorkingDays(one), Span::WorkingDays(other))
            | (Span::Months(one), Span::Months(other)) => Some(one.cmp(&other)),
            _ => None,
        };
        let counts = |span: Span| std::mem::discriminant(&span);
        if counts(by) != counts(term.span) {
            return Err(Unaccountable::MixedUnits {
                limit: term.span,
                by,
            });
        }
        if let Some(most) = extension.most {
            let over = same(extension.by.0, most.0);
            if over.is_none_or(std::cmp::Ordering::is_gt) {
                return Err(Unaccountable::OverMost {
                    by: extension.by.0,
                    most: most.0,
                });
            }
        }
        Ok(by)
    }
}

/// The offset that a point was written with, in minutes.
pub(super) fn offset(point: Point) -> i16 {
    match point {
        Point::Day(_) => 0,
        Point::Time(time) => time.offset_minutes().unwrap_or(0),
    }
}

fn shown(due: Due) -> String {
    match due {
        Due::EndOf(date) => date.to_string(),
        Due::At(instant) => cage_model::Time::new(instant, Some(0)).to_string(),
    }
}

/// The dates from one to another, both included; refused where nobody would read that many.
pub(super) fn dates(from: Date, to: Date) -> Result<impl Iterator<Item = Date>, Unaccountable> {
    match to.0.checked_sub(from.0) {
        Some(length) if length <= DAYS_MAX => Ok((0..=length).map(move |day| from.plus(day))),
        _ => Err(Unaccountable::TooLong),
    }
}
