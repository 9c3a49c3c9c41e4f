//! Typed attribute values, 16 bytes each; texts live in an [`Interner`].

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

use crate::decimal::Decimal;
use crate::symbol::{Interner, Symbol};
use crate::time::{Instant, Time};

/// A value as it is kept in memory. Texts are symbols of the log's interner.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub enum Value {
    /// No value. Never equal to anything, itself included.
    #[default]
    Missing,
    /// A text.
    Text(Symbol),
    /// An identifier (XES `id`).
    Id(Symbol),
    /// A whole number.
    Integer(i64),
    /// An exact decimal, see [`Decimal`]; held flat to stay within 16 bytes.
    Decimal {
        /// Digits behind the point.
        scale: u8,
        /// The digits without the point.
        mantissa: i64,
    },
    /// A binary float, as logs bring them. Compared, never summed into a verdict.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A time, see [`Time`]; held flat to stay within 16 bytes.
    Time {
        /// Offset as written, in minutes; `i16::MIN` when none was written.
        offset: i16,
        /// Nanoseconds behind the microsecond.
        rest: u16,
        /// Microseconds since 1970.
        micros: i64,
    },
    /// A list; its members are the attribute rows that follow, one level deeper.
    List,
}

const _: () = assert!(size_of::<Value>() == 16);

/// The type of a value, as declared in packs and in OCEL.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Type {
    /// A text or identifier.
    Text,
    /// A whole number.
    Integer,
    /// An exact decimal.
    Decimal,
    /// A binary float.
    Float,
    /// True or false.
    Boolean,
    /// A time.
    Time,
    /// A list.
    List,
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Time {
            offset: time.offset_minutes().unwrap_or(i16::MIN),
            rest: time.nanoseconds(),
            micros: time.instant().0,
        }
    }
}

impl From<Decimal> for Value {
    fn from(decimal: Decimal) -> Self {
        Self::Decimal {
            scale: decimal.scale,
            mantissa: decimal.mantissa,
        }
    }
}

impl Value {
    /// The type, or `None` for a missing value.
    #[must_use]
    pub fn value_type(self) -> Option<Type> {
        Some(match self {
            Self::Missing => return None,
            Self::Text(_) | Self::Id(_) => Type::Text,
            Self::Integer(_) => Type::Integer,
            Self::Decimal { .. } => Type::Decimal,
            Self::Float(_) => Type::Float,
            Self::Boolean(_) => Type::Boolean,
            Self::Time { .. } => Type::Time,
            Self::List => Type::List,
        })
    }

    /// The time, when this is one.
    #[must_use]
    pub fn as_time(self) -> Option<Time> {
        match self {
            Self::Time {
                offset,
                rest,
                micros,
            } => {
                let offset = (offset != i16::MIN).then_some(offset);
                Some(Time::new(Instant(micros), offset).with_nanoseconds(rest))
            }
            _ => None,
        }
    }

    /// Compares two values: numbers of any kind by value, texts by their code points, times by
    /// instant. `None` when the kinds cannot be compared, a value is missing, or a float is NaN.
    #[must_use]
    pub fn compare(self, other: Self, names: &Interner) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a) | Self::Id(a), Self::Text(b) | Self::Id(b)) => Some(if a == b {
                Ordering::Equal
            } else {
                names.text(a).cmp(names.text(b))
            }),
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(&b)),
            (Self::Time { .. }, Self::Time { .. }) => Some(self.as_time()?.cmp(&other.as_time()?)),
            _ => self.compare_number(other),
        }
    }

    /// Whether two values are equal, by the rules of [`Value::compare`].
    #[must_use]
    pub fn equals(self, other: Self, names: &Interner) -> Option<bool> {
        self.compare(other, names)
            .map(|order| order == Ordering::Equal)
    }

    fn compare_number(self, other: Self) -> Option<Ordering> {
        match (self.as_decimal(), other.as_decimal()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => self.as_float()?.partial_cmp(&other.as_float()?),
        }
    }

    /// The exact number, when this is an integer or decimal.
    #[must_use]
    pub fn as_decimal(self) -> Option<Decimal> {
        match self {
            Self::Integer(value) => Some(Decimal::from(value)),
            Self::Decimal { scale, mantissa } => Some(Decimal { mantissa, scale }),
            _ => None,
        }
    }

    /// The number as a float, when this is a number.
    #[must_use]
    pub fn as_float(self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(value),
            _ => self.as_decimal().map(Decimal::to_float),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_kind_compare_by_value() {
        let names = Interner::new();
        let dec = |text: &str| Value::from(text.parse::<Decimal>().unwrap());
        assert_eq!(
            Value::Integer(157).equals(Value::Float(157.0), &names),
            Some(true)
        );
        assert_eq!(dec("12.50").equals(Value::Float(12.5), &names), Some(true));
        assert_eq!(
            dec("0.1").compare(Value::Integer(1), &names),
            Some(Ordering::Less)
        );
        assert_eq!(
            Value::Float(f64::NAN).compare(Value::Float(1.0), &names),
            None
        );
        assert_eq!(Value::Missing.equals(Value::Missing, &names), None);
        assert_eq!(
            Value::Boolean(true).compare(Value::Integer(1), &names),
            None
        );
    }
}
