//! The ways in which tables write times, and how to tell them apart.

use cage_model::{Instant, MICROS_PER_DAY, MICROS_PER_SECOND, ParseTimeError, Time};

/// How a column writes its times.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum TimeFormat {
    /// ISO 8601 / RFC 3339, as [`Time::parse`] reads it.
    Iso,
    /// Year, month, day with `/`, `.`, `-` or `年月日`, digits not padded.
    YearFirst,
    /// Day, month, year.
    DayFirst,
    /// Month, day, year.
    MonthFirst,
    /// Seconds since 1970, with an optional fraction.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMillis,
    /// Given by the user, in strftime notation.
    Pattern(String),
    /// The file itself stores times as such.
    Stated,
}

/// What the values of a column allow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Detected {
    One(TimeFormat),
    /// Day and month cannot be told apart in any value.
    Ambiguous,
    /// No format reads all values.
    None,
}

impl TimeFormat {
    /// The formats that content alone can tell, the most usual first.
    pub(crate) const TOLD_BY_CONTENT: [Self; 5] = [
        Self::Iso,
        Self::YearFirst,
        Self::DayFirst,
        Self::MonthFirst,
        Self::EpochSeconds,
    ];

    /// What to tell the user.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Iso => "ISO 8601 (2026-02-10T23:10:00+08:00)".to_owned(),
            Self::YearFirst => "year, month, day (2026/2/10 9:05)".to_owned(),
            Self::DayFirst => "day, month, year (31/12/2026)".to_owned(),
            Self::MonthFirst => "month, day, year (12/31/2026)".to_owned(),
            Self::EpochSeconds => "seconds since 1970".to_owned(),
            Self::EpochMillis => "milliseconds since 1970".to_owned(),
            Self::Pattern(pattern) => format!("{pattern:?} as given"),
            Self::Stated => "times, as the file stores them".to_owned(),
        }
    }

    /// Reads one value.
    pub(crate) fn parse(&self, text: &str) -> Option<Time> {
        match self {
            Self::Iso | Self::Stated => Time::parse(text).ok(),
            Self::YearFirst => parse_parts(text, [0, 1, 2]),
            Self::DayFirst => parse_parts(text, [2, 1, 0]),
            Self::MonthFirst => parse_parts(text, [2, 0, 1]),
            Self::EpochSeconds => parse_epoch(text, MICROS_PER_SECOND),
            Self::EpochMillis => parse_epoch(text, MICROS_PER_SECOND / 1_000),
            Self::Pattern(pattern) => parse_pattern(pattern, text),
        }
    }
}

/// The format that reads all of these values.
pub(crate) fn detect<'a>(values: &(impl Iterator<Item = &'a str> + Clone)) -> Detected {
    let all = |format: &TimeFormat| values.clone().all(|value| format.parse(value).is_some());
    if values.clone().next().is_none() {
        return Detected::None;
    }
    for format in [TimeFormat::Iso, TimeFormat::YearFirst] {
        if all(&format) {
            return Detected::One(format);
        }
    }
    match (all(&TimeFormat::DayFirst), all(&TimeFormat::MonthFirst)) {
        (true, true) => return Detected::Ambiguous,
        (true, false) => return Detected::One(TimeFormat::DayFirst),
        (false, true) => return Detected::One(TimeFormat::MonthFirst),
        (false, false) => {}
    }
    // 10^11 seconds is the year 5138, 10^11 milliseconds the year 1973.
    let large = |text: &str| text.parse::<f64>().is_ok_and(|value| value.abs() >= 1e11);
    if all(&TimeFormat::EpochMillis) && values.clone().all(large) {
        Detected::One(TimeFormat::EpochMillis)
    } else if all(&TimeFormat::EpochSeconds) {
        Detected::One(TimeFormat::EpochSeconds)
    } else {
        Detected::None
    }
}

