//! Local dates and parts of local times inside expressions.
//!
//! Local means: in the pack's time zone, or with the offset that the event itself was written
//! with where the pack names none.

use cage_law::DayCount;
use cage_model::{Date, MICROS_PER_DAY, MICROS_PER_SECOND, Time, Value};

use super::code::{Datum, TimePart};

/// The local date of a time.
pub(super) fn date(value: Datum, days: &DayCount) -> Option<Datum> {
    match value {
        Datum::Value(value) => Some(Datum::Date(days.moment(value.as_time()?).date)),
        Datum::Date(_) => Some(value),
        Datum::Duration(_) => None,
    }
}

/// A part of a local time; of a date only those that a date has.
pub(super) fn part(part: TimePart, value: Datum, days: &DayCount) -> Option<Datum> {
    let (date, micros) = match value {
        Datum::Value(value) => {
            let local = local(value.as_time()?, days);
            (
                days.moment(value.as_time()?).date,
                Some(local.rem_euclid(MICROS_PER_DAY)),
            )
        }
        Datum::Date(date) => (date, None),
        Datum::Duration(_) => return None,
    };
    let (year, month, day) = date.parts();
    let seconds = micros.map(|micros| micros / MICROS_PER_SECOND);
    let number = match part {
        TimePart::Year => i64::from(year),
        TimePart::Month => i64::from(month) - 1,
        TimePart::Date => i64::from(day),
        TimePart::DayOfMonth => i64::from(day) - 1,
        TimePart::DayOfWeek => (i64::from(date.weekday()) + 1) % 7,
        TimePart::DayOfYear => i64::from(date.0) - i64::from(Date::new(year, 1, 1)?.0),
        TimePart::Hours => seconds? / 3_600,
        TimePart::Minutes => seconds? / 60 % 60,
        TimePart::Seconds => seconds? % 60,
        TimePart::Milliseconds => micros? / 1_000 % 1_000,
    };
    Some(Datum::Value(Value::Integer(number)))
}

/// Microseconds since 1970 as the local clock counts them.
fn local(time: Time, days: &DayCount) -> i64 {
    let instant = time.instant();
    let seconds = match &days.zone {
        None => i64::from(time.offset_minutes().unwrap_or(0)) * 60,
        Some(zone) => jiff::Timestamp::from_microsecond(instant.0).map_or(0, |timestamp| {
            i64::from(zone.to_offset(timestamp).seconds())
        }),
    };
    instant.plus(seconds * MICROS_PER_SECOND).0
}
