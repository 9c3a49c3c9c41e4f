//! From a trigger and a span to the moment at which the time is up.

use cage_model::{Date, Instant, MICROS_PER_DAY, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::span::Span;
use crate::term::{LastDay, Term};

/// An event's place in time, seen both ways: the instant for hours, the local date for days.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct Moment {
    /// When, for limits in hours and minutes, and for order.
    pub instant: Instant,
    /// The local date, for limits in days.
    pub date: Date,
}

/// When something is due. A limit in days is kept by date, one in hours by instant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Due {
    /// Up to and including this instant.
    At(Instant),
    /// Up to the end of this local date.
    EndOf(Date),
}

/// How days are counted: in which zone, and by which calendar.
#[derive(Clone, Debug, Default)]
pub struct DayCount {
    /// The matter's time zone. Without one the local date is the date as each event writes it.
    pub zone: Option<TimeZone>,
    /// Working days.
    pub calendar: Calendar,
}

impl Due {
    /// Whether the time is up at this moment.
    #[must_use]
    pub fn is_past(self, now: Moment) -> bool {
        match self {
            Self::At(instant) => now.instant > instant,
            Self::EndOf(date) => now.date > date,
        }
    }
}

impl DayCount {
    /// The moment of a time: its local date by the zone, or as written where no zone is given.
    #[must_use]
    pub fn moment(&self, time: Time) -> Moment {
        let instant = time.instant();
        let date = match &self.zone {
            None => time.written_date(),
            Some(zone) => {
                let seconds = i64::from(offset_seconds(zone, instant));
                let local = instant.plus(seconds * 1_000_000);
                Date(local.0.div_euclid(MICROS_PER_DAY) as i32)
            }
        };
        Moment { instant, date }
    }

    /// When a term that starts at a moment is up. The first day is not counted.
    #[must_use]
    pub fn due(&self, start: Moment, term: impl Into<Term>) -> Due {
        let Term { span, last_day } = term.into();
        self.rolled(self.counted(start, span), last_day)
    }

    /// A due time whose last day is moved to a worked one, where it has to be.
    #[must_use]
    pub fn rolled(&self, due: Due, last_day: LastDay) -> Due {
        match (due, last_day) {
            (Due::EndOf(date), LastDay::RollsForward) => {
                Due::EndOf(self.calendar.worked_from(date))
            }
            (due, _) => due,
        }
    }

    fn counted(&self, start: Moment, span: Span) -> Due {
        match span {
            Span::Elapsed(micros) => Due::At(start.instant.plus(micros)),
            Span::Days(days) => {
                Due::EndOf(start.date.plus(i32::try_from(days).unwrap_or(i32::MAX)))
            }
            Span::WorkingDays(days) => Due::EndOf(self.calendar.after(start.date, days)),
            Span::Months(months) => Due::EndOf(add_months(start.date, months)),
        }
    }

    /// The first instant at which a due time is past: when a timer has to fire. `written_offset`
    /// is the trigger's own offset in minutes, used where no zone is given.
    #[must_use]
    pub fn expiry(&self, due: Due, written_offset: i16) -> Instant {
        match due {
            Due::At(instant) => instant.plus(1),
            Due::EndOf(date) => self.start_of(date.plus(1), written_offset),
        }
    }

    /// A due time as an instant to show: the instant itself, or the midnight that ends the last day.
    #[must_use]
    pub fn shown(&self, due: Due, written_offset: i16) -> Instant {
        match due {
            Due::At(instant) => instant,
            Due::EndOf(_) => self.expiry(due, written_offset),
        }
    }

    /// An instant as it is written here: with the zone's offset, or with another one where no zone
    /// is given.
    #[must_use]
    pub fn written(&self, instant: Instant, written_offset: i16) -> Time {
        let minutes = match &self.zone {
            None => written_offset,
            Some(zone) => i16::try_from(offset_seconds(zone, instant) / 60).unwrap_or(0),
        };
        Time::new(instant, Some(minutes))
    }

    /// The first instant of a local date. `written_offset` in minutes is used where no zone is given.
    pub(crate) fn start_of(&self, date: Date, written_offset: i16) -> Instant {
        let Some(zone) = &self.zone else {
            return date.start(written_offset);
        };
        let (year, month, day) = date.parts();
        let civil = i16::try_from(year)
            .ok()
            .and_then(|year| jiff::civil::Date::new(year, month as i8, day as i8).ok());
        let midnight = civil.map(|civil| civil.to_datetime(jiff::civil::Time::midnight()));
        let start = midnight.and_then(|midnight| zone.to_zoned_datetime(midnight).ok());
        // Outside the years that the zone data knows (-9999 to 9999) there are no shifts.
        start.map_or_else(
            || date.start(0),
            |zoned| Instant(zoned.timestamp().as_microsecond()),
        )
    }
}

fn offset_seconds(zone: &TimeZone, instant: Instant) -> i32 {
    jiff::Timestamp::from_microsecond(instant.0)
        .map_or(0, |timestamp| zone.to_offset(timestamp).seconds())
}

/// The same day some months later, or the last day of that month.
fn add_months(date: Date, months: u32) -> Date {
    let (year, month, day) = date.parts();
    let index = i64::from(year) * 12 + i64::from(month) - 1 + i64::from(months);
    let year = i32::try_from(index.div_euclid(12)).unwrap_or(i32::MAX / 400);
    let month = index.rem_euclid(12) as u32 + 1;
    (1..=day)
        .rev()
        .find_map(|day| Date::new(year, month, day))
        .unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sixty elapsed days and sixty dates differ across a shift to summer time.
    #[test]
    fn days_count_dates_not_seconds() {
        let count = DayCount::default();
        let start = count.moment(Time::parse("2007-02-01T00:00:00+01:00").unwrap());
        let reply = count.moment(Time::parse("2007-04-02T00:00:00+02:00").unwrap());
        assert!(!count.due(start, Span::Days(60)).is_past(reply));
        let late = count.moment(Time::parse("2007-04-03T00:00:00+02:00").unwrap());
        assert!(count.due(start, Span::Days(60)).is_past(late));
    }

    #[test]
    fn a_zone_decides_the_local_date_and_the_timer() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let count = DayCount {
            zone: Some(zone),
            ..DayCount::default()
        };
        let start = count.moment(Time::parse("2026-02-09T16:30:00Z").unwrap());
        assert_eq!(start.date, Date::parse("2026-02-10").unwrap());
        let due = count.due(start, Span::Days(1));
        let expiry = Time::parse("2026-02-12T00:00:00+08:00").unwrap().instant();
        assert_eq!(count.expiry(due, 0), expiry);
    }

    #[test]
    fn months_end_on_the_last_day() {
        let day = |text: &str| Date::parse(text).unwrap();
        for (start, months, due) in [
            ("2026-01-31", 1, "2026-02-28"),
            ("2023-12-31", 2, "2024-02-29"),
            ("2026-03-15", 12, "2027-03-15"),
        ] {
            assert_eq!(
                add_months(day(start), months),
                day(due),
                "{start} + {months}"
            );
        }
    }
}