fn parse_epoch(text: &str, unit: i64) -> Option<Time> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().ok()?;
    let digits = part.len().min(6);
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros = part.get(..digits)?.parse::<i64>().unwrap_or(0) * 10i64.pow(6 - digits as u32);
    let fraction = micros * unit / MICROS_PER_SECOND;
    let signed = if whole.starts_with('-') {
        -fraction
    } else {
        fraction
    };
    let instant = seconds.checked_mul(unit)?.checked_add(signed)?;
    // Within the years that other formats can write, so that a serial number is no time.
    (instant.abs() < 253_402_300_800 * MICROS_PER_SECOND)
        .then(|| Time::new(Instant(instant), Some(0)))
}

/// Reads three groups of digits as a date, `order` giving the places of year, month and day,
/// then an optional time of day and offset.
fn parse_parts(text: &str, order: [usize; 3]) -> Option<Time> {
    let mut rest = text.trim();
    let mut groups = [0u32; 3];
    for (index, group) in groups.iter_mut().enumerate() {
        let (value, digits, tail) = number(rest)?;
        if digits > 4 || (digits == 4) != (order[0] == index) {
            return None;
        }
        *group = value;
        rest = tail;
        let separators: &[char] = match index {
            0 => &['/', '-', '.', '年'],
            1 => &['/', '-', '.', '月'],
            _ => &['日', '号'],
        };
        match rest.strip_prefix(separators) {
            Some(tail) => rest = tail,
            None if index == 2 => {}
            None => return None,
        }
    }
    let [year, month, day] = order.map(|place| groups[place]);
    let date = cage_model::Date::new(year as i32, month, day)?;
    let (seconds, nanos, offset) = parse_clock(rest.trim_start_matches(['T', ' ']))?;
    let shift = i64::from(offset.unwrap_or(0)) * 60;
    let micros = i64::from(date.0) * MICROS_PER_DAY
        + (seconds - shift) * MICROS_PER_SECOND
        + i64::from(nanos / 1_000);
    Some(Time::new(Instant(micros), offset).with_nanoseconds((nanos % 1_000) as u16))
}

/// Seconds of the day, nanoseconds and offset: `9:05`, `09:05:30.5 PM`, `9时5分30秒`, `9:05+0800`.
fn parse_clock(text: &str) -> Option<(i64, u32, Option<i16>)> {
    if text.is_empty() {
        return Some((0, 0, None));
    }
    let (mut hour, _, mut rest) = number(text)?;
    rest = rest.strip_prefix([':', '时', '点'])?;
    let (mut minute, mut second, mut nanos) = (0, 0, 0);
    if let Some((value, _, tail)) = number(rest) {
        (minute, rest) = (value, tail);
        if let Some(tail) = rest.strip_prefix([':', '分']) {
            rest = tail;
            if let Some((value, _, tail)) = number(rest) {
                (second, rest) = (value, tail);
                (nanos, rest) = fraction(rest)?;
                rest = rest.strip_prefix('秒').unwrap_or(rest);
            }
        }
    }
    let lower = rest.trim_start().get(..2).map(str::to_ascii_lowercase);
    if let Some(half @ ("am" | "pm")) = lower.as_deref() {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half == "pm" { 12 } else { 0 };
        rest = &rest.trim_start()[2..];
    }
    let offset = parse_offset(rest.trim()).ok()?;
    let valid = hour < 24 && minute < 60 && second <= 60;
    valid.then(|| {
        (
            i64::from(hour * 3_600 + minute * 60 + second),
            nanos,
            offset,
        )
    })
}

fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(tail) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let count = tail.bytes().take_while(u8::is_ascii_digit).count();
    let kept = count.min(9);
    let value: u32 = tail.get(..kept)?.parse().ok()?;
    Some((value * 10u32.pow(9 - kept as u32), &tail[count..]))
}

fn parse_offset(text: &str) -> Result<Option<i16>, ParseTimeError> {
    if text.is_empty() {
        return Ok(None);
    }
    // The model reads offsets; give it one behind a time it knows.
    Time::parse(&format!("2000-01-01T00:00:00{text}")).map(Time::offset_minutes)
}

/// The leading number of at most nine digits, how many digits, and what follows.
fn number(text: &str) -> Option<(u32, usize, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let value = text.get(..digits).filter(|_| (1..=9).contains(&digits))?;
    Some((value.parse().ok()?, digits, &text[digits..]))
}

