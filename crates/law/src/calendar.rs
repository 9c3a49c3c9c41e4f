//! Which days are worked: a weekly pattern with dated exceptions, for the years it covers.

use std::collections::BTreeMap;

use cage_model::Date;

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
/// Beyond the last covered day a count is *provisional*: holidays are not published yet.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Calendar {
    exceptions: BTreeMap<Date, DayKind>,
    covered_to: Option<Date>,
}

/// Two statements about one day that contradict each other.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{date} is listed both as a day off and as a workday")]
pub struct CalendarError {
    /// The day.
    pub date: Date,
}

impl Calendar {
    /// A calendar that knows weekends only.
    #[must_use]
    pub fn weekends() -> Self {
        Self::default()
    }

    /// Adds an exception.
    ///
    /// # Errors
    /// When the day already has the opposite one.
    pub fn except(&mut self, date: Date, kind: DayKind) -> Result<(), CalendarError> {
        match self.exceptions.insert(date, kind) {
            Some(before) if before != kind => Err(CalendarError { date }),
            _ => Ok(()),
        }
    }

    /// States that the exceptions are complete up to this day.
    pub fn cover_to(&mut self, date: Date) {
        self.covered_to = self.covered_to.max(Some(date));
    }

    /// Whether a count that ends on this day rests on published days only.
    #[must_use]
    pub fn covers(&self, date: Date) -> bool {
        self.covered_to.is_some_and(|last| date <= last)
    }

    /// Whether a day is worked.
    #[must_use]
    pub fn is_worked(&self, date: Date) -> bool {
        match self.exceptions.get(&date) {
            Some(kind) => *kind == DayKind::Worked,
            None => date.weekday() < 5,
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
                .map(|(date, kind)| match (kind, date.weekday() < 5) {
                    (DayKind::Off, true) => -1,
                    (DayKind::Worked, false) => 1,
                    _ => 0,
                })
                .sum::<i64>()
    }
}

fn days_later(date: Date, days: i64) -> Date {
    date.plus(i32::try_from(days).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Counting day by day gives the same.
        #[test]
        fn counts_agree_with_walking(
            start in 20_000i32..20_400,
            days in 0u32..60,
            exceptions in proptest::collection::btree_map(20_000i32..20_500, any::<bool>(), 0..40),
        ) {
            let mut calendar = Calendar::weekends();
            for (date, off) in exceptions {
                let kind = if off { DayKind::Off } else { DayKind::Worked };
                calendar.except(Date(date), kind).unwrap();
            }
            let (mut date, mut left) = (Date(start), days);
            while left > 0 {
                date = date.plus(1);
                left -= u32::from(calendar.is_worked(date));
            }
            prop_assert_eq!(calendar.after(Date(start), days), date);
            prop_assert_eq!(calendar.worked_between(Date(start), date), i64::from(days));
        }
    }

    #[test]
    fn counts_hold_at_the_end_of_time() {
        let calendar = Calendar::weekends();
        assert_eq!(calendar.after(Date(i32::MAX - 3), u32::MAX), Date(i32::MAX));
        assert_eq!(calendar.worked_between(Date(5), Date(5)), 0);
        assert_eq!(calendar.worked_between(Date(5), Date(4)), 0);
    }

    /// Requirement vectors of working days in 2026 (domain.md 5.8), with that year's notice.
    #[test]
    fn working_days_skip_holidays_and_count_make_up_days() {
        let day = |text: &str| Date::parse(text).unwrap();
        let mut calendar = Calendar::weekends();
        for offset in 0..9 {
            calendar
                .except(day("2026-02-15").plus(offset), DayKind::Off)
                .unwrap();
        }
        calendar.except(day("2026-02-14"), DayKind::Worked).unwrap();
        for (start, days, due) in [
            ("2026-02-13", 5, "2026-02-27"), // Saturday 02-14 is worked, 15 to 23 are off.
            ("2026-02-10", 5, "2026-02-24"),
            ("2026-02-10", 0, "2026-02-10"),
            ("2026-06-19", 1, "2026-06-22"), // An ordinary weekend.
        ] {
            assert_eq!(
                calendar.after(day(start), days),
                day(due),
                "{start} + {days}"
            );
        }
        let date = day("2026-02-14");
        assert_eq!(
            calendar.except(date, DayKind::Off),
            Err(CalendarError { date })
        );
    }
}
