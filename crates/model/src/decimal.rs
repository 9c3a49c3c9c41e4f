//! Exact decimal numbers, as money and laboratory values are written.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// An exact decimal: `mantissa / 10^scale`. 12.50 keeps its two places.
///
/// Equality and order are by value (12.5 equals 12.50); the scale is kept for writing.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    /// The digits without the point.
    pub mantissa: i64,
    /// Digits behind the point, at most 18.
    pub scale: u8,
}

/// A text that is not a decimal of at most 18 digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a decimal number of at most 18 digits")]
pub struct ParseDecimalError;

impl Decimal {
    /// The nearest binary float, for comparing with floats that a log brings.
    #[must_use]
    pub fn to_float(self) -> f64 {
        self.mantissa as f64 / 10f64.powi(i32::from(self.scale))
    }

    fn at_scale(self, scale: u8) -> i128 {
        i128::from(self.mantissa) * 10i128.pow(u32::from(scale.saturating_sub(self.scale)))
    }
}

impl From<i64> for Decimal {
    fn from(mantissa: i64) -> Self {
        Self { mantissa, scale: 0 }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale).min(18);
        self.at_scale(scale).cmp(&other.at_scale(scale))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return write!(f, "{}", self.mantissa);
        }
        let unit = 10u64.pow(u32::from(self.scale.min(18)));
        let digits = self.mantissa.unsigned_abs();
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let width = usize::from(self.scale);
        write!(f, "{sign}{}.{:0width$}", digits / unit, digits % unit)
    }
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && part.is_empty() || whole.len() + part.len() > 18 {
            return Err(ParseDecimalError);
        }
        let mut mantissa = 0i64;
        for byte in whole.bytes().chain(part.bytes()) {
            if !byte.is_ascii_digit() {
                return Err(ParseDecimalError);
            }
            mantissa = mantissa * 10 + i64::from(byte - b'0');
        }
        let mantissa = if negative { -mantissa } else { mantissa };
        Ok(Self {
            mantissa,
            scale: part.len() as u8,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_places_and_compare_by_value() {
        for (text, shown) in [
            ("12.50", "12.50"),
            ("-0.05", "-0.05"),
            ("7", "7"),
            (".5", "0.5"),
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), shown);
        }
        assert_eq!("12.5".parse::<Decimal>(), "12.50".parse::<Decimal>());
        assert!("1.01".parse::<Decimal>().unwrap() < "1.1".parse::<Decimal>().unwrap());
        for bad in ["", "-", ".", "1e3", "1.2.3", "1234567890123456789", "１"] {
            assert_eq!(bad.parse::<Decimal>(), Err(ParseDecimalError), "{bad}");
        }
    }
}
