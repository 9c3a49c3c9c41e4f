//! Kinds of values as far as they are known before any event is seen, and what goes together.

use std::fmt;

use cage_model::{Type, Value};

use crate::expr::Expected;
use crate::expr::code::Datum;
use crate::expr::syntax::Operator;

/// A kind of value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Not declared: known when an event comes.
    Any,
    Text,
    Integer,
    Decimal,
    Float,
    Boolean,
    Time,
    Duration,
    Date,
    List,
}

impl From<Option<Type>> for Kind {
    fn from(declared: Option<Type>) -> Self {
        match declared {
            None => Self::Any,
            Some(Type::Text) => Self::Text,
            Some(Type::Integer) => Self::Integer,
            Some(Type::Decimal) => Self::Decimal,
            Some(Type::Float) => Self::Float,
            Some(Type::Boolean) => Self::Boolean,
            Some(Type::Time) => Self::Time,
            Some(Type::List) => Self::List,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "a value of unknown type",
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Decimal => "a decimal number",
            Self::Float => "a float",
            Self::Boolean => "a truth value",
            Self::Time => "a time",
            Self::Duration => "a length of time",
            Self::Date => "a date",
            Self::List => "a list",
        })
    }
}

impl Kind {
    /// The kind of a constant.
    pub(super) fn of(datum: Datum) -> Self {
        match datum {
            Datum::Value(Value::Missing) => Self::Any,
            Datum::Value(value) => Self::from(value.value_type()),
            Datum::Duration(_) => Self::Duration,
            Datum::Date(_) => Self::Date,
        }
    }

    pub(super) const fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Float)
    }

    /// Whether values of the two kinds can be compared, as far as is known.
    pub(super) fn compares_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::List, _) | (_, Self::List) => false,
            (Self::Any, _) | (_, Self::Any) => true,
            (a, b) => a == b || a.is_number() && b.is_number(),
        }
    }

    /// The kind of a value that is of the one or the other kind.
    pub(super) fn joined(self, other: Self) -> Option<Self> {
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Self::List, _) | (_, Self::List) => None,
            (Self::Any, _) | (_, Self::Any) => Some(Self::Any),
            (a, b) if a.is_number() && b.is_number() => {
                let float = a == Self::Float || b == Self::Float;
                Some(if float { Self::Float } else { Self::Decimal })
            }
            _ => None,
        }
    }

    /// What is wanted instead, when this kind does not serve.
    pub(super) fn unfit_for(self, expected: Expected) -> Option<&'static str> {
        let (fits, wanted) = match expected {
            Expected::Condition => (self == Self::Boolean, "a condition"),
            Expected::Integer => (self == Self::Integer, "a whole number"),
            Expected::Exact => (
                matches!(self, Self::Integer | Self::Decimal),
                "a whole number or decimal",
            ),
            Expected::Time => (self == Self::Time, "a time"),
            Expected::Value | Expected::Key => (
                !matches!(self, Self::Duration | Self::List),
                "a text, number, time or truth value",
            ),
        };
        (!fits && self != Self::Any).then_some(wanted)
    }
}

/// The kind of a result, or why there is none.
pub(super) fn calculated(operator: Operator, a: Kind, b: Kind) -> Result<Kind, String> {
    use Kind::{Any, Boolean, Date, Decimal, Duration, Float, Integer, List, Text, Time};
    use Operator::{Add, Remainder, Subtract};
    Ok(match (operator, a, b) {
        (_, Float, _) | (_, _, Float) => {
            return Err(
                "floats are compared, never calculated with: declare the attribute as \
                        decimal or integer"
                    .to_owned(),
            );
        }
        (Add, Text, _) | (Add, _, Text) => {
            return Err("texts are joined only in the keys of derived objects".to_owned());
        }
        (_, Text | Boolean | List, _) | (_, _, Text | Boolean | List) => {
            return Err(unfit(operator, a, b));
        }
        (_, Integer, Integer) => Integer,
        (Remainder, Decimal, _) | (Remainder, _, Decimal) => {
            return Err("% is for whole numbers".to_owned());
        }
        (_, Integer | Decimal, Integer | Decimal) => Decimal,
        (Subtract, Time, Time) => Duration,
        (Add | Subtract, Time, Duration) | (Add, Duration, Time) => Time,
        (Add | Subtract, Duration, Duration) => Duration,
        (Subtract, Date, Date) => Integer,
        (Add | Subtract, Date, Integer) => Date,
        (_, Any, _) | (_, _, Any) => Any,
        _ => return Err(unfit(operator, a, b)),
    })
}

fn unfit(operator: Operator, a: Kind, b: Kind) -> String {
    format!("`{}` does not go with {a} and {b}", operator.sign())
}
