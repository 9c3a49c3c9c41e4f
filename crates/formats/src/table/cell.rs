//! One cell of a table, and the type of a column's cells.

use cage_model::{Decimal, Time, Type};

use super::time::{Detected, TimeFormat, detect as detect_time};

/// A cell as its file gives it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'a> {
    Missing,
    Text(&'a str),
    Integer(i64),
    Decimal(Decimal),
    Float(f64),
    Boolean(bool),
    Time(Time),
}

/// How a column's texts are read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Reading {
    /// Not known yet: the first value decides.
    Open,
    Text,
    Integer,
    Decimal,
    Float,
    Boolean,
    Time(TimeFormat),
}

impl Reading {
    /// For a declared type.
    pub(crate) fn declared(kind: Type, time_format: Option<&TimeFormat>) -> Self {
        match kind {
            Type::Text | Type::List => Self::Text,
            Type::Integer => Self::Integer,
            Type::Decimal => Self::Decimal,
            Type::Float => Self::Float,
            Type::Boolean => Self::Boolean,
            Type::Time => Self::Time(time_format.cloned().unwrap_or(TimeFormat::Iso)),
        }
    }

    /// The narrowest reading that loses nothing of any of these values.
    pub(crate) fn detect<'a>(values: &(impl Iterator<Item = &'a str> + Clone)) -> Self {
        if values.clone().next().is_none() {
            return Self::Open;
        }
        for reading in [Self::Integer, Self::Float, Self::Boolean] {
            if values.clone().all(|value| reading.read(value).is_some()) {
                return reading;
            }
        }
        match detect_time(values) {
            // Digits with something that no number has, such as leading zeros.
            Detected::One(TimeFormat::EpochSeconds | TimeFormat::EpochMillis) => Self::Text,
            Detected::One(format) => Self::Time(format),
            Detected::Ambiguous | Detected::None => Self::Text,
        }
    }

    /// What to tell the user.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Open => "empty so far",
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Time(_) => "time",
        }
    }

    /// Reads a text; `None` when it is not of this type, or reading it would lose digits.
    pub(crate) fn read<'a>(&self, text: &'a str) -> Option<Cell<'a>> {
        match self {
            Self::Open | Self::Text => Some(Cell::Text(text)),
            Self::Integer => integer(text).map(Cell::Integer),
            Self::Decimal => text.parse().ok().map(Cell::Decimal),
            Self::Float => float(text).map(Cell::Float),
            Self::Boolean => boolean(text).map(Cell::Boolean),
            Self::Time(format) => format.parse(text).map(Cell::Time),
        }
    }
}

/// A whole number as machines write it: `007` and `+7` are not, they would not be written back.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    match digits {
        [b'0'] if text.len() == 1 => return Some(0),
        [] | [b'0', ..] => return None,
        _ => {}
    }
    if digits.len() > 18 {
        return if digits.iter().all(u8::is_ascii_digit) {
            text.parse().ok()
        } else {
            None
        };
    }
    let mut value = 0i64;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some(if digits.len() == text.len() {
        value
    } else {
        -value
    })
}

/// Powers of ten that a float holds exactly.
const TENS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// A float of at most 17 digits, which is what a float can give back.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let (mut mantissa, mut digits, mut point) = (0u64, 0usize, None);
    for (at, &byte) in unsigned.iter().enumerate() {
        match byte {
            b'0'..=b'9' if digits < 15 => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                digits += 1;
            }
            b'.' if point.is_none() && at > 0 => point = Some(digits),
            _ => return slow_float(text),
        }
    }
    let leading_zero = unsigned.len() > 1 && unsigned[0] == b'0' && unsigned[1] != b'.';
    if digits == 0 || leading_zero || point == Some(digits) {
        return None;
    }
    let scale = digits - point.unwrap_or(digits);
    // Both numbers are exact, so one division rounds correctly.
    let value = mantissa as f64 / TENS.get(scale)?;
    Some(if unsigned.len() == text.len() {
        value
    } else {
        -value
    })
}

fn slow_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    match unsigned {
        "NaN" | "nan" => return Some(f64::NAN),
        "inf" | "Infinity" => {
            return Some(if unsigned.len() == text.len() {
                f64::INFINITY
            } else {
                f64::NEG_INFINITY
            });
        }
        _ => {}
    }
    let mantissa = unsigned.split(['e', 'E']).next()?;
    let significant = mantissa.trim_start_matches(['0', '.']);
    let digits = significant.bytes().filter(u8::is_ascii_digit).count();
    let bytes = mantissa.as_bytes();
    let numeric = bytes.first()?.is_ascii_digit() && bytes.last()?.is_ascii_digit();
    let leading_zero = bytes.len() > 1 && bytes[0] == b'0' && bytes[1] != b'.';
    if !numeric || leading_zero || digits > 17 {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reading(values: &[&str]) -> Reading {
        Reading::detect(&values.iter().copied())
    }

    #[test]
    fn types_are_the_narrowest_that_lose_nothing() {
        for (values, expected) in [
            (&["1", "-20", "0"][..], Reading::Integer),
            (&["1", "2.5", "1e3", "NaN"], Reading::Float),
            (&["007", "12"], Reading::Text),
            (&["+7"], Reading::Text),
            (&["12345678901234567890"], Reading::Text),
            (&["-9223372036854775808"], Reading::Integer),
            (&["0.123456789012345678901"], Reading::Text),
            (&["true", "False"], Reading::Boolean),
            (
                &["2026-02-10", "2026-02-11 10:00"],
                Reading::Time(TimeFormat::Iso),
            ),
            (&["01/02/2026"], Reading::Text),
            (&["A", "1"], Reading::Text),
            (&[], Reading::Open),
        ] {
            assert_eq!(reading(values), expected, "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn floats_read_as_the_standard_library_reads_them(value in any::<f64>(), short in -1_000_000i64..1_000_000) {
            for value in [value, short as f64 / 100.0] {
                let text = format!("{value:?}");
                let read = float(&text).unwrap();
                prop_assert!(read.to_bits() == value.to_bits() || read.is_nan() && value.is_nan(), "{}", text);
            }
        }

        #[test]
        fn integers_read_as_the_standard_library_reads_them(value in any::<i64>()) {
            prop_assert_eq!(integer(&value.to_string()), Some(value));
        }
    }
}
