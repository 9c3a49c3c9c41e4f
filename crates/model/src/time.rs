//! Instants, times as a source wrote them, and local dates.
//!
//! A [`Time`] keeps the instant and the offset that the source wrote: tools that relabel offsets
//! as UTC shift whole logs by hours. A limit in days counts local dates ([`Date`]), one in hours
//! counts elapsed time ([`Instant`]).

use serde::{Deserialize, Serialize};
use std::fmt;

/// Microseconds in a second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;
/// Microseconds in a day of 24 hours.
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
const OFFSET_NONE: i16 = i16::MIN;

/// A point in time: microseconds since 1970-01-01T00:00Z, leap seconds not counted.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct Instant(pub i64);

/// A day of the (proleptic) Gregorian calendar, counted from 1970-01-01.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct Date(pub i32);

/// A time as a source wrote it: instant to the nanosecond, and the offset it was written with.
///
/// Order and equality are by instant; the offset is only kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Time {
    micros: i64,
    rest: u16,
    offset: i16,
}

/// Why a text is not a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParseTimeError {
    /// The text does not have the shape of a date and time.
    #[error("expected a time such as 2026-02-10T23:10:00+08:00")]
    Shape,
    /// Month, day, hour, minute, second or offset is outside its range.
    #[error("a part of the time is outside its range")]
    Range,
}

impl Instant {
    /// The earliest instant.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest instant; used for "never".
    pub const MAX: Self = Self(i64::MAX);

    /// The instant of so many milliseconds since 1970, held at the end of the range.
    #[must_use]
    pub fn from_milliseconds(milliseconds: u64) -> Self {
        let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX / 1_000);
        Self(milliseconds.saturating_mul(1_000))
    }

    /// This instant moved by some microseconds, held at the ends of the range.
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }
}

impl Date {
    /// The day with this year, month (1-12) and day of month; `None` when there is no such day.
    #[must_use]
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        let valid = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
        valid.then(|| Self(days_from_civil(year, month, day)))
    }

    /// Year, month (1-12) and day of month.
    #[must_use]
    pub fn parts(self) -> (i32, u32, u32) {
        civil_from_days(self.0)
    }

    /// Day of the week, Monday = 0 to Sunday = 6.
    #[must_use]
    pub const fn weekday(self) -> u32 {
        (self.0 as i64 + 3).rem_euclid(7) as u32
    }

    /// The day some days later (earlier when negative).
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The first instant of this day at an offset from UTC.
    #[must_use]
    pub const fn start(self, offset_minutes: i16) -> Instant {
        let midnight = (self.0 as i64).saturating_mul(MICROS_PER_DAY);
        Instant(midnight.saturating_sub(offset_minutes as i64 * 60 * MICROS_PER_SECOND))
    }

    /// Reads `2026-02-10`.
    ///
    /// # Errors
    /// When the text has another shape or names a day that does not exist.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 {
            return Err(ParseTimeError::Shape);
        }
        parse_date(bytes).map(Self)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Time {
    /// A time from an instant and the offset it was written with, in minutes east of UTC.
    #[must_use]
    pub fn new(instant: Instant, offset_minutes: Option<i16>) -> Self {
        Self {
            micros: instant.0,
            rest: 0,
            offset: offset_minutes.unwrap_or(OFFSET_NONE),
        }
    }

    /// The same with the nanoseconds that a microsecond does not hold (0 to 999).
    #[must_use]
    pub fn with_nanoseconds(self, rest: u16) -> Self {
        Self {
            rest: rest.min(999),
            ..self
        }
    }

    /// The instant, cut to the microsecond.
    #[must_use]
    pub const fn instant(self) -> Instant {
        Instant(self.micros)
    }

    /// Nanoseconds behind the microsecond, 0 to 999.
    #[must_use]
    pub const fn nanoseconds(self) -> u16 {
        self.rest
    }

    /// The offset as written, in minutes; `None` when the source wrote none (read as UTC).
    #[must_use]
    pub fn offset_minutes(self) -> Option<i16> {
        (self.offset != OFFSET_NONE).then_some(self.offset)
    }

    /// The local date as the source wrote it.
    #[must_use]
    pub fn written_date(self) -> Date {
        let offset = i64::from(self.offset_minutes().unwrap_or(0)) * 60 * MICROS_PER_SECOND;
        Date(
            self.micros
                .saturating_add(offset)
                .div_euclid(MICROS_PER_DAY) as i32,
        )
    }

    /// Reads ISO 8601 / RFC 3339: `2026-02-10T23:10:00.123456789+08:00`, `...Z`, a blank for the
    /// `T`, offsets `+08:00`, `+0800`, `+08` or none, a missing time of day (midnight) or second.
    ///
    /// # Errors
    /// [`ParseTimeError`] when the text has another shape or a part is outside its range.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        let bytes = text.as_bytes();
        let days = parse_date(bytes)?;
        let mut rest = &bytes[10..];
        let (mut seconds, mut nanos) = (0i64, 0u32);
        if let Some((b'T' | b't' | b' ', tail)) = rest.split_first() {
            (seconds, nanos, rest) = parse_clock(tail)?;
        }
        let offset = parse_offset(rest)?;
        let shift = i64::from(offset.unwrap_or(0)) * 60;
        let second = i64::from(days) * 86_400 + seconds - shift;
        let micros = second * MICROS_PER_SECOND + i64::from(nanos / 1_000);
        Ok(Self {
            micros,
            rest: (nanos % 1_000) as u16,
            offset: offset.unwrap_or(OFFSET_NONE),
        })
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        (self.micros, self.rest) == (other.micros, other.rest)
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.micros, self.rest).cmp(&(other.micros, other.rest))
    }
}

