//! An exact sum of whole numbers and decimals. It cannot overflow: parts before and behind the
//! point are added apart, each with room for more numbers than there can be events.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

use cage_model::Value;

/// Digits behind the point that are kept; a [`cage_model::Decimal`] has no more.
const PLACES: u32 = 18;
const UNIT: i128 = 10i128.pow(PLACES);

/// A sum.
#[derive(Clone, Copy, Default, Debug, Serialize, Deserialize)]
pub(super) struct Sum {
    whole: i128,
    /// In units of 10^-18; any number of whole ones may have gathered.
    parts: i128,
}

impl From<u64> for Sum {
    fn from(number: u64) -> Self {
        Self {
            whole: i128::from(number),
            parts: 0,
        }
    }
}

impl Sum {
    /// A whole number or decimal; `None` for anything else: a float has no exact sum.
    pub(super) fn of(value: Value) -> Option<Self> {
        let decimal = value.as_decimal()?;
        let scale = u32::from(decimal.scale);
        let unit = 10i64.pow(scale.min(PLACES));
        let rest = i128::from(decimal.mantissa % unit) * 10i128.pow(PLACES.checked_sub(scale)?);
        Some(Self {
            whole: i128::from(decimal.mantissa / unit),
            parts: rest,
        })
    }

    pub(super) fn add(&mut self, other: Self) {
        self.whole += other.whole;
        self.parts += other.parts;
    }

    pub(super) fn subtract(&mut self, other: Self) {
        self.whole -= other.whole;
        self.parts -= other.parts;
    }

    /// Whether a single number can be this.
    pub(super) fn is_one(self) -> bool {
        self.whole.unsigned_abs() <= 1 << 63 && self.parts.unsigned_abs() < UNIT.unsigned_abs()
    }

    /// Whether there is room for as many numbers more as there can be events.
    pub(super) fn is_sound(self) -> bool {
        let room = 1 << 126;
        self.whole.unsigned_abs() < room && self.parts.unsigned_abs() < room
    }

    fn carried(self) -> (i128, i128) {
        let carry = self.parts.div_euclid(UNIT);
        (self.whole + carry, self.parts.rem_euclid(UNIT))
    }

    /// Compares a share of a whole, which lies between 0 and 1, with this number.
    pub(super) fn compare_ratio(self, part: u64, whole: u64) -> Ordering {
        match self.carried() {
            (0, parts) => (i128::from(part) * UNIT).cmp(&(parts * i128::from(whole))),
            (1, 0) => part.cmp(&whole),
            (ones, _) if ones < 0 => Ordering::Greater,
            _ => Ordering::Less,
        }
    }

    /// The nearest float, for showing.
    pub(super) fn to_float(self) -> f64 {
        let (whole, parts) = self.carried();
        whole as f64 + parts as f64 / UNIT as f64
    }
}

impl PartialEq for Sum {
    fn eq(&self, other: &Self) -> bool {
        self.carried() == other.carried()
    }
}

impl Eq for Sum {}

impl PartialOrd for Sum {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sum {
    fn cmp(&self, other: &Self) -> Ordering {
        self.carried().cmp(&other.carried())
    }
}

#[cfg(test)]
mod tests {
    use cage_model::Decimal;
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Sum {
        Sum::of(Value::from(text.parse::<Decimal>().unwrap())).unwrap()
    }

    #[test]
    fn sums_are_exact() {
        let mut sum = Sum::default();
        (0..10).for_each(|_| sum.add(number("0.1")));
        assert_eq!(sum, number("1.00"));
        sum.subtract(number("1.000000000000001"));
        assert_eq!(sum, number("-0.000000000000001"));
        assert!(sum < number("0") && sum > number("-0.1"));
        let mut large = Sum::default();
        (0..1_000).for_each(|_| large.add(Sum::of(Value::Integer(i64::MAX)).unwrap()));
        assert!(large > Sum::of(Value::Integer(i64::MAX)).unwrap());
        assert_eq!(Sum::of(Value::Float(1.0)), None);
    }

    proptest! {
        #[test]
        fn ratios_compare_as_fractions(part in 0u64..50, more in 0u64..50, hundredths in -50i64..150) {
            let whole = part + more + 1;
            let limit = Value::Decimal { scale: 2, mantissa: hundredths };
            let expected = (i128::from(part) * 100).cmp(&(i128::from(hundredths) * i128::from(whole)));
            prop_assert_eq!(Sum::of(limit).unwrap().compare_ratio(part, whole), expected);
        }
    }
}
