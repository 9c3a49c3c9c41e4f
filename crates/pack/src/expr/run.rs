//! Running a compiled expression: three-valued, without allocation.

use std::cmp::Ordering;

use cage_model::{Symbol, Value};

use super::arithmetic::{calculate, negate};
use super::calendar;
use super::code::{Datum, MatchKind, Read, Row, Term, Test, TextMatch};
use super::{Failure, Scope, Truth};

/// Why there is no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stop {
    /// A field is missing or of a kind that does not fit.
    Missing(Symbol),
    /// It could not be computed.
    Failed(Failure),
}

impl From<Stop> for Truth {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Missing(name) => Self::Missing(name),
            Stop::Failed(failure) => Self::Failed(failure),
        }
    }
}

impl From<bool> for Truth {
    #[inline]
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl Scope<'_> {
    /// The value of a slot; missing where there is none.
    #[inline]
    fn get(&self, read: Read) -> Value {
        let row = match read.row {
            Row::Current => self.current,
            Row::Earlier => self.earlier,
            Row::Object => self.object,
        };
        row.get(usize::from(read.slot)).copied().unwrap_or_default()
    }
}

impl Test {
    /// Whether the condition holds. Kleene's logic: `&&` is false as soon as one side is, `||`
    /// true, whatever else is missing; otherwise the first side that cannot be said decides.
    pub(super) fn run(&self, scope: &Scope<'_>) -> Truth {
        match self {
            Self::And(tests) => all(tests, scope, Truth::False, Truth::True),
            Self::Or(tests) => all(tests, scope, Truth::True, Truth::False),
            Self::Number {
                read,
                relation,
                number,
            } => match number.order_of(scope.get(*read)) {
                Some(order) => Truth::from(relation.holds(order)),
                None => Truth::Missing(read.name),
            },
            Self::Text { read, equal, text } => match scope.get(*read) {
                Value::Text(found) | Value::Id(found) => Truth::from((found == *text) == *equal),
                _ => Truth::Missing(read.name),
            },
            Self::Constant(holds) => Truth::from(*holds),
            Self::Not(test) => match test.run(scope) {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                unknown => unknown,
            },
            Self::Has(read) => Truth::from(is_present(scope.get(*read))),
            _ => self.run_rare(scope).unwrap_or_else(Truth::from),
        }
    }

    /// Whether it holds, as a value.
    pub(super) fn datum(&self, scope: &Scope<'_>) -> Result<Datum, Stop> {
        match self.run(scope) {
            Truth::True => Ok(Datum::Value(Value::Boolean(true))),
            Truth::False => Ok(Datum::Value(Value::Boolean(false))),
            Truth::Missing(name) => Err(Stop::Missing(name)),
            Truth::Failed(failure) => Err(Stop::Failed(failure)),
        }
    }

    /// The nodes that are not worth their place in the hot function.
    #[inline(never)]
    fn run_rare(&self, scope: &Scope<'_>) -> Result<Truth, Stop> {
        match self {
            Self::If(parts) => match parts[0].run(scope) {
                Truth::True => Ok(parts[1].run(scope)),
                Truth::False => Ok(parts[2].run(scope)),
                unknown => Ok(unknown),
            },
            Self::Compare { relation, sides } => {
                let (a, b) = (sides[0].run(scope)?, sides[1].run(scope)?);
                let order = compare(a, b, scope).ok_or_else(|| mismatch(sides, a, b))?;
                Ok(Truth::from(relation.holds(order)))
            }
            Self::Member { of, list } => member(of, list, scope),
            Self::Holds(term) => match term.run(scope)? {
                Datum::Value(Value::Boolean(holds)) => Ok(Truth::from(holds)),
                _ => Err(Stop::Missing(term.first_name())),
            },
            Self::Match(text) => text.run(scope),
            Self::Dated(dated) => match dated.at(scope.date) {
                Some(test) => Ok(test.run(scope)),
                None => Err(Stop::Missing(dated.name)),
            },
            // The rest is run above.
            _ => Ok(Truth::Missing(Symbol::EMPTY)),
        }
    }
}

/// Runs the sides of `&&` or `||` until one decides.
#[inline]
fn all(tests: &[Test], scope: &Scope<'_>, decides: Truth, otherwise: Truth) -> Truth {
    let mut result = otherwise;
    for test in tests {
        let truth = test.run(scope);
        if truth == decides {
            return decides;
        }
        if result == otherwise {
            result = truth;
        }
    }
    result
}

/// Present and not NaN, which nothing can be compared with.
fn is_present(value: Value) -> bool {
    match value {
        Value::Missing => false,
        Value::Float(value) => !value.is_nan(),
        _ => true,
    }
}

/// The field to name when two values cannot be compared: the one that is NaN, else the first.
fn mismatch(sides: &[Term; 2], a: Datum, b: Datum) -> Stop {
    let [left, right] = [sides[0].first_name(), sides[1].first_name()];
    let nan = |datum| matches!(datum, Datum::Value(value) if !is_present(value));
    let name = if left == Symbol::EMPTY || nan(b) && !nan(a) {
        right
    } else {
        left
    };
    Stop::Missing(name)
}

