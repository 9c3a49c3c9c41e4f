//! Values brought to the type that a pack declares, where nothing is lost by it.

use cage_model::{Decimal, Type, Value};

/// The value as one of the declared type; missing when it would lose something, or when the kinds
/// have nothing to do with each other (a text of digits is no number).
pub(super) fn converted(value: Value, declared: Option<Type>) -> Value {
    let Some(declared) = declared else {
        return value;
    };
    if value.value_type() == Some(declared) {
        return value;
    }
    let wanted = match declared {
        Type::Integer => integer(value),
        Type::Decimal => decimal(value).map(Value::from),
        Type::Float => float(value),
        Type::Text | Type::Boolean | Type::Time | Type::List => None,
    };
    wanted.unwrap_or_default()
}

fn integer(value: Value) -> Option<Value> {
    let decimal = decimal(value)?;
    let mut mantissa = decimal.mantissa;
    for _ in 0..decimal.scale {
        if mantissa % 10 != 0 {
            return None;
        }
        mantissa /= 10;
    }
    Some(Value::Integer(mantissa))
}

fn float(value: Value) -> Option<Value> {
    let exact = value.as_decimal()?;
    let float = exact.to_float();
    let back = decimal(Value::Float(float))?;
    (back.cmp(&exact).is_eq()).then_some(Value::Float(float))
}

/// The number as its source wrote it: the shortest decimal that reads back as the same float.
fn decimal(value: Value) -> Option<Decimal> {
    let Value::Float(float) = value else {
        return value.as_decimal();
    };
    if !float.is_finite() {
        return None;
    }
    // Amounts are mostly whole numbers or hundredths: no text is made of them.
    let hundredths = float * 100.0;
    if hundredths.abs() < 9.0e15 && hundredths.fract() == 0.0 {
        let mantissa = hundredths as i64;
        if mantissa as f64 / 100.0 == float {
            return Some(reduced(mantissa, 2));
        }
    }
    let text = format!("{float}");
    text.parse::<Decimal>()
        .ok()
        .filter(|decimal| decimal.to_float() == float)
}

fn reduced(mut mantissa: i64, mut scale: u8) -> Decimal {
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Decimal { mantissa, scale }
}
