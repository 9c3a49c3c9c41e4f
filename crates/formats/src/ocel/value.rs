//! A single value as a file holds it, read as its declared type.

use std::borrow::Cow;

use cage_model::{Time, Type};

/// A value as the syntax shows it.
#[derive(Clone, Debug)]
pub(super) enum Scalar<'a> {
    Missing,
    Boolean(bool),
    /// A number as spelled (JSON).
    Number(&'a str),
    Integer(i64),
    Float(f64),
    Text(Cow<'a, str>),
}

/// A value of a type.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Typed<'a> {
    Missing,
    Text(Cow<'a, str>),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Time(Time),
}

/// Reads a value as this type; `None` when it is not of it. Without a type the syntax decides.
///
/// Numbers and truth values may stand in quotes, as several tools write them; a number may be
/// whole for a float, and a whole float be an integer. Anything is a text.
pub(super) fn typed<'t>(scalar: &'t Scalar<'_>, kind: Option<Type>) -> Option<Typed<'t>> {
    let is_missing = match scalar {
        Scalar::Missing => true,
        Scalar::Text(text) => is_null(text) && !matches!(kind, None | Some(Type::Text)),
        _ => false,
    };
    if is_missing {
        return Some(Typed::Missing);
    }
    Some(match kind {
        None => by_syntax(scalar),
        Some(Type::Text | Type::List) => Typed::Text(text(scalar)),
        Some(Type::Integer) => Typed::Integer(integer(scalar)?),
        Some(Type::Float | Type::Decimal) => Typed::Float(float(scalar)?),
        Some(Type::Boolean) => Typed::Boolean(boolean(scalar)?),
        Some(Type::Time) => match scalar {
            Scalar::Text(text) => Typed::Time(time(text)?),
            _ => return None,
        },
    })
}

/// The words that tools write where a number, truth value or time is absent.
fn is_null(text: &str) -> bool {
    matches!(text, "" | "null" | "None" | "NaT" | "<NA>")
}

fn by_syntax<'t>(scalar: &'t Scalar<'_>) -> Typed<'t> {
    match scalar {
        Scalar::Missing => Typed::Missing,
        Scalar::Boolean(value) => Typed::Boolean(*value),
        Scalar::Integer(value) => Typed::Integer(*value),
        Scalar::Float(value) => Typed::Float(*value),
        Scalar::Text(text) => Typed::Text(Cow::Borrowed(text)),
        Scalar::Number(spelled) => match (spelled.parse(), spelled.parse()) {
            (Ok(value), _) => Typed::Integer(value),
            (Err(_), Ok(value)) if spelled.contains(['.', 'e', 'E']) => Typed::Float(value),
            _ => Typed::Text(Cow::Borrowed(spelled)),
        },
    }
}

fn text<'t>(scalar: &'t Scalar<'_>) -> Cow<'t, str> {
    match scalar {
        Scalar::Missing => Cow::Borrowed(""),
        Scalar::Boolean(true) => Cow::Borrowed("true"),
        Scalar::Boolean(false) => Cow::Borrowed("false"),
        Scalar::Number(spelled) => Cow::Borrowed(spelled),
        Scalar::Integer(value) => Cow::Owned(value.to_string()),
        Scalar::Float(value) => Cow::Owned(format!("{value:?}")),
        Scalar::Text(text) => Cow::Borrowed(text),
    }
}

fn integer(scalar: &Scalar<'_>) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = |value: f64| (value.fract() == 0.0 && value.abs() < EXACT).then_some(value as i64);
    match scalar {
        Scalar::Integer(value) => Some(*value),
        Scalar::Float(value) => whole(*value),
        Scalar::Number(spelled) => spelled
            .parse()
            .ok()
            .or_else(|| whole(spelled.parse().ok()?)),
        Scalar::Text(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        Scalar::Missing | Scalar::Boolean(_) => None,
    }
}

fn float(scalar: &Scalar<'_>) -> Option<f64> {
    match scalar {
        Scalar::Integer(value) => Some(*value as f64),
        Scalar::Float(value) => Some(*value),
        Scalar::Number(spelled) => spelled.parse().ok(),
        Scalar::Text(text) => text.trim().parse().ok(),
        Scalar::Missing | Scalar::Boolean(_) => None,
    }
}

fn boolean(scalar: &Scalar<'_>) -> Option<bool> {
    match scalar {
        Scalar::Boolean(value) => Some(*value),
        Scalar::Integer(0) | Scalar::Number("0") => Some(false),
        Scalar::Integer(1) | Scalar::Number("1") => Some(true),
        Scalar::Text(text) => match text.trim() {
            "true" | "True" | "TRUE" | "1" => Some(true),
            "false" | "False" | "FALSE" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A time of ISO 8601, or as SQLite and JavaScript tools vary it (`... UTC`).
pub(super) fn time(text: &str) -> Option<Time> {
    let text = text.trim();
    if let Ok(time) = Time::parse(text) {
        return Some(time);
    }
    let utc = text.strip_suffix(" UTC")?;
    Time::parse(&format!("{utc}Z")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_declared_or_refused() {
        let words = |text: &'static str| Scalar::Text(Cow::Borrowed(text));
        for (scalar, kind, expected) in [
            (
                Scalar::Number("5"),
                Some(Type::Integer),
                Some(Typed::Integer(5)),
            ),
            (words("5"), Some(Type::Integer), Some(Typed::Integer(5))),
            (
                Scalar::Number("5.0"),
                Some(Type::Integer),
                Some(Typed::Integer(5)),
            ),
            (Scalar::Number("5.5"), Some(Type::Integer), None),
            (words("much"), Some(Type::Integer), None),
            (Scalar::Boolean(true), Some(Type::Integer), None),
            (
                Scalar::Number("5"),
                Some(Type::Float),
                Some(Typed::Float(5.0)),
            ),
            (
                words("true"),
                Some(Type::Boolean),
                Some(Typed::Boolean(true)),
            ),
            (words("yes"), Some(Type::Boolean), None),
            (Scalar::Number("5"), Some(Type::Time), None),
            (words("soon"), Some(Type::Time), None),
            (words(""), Some(Type::Time), Some(Typed::Missing)),
            (
                Scalar::Number("12.50"),
                Some(Type::Text),
                Some(Typed::Text("12.50".into())),
            ),
            (Scalar::Missing, Some(Type::Integer), Some(Typed::Missing)),
            (Scalar::Number("12.5"), None, Some(Typed::Float(12.5))),
            (Scalar::Number("7"), None, Some(Typed::Integer(7))),
        ] {
            assert_eq!(typed(&scalar, kind), expected, "{scalar:?} as {kind:?}");
        }
        let shown = |text: &str| time(text).map(|time| time.to_string());
        assert_eq!(
            shown("2022-01-09 15:30:00+00:00").as_deref(),
            Some("2022-01-09T15:30:00Z")
        );
        assert_eq!(
            shown("2022-01-09 15:30:00 UTC").as_deref(),
            Some("2022-01-09T15:30:00Z")
        );
    }
}
