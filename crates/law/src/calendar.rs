//! Which days are worked: a weekly pattern, what official notices say of single days, and an
//! office's own exceptions, for the days on which a notice has been published.

mod notice;

use std::collections::BTreeMap;
use std::sync::Arc;

use cage_model::{Bilingual, Date};

pub use notice::{Holiday, Notice};

/// What an exception says of one day.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DayKind {
    /// Not worked.
    Off,
    /// Worked, although the weekly pattern says otherwise (a make-up workday).
    Worked,
}

/// A working-day table: Monday to Friday, with exceptions.
///
/// A later notice overrides an earlier one day by day, whatever the order in which they were
/// added; an office's own exceptions override both. A count over days on which nothing is
/// published rests on the weekly pattern alone and is *provisional*.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Calendar {
    own: BTreeMap<Date, DayKind>,
    own_to: Option<Date>,
    notices: Arc<Vec<Notice>>,
    /// What is in force, made from the above.
    exceptions: BTreeMap<Date, Exception>,
    /// Days on which something is published: first and last day of each stretch, in order.
    published: Vec<(Date, Date)>,
}

/// What is in force on a day, and by which holiday of which notice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Exception {
    kind: DayKind,
    said: Option<(u16, u16)>,
}

/// One day, and why it is worked or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Day<'c> {
    /// Whether it is worked.
    pub kind: DayKind,
    /// Why.
    pub cause: Cause<'c>,
}

/// Why a day is worked or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause<'c> {
    /// By the weekly pattern.
    Week,
    /// By an exception of the office's own.
    Own,
    /// By a notice, for a holiday.
    Notice {
        /// The notice.
        notice: &'c Notice,
        /// The holiday's name.
        holiday: &'c Bilingual,
    },
}

/// Statements that contradict each other.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CalendarError {
    /// One source lists a day twice, with opposite meaning.
    #[error("{0} is listed both as a day off and as a workday")]
    BothWays(Date),
    /// Two notices have the same id.
    #[error("there are two notices {0}; an amendment is a notice with an id of its own")]
    NoticeTwice(String),
    /// More notices, or holidays of one notice, than a calendar numbers.
    #[error("a calendar has at most {NOTICES_MAX} notices of at most {NOTICES_MAX} holidays each")]
    TooMany,
    /// A notice covers a stretch that ends before it begins.
    #[error("the notice {0} covers days that end before they begin")]
    Reversed(String),
}

/// Notices of one calendar; also holidays of one notice.
const NOTICES_MAX: usize = 10_000;

impl Calendar {
    /// A calendar that knows weekends only.
    #[must_use]
    pub fn weekends() -> Self {
        Self::default()
    }

    /// Adds an exception of the office's own.
    ///
    /// # Errors
    /// When the day already has the opposite one.
    pub fn except(&mut self, date: Date, kind: DayKind) -> Result<(), CalendarError> {
        if self.own.insert(date, kind).is_some_and(|was| was != kind) {
            return Err(CalendarError::BothWays(date));
        }
        self.exceptions.insert(date, Exception { kind, said: None });
        Ok(())
    }

    /// States that the exceptions are complete up to this day.
    pub fn cover_to(&mut self, date: Date) {
        self.own_to = self.own_to.max(Some(date));
        self.published = self.stretches();
    }

    /// Adds an official notice.
    ///
    /// # Errors
    /// When it contradicts itself, or its id is known.
    pub fn announce(&mut self, notice: Notice) -> Result<(), CalendarError> {
        notice.check()?;
        if self.notices.iter().any(|known| known.id == notice.id) {
            return Err(CalendarError::NoticeTwice(notice.id));
        }
        if self.notices.len() == NOTICES_MAX || notice.holidays.len() > NOTICES_MAX {
            return Err(CalendarError::TooMany);
        }
        let notices = Arc::make_mut(&mut self.notices);
        let order = |one: &Notice| (one.issued, one.id.clone());
        let at = notices.partition_point(|known| order(known) < order(&notice));
        notices.insert(at, notice);
        self.renew();
        Ok(())
    }

    /// The notices, in the order in which they were issued.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The office's own exceptions.
    pub fn own(&self) -> impl Iterator<Item = (Date, DayKind)> {
        self.own.iter().map(|(date, kind)| (*date, *kind))
    }

    /// Up to which day the office's own exceptions are complete.
    #[must_use]
    pub fn own_to(&self) -> Option<Date> {
        self.own_to
    }

    /// The calendar as one could know it on a day: without the notices issued later.
    #[must_use]
    pub fn as_known_on(&self, date: Date) -> Self {
        self.with_notices(|notice| notice.issued <= date)
    }

    /// The part that speaks of the days from one to another: enough to count these days again.
    #[must_use]
    pub fn extract(&self, from: Date, to: Date) -> Self {
        let mut part = self.with_notices(|notice| notice.speaks_of(from, to));
        part.own.retain(|date, _| (from..=to).contains(date));
        part.renew();
        part
    }

    fn with_notices(&self, wanted: impl Fn(&Notice) -> bool) -> Self {
        let notices = self.notices.iter().filter(|notice| wanted(notice));
        let mut part = Self {
            own: self.own.clone(),
            own_to: self.own_to,
            notices: Arc::new(notices.cloned().collect()),
            ..Self::default()
        };
        part.renew();
        part
    }

