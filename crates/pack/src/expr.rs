//! Guards and values: CEL text, parsed by a maintained crate, type-checked here against the
//! declared attributes, compiled to typed slots.
//!
//! An expression is pure, bounded and total: it answers with a value, or says which field is
//! missing, or why it could not be computed. A missing field never silently reads as false.
//!
//! Start at [`compile`] and [`Environment`]; what can be written is listed in `docs/expressions.md`.

mod arithmetic;
mod calendar;
mod check;
mod code;
mod environment;
mod lint;
pub(crate) mod nearest;
mod parse;
mod run;
pub(crate) mod syntax;
mod trace;

use std::ops::Range;
use std::sync::Arc;

use cage_model::{Date, Interner, MICROS_PER_DAY, Symbol, Type, Value};

pub use environment::{
    Constant, DatedLine, DatedValue, Environment, Known, ObjectRole, Place, Role, Source,
};
pub use trace::Traced;

use code::{Datum, Row, Term, Test};
use run::Stop;
use syntax::Syntax;

/// A compiled expression. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Expr {
    inner: Arc<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    source: String,
    expected: Expected,
    root: Root,
    reads: Reads,
    /// The comparisons and fields that the text consists of, for [`Expr::trace`].
    parts: Vec<trace::Part>,
}

#[derive(Debug)]
enum Root {
    Test(Test),
    Term(Term),
    /// The parts of a derived key that are joined.
    Joined(Vec<Term>),
}

/// What an expression is wanted for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// A condition, for [`Expr::test`].
    Condition,
    /// A whole number, for [`Expr::value`].
    Integer,
    /// A whole number or a decimal: what may be summed.
    Exact,
    /// A time.
    Time,
    /// Any value but a list.
    Value,
    /// A part of a derived object's id, for [`Expr::write_text`]: any value, texts joined with
    /// `+`, dates.
    Key,
}

/// What an expression may look at.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Slots of the current event, by [`crate::Program::fields`]; empty when there is none.
    pub current: &'a [Value],
    /// Captured slots of the earlier event, in the order of the capture list.
    pub earlier: &'a [Value],
    /// Fields of the object, by [`crate::ObjectType::fields`].
    pub object: &'a [Value],
    /// The trigger's local date, by which dated values are chosen.
    pub date: Date,
    /// The texts behind symbols.
    pub names: &'a Interner,
}

/// Whether a guard holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// A field that it needs is missing or of a kind that cannot be compared: the field's name.
    Missing(Symbol),
    /// It could not be computed: division by zero, overflow. The expression's source says where.
    Failed(Failure),
}

/// Why an expression could not be computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Division or remainder by zero.
    DivisionByZero,
    /// A number left its range.
    Overflow,
}

/// The value of an expression.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// A value. A date comes as the time of its midnight, without offset.
    Value(Value),
    /// As in [`Truth::Missing`].
    Missing(Symbol),
    /// As in [`Truth::Failed`].
    Failed(Failure),
}

/// The slots that an expression reads, each list in ascending order without repetition.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reads {
    /// Of the current event, by [`crate::Program::fields`].
    pub current: Vec<u16>,
    /// Of the earlier event, by the capture list.
    pub earlier: Vec<u16>,
    /// Of the object, by [`crate::ObjectType::fields`].
    pub object: Vec<u16>,
}

/// Something wrong with an expression, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// Bytes of the text that it concerns.
    pub span: Range<usize>,
    /// What is wrong and what would be right.
    pub message: String,
    /// What was probably meant, to be written in place of the span.
    pub suggestion: Option<String>,
}

impl ExprError {
    fn new(span: Range<usize>, message: String) -> Self {
        Self {
            span,
            message,
            suggestion: None,
        }
    }

    fn suggest(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }
}

/// Compiles an expression.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
///
/// ```
/// use cage_model::{Date, Interner, Type, Value};
/// use cage_pack::expr::{Environment, Expected, Known, Place, Role, Scope, Truth, compile};
///
/// let (mut names, mut fields, mut captured) = (Interner::new(), Vec::new(), Vec::new());
/// let mut environment = Environment::new(&mut names, &mut fields, &mut captured);
/// let known = vec![Known::attribute("article", Some(Type::Integer))];
/// environment.roles.push(Role::declared("when", Place::Current, known));
///
/// let guard = compile("when.article == 157", Expected::Condition, &mut environment).unwrap();
/// let errors = compile("when.article == '157'", Expected::Condition, &mut environment).unwrap_err();
/// assert_eq!((errors[0].span.clone(), errors[0].suggestion.as_deref()), (16..21, Some("157")));
///
/// let current = [Value::Integer(157)];
/// let scope = Scope { current: &current, earlier: &[], object: &[], date: Date(0), names: &names };
/// assert_eq!(guard.test(&scope), Truth::True);
/// ```
pub fn compile(
    text: &str,
    expected: Expected,
    environment: &mut Environment<'_>,
) -> Result<Expr, Vec<ExprError>> {
    let syntax = parse::parse(text)?;
    compile_syntax(text, &syntax, expected, environment)
}

/// Compiles a tree that was read from another notation.
pub(crate) fn compile_syntax(
    text: &str,
    syntax: &Syntax,
    expected: Expected,
    environment: &mut Environment<'_>,
) -> Result<Expr, Vec<ExprError>> {
    let (root, parts) = check::check(syntax, expected, environment)?;
    let reads = root.reads();
    let inner = Compiled {
        source: text.to_owned(),
        expected,
        root,
        reads,
        parts,
    };
    Ok(Expr {
        inner: Arc::new(inner),
    })
}

