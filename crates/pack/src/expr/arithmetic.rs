//! Calculating: whole numbers and decimals exactly or not at all, times and durations, never
//! floats.
//!
//! The quotient of two whole numbers is cut to a whole number (CEL). That of decimals is rounded
//! to 12 places, half to even, and trailing zeros are dropped.

use cage_model::{Date, Decimal, Instant, Time, Value};

use super::Failure;
use super::code::Datum;
use super::syntax::Operator;

/// Places of a decimal quotient.
const QUOTIENT_PLACES: u8 = 12;
/// Most places of a decimal.
const PLACES_MAX: u8 = 18;
/// The days that calculating with dates may reach: the years -9999 to 9999.
const DAYS: std::ops::RangeInclusive<i64> = -4_371_587..=2_932_896;

/// The result; `Ok(None)` when the kinds do not go together, or one is a float.
pub(super) fn calculate(operator: Operator, a: Datum, b: Datum) -> Result<Option<Datum>, Failure> {
    match (a, b) {
        (Datum::Value(Value::Integer(a)), Datum::Value(Value::Integer(b))) => {
            whole(operator, a, b).map(|value| Some(Datum::Value(Value::Integer(value))))
        }
        (Datum::Value(a), Datum::Value(b)) => match (a.as_decimal(), b.as_decimal()) {
            (Some(a), Some(b)) => {
                decimal(operator, a, b).map(|value| value.map(|value| Datum::Value(value.into())))
            }
            _ => Ok(difference(operator, a, b)),
        },
        (Datum::Value(time), Datum::Duration(micros)) => moved(operator, time, micros),
        (Datum::Duration(micros), Datum::Value(time)) if operator == Operator::Add => {
            moved(operator, time, micros)
        }
        (Datum::Duration(a), Datum::Duration(b)) => match operator {
            Operator::Add | Operator::Subtract => {
                whole(operator, a, b).map(Datum::Duration).map(Some)
            }
            _ => Ok(None),
        },
        (Datum::Date(a), Datum::Date(b)) if operator == Operator::Subtract => Ok(Some(
            Datum::Value(Value::Integer(i64::from(a.0) - i64::from(b.0))),
        )),
        (Datum::Date(date), Datum::Value(Value::Integer(days))) => dated(operator, date, days),
        _ => Ok(None),
    }
}

/// The negative; `Ok(None)` for what has none.
pub(super) fn negate(value: Datum) -> Result<Option<Datum>, Failure> {
    let zero = match zero_like(value) {
        Some(zero) => zero,
        None => return Ok(None),
    };
    calculate(Operator::Subtract, zero, value)
}

/// Zero of the same kind, for numbers that can be calculated with and durations.
pub(super) fn zero_like(value: Datum) -> Option<Datum> {
    match value {
        Datum::Value(Value::Integer(_) | Value::Decimal { .. }) => {
            Some(Datum::Value(Value::Integer(0)))
        }
        Datum::Duration(_) => Some(Datum::Duration(0)),
        _ => None,
    }
}

fn whole(operator: Operator, a: i64, b: i64) -> Result<i64, Failure> {
    if b == 0 && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(Failure::DivisionByZero);
    }
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => a.checked_div(b),
        Operator::Remainder => a.checked_rem(b),
    };
    result.ok_or(Failure::Overflow)
}

fn decimal(operator: Operator, a: Decimal, b: Decimal) -> Result<Option<Decimal>, Failure> {
    let scale = a.scale.max(b.scale);
    let (left, right) = (at_scale(a, scale)?, at_scale(b, scale)?);
    Ok(Some(match operator {
        Operator::Add => fit(left + right, scale)?,
        Operator::Subtract => fit(left - right, scale)?,
        Operator::Multiply => fit(
            i128::from(a.mantissa) * i128::from(b.mantissa),
            a.scale + b.scale,
        )?,
        Operator::Divide => quotient(left, right)?,
        Operator::Remainder => return Ok(None),
    }))
}

fn at_scale(value: Decimal, scale: u8) -> Result<i128, Failure> {
    let factor = 10i128
        .checked_pow(u32::from(scale - value.scale))
        .ok_or(Failure::Overflow)?;
    i128::from(value.mantissa)
        .checked_mul(factor)
        .ok_or(Failure::Overflow)
}

/// The decimal with these digits, without trailing zeros where there is no room for them.
fn fit(mut digits: i128, mut scale: u8) -> Result<Decimal, Failure> {
    loop {
        match i64::try_from(digits) {
            Ok(mantissa) if scale <= PLACES_MAX => return Ok(Decimal { mantissa, scale }),
            _ if scale > 0 && digits % 10 == 0 => {
                digits /= 10;
                scale -= 1;
            }
            _ => return Err(Failure::Overflow),
        }
    }
}

fn quotient(a: i128, b: i128) -> Result<Decimal, Failure> {
    if b == 0 {
        return Err(Failure::DivisionByZero);
    }
    let factor = 10i128.pow(u32::from(QUOTIENT_PLACES));
    let scaled = a.checked_mul(factor).ok_or(Failure::Overflow)?;
    let (mut digits, rest) = (scaled / b, scaled % b);
    let twice = rest
        .unsigned_abs()
        .checked_mul(2)
        .ok_or(Failure::Overflow)?;
    let up = twice > b.unsigned_abs() || twice == b.unsigned_abs() && digits % 2 != 0;
    if up {
        digits += if (a < 0) == (b < 0) { 1 } else { -1 };
    }
    let mut scale = QUOTIENT_PLACES;
    while scale > 0 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    fit(digits, scale)
}

/// Time minus time.
fn difference(operator: Operator, a: Value, b: Value) -> Option<Datum> {
    let (a, b) = (a.as_time()?, b.as_time()?);
    let micros = a.instant().0.checked_sub(b.instant().0)?;
    (operator == Operator::Subtract).then_some(Datum::Duration(micros))
}

/// Time plus or minus a duration, with the offset it was written with; or a duration times a
/// whole number.
fn moved(operator: Operator, value: Value, micros: i64) -> Result<Option<Datum>, Failure> {
    let Some(time) = value.as_time() else {
        return Ok(None);
    };
    let instant = match operator {
        Operator::Add => time.instant().0.checked_add(micros),
        Operator::Subtract => time.instant().0.checked_sub(micros),
        _ => return Ok(None),
    };
    let instant = Instant(instant.ok_or(Failure::Overflow)?);
    let moved = Time::new(instant, time.offset_minutes()).with_nanoseconds(time.nanoseconds());
    Ok(Some(Datum::Value(moved.into())))
}

fn dated(operator: Operator, date: Date, days: i64) -> Result<Option<Datum>, Failure> {
    let days = match operator {
        Operator::Add => Some(days),
        Operator::Subtract => days.checked_neg(),
        _ => return Ok(None),
    };
    let day = days.and_then(|days| i64::from(date.0).checked_add(days));
    let day = day
        .filter(|day| DAYS.contains(day))
        .and_then(|day| i32::try_from(day).ok());
    day.map(|day| Some(Datum::Date(Date(day))))
        .ok_or(Failure::Overflow)
}