    fn renew(&mut self) {
        self.exceptions.clear();
        for (at, notice) in self.notices.iter().enumerate() {
            for (number, holiday) in notice.holidays.iter().enumerate() {
                let said = Some((at as u16, number as u16));
                let off = holiday.off.iter().map(|date| (date, DayKind::Off));
                let worked = holiday.worked.iter().map(|date| (date, DayKind::Worked));
                let days = off.chain(worked);
                self.exceptions
                    .extend(days.map(|(date, kind)| (*date, Exception { kind, said })));
            }
        }
        let own = self.own.iter();
        self.exceptions.extend(own.map(|(date, kind)| {
            (
                *date,
                Exception {
                    kind: *kind,
                    said: None,
                },
            )
        }));
        self.published = self.stretches();
    }

    fn stretches(&self) -> Vec<(Date, Date)> {
        let covering = |date: Date| {
            let covers = self.notices.iter().filter_map(|notice| notice.covers);
            covers
                .into_iter()
                .any(|(from, to)| (from..=to).contains(&date))
        };
        let mut all: Vec<(Date, Date)> = Vec::new();
        all.extend(self.own_to.map(|to| (Date(i32::MIN), to)));
        for notice in self.notices.iter() {
            let Some((from, to)) = notice.covers else {
                continue;
            };
            // The next year's notice may still move the last days, and settles them.
            let firm = match notice.unsettled_from {
                Some(open) if !covering(to.plus(1)) => to.min(open.plus(-1)),
                _ => to,
            };
            all.push((from, firm));
        }
        all.retain(|(from, to)| from <= to);
        all.sort_unstable();
        let mut merged: Vec<(Date, Date)> = Vec::new();
        for (from, to) in all {
            match merged.last_mut() {
                Some(last) if from <= last.1.plus(1) => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        merged
    }

    /// The first day after one date, up to and including another, on which nothing is published.
    #[must_use]
    pub fn unpublished(&self, after: Date, to: Date) -> Option<Date> {
        let mut first = after.plus(1);
        for (from, last) in &self.published {
            if *from <= first && first <= *last {
                first = last.plus(1);
            }
        }
        (first <= to).then_some(first)
    }

    /// The last day on which anything is published.
    #[must_use]
    pub fn published_to(&self) -> Option<Date> {
        self.published.last().map(|(_, to)| *to)
    }

    /// A day, and why it is worked or not.
    #[must_use]
    pub fn day(&self, date: Date) -> Day<'_> {
        let Some(exception) = self.exceptions.get(&date) else {
            let kind = match date.weekday() < 5 {
                true => DayKind::Worked,
                false => DayKind::Off,
            };
            return Day {
                kind,
                cause: Cause::Week,
            };
        };
        let said = exception.said.and_then(|(notice, holiday)| {
            let notice = self.notices.get(usize::from(notice))?;
            let holiday = &notice.holidays.get(usize::from(holiday))?.name;
            Some(Cause::Notice { notice, holiday })
        });
        Day {
            kind: exception.kind,
            cause: said.unwrap_or(Cause::Own),
        }
    }

    /// Whether a day is worked.
    #[must_use]
    pub fn is_worked(&self, date: Date) -> bool {
        match self.exceptions.get(&date) {
            Some(exception) => exception.kind == DayKind::Worked,
            None => date.weekday() < 5,
        }
    }

    /// The first worked day from a date on, itself included. Held at the last date that there is.
    #[must_use]
    pub fn worked_from(&self, date: Date) -> Date {
        match self.is_worked(date) {
            true => date,
            false => self.after(date, 1),
        }
    }

    /// The day that is `days` working days after `start`; the start itself is not counted. With 0
    /// days the start itself, worked or not. Held at the last date that there is.
    #[must_use]
    pub fn after(&self, start: Date, days: u32) -> Date {
        if days == 0 {
            return start;
        }
        let wanted = i64::from(days);
        // No fewer than the days themselves; no more than whole weeks with every exception off.
        let exceptions = self.exceptions.len() as i64;
        let farthest = (wanted / 5 + exceptions + 2).saturating_mul(7);
        let (mut low, mut high) = (wanted, farthest);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.worked_between(start, days_later(start, middle)) >= wanted {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        days_later(start, low)
    }

    /// How many days are worked after one date, up to and including another; 0 when that is not
    /// later.
    #[must_use]
    pub fn worked_between(&self, after: Date, to: Date) -> i64 {
        if to <= after {
            return 0;
        }
        let first = after.plus(1);
        let length = i64::from(to.0) - i64::from(after.0);
        let odd = (0..length % 7).filter(|day| days_later(first, *day).weekday() < 5);
        let pattern = length / 7 * 5 + odd.count() as i64;
        let exceptions = self.exceptions.range(first..=to);
        pattern
            + exceptions
                .map(
                    |(date, exception)| match (exception.kind, date.weekday() < 5) {
                        (DayKind::Off, true) => -1,
                        (DayKind::Worked, false) => 1,
                        _ => 0,
                    },
                )
                .sum::<i64>()
    }
}

fn days_later(date: Date, days: i64) -> Date {
    date.plus(i32::try_from(days).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests;
