//! Values of the types that XES knows, from their text.

use cage_model::{Date, Instant, MICROS_PER_DAY, MICROS_PER_SECOND, ParseTimeError, Time};

use super::defects::Defect;
use super::fault::shown;

/// The type of an attribute, by its element.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Kind {
    String,
    Date,
    Integer,
    Float,
    Boolean,
    Id,
    List,
    Container,
}

/// A value; texts are held by whoever asked.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Typed {
    Text,
    Id,
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Time(Time),
    List,
    /// No value: a container, or an empty text where a number, truth value or time should be.
    Missing,
}

/// A value that was mended.
pub(super) type Mended = (Typed, Option<Defect>);

impl Kind {
    pub(super) const NAMED: [(&'static str, Self); 8] = [
        ("string", Self::String),
        ("date", Self::Date),
        ("int", Self::Integer),
        ("float", Self::Float),
        ("boolean", Self::Boolean),
        ("id", Self::Id),
        ("list", Self::List),
        ("container", Self::Container),
    ];

    /// The value of a text, when it is spelled as the standard has it.
    pub(super) fn quick(self, text: &str, dates: &mut DateCache) -> Option<Typed> {
        match self {
            Self::String => Some(Typed::Text),
            Self::Id => Some(Typed::Id),
            Self::Date => dates.parse(text).map(Typed::Time),
            Self::Integer => quick_integer(text).map(Typed::Integer),
            Self::Float => quick_float(text).map(Typed::Float),
            Self::Boolean => match text {
                "true" => Some(Typed::Boolean(true)),
                "false" => Some(Typed::Boolean(false)),
                _ => None,
            },
            Self::List | Self::Container => None,
        }
    }

    /// The value of a text, mended where it can be meant in one way only.
    ///
    /// # Errors
    /// A sentence: what the text is not, and what would be right.
    pub(super) fn value(self, text: &str) -> Result<Mended, String> {
        let trimmed = text.trim();
        match self {
            Self::String => Ok((Typed::Text, None)),
            Self::Id => Ok((Typed::Id, None)),
            Self::List => Ok((Typed::List, None)),
            Self::Container => Ok((Typed::Missing, None)),
            _ if trimmed.is_empty() => Ok((Typed::Missing, Some(Defect::EmptyValue))),
            Self::Date => {
                let (time, defect) = date(trimmed)
                    .map_err(|error| format!("{} is no time: {error}", shown(text)))?;
                Ok((Typed::Time(time), defect))
            }
            Self::Integer => integer(trimmed).ok_or_else(|| {
                format!(
                    "{} is no whole number between -2^63 and 2^63 - 1",
                    shown(text)
                )
            }),
            Self::Float => float(trimmed).ok_or_else(|| {
                format!(
                    "{} is no number; a decimal point and no blanks would be right",
                    shown(text)
                )
            }),
            Self::Boolean => boolean(trimmed)
                .map(|value| (Typed::Boolean(value), None))
                .ok_or_else(|| format!("{} is neither true nor false", shown(text))),
        }
    }
}

/// A time, also with slashes in its date where the year stands first, which says what the rest is.
///
/// # Errors
/// [`ParseTimeError`] when it is neither.
pub(super) fn date(text: &str) -> Result<(Time, Option<Defect>), ParseTimeError> {
    let plain = Time::parse(text);
    match (plain, text.as_bytes()) {
        (Ok(time), _) => Ok((time, None)),
        (Err(_), [_, _, _, _, b'/', _, _, b'/', ..]) => {
            let time = Time::parse(&text.replacen('/', "-", 2))?;
            Ok((time, Some(Defect::TimeWithSlashes)))
        }
        (Err(error), _) => Err(error),
    }
}

fn quick_integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let value = digits_value(digits)?;
    Some(if negative { -value } else { value })
}

fn digits_value(digits: &[u8]) -> Option<i64> {
    let mut value = 0i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value)
}

/// A float of at most 15 digits: both its digits and the power of ten are exact floats, so that one
/// division rounds once and gives the nearest float, as a full parser does (Clinger 1990).
fn quick_float(text: &str) -> Option<f64> {
    const POWERS: [f64; 16] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ];
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 16 {
        return None;
    }
    let (mut value, mut point) = (0i64, None);
    for (at, byte) in bytes.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + i64::from(digit);
        } else if *byte == b'.' && point.is_none() && at > 0 {
            point = Some(at);
        } else {
            return None;
        }
    }
    let places = point.map_or(0, |at| bytes.len() - at - 1);
    let digits = bytes.len() - usize::from(point.is_some());
    (digits <= 15).then(|| value as f64 / POWERS[places])
}

fn integer(text: &str) -> Option<Mended> {
    if let Ok(value) = text.parse() {
        return Some((Typed::Integer(value), None));
    }
    // Beyond 2^53 a float no longer tells neighbours apart.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let value: f64 = plain_float(text)?;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        return Some((Typed::Integer(value as i64), Some(Defect::IntegerWithPoint)));
    }
    let fraction = value.is_finite() && value.fract() != 0.0;
    fraction.then_some((Typed::Float(value), Some(Defect::IntegerIsFraction)))
}

fn float(text: &str) -> Option<Mended> {
    if let Some(value) = plain_float(text) {
        return Some((Typed::Float(value), None));
    }
    // One comma, no point: a decimal comma, unless three digits follow and it may part thousands.
    let (whole, part) = text.split_once(',')?;
    let ambiguous = part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    if ambiguous || whole.contains('.') {
        return None;
    }
    let value = plain_float(&format!("{whole}.{part}"))?;
    Some((Typed::Float(value), Some(Defect::DecimalComma)))
}