impl Expr {
    /// The text as written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.inner.source
    }

    /// The slots that are read.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.inner.reads
    }

    /// Whether the condition holds.
    #[must_use]
    #[inline]
    pub fn test(&self, scope: &Scope<'_>) -> Truth {
        match &self.inner.root {
            Root::Test(test) => test.run(scope),
            Root::Term(_) | Root::Joined(_) => self.test_value(scope),
        }
    }

    #[inline(never)]
    fn test_value(&self, scope: &Scope<'_>) -> Truth {
        match self.value(scope) {
            Outcome::Value(Value::Boolean(holds)) => Truth::from(holds),
            Outcome::Value(_) => Truth::Missing(Symbol::EMPTY),
            Outcome::Missing(name) => Truth::Missing(name),
            Outcome::Failed(failure) => Truth::Failed(failure),
        }
    }

    /// The value. Texts joined with `+` have none; see [`Expr::write_text`].
    #[must_use]
    pub fn value(&self, scope: &Scope<'_>) -> Outcome {
        let datum = match &self.inner.root {
            Root::Test(test) => test.datum(scope),
            Root::Term(term) => term.run(scope).and_then(|datum| {
                let fits = self.inner.expected.admits(datum);
                if fits {
                    Ok(datum)
                } else {
                    Err(Stop::Missing(term.first_name()))
                }
            }),
            Root::Joined(terms) => Err(Stop::Missing(
                terms.first().map_or(Symbol::EMPTY, Term::first_name),
            )),
        };
        match datum {
            Ok(datum) => Outcome::Value(datum.into_value()),
            Err(Stop::Missing(name)) => Outcome::Missing(name),
            Err(Stop::Failed(failure)) => Outcome::Failed(failure),
        }
    }

    /// Appends the value as a text, as derived objects' ids are made: texts as they are, dates as
    /// `2026-02-10`, times as RFC 3339, numbers in digits. `True` when it was written; otherwise
    /// nothing is appended.
    pub fn write_text(&self, scope: &Scope<'_>, out: &mut String) -> Truth {
        let before = out.len();
        let written = match &self.inner.root {
            Root::Test(test) => trace::write_test(test, scope, out),
            Root::Term(term) => trace::write_term(term, scope, out),
            Root::Joined(terms) => terms
                .iter()
                .try_for_each(|term| trace::write_term(term, scope, out)),
        };
        match written {
            Ok(()) => Truth::True,
            Err(stop) => {
                out.truncate(before);
                Truth::from(stop)
            }
        }
    }

    /// The comparisons and fields of the expression with their values, in the order of the text:
    /// why it held, or did not.
    #[must_use]
    pub fn trace(&self, scope: &Scope<'_>) -> Vec<Traced> {
        trace::trace(&self.inner.parts, scope)
    }

    /// A slot of the current event and one of the earlier event that must be equal for the
    /// condition to hold: where the two can be compared and are not equal, it is false whatever
    /// else is missing. `None` when the text asks for no such pair.
    #[must_use]
    pub fn equated(&self) -> Option<(u16, u16)> {
        match &self.inner.root {
            Root::Test(test) => test.equated(),
            Root::Term(_) | Root::Joined(_) => None,
        }
    }

    /// Whether the condition can never hold, whatever the data: `false`, `a == 1 && a == 2`. A
    /// rule with such a guard never fires and should be reported.
    #[must_use]
    pub fn can_never_hold(&self) -> bool {
        matches!(&self.inner.root, Root::Test(test) if lint::never(test))
    }

    /// Whether the condition holds whatever the data.
    #[must_use]
    pub fn always_holds(&self) -> bool {
        matches!(&self.inner.root, Root::Test(Test::Constant(true)))
    }
}

impl Expected {
    /// Whether a value of an undeclared field is of the kind that is wanted.
    fn admits(self, datum: Datum) -> bool {
        let kind = match datum {
            Datum::Value(value) => value.value_type(),
            Datum::Date(_) => return matches!(self, Self::Value | Self::Key),
            Datum::Duration(_) => return false,
        };
        match self {
            Self::Condition => kind == Some(Type::Boolean),
            Self::Integer => kind == Some(Type::Integer),
            Self::Exact => matches!(kind, Some(Type::Integer | Type::Decimal)),
            Self::Time => kind == Some(Type::Time),
            Self::Value | Self::Key => kind != Some(Type::List),
        }
    }
}

impl Datum {
    fn into_value(self) -> Value {
        match self {
            Self::Value(value) => value,
            Self::Date(date) => {
                // The first day that a time can have begins before the first instant.
                let micros = i64::from(date.0).saturating_mul(MICROS_PER_DAY);
                Value::Time {
                    offset: i16::MIN,
                    rest: 0,
                    micros,
                }
            }
            Self::Duration(micros) => Value::Integer(micros),
        }
    }
}

impl Root {
    fn reads(&self) -> Reads {
        let mut reads = Reads::default();
        let mut found = |read: code::Read| match read.row {
            Row::Current => reads.current.push(read.slot),
            Row::Earlier => reads.earlier.push(read.slot),
            Row::Object => reads.object.push(read.slot),
        };
        match self {
            Self::Test(test) => test.each_read(&mut found),
            Self::Term(term) => term.each_read(&mut found),
            Self::Joined(terms) => terms.iter().for_each(|term| term.each_read(&mut found)),
        }
        for list in [&mut reads.current, &mut reads.earlier, &mut reads.object] {
            list.sort_unstable();
            list.dedup();
        }
        reads
    }
}

#[cfg(test)]
mod tests;