impl fmt::Display for Time {
    /// RFC 3339 with the offset as written, and 0, 3, 6 or 9 digits of the second's fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = self.offset_minutes();
        let shift = i64::from(offset.unwrap_or(0)) * 60 * MICROS_PER_SECOND;
        let local = self.micros.saturating_add(shift);
        let date = Date(local.div_euclid(MICROS_PER_DAY) as i32);
        let micros = local.rem_euclid(MICROS_PER_DAY);
        let second = micros / MICROS_PER_SECOND;
        write!(
            f,
            "{date}T{:02}:{:02}:{:02}",
            second / 3_600,
            second / 60 % 60,
            second % 60
        )?;
        let nanos = micros % MICROS_PER_SECOND * 1_000 + i64::from(self.rest);
        match nanos {
            0 => {}
            n if n % 1_000_000 == 0 => write!(f, ".{:03}", n / 1_000_000)?,
            n if n % 1_000 == 0 => write!(f, ".{:06}", n / 1_000)?,
            n => write!(f, ".{n:09}")?,
        }
        match offset {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let minutes = minutes.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

fn digits(bytes: &[u8]) -> Result<u32, ParseTimeError> {
    let mut value = 0;
    for &byte in bytes {
        if !byte.is_ascii_digit() {
            return Err(ParseTimeError::Shape);
        }
        value = value * 10 + u32::from(byte - b'0');
    }
    Ok(value)
}

/// Days since 1970-01-01 of the leading `YYYY-MM-DD`.
fn parse_date(bytes: &[u8]) -> Result<i32, ParseTimeError> {
    if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return Err(ParseTimeError::Shape);
    }
    let year = digits(&bytes[..4])? as i32;
    let (month, day) = (digits(&bytes[5..7])?, digits(&bytes[8..10])?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return Err(ParseTimeError::Range);
    }
    Ok(days_from_civil(year, month, day))
}

/// Seconds of the day, nanoseconds, and what follows.
fn parse_clock(bytes: &[u8]) -> Result<(i64, u32, &[u8]), ParseTimeError> {
    if bytes.len() < 5 || bytes[2] != b':' {
        return Err(ParseTimeError::Shape);
    }
    let (hour, minute) = (digits(&bytes[..2])?, digits(&bytes[3..5])?);
    let mut rest = &bytes[5..];
    let (mut second, mut nanos) = (0, 0u32);
    if rest.len() >= 3 && rest[0] == b':' {
        second = digits(&rest[1..3])?;
        rest = &rest[3..];
        if let Some((b'.' | b',', tail)) = rest.split_first() {
            let count = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if count == 0 {
                return Err(ParseTimeError::Shape);
            }
            let kept = count.min(9);
            nanos = digits(&tail[..kept])? * 10u32.pow(9 - kept as u32);
            rest = &tail[count..];
        }
    }
    let midnight_after = hour == 24 && minute == 0 && second == 0 && nanos == 0;
    if hour > 23 && !midnight_after || minute > 59 || second > 60 {
        return Err(ParseTimeError::Range);
    }
    Ok((i64::from(hour * 3_600 + minute * 60 + second), nanos, rest))
}

fn parse_offset(bytes: &[u8]) -> Result<Option<i16>, ParseTimeError> {
    let (sign, rest) = match bytes.split_first() {
        None => return Ok(None),
        Some((b'Z' | b'z', [])) => return Ok(Some(0)),
        Some((b'+', rest)) => (1, rest),
        Some((b'-', rest)) => (-1, rest),
        Some(_) => return Err(ParseTimeError::Shape),
    };
    let (hours, minutes) = match rest {
        [_, _] => (digits(rest)?, 0),
        [_, _, b':', _, _] => (digits(&rest[..2])?, digits(&rest[3..])?),
        [_, _, _, _] => (digits(&rest[..2])?, digits(&rest[2..])?),
        _ => return Err(ParseTimeError::Shape),
    };
    if hours > 18 || minutes > 59 {
        return Err(ParseTimeError::Range);
    }
    Ok(Some(sign * (hours * 60 + minutes) as i16))
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 => 28 + is_leap(year) as u32,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01. The year is counted from March, so that the leap day is its last.
const fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month as i32 + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

const fn civil_from_days(days: i32) -> (i32, u32, u32) {
    let days = days as i64 + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + (month <= 2) as i64;
    (year as i32, month as u32, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_keep_instant_and_offset() {
        for (text, micros, shown) in [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("1970-01-01T08:00:00+08:00", 0, "1970-01-01T08:00:00+08:00"),
            (
                "2006-07-24T00:00:00.000+02:00",
                1_153_692_000_000_000,
                "2006-07-24T00:00:00+02:00",
            ),
            (
                "2026-02-10 23:10",
                1_770_765_000_000_000,
                "2026-02-10T23:10:00",
            ),
            ("2026-02-10", 1_770_681_600_000_000, "2026-02-10T00:00:00"),
            (
                "1969-12-31T23:59:59.5-0030",
                1_799_500_000,
                "1969-12-31T23:59:59.500-00:30",
            ),
            (
                "2024-12-31T24:00:00Z",
                1_735_689_600_000_000,
                "2025-01-01T00:00:00Z",
            ),
        ] {
            let time = Time::parse(text).unwrap();
            assert_eq!(
                (time.instant().0, time.to_string().as_str()),
                (micros, shown),
                "{text}"
            );
        }
        let nano = Time::parse("2026-01-01T00:00:00.123456789Z").unwrap();
        assert_eq!(nano.to_string(), "2026-01-01T00:00:00.123456789Z");
    }

    #[test]
    fn texts_that_are_no_times_are_refused() {
        use ParseTimeError::{Range, Shape};
        for (text, error) in [
            ("", Shape),
            ("yesterday", Shape),
            ("2026-13-01T00:00:00Z", Range),
            ("2025-02-29T00:00:00Z", Range),
            ("2026-01-01T25:00:00Z", Range),
            ("2026-01-01T00:00:00+99:00", Range),
            ("2026-01-01T00:00:00.Z", Shape),
            ("2026-01-01T00:00:00Zx", Shape),
        ] {
            assert_eq!(Time::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn civil_dates_agree_with_jiff(days in -700_000i32..2_900_000) {
            let (year, month, day) = Date(days).parts();
            let epoch = jiff::civil::date(1970, 1, 1);
            let other = epoch.checked_add(jiff::Span::new().days(i64::from(days))).unwrap();
            prop_assert_eq!(
                (year, month as i8, day as i8),
                (i32::from(other.year()), other.month(), other.day())
            );
            prop_assert_eq!(Date::new(year, month, day), Some(Date(days)));
            prop_assert_eq!(
                Date(days).weekday() as i8,
                other.weekday().to_monday_zero_offset()
            );
        }

        #[test]
        fn a_written_time_reads_back(micros in -60_000_000_000_000_000i64..250_000_000_000_000_000,
                                     rest in 0u16..1000, offset in -1080i16..1080) {
            let time = Time::new(Instant(micros), Some(offset)).with_nanoseconds(rest);
            let back = Time::parse(&time.to_string()).unwrap();
            prop_assert_eq!(back, time);
            prop_assert_eq!(back.offset_minutes(), Some(offset));
        }
    }
}