/// A float in digits, or one of the names that XML Schema and common programs give to the others.
fn plain_float(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Reads times in the usual spelling quickly: neighbours in a log share date and offset.
#[derive(Clone, Debug)]
pub(super) struct DateCache {
    date: [u8; 10],
    date_micros: i64,
    offset_text: [u8; 6],
    offset: i16,
}

impl DateCache {
    pub(super) fn new() -> Self {
        Self {
            date: *b"1970-01-01",
            date_micros: 0,
            offset_text: *b"+00:00",
            offset: 0,
        }
    }

    /// `2006-07-24T00:00:00.000+02:00`, with or without milliseconds, or `Z` for the offset; `None`
    /// for any other text, time or not. Gives what [`Time::parse`] gives.
    pub(super) fn parse(&mut self, text: &str) -> Option<Time> {
        let (date, clock) = text.as_bytes().split_first_chunk::<10>()?;
        let (clock, behind) = clock.split_first_chunk::<9>()?;
        if *date != self.date {
            self.date_micros = i64::from(Date::parse(text.get(..10)?).ok()?.0) * MICROS_PER_DAY;
            self.date = *date;
        }
        let [b'T', h1, h2, b':', m1, m2, b':', s1, s2] = *clock else {
            return None;
        };
        let (hour, minute, second) = (pair(h1, h2, 23)?, pair(m1, m2, 59)?, pair(s1, s2, 59)?);
        let (millis, behind) = match *behind {
            [b'.', a, b, c, ref behind @ ..] => (pair(a, b, 99)? * 10 + pair(b'0', c, 9)?, behind),
            ref behind => (0, behind),
        };
        let offset = self.offset(behind)?;
        let seconds = hour * 3_600 + minute * 60 + second - i64::from(offset) * 60;
        let micros = self.date_micros + seconds * MICROS_PER_SECOND + millis * 1_000;
        Some(Time::new(Instant(micros), Some(offset)))
    }

    fn offset(&mut self, text: &[u8]) -> Option<i16> {
        if text == b"Z" {
            return Some(0);
        }
        let text: &[u8; 6] = text.try_into().ok()?;
        if *text != self.offset_text {
            let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = *text else {
                return None;
            };
            let minutes = (pair(h1, h2, 18)? * 60 + pair(m1, m2, 59)?) as i16;
            self.offset = if sign == b'-' { -minutes } else { minutes };
            self.offset_text = *text;
        }
        Some(self.offset)
    }
}

/// Two digits, up to a largest value.
fn pair(tens: u8, ones: u8, max: i64) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    let value = i64::from(tens) * 10 + i64::from(ones);
    (tens <= 9 && ones <= 9 && value <= max).then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_read_or_mended_or_refused() {
        use Typed::{Boolean, Float, Integer, Missing};
        for (kind, text, expected) in [
            (Kind::Integer, " +12 ", Some((Integer(12), None))),
            (
                Kind::Integer,
                "12.0",
                Some((Integer(12), Some(Defect::IntegerWithPoint))),
            ),
            (
                Kind::Integer,
                "1e3",
                Some((Integer(1_000), Some(Defect::IntegerWithPoint))),
            ),
            (
                Kind::Integer,
                "12.5",
                Some((Float(12.5), Some(Defect::IntegerIsFraction))),
            ),
            (Kind::Integer, "", Some((Missing, Some(Defect::EmptyValue)))),
            (
                Kind::Integer,
                "9223372036854775807",
                Some((Integer(i64::MAX), None)),
            ),
            (Kind::Integer, "9223372036854775808", None),
            (Kind::Integer, "twelve", None),
            (
                Kind::Float,
                "1,5",
                Some((Float(1.5), Some(Defect::DecimalComma))),
            ),
            (Kind::Float, "1,500", None),
            (Kind::Float, "1.234,5", None),
            (Kind::Float, "-INF", Some((Float(f64::NEG_INFINITY), None))),
            (
                Kind::Float,
                "4.248252E8",
                Some((Float(424_825_200.0), None)),
            ),
            (Kind::Boolean, "True", Some((Boolean(true), None))),
            (Kind::Boolean, "0", Some((Boolean(false), None))),
            (Kind::Boolean, "yes", None),
            (Kind::Date, "yesterday", None),
        ] {
            assert_eq!(kind.value(text).ok(), expected, "{kind:?} {text}");
        }
        assert!(matches!(Kind::Float.value("NaN"), Ok((Float(value), None)) if value.is_nan()));
    }

    fn same(quick: Option<Typed>, kind: Kind, text: &str) -> bool {
        let Some(quick) = quick else {
            return true;
        };
        let (value, defect) = kind.value(text).unwrap();
        // Times compare by instant alone; their spelling holds offset and fraction too.
        defect.is_none() && format!("{quick:?}") == format!("{value:?}")
    }

    proptest! {
        #[test]
        fn quick_times_are_the_same_times(
            texts in proptest::collection::vec(
                "(2006|2024|0000|9999)-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{3})?(Z|[+-][01][0-9]:[0-6][0-9]|)",
                1..6,
            )
        ) {
            let mut dates = DateCache::new();
            for text in &texts {
                prop_assert!(same(Kind::Date.quick(text, &mut dates), Kind::Date, text), "{}", text);
            }
        }

        #[test]
        fn quick_numbers_are_the_same_numbers(text in "-?[0-9]{0,19}(\\.[0-9]{0,9})?") {
            let mut dates = DateCache::new();
            for kind in [Kind::Integer, Kind::Float] {
                prop_assert!(same(kind.quick(&text, &mut dates), kind, &text), "{}", text);
            }
        }
    }
}
