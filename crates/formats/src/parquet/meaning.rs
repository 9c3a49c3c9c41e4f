//! What a column's stored numbers and bytes mean.

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use ::parquet::schema::types::ColumnDescriptor;
use cage_model::{Date, Decimal, Instant, MICROS_PER_DAY, MICROS_PER_SECOND, Time};

use crate::table::cell::Reading;
use crate::table::time::TimeFormat;

/// What the values of a column are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    Boolean,
    Integer,
    /// A whole number without a sign, of 32 or 64 bits.
    Unsigned,
    Float,
    /// Half precision, as two bytes.
    HalfFloat,
    /// Digits behind the point.
    Decimal(u8),
    /// Units in a second; whether it is an instant, or a local time without an offset.
    Timestamp(i64, Zoned),
    /// Nanoseconds of the day and Julian day, as older tools write timestamps.
    Julian,
    /// Days since 1970.
    Day,
    /// Units in a second, since midnight.
    TimeOfDay(i64),
    Text,
    /// Bytes of which the file does not say that they are texts; some tools mark no texts.
    Unmarked,
    Uuid,
    /// Bytes without a meaning, shown in hexadecimal digits.
    Bytes,
}

/// Whether a timestamp is an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Zoned {
    Utc,
    Local,
}

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Stored {
    Integer(i64),
    Decimal(Decimal),
    Float(f64),
    Boolean(bool),
    Time(Time),
    Text(String),
    /// What is wrong with it.
    Fault(String),
}

impl Meaning {
    /// By the column's logical type, or the older converted one, or its physical type.
    pub(super) fn of(column: &ColumnDescriptor) -> Self {
        let logical = column.logical_type_ref().and_then(by_logical);
        let by_type = logical.or_else(|| by_converted(column));
        by_type.unwrap_or(match column.physical_type() {
            Physical::BOOLEAN => Self::Boolean,
            Physical::INT32 | Physical::INT64 => Self::Integer,
            Physical::INT96 => Self::Julian,
            Physical::FLOAT | Physical::DOUBLE => Self::Float,
            Physical::BYTE_ARRAY => Self::Unmarked,
            Physical::FIXED_LEN_BYTE_ARRAY => Self::Bytes,
        })
    }

    /// How the column reads, for the plan of the table.
    pub(super) fn reading(self) -> Reading {
        match self {
            Self::Boolean => Reading::Boolean,
            Self::Integer | Self::Unsigned => Reading::Integer,
            Self::Float | Self::HalfFloat => Reading::Float,
            Self::Decimal(_) => Reading::Decimal,
            Self::Timestamp(..) | Self::Julian | Self::Day => Reading::Time(TimeFormat::Stated),
            Self::TimeOfDay(_) | Self::Text | Self::Unmarked | Self::Uuid | Self::Bytes => {
                Reading::Text
            }
        }
    }

    /// A stored number.
    pub(super) fn number(self, value: i64) -> Stored {
        match self {
            Self::Unsigned => match i64::try_from(value as u64) {
                Ok(value) => Stored::Integer(value),
                Err(_) => Stored::Text((value as u64).to_string()),
            },
            Self::Decimal(scale) => decimal(i128::from(value), scale),
            Self::Timestamp(units, zoned) => timestamp(value, units, zoned),
            Self::Day => day(value),
            Self::TimeOfDay(units) => Stored::Text(time_of_day(value, units)),
            _ => Stored::Integer(value),
        }
    }

    /// Stored bytes.
    pub(super) fn bytes(self, bytes: &[u8]) -> Stored {
        match self {
            Self::Text => match std::str::from_utf8(bytes) {
                Ok(text) => Stored::Text(text.to_owned()),
                Err(_) => Stored::Fault("a text is no UTF-8".to_owned()),
            },
            Self::Unmarked => match std::str::from_utf8(bytes) {
                Ok(text) => Stored::Text(text.to_owned()),
                Err(_) => Stored::Text(hexadecimal(bytes)),
            },
            Self::Decimal(scale) => match big_endian(bytes) {
                Some(value) => decimal(value, scale),
                None => Stored::Fault(format!("a decimal of {} bytes", bytes.len())),
            },
            Self::HalfFloat => match bytes {
                [low, high] => Stored::Float(half_float(u16::from_le_bytes([*low, *high]))),
                _ => Stored::Fault("a half-precision float that has not two bytes".to_owned()),
            },
            Self::Uuid => Stored::Text(uuid(bytes)),
            _ => Stored::Text(hexadecimal(bytes)),
        }
    }
}

