//! Conversion to declared types.

use cage_model::{Decimal, Type, Value};

use super::convert::converted;

fn shown(value: Value) -> String {
    format!("{value:?}")
}

#[test]
fn values_are_converted_only_where_nothing_is_lost() {
    let decimal = |text: &str| Value::from(text.parse::<Decimal>().unwrap());
    for (value, declared, expected) in [
        (Value::Float(35.0), Type::Integer, Value::Integer(35)),
        (Value::Float(35.0), Type::Decimal, decimal("35")),
        (Value::Float(35.3), Type::Decimal, decimal("35.3")),
        (Value::Float(-0.1), Type::Decimal, decimal("-0.1")),
        (Value::Float(35.5), Type::Integer, Value::Missing),
        (Value::Float(f64::NAN), Type::Decimal, Value::Missing),
        (Value::Float(1e300), Type::Decimal, Value::Missing),
        (decimal("7.00"), Type::Integer, Value::Integer(7)),
        (decimal("7.01"), Type::Integer, Value::Missing),
        (Value::Integer(7), Type::Decimal, decimal("7")),
        (Value::Integer(7), Type::Float, Value::Float(7.0)),
        (Value::Integer((1 << 53) + 1), Type::Float, Value::Missing),
        (Value::Boolean(true), Type::Integer, Value::Missing),
        (Value::Integer(7), Type::Text, Value::Missing),
        (Value::Missing, Type::Text, Value::Missing),
    ] {
        let found = converted(value, Some(declared));
        assert_eq!(shown(found), shown(expected), "{value:?} as {declared:?}");
    }
    assert_eq!(shown(converted(Value::Float(0.5), None)), "Float(0.5)");
}
