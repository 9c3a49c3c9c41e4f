//! Comparisons: which kinds go together, and the short forms for a slot against a constant.

use cage_model::{Decimal, Value};

use super::kind::Kind;
use super::{Checker, Typed};
use crate::expr::ExprError;
use crate::expr::code::{Datum, Number, Term, Test};
use crate::expr::syntax::{Form, Literal, Relation, Syntax};

impl Checker<'_, '_> {
    /// `a < b` and the like.
    pub(super) fn compare(&mut self, relation: Relation, a: &Syntax, b: &Syntax) -> Option<Test> {
        let before = self.variable;
        let (left, right) = (self.term(a), self.term(b));
        let (left, right) = left.zip(right)?;
        self.comparable(relation, (a, left.1), (b, right.1))?;
        let test = comparison(relation, left, right);
        Some(self.fold_test(test, before))
    }

    /// An error unless the two kinds can be compared.
    pub(super) fn comparable(
        &mut self,
        relation: Relation,
        (a, left): (&Syntax, Kind),
        (b, right): (&Syntax, Kind),
    ) -> Option<()> {
        let span = a.span.start.min(b.span.start)..a.span.end.max(b.span.end);
        if relation.orders() && (left == Kind::Boolean || right == Kind::Boolean) {
            let message = format!("truth values have no order: `{}`", relation.sign());
            return self.fail(span, message);
        }
        if left.compares_with(right) {
            return Some(());
        }
        let message = format!("{left} is never comparable with {right}");
        let (wrong, meant) = match (meant(b, left), meant(a, right)) {
            (Some(meant), _) => (b.span.clone(), Some(meant)),
            (None, Some(meant)) => (a.span.clone(), Some(meant)),
            (None, None) => (span, None),
        };
        self.error(ExprError::new(wrong, message).suggest(meant))
    }
}

/// What a constant of the wrong kind probably means.
fn meant(side: &Syntax, wanted: Kind) -> Option<String> {
    let Form::Literal(literal) = &side.form else {
        return None;
    };
    match (literal, wanted) {
        (Literal::Text(text), wanted) if wanted.is_number() => text
            .trim()
            .parse::<Decimal>()
            .ok()
            .map(|number| number.to_string()),
        (Literal::Text(text), Kind::Boolean) => {
            let text = text.to_lowercase();
            matches!(text.as_str(), "true" | "false").then_some(text)
        }
        (Literal::Text(text), Kind::Time) => Some(format!("timestamp(\"{text}\")")),
        (Literal::Text(text), Kind::Date) => Some(format!("date(\"{text}\")")),
        (Literal::Text(text), Kind::Duration) => Some(format!("duration(\"{text}\")")),
        (Literal::Integer(number), Kind::Text) => Some(format!("\"{number}\"")),
        (Literal::Decimal(number), Kind::Text) => Some(format!("\"{number}\"")),
        (Literal::Boolean(value), Kind::Text) => Some(format!("\"{value}\"")),
        _ => None,
    }
}

/// The comparison of two values, in the shortest form.
pub(super) fn comparison(relation: Relation, (a, _): Typed, (b, _): Typed) -> Test {
    match (a, b) {
        (Term::Slot(read), Term::Constant(Datum::Value(value))) => match value {
            Value::Text(text) | Value::Id(text) if !relation.orders() => Test::Text {
                read,
                equal: relation == Relation::Equal,
                text,
            },
            value => match Number::of(value) {
                Some(number) => Test::Number {
                    read,
                    relation,
                    number,
                },
                None => {
                    let sides = [Term::Slot(read), Term::Constant(Datum::Value(value))];
                    Test::Compare {
                        relation,
                        sides: Box::new(sides),
                    }
                }
            },
        },
        (constant @ Term::Constant(_), Term::Slot(read)) => {
            let kind = Kind::Any;
            comparison(
                relation.turned(),
                (Term::Slot(read), kind),
                (constant, kind),
            )
        }
        (a, b) => Test::Compare {
            relation,
            sides: Box::new([a, b]),
        },
    }
}