fn by_logical(logical: &LogicalType) -> Option<Meaning> {
    Some(match logical {
        LogicalType::String | LogicalType::Enum | LogicalType::Json => Meaning::Text,
        LogicalType::Decimal(decimal) => Meaning::Decimal(scale(decimal.scale)?),
        LogicalType::Date => Meaning::Day,
        LogicalType::Time(time) => Meaning::TimeOfDay(units(time.unit)),
        LogicalType::Timestamp(time) => {
            let zoned = if time.is_adjusted_to_u_t_c {
                Zoned::Utc
            } else {
                Zoned::Local
            };
            Meaning::Timestamp(units(time.unit), zoned)
        }
        LogicalType::Integer(integer) if integer.is_signed => Meaning::Integer,
        LogicalType::Integer(_) => Meaning::Unsigned,
        LogicalType::Uuid => Meaning::Uuid,
        LogicalType::Float16 => Meaning::HalfFloat,
        LogicalType::Bson => Meaning::Bytes,
        _ => return None,
    })
}

fn by_converted(column: &ColumnDescriptor) -> Option<Meaning> {
    const MILLIS: i64 = 1_000;
    Some(match column.converted_type() {
        ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON => Meaning::Text,
        ConvertedType::DECIMAL => Meaning::Decimal(scale(column.type_scale())?),
        ConvertedType::DATE => Meaning::Day,
        ConvertedType::TIME_MILLIS => Meaning::TimeOfDay(MILLIS),
        ConvertedType::TIME_MICROS => Meaning::TimeOfDay(MICROS_PER_SECOND),
        // The converted types always meant instants.
        ConvertedType::TIMESTAMP_MILLIS => Meaning::Timestamp(MILLIS, Zoned::Utc),
        ConvertedType::TIMESTAMP_MICROS => Meaning::Timestamp(MICROS_PER_SECOND, Zoned::Utc),
        ConvertedType::UINT_8
        | ConvertedType::UINT_16
        | ConvertedType::UINT_32
        | ConvertedType::UINT_64 => Meaning::Unsigned,
        _ => return None,
    })
}

fn scale(scale: i32) -> Option<u8> {
    u8::try_from(scale).ok()
}

fn units(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1_000,
        TimeUnit::MICROS => MICROS_PER_SECOND,
        TimeUnit::NANOS => 1_000_000_000,
    }
}

/// A decimal of at most 18 digits; one with more is kept as its digits.
fn decimal(value: i128, scale: u8) -> Stored {
    const SCALE_MAX: u8 = 18;
    const MANTISSA_MAX: i128 = 1_000_000_000_000_000_000;
    match i64::try_from(value) {
        Ok(mantissa) if scale <= SCALE_MAX && value.abs() < MANTISSA_MAX => {
            Stored::Decimal(Decimal { mantissa, scale })
        }
        _ => Stored::Text(spelled(value, scale)),
    }
}

fn spelled(value: i128, scale: u8) -> String {
    let digits = value.unsigned_abs().to_string();
    let width = usize::from(scale) + 1;
    let digits = format!("{digits:0>width$}");
    let (whole, part) = digits.split_at(digits.len() - usize::from(scale));
    let sign = if value < 0 { "-" } else { "" };
    let point = if scale > 0 { "." } else { "" };
    format!("{sign}{whole}{point}{part}")
}

fn big_endian(bytes: &[u8]) -> Option<i128> {
    let sign = if bytes.first()? & 0x80 == 0 { 0 } else { -1 };
    (bytes.len() <= size_of::<i128>()).then(|| {
        bytes
            .iter()
            .fold(sign, |value, byte| (value << 8) | i128::from(*byte))
    })
}

/// The years that every format can write. An instant may lie a day outside, because its local time
/// at the offset that stands beside it need not.
fn within_years(micros: i128) -> Option<i64> {
    let first = Date::new(0, 1, 1)?.plus(-1).start(0).0;
    let last = Date::new(9_999, 12, 31)?.plus(2).start(0).0;
    i64::try_from(micros)
        .ok()
        .filter(|micros| (first..last).contains(micros))
}

fn timestamp(value: i64, units: i64, zoned: Zoned) -> Stored {
    let nanoseconds = i128::from(value) * i128::from(1_000_000_000 / units);
    let Some(micros) = within_years(nanoseconds.div_euclid(1_000)) else {
        return Stored::Fault(format!("the time {value} lies outside the years 0 to 9999"));
    };
    let rest = nanoseconds.rem_euclid(1_000) as u16;
    let offset = (zoned == Zoned::Utc).then_some(0);
    Stored::Time(Time::new(Instant(micros), offset).with_nanoseconds(rest))
}