/// The order of two values; `None` when their kinds differ.
pub(super) fn compare(a: Datum, b: Datum, scope: &Scope<'_>) -> Option<Ordering> {
    match (a, b) {
        (Datum::Value(a), Datum::Value(b)) => a.compare(b, scope.names),
        (Datum::Duration(a), Datum::Duration(b)) => Some(a.cmp(&b)),
        (Datum::Date(a), Datum::Date(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}

fn member(of: &Term, list: &[Datum], scope: &Scope<'_>) -> Result<Truth, Stop> {
    let value = of.run(scope)?;
    let mut comparable = list.is_empty();
    for item in list {
        let same = match (value, *item) {
            // Symbols of one interner: no text needs to be looked at.
            (
                Datum::Value(Value::Text(a) | Value::Id(a)),
                Datum::Value(Value::Text(b) | Value::Id(b)),
            ) => Some(a == b),
            (Datum::Value(Value::Integer(a)), Datum::Value(Value::Integer(b))) => Some(a == b),
            (a, b) => compare(a, b, scope).map(Ordering::is_eq),
        };
        match same {
            Some(true) => return Ok(Truth::True),
            Some(false) => comparable = true,
            None => {}
        }
    }
    if comparable {
        Ok(Truth::False)
    } else {
        Err(Stop::Missing(of.first_name()))
    }
}

impl TextMatch {
    fn run(&self, scope: &Scope<'_>) -> Result<Truth, Stop> {
        let (of, with) = (text(&self.of, scope)?, text(&self.with, scope)?);
        Ok(Truth::from(match self.how {
            MatchKind::Starts => of.starts_with(with),
            MatchKind::Ends => of.ends_with(with),
            MatchKind::Contains => of.contains(with),
        }))
    }
}

/// The text of a term.
fn text<'a>(term: &Term, scope: &Scope<'a>) -> Result<&'a str, Stop> {
    match term.run(scope)? {
        Datum::Value(Value::Text(text) | Value::Id(text)) => Ok(scope.names.text(text)),
        _ => Err(Stop::Missing(term.first_name())),
    }
}

impl Term {
    /// The value, never [`Value::Missing`].
    pub(super) fn run(&self, scope: &Scope<'_>) -> Result<Datum, Stop> {
        let here = |value: Option<Datum>| value.ok_or_else(|| Stop::Missing(self.first_name()));
        match self {
            Self::Slot(read) => match scope.get(*read) {
                Value::Missing => Err(Stop::Missing(read.name)),
                value => Ok(Datum::Value(value)),
            },
            Self::Constant(datum) => Ok(*datum),
            Self::Calculate { operator, sides } => {
                let (a, b) = (sides[0].run(scope)?, sides[1].run(scope)?);
                calculate(*operator, a, b)
                    .map_err(Stop::Failed)
                    .and_then(here)
            }
            Self::Negate(of) => negate(of.run(scope)?).map_err(Stop::Failed).and_then(here),
            Self::Absolute(of) => {
                let value = of.run(scope)?;
                let zero = super::arithmetic::zero_like(value);
                let negative = match zero {
                    Some(zero) => compare(value, zero, scope).map(Ordering::is_lt),
                    None => None,
                };
                match negative {
                    Some(false) => Ok(value),
                    Some(true) => negate(value).map_err(Stop::Failed).and_then(here),
                    None => here(None),
                }
            }
            Self::Extreme { order, of } => here(extreme(*order, of, scope)?),
            Self::If(parts) => match parts.0.run(scope) {
                Truth::True => parts.1.run(scope),
                Truth::False => parts.2.run(scope),
                Truth::Missing(name) => Err(Stop::Missing(name)),
                Truth::Failed(failure) => Err(Stop::Failed(failure)),
            },
            Self::Test(test) => test.datum(scope),
            Self::Size(of) => {
                let length = text(of, scope)?.chars().count();
                Ok(Datum::Value(Value::Integer(
                    i64::try_from(length).unwrap_or(i64::MAX),
                )))
            }
            Self::Date(of, days) => here(calendar::date(of.run(scope)?, days)),
            Self::Part(part, of, days) => here(calendar::part(*part, of.run(scope)?, days)),
            Self::Whole(unit, of) => match of.run(scope)? {
                Datum::Duration(micros) => Ok(Datum::Value(Value::Integer(micros / unit))),
                _ => here(None),
            },
            Self::Dated(dated) => match dated.at(scope.date) {
                Some(term) => term.run(scope),
                None => Err(Stop::Missing(dated.name)),
            },
        }
    }
}

/// The smallest or greatest of some values; `None` when they cannot be compared.
fn extreme(wanted: Ordering, of: &[Term], scope: &Scope<'_>) -> Result<Option<Datum>, Stop> {
    let mut best: Option<Datum> = None;
    for term in of {
        let value = term.run(scope)?;
        best = match best {
            None => Some(value),
            Some(before) => match compare(value, before, scope) {
                Some(order) if order == wanted => Some(value),
                Some(_) => Some(before),
                None => return Ok(None),
            },
        };
    }
    Ok(best)
}
