//! Values as keys of a table: equal keys are values that are equal by [`Value::equals`].

use cage_model::{Decimal, Symbol, Value};
use serde::{Deserialize, Serialize};

/// A value that can be looked up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Key {
    /// A text or identifier.
    Text(Symbol),
    /// An exact number without trailing zeros behind the point.
    Number {
        /// The digits without the point.
        mantissa: i64,
        /// Digits behind the point.
        scale: u8,
    },
    /// A float that no exact number is equal to, by its bits.
    Float(u64),
    /// True or false.
    Boolean(bool),
    /// An instant: microseconds, and nanoseconds behind them.
    Time(i64, u16),
}

impl Key {
    /// The key of a value. `None` for what is equal to nothing: a missing value, NaN, a list.
    #[must_use]
    pub fn of(value: Value) -> Option<Self> {
        Some(match value {
            Value::Missing | Value::List => return None,
            Value::Text(text) | Value::Id(text) => Self::Text(text),
            Value::Integer(mantissa) => Self::exact(Decimal { mantissa, scale: 0 }),
            Value::Decimal { scale, mantissa } => Self::exact(Decimal { mantissa, scale }),
            Value::Float(number) if number.is_nan() => return None,
            Value::Float(number) => Self::float(number),
            Value::Boolean(holds) => Self::Boolean(holds),
            Value::Time { micros, rest, .. } => Self::Time(micros, rest),
        })
    }

    fn exact(mut decimal: Decimal) -> Self {
        while decimal.scale > 0 && decimal.mantissa % 10 == 0 {
            decimal.mantissa /= 10;
            decimal.scale -= 1;
        }
        Self::Number {
            mantissa: decimal.mantissa,
            scale: decimal.scale,
        }
    }

    /// A float is the number that its shortest digits spell, where those are few enough.
    fn float(number: f64) -> Self {
        match number.to_string().parse::<Decimal>() {
            Ok(decimal) => Self::exact(decimal),
            Err(_) => Self::Float(number.to_bits()),
        }
    }
}

#[cfg(test)]
mod tests {
    use cage_model::Interner;
    use proptest::prelude::*;

    use super::*;

    fn numbers() -> impl Strategy<Value = Value> {
        prop_oneof![
            (-20i64..20).prop_map(Value::Integer),
            (-200i64..200, 0u8..3).prop_map(|(mantissa, scale)| Value::Decimal { scale, mantissa }),
            (-80i32..80).prop_map(|quarters| Value::Float(f64::from(quarters) / 4.0)),
            (-20i32..20).prop_map(|tenths| Value::Float(f64::from(tenths) / 10.0)),
            any::<bool>().prop_map(Value::Boolean),
        ]
    }

    proptest! {
        #[test]
        fn keys_are_equal_where_values_are(a in numbers(), b in numbers()) {
            let equal = a.equals(b, &Interner::new()) == Some(true);
            prop_assert_eq!(Key::of(a) == Key::of(b), equal, "{:?} {:?}", a, b);
        }
    }

    #[test]
    fn what_is_equal_to_nothing_has_no_key() {
        for value in [Value::Missing, Value::List, Value::Float(f64::NAN)] {
            assert_eq!(Key::of(value), None);
        }
        assert_eq!(Key::of(Value::Float(0.0)), Key::of(Value::Float(-0.0)));
        assert!(Key::of(Value::Float(f64::INFINITY)).is_some());
    }
}