fn day(days: i64) -> Stored {
    match within_years(i128::from(days) * i128::from(MICROS_PER_DAY)) {
        Some(micros) => Stored::Time(Time::new(Instant(micros), None)),
        None => Stored::Fault(format!("the day {days} lies outside the years 0 to 9999")),
    }
}

/// Nanoseconds of the day and Julian day, as three words of 32 bits.
pub(super) fn julian(words: &[u32]) -> Stored {
    const JULIAN_DAY_OF_1970: i128 = 2_440_588;
    const NANOSECONDS_PER_DAY: i128 = 86_400_000_000_000;
    let [low, high, day] = words else {
        return Stored::Fault("a timestamp that has not twelve bytes".to_owned());
    };
    let of_day = i128::from(*low) | (i128::from(*high) << 32);
    let days = i128::from(*day) - JULIAN_DAY_OF_1970;
    let nanoseconds = days * NANOSECONDS_PER_DAY + of_day;
    match within_years(nanoseconds.div_euclid(1_000)) {
        Some(micros) => {
            let rest = nanoseconds.rem_euclid(1_000) as u16;
            Stored::Time(Time::new(Instant(micros), None).with_nanoseconds(rest))
        }
        None => Stored::Fault("a timestamp outside the years 0 to 9999".to_owned()),
    }
}

fn time_of_day(value: i64, units: i64) -> String {
    let (seconds, rest) = (value.div_euclid(units), value.rem_euclid(units));
    let clock = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    );
    if rest == 0 {
        return clock;
    }
    let width = (units as f64).log10() as usize;
    format!("{clock}.{rest:0width$}")
}

/// IEEE 754 binary16.
fn half_float(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    match exponent {
        0 => sign * fraction * 2f64.powi(-24),
        0x1F if fraction == 0.0 => sign * f64::INFINITY,
        0x1F => f64::NAN,
        _ => sign * (1.0 + fraction / 1_024.0) * 2f64.powi(exponent - 15),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn uuid(bytes: &[u8]) -> String {
    let digits = hexadecimal(bytes);
    match digits.len() {
        32 => [
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..],
        ]
        .join("-"),
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_values_mean_what_their_type_says() {
        let time = |stored: Stored| match stored {
            Stored::Time(time) => time.to_string(),
            other => format!("{other:?}"),
        };
        let nanos = Meaning::Timestamp(1_000_000_000, Zoned::Utc);
        assert_eq!(
            time(nanos.number(1_770_765_000_123_456_789)),
            "2026-02-10T23:10:00.123456789Z"
        );
        assert_eq!(time(nanos.number(-1)), "1969-12-31T23:59:59.999999999Z");
        let millis = Meaning::Timestamp(1_000, Zoned::Local);
        assert_eq!(time(millis.number(1_500)), "1970-01-01T00:00:01.500");
        assert!(time(millis.number(i64::MAX)).contains("outside the years"));
        assert_eq!(time(Meaning::Day.number(-719_528)), "0000-01-01T00:00:00");
        assert_eq!(
            time(julian(&[1, 0, 2_440_588])),
            "1970-01-01T00:00:00.000000001"
        );
        for (meaning, bytes, expected) in [
            (
                Meaning::Decimal(2),
                &[0xFF, 0x85][..],
                Stored::Decimal("-1.23".parse().unwrap()),
            ),
            (
                Meaning::Decimal(2),
                &[0x01; 16],
                Stored::Text("13344406545919155429936259114971302.41".to_owned()),
            ),
            (Meaning::HalfFloat, &[0x00, 0x3C], Stored::Float(1.0)),
            (
                Meaning::HalfFloat,
                &[0x01, 0x80],
                Stored::Float(-2f64.powi(-24)),
            ),
            (
                Meaning::Uuid,
                &[0xAB; 16],
                Stored::Text("abababab-abab-abab-abab-abababababab".to_owned()),
            ),
            (
                Meaning::Unmarked,
                &[0x00, 0xFF],
                Stored::Text("00ff".to_owned()),
            ),
            (
                Meaning::Text,
                &[0xFF],
                Stored::Fault("a text is no UTF-8".to_owned()),
            ),
        ] {
            assert_eq!(meaning.bytes(bytes), expected, "{meaning:?}");
        }
        assert_eq!(
            Meaning::Unsigned.number(-1),
            Stored::Text("18446744073709551615".to_owned())
        );
        assert_eq!(
            Meaning::TimeOfDay(1_000).number(3_661_007),
            Stored::Text("01:01:01.007".to_owned())
        );
    }
}
