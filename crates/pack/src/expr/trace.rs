//! The parts of an expression with their values: why a guard held, or did not.

use std::fmt::Write;
use std::ops::Range;

use cage_model::Value;

use super::code::{Datum, Term, Test};
use super::run::Stop;
use super::{Outcome, Scope};

/// A comparison or field as written, kept for the trace.
#[derive(Clone, Debug)]
pub(super) struct Part {
    span: Range<usize>,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Test(Test),
    Term(Term),
}

/// One part of an expression and its value.
#[derive(Clone, Debug)]
pub struct Traced {
    /// Bytes of [`super::Expr::source`].
    pub span: Range<usize>,
    /// The value; of a comparison a truth value.
    pub value: Outcome,
    /// The value as a text, empty when there is none.
    pub text: String,
}

impl Part {
    pub(super) fn test(span: Range<usize>, test: Test) -> Self {
        Self {
            span,
            what: What::Test(test),
        }
    }

    pub(super) fn term(span: Range<usize>, term: Term) -> Self {
        Self {
            span,
            what: What::Term(term),
        }
    }

    fn run(&self, scope: &Scope<'_>) -> Traced {
        let result = match &self.what {
            What::Term(term) => term.run(scope),
            What::Test(test) => test.datum(scope),
        };
        let mut text = String::new();
        let value = match result {
            Ok(datum) => {
                write_datum(datum, scope, &mut text);
                Outcome::Value(datum.into_value())
            }
            Err(Stop::Missing(name)) => Outcome::Missing(name),
            Err(Stop::Failed(failure)) => Outcome::Failed(failure),
        };
        Traced {
            span: self.span.clone(),
            value,
            text,
        }
    }
}

/// All parts in the order of the text, a comparison before what it compares.
pub(super) fn trace(parts: &[Part], scope: &Scope<'_>) -> Vec<Traced> {
    let mut traced: Vec<Traced> = parts.iter().map(|part| part.run(scope)).collect();
    traced.sort_by_key(|part| (part.span.start, std::cmp::Reverse(part.span.end)));
    traced
}

/// Appends `true` or `false`.
pub(super) fn write_test(test: &Test, scope: &Scope<'_>, out: &mut String) -> Result<(), Stop> {
    write_datum(test.datum(scope)?, scope, out);
    Ok(())
}

/// Appends a term's value as a text.
pub(super) fn write_term(term: &Term, scope: &Scope<'_>, out: &mut String) -> Result<(), Stop> {
    write_datum(term.run(scope)?, scope, out);
    Ok(())
}

fn write_datum(datum: Datum, scope: &Scope<'_>, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = match datum {
        Datum::Date(date) => write!(out, "{date}"),
        Datum::Duration(micros) => write_duration(micros, out),
        Datum::Value(value) => match value {
            Value::Text(text) | Value::Id(text) => out.write_str(scope.names.text(text)),
            Value::Integer(number) => write!(out, "{number}"),
            Value::Float(number) => write!(out, "{number}"),
            Value::Boolean(holds) => write!(out, "{holds}"),
            Value::Missing | Value::List => Ok(()),
            Value::Decimal { .. } | Value::Time { .. } => {
                match (value.as_decimal(), value.as_time()) {
                    (Some(decimal), _) => write!(out, "{decimal}"),
                    (None, Some(time)) => write!(out, "{time}"),
                    (None, None) => Ok(()),
                }
            }
        },
    };
}

/// In the way that `duration("1h30m")` reads.
fn write_duration(micros: i64, out: &mut String) -> std::fmt::Result {
    if micros < 0 {
        out.write_char('-')?;
    }
    let total = micros.unsigned_abs();
    let (seconds, rest) = (total / 1_000_000, total % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        write!(out, "{hours}h")?;
    }
    if minutes > 0 {
        write!(out, "{minutes}m")?;
    }
    match rest {
        0 if seconds == 0 && total > 0 => Ok(()),
        0 => write!(out, "{seconds}s"),
        rest => write!(out, "{seconds}.{rest:06}s"),
    }
}