fn parse_pattern(pattern: &str, text: &str) -> Option<Time> {
    let parts = jiff::fmt::strtime::parse(pattern, text).ok()?;
    let date = parts.to_date().ok()?;
    let clock = match parts.to_time() {
        Ok(clock) => clock,
        // A pattern of a date alone means its midnight.
        Err(_) if parts.hour().is_none() => jiff::civil::Time::midnight(),
        Err(_) => return None,
    };
    let offset = parts.offset().map(|offset| (offset.seconds() / 60) as i16);
    let (year, month, day) = (date.year(), date.month(), date.day());
    let days = cage_model::Date::new(i32::from(year), month as u32, day as u32)?;
    let seconds = i64::from(clock.hour()) * 3_600
        + i64::from(clock.minute()) * 60
        + i64::from(clock.second());
    let nanos = clock.subsec_nanosecond();
    let micros = i64::from(days.0) * MICROS_PER_DAY
        + (seconds - i64::from(offset.unwrap_or(0)) * 60) * MICROS_PER_SECOND
        + i64::from(nanos / 1_000);
    Some(Time::new(Instant(micros), offset).with_nanoseconds((nanos % 1_000) as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart() {
        for (values, expected) in [
            (
                &["2026-02-10T23:10:00+08:00", "2026-02-10 23:10"][..],
                Detected::One(TimeFormat::Iso),
            ),
            (
                &["2026/2/3 9:05", "2026/12/31"],
                Detected::One(TimeFormat::YearFirst),
            ),
            (
                &["2026年2月3日 9时05分", "2026年2月3日"],
                Detected::One(TimeFormat::YearFirst),
            ),
            (
                &["01/02/2026", "31/12/2026 10:00"],
                Detected::One(TimeFormat::DayFirst),
            ),
            (
                &["01/02/2026", "12/31/2026 10:00 PM"],
                Detected::One(TimeFormat::MonthFirst),
            ),
            (&["01/02/2026", "03/04/2026"], Detected::Ambiguous),
            (
                &["1770765000", "1770765000.5"],
                Detected::One(TimeFormat::EpochSeconds),
            ),
            (&["1770765000000"], Detected::One(TimeFormat::EpochMillis)),
            (&["yesterday"], Detected::None),
            (&[], Detected::None),
        ] {
            assert_eq!(detect(&values.iter().copied()), expected, "{values:?}");
        }
    }

    #[test]
    fn every_format_gives_the_same_time() {
        let pattern = TimeFormat::Pattern("%d.%m.%y %H:%M".to_owned());
        for (format, text, shown) in [
            (
                TimeFormat::YearFirst,
                "2026/2/3 9:05",
                "2026-02-03T09:05:00",
            ),
            (
                TimeFormat::YearFirst,
                "2026年2月3日9时5分7秒",
                "2026-02-03T09:05:07",
            ),
            (
                TimeFormat::YearFirst,
                "2026.02.03 09:05:00.25 +0800",
                "2026-02-03T09:05:00.250+08:00",
            ),
            (TimeFormat::DayFirst, "3/2/2026 9:05", "2026-02-03T09:05:00"),
            (
                TimeFormat::MonthFirst,
                "2/3/2026 9:05 PM",
                "2026-02-03T21:05:00",
            ),
            (
                TimeFormat::MonthFirst,
                "2/3/2026 12:05 am",
                "2026-02-03T00:05:00",
            ),
            (TimeFormat::EpochSeconds, "-1.5", "1969-12-31T23:59:58.500Z"),
            (TimeFormat::EpochMillis, "1500", "1970-01-01T00:00:01.500Z"),
            (pattern, "03.02.26 09:05", "2026-02-03T09:05:00"),
        ] {
            let time = format.parse(text).map(|time| time.to_string());
            assert_eq!(time.as_deref(), Some(shown), "{text}");
        }
        for bad in [
            "2026/13/1",
            "2026/2/30",
            "2026/2/3 25:00",
            "26/2/3",
            "2026/2",
            "2026/2/3x",
        ] {
            assert_eq!(TimeFormat::YearFirst.parse(bad), None, "{bad}");
        }
    }
}
