//! The checker: from the tree of an expression to its compiled form, or everything wrong with it.

mod compare;
mod functions;
mod kind;
mod lists;
mod names;

use std::ops::Range;

use cage_model::{Date, Value};

use super::code::{Datum, Term, Test};
use super::run::Stop;
use super::syntax::{Form, Literal, Operator, Syntax};
use super::trace::Part;
use super::{Environment, Expected, ExprError, Failure, Root, Scope, Truth};
use kind::Kind;

/// Nodes that one expression may unfold into; quantifiers repeat their body per list member.
const NODES_MAX: usize = 20_000;

/// Checks and compiles.
pub(super) fn check(
    syntax: &Syntax,
    expected: Expected,
    environment: &mut Environment<'_>,
) -> Result<(Root, Vec<Part>), Vec<ExprError>> {
    let mut checker = Checker {
        environment,
        errors: Vec::new(),
        parts: Vec::new(),
        locals: Vec::new(),
        nodes: 0,
        variable: 0,
    };
    match (checker.root(syntax, expected), checker.errors.is_empty()) {
        (Some(root), true) => Ok((root, checker.parts)),
        _ => {
            checker
                .errors
                .sort_by_key(|error| (error.span.start, error.span.end));
            checker.errors.dedup();
            Err(checker.errors)
        }
    }
}

struct Checker<'e, 'a> {
    environment: &'e mut Environment<'a>,
    errors: Vec<ExprError>,
    parts: Vec<Part>,
    /// Variables of the quantifiers around, the innermost last.
    locals: Vec<(String, Term, Kind)>,
    nodes: usize,
    /// Counts slots and dated values met: what leaves it unchanged is constant.
    variable: usize,
}

/// A value with its kind.
type Typed = (Term, Kind);

impl Checker<'_, '_> {
    fn root(&mut self, syntax: &Syntax, expected: Expected) -> Option<Root> {
        if expected == Expected::Condition {
            return self.test(syntax).map(Root::Test);
        }
        if expected == Expected::Key {
            return self.key(syntax);
        }
        let (term, kind) = self.term(syntax)?;
        if let Some(wanted) = kind.unfit_for(expected) {
            let message = format!("{wanted} is needed here, and this is {kind}");
            let suggestion = (kind == Kind::Duration && expected == Expected::Value)
                .then(|| "(...).getHours()".to_owned());
            return self.error(ExprError::new(syntax.span.clone(), message).suggest(suggestion));
        }
        Some(Root::Term(term))
    }

    /// A part of a derived key: texts may be joined.
    fn key(&mut self, syntax: &Syntax) -> Option<Root> {
        let mut leaves = Vec::new();
        joined(syntax, &mut leaves);
        let typed: Vec<_> = leaves.iter().map(|leaf| self.term(leaf)).collect();
        let typed: Vec<Typed> = typed.into_iter().collect::<Option<_>>()?;
        // A sum unless a text is among them, or nothing is known of any.
        let text = typed.iter().any(|(_, kind)| *kind == Kind::Text);
        let unknown = typed.iter().all(|(_, kind)| *kind == Kind::Any);
        if typed.len() > 1 && !text && !unknown {
            self.parts.clear();
            let (term, kind) = self.term(syntax)?;
            self.fits_key(syntax, kind)?;
            return Some(Root::Term(term));
        }
        for (leaf, (_, kind)) in leaves.iter().zip(&typed) {
            self.fits_key(leaf, *kind)?;
        }
        let mut terms: Vec<Term> = typed.into_iter().map(|(term, _)| term).collect();
        if terms.len() == 1 {
            terms.pop().map(Root::Term)
        } else {
            Some(Root::Joined(terms))
        }
    }

    fn fits_key(&mut self, syntax: &Syntax, kind: Kind) -> Option<()> {
        match kind.unfit_for(Expected::Key) {
            None => Some(()),
            Some(wanted) => {
                let message = format!("{wanted} is needed in a key, and this is {kind}");
                self.fail(syntax.span.clone(), message)
            }
        }
    }

    /// Records an error.
    fn error<T>(&mut self, error: ExprError) -> Option<T> {
        self.errors.push(error);
        None
    }

    /// Records an error without suggestion.
    fn fail<T>(&mut self, span: Range<usize>, message: String) -> Option<T> {
        self.error(ExprError::new(span, message))
    }

    /// Counts a node; an error when there are too many.
    fn grow(&mut self, span: &Range<usize>) -> Option<()> {
        self.nodes += 1;
        if self.nodes <= NODES_MAX {
            return Some(());
        }
        if self.nodes == NODES_MAX + 1 {
            let message = format!("the expression unfolds into more than {NODES_MAX} steps");
            return self.fail(span.clone(), message);
        }
        None
    }

    fn test(&mut self, syntax: &Syntax) -> Option<Test> {
        self.grow(&syntax.span)?;
        match &syntax.form {
            Form::And(sides) => {
                let tests = self.sides(sides, true)?;
                Some(conjunction(tests, false, Test::And))
            }
            Form::Or(sides) => {
                let tests = self.sides(sides, false)?;
                Some(conjunction(tests, true, Test::Or))
            }
            Form::Not(of) => Some(match self.test(of)? {
                Test::Constant(holds) => Test::Constant(!holds),
                test => Test::Not(Box::new(test)),
            }),
            Form::Compare(relation, a, b) => {
                let test = self.compare(*relation, a, b)?;
                Some(self.note_test(syntax, test))
            }
            Form::In(of, list) => {
                let test = self.member(of, list)?;
                Some(self.note_test(syntax, test))
            }
            Form::If(parts) => {
                let tests = [
                    self.test(&parts[0]),
                    self.test(&parts[1]),
                    self.test(&parts[2]),
                ];
                let [condition, yes, no] = tests;
                match (condition?, yes?, no?) {
                    (Test::Constant(true), yes, _) => Some(yes),
                    (Test::Constant(false), _, no) => Some(no),
                    (condition, yes, no) => Some(Test::If(Box::new([condition, yes, no]))),
                }
            }
            Form::Call { name, args } if name == "has" => {
                let test = self.has(args, &syntax.span)?;
                Some(self.note_test(syntax, test))
            }
            Form::Method { of, name, args } if functions::gives_condition(name) => {
                let test = self.condition_method(of, name, args, &syntax.span)?;
                Some(self.note_test(syntax, test))
            }
            _ => self.holds(syntax),
        }
    }

    /// A value that is to be a condition.
    fn holds(&mut self, syntax: &Syntax) -> Option<Test> {
        let (term, kind) = self.term(syntax)?;
        match (term, kind) {
            (Term::Constant(Datum::Value(Value::Boolean(holds))), _) => Some(Test::Constant(holds)),
            (Term::Test(test), _) => Some(*test),
            (term, Kind::Boolean | Kind::Any) => Some(Test::Holds(Box::new(term))),
            (_, kind) => {
                let message = format!("a condition is needed here, and this is {kind}");
                self.fail(syntax.span.clone(), message)
            }
        }
    }

    /// The sides of `&&` or `||`, nested ones of the same kind laid flat.
    fn sides(&mut self, sides: &[Syntax], and: bool) -> Option<Vec<Test>> {
        let mut tests = Some(Vec::new());
        for side in sides {
            let more = match &side.form {
                Form::And(inner) if and => self.sides(inner, and),
                Form::Or(inner) if !and => self.sides(inner, and),
                _ => self.test(side).map(|test| vec![test]),
            };
            // All sides are checked, so that all errors are told at once.
            tests = tests.zip(more).map(|(mut tests, more)| {
                tests.extend(more);
                tests
            });
        }
        tests
    }

    fn term(&mut self, syntax: &Syntax) -> Option<Typed> {
        self.grow(&syntax.span)?;
        match &syntax.form {
            Form::Literal(literal) => Some(self.literal(literal)),
            Form::Name(name) => self.bare_name(name, &syntax.span),
            Form::Dated(name) => {
                let typed = self.dated_term(name, &syntax.span)?;
                Some(self.note_term(syntax, typed))
            }
            Form::Field { of, name, at } => {
                let typed = self.field_term(of, name, at)?;
                Some(self.note_term(syntax, typed))
            }
            Form::Calculate(operator, a, b) => self.calculate(*operator, a, b, &syntax.span),
            Form::Negate(of) => self.negate(of, &syntax.span),
            Form::If(parts) => self.choose(parts, &syntax.span),
            Form::Call { name, args } if name != "has" => self.call(name, args, &syntax.span),
            Form::Method { of, name, args } if !functions::gives_condition(name) => {
                self.method(of, name, args, &syntax.span)
            }
            Form::List(_) => self.fail(
                syntax.span.clone(),
                "a list can stand behind `in`, and before .exists(...), .all(...) and .size()"
                    .to_owned(),
            ),
            _ => match self.test(syntax)? {
                Test::Constant(holds) => Some((constant(Value::Boolean(holds)), Kind::Boolean)),
                test => Some((Term::Test(Box::new(test)), Kind::Boolean)),
            },
        }
    }

    fn literal(&mut self, literal: &Literal) -> Typed {
        match literal {
            Literal::Boolean(value) => (constant(Value::Boolean(*value)), Kind::Boolean),
            Literal::Integer(value) => (constant(Value::Integer(*value)), Kind::Integer),
            Literal::Decimal(value) => (constant(Value::from(*value)), Kind::Decimal),
            Literal::Float(value) => (constant(Value::Float(*value)), Kind::Float),
            Literal::Text(text) => (
                constant(Value::Text(self.environment.names.intern(text))),
                Kind::Text,
            ),
        }
    }

    fn calculate(
        &mut self,
        operator: Operator,
        a: &Syntax,
        b: &Syntax,
        span: &Range<usize>,
    ) -> Option<Typed> {
        let before = self.variable;
        let (left, right) = (self.term(a), self.term(b));
        let ((left, left_kind), (right, right_kind)) = left.zip(right)?;
        let kind = match kind::calculated(operator, left_kind, right_kind) {
            Ok(kind) => kind,
            Err(message) => return self.fail(span.clone(), message),
        };
        let term = Term::Calculate {
            operator,
            sides: Box::new([left, right]),
        };
        self.fold(term, kind, before, span)
    }

    fn negate(&mut self, of: &Syntax, span: &Range<usize>) -> Option<Typed> {
        let before = self.variable;
        let (term, kind) = self.term(of)?;
        if let (Term::Constant(Datum::Value(Value::Float(value))), _) = (&term, kind) {
            return Some((constant(Value::Float(-value)), kind));
        }
        if !matches!(
            kind,
            Kind::Integer | Kind::Decimal | Kind::Duration | Kind::Any
        ) {
            return self.fail(span.clone(), format!("{kind} has no negative"));
        }
        self.fold(Term::Negate(Box::new(term)), kind, before, span)
    }

    fn choose(&mut self, parts: &[Syntax; 3], span: &Range<usize>) -> Option<Typed> {
        let condition = self.test(&parts[0]);
        let (yes, no) = (self.term(&parts[1]), self.term(&parts[2]));
        let ((yes, yes_kind), (no, no_kind)) = yes.zip(no)?;
        let Some(kind) = yes_kind.joined(no_kind) else {
            let message = format!("one answer is {yes_kind}, the other {no_kind}; both must agree");
            return self.fail(span.clone(), message);
        };
        Some(match condition? {
            Test::Constant(true) => (yes, kind),
            Test::Constant(false) => (no, kind),
            condition => (Term::If(Box::new((condition, yes, no))), kind),
        })
    }

    /// Computes at once what depends on nothing that was met since `before`.
    fn fold(
        &mut self,
        term: Term,
        kind: Kind,
        before: usize,
        span: &Range<usize>,
    ) -> Option<Typed> {
        if self.variable != before {
            return Some((term, kind));
        }
        match term.run(&self.empty_scope()) {
            Ok(datum) => Some((Term::Constant(datum), kind)),
            Err(Stop::Failed(Failure::DivisionByZero)) => {
                self.fail(span.clone(), "division by zero".to_owned())
            }
            Err(Stop::Failed(Failure::Overflow)) => self.fail(
                span.clone(),
                "the result is beyond the range of numbers".to_owned(),
            ),
            Err(Stop::Missing(_)) => {
                self.fail(span.clone(), "these values do not go together".to_owned())
            }
        }
    }

    /// Decides at once what depends on nothing that was met since `before`.
    fn fold_test(&mut self, test: Test, before: usize) -> Test {
        if self.variable != before {
            return test;
        }
        match test.run(&self.empty_scope()) {
            Truth::True => Test::Constant(true),
            Truth::False => Test::Constant(false),
            Truth::Missing(_) | Truth::Failed(_) => test,
        }
    }

    fn empty_scope(&self) -> Scope<'_> {
        Scope {
            current: &[],
            earlier: &[],
            object: &[],
            date: Date(0),
            names: self.environment.names,
        }
    }

    /// Remembers a comparison for the trace; inside a quantifier only the whole is.
    fn note_test(&mut self, syntax: &Syntax, test: Test) -> Test {
        if self.locals.is_empty() && !matches!(test, Test::Constant(_)) {
            self.parts
                .push(Part::test(syntax.span.clone(), test.clone()));
        }
        test
    }

    /// Remembers a field or dated value for the trace.
    fn note_term(&mut self, syntax: &Syntax, (term, kind): Typed) -> Typed {
        if self.locals.is_empty() && !term.is_constant() {
            self.parts
                .push(Part::term(syntax.span.clone(), term.clone()));
        }
        (term, kind)
    }
}

/// `&&` (decided by false) or `||` (decided by true) of some tests, without the constant ones.
fn conjunction(mut tests: Vec<Test>, decides: bool, form: fn(Box<[Test]>) -> Test) -> Test {
    if tests
        .iter()
        .any(|test| matches!(test, Test::Constant(holds) if *holds == decides))
    {
        return Test::Constant(decides);
    }
    tests.retain(|test| !matches!(test, Test::Constant(_)));
    match tests.len() {
        0 => Test::Constant(!decides),
        1 => tests.swap_remove(0),
        _ => form(tests.into_boxed_slice()),
    }
}

/// The leaves of `a + b + c`.
fn joined<'s>(syntax: &'s Syntax, leaves: &mut Vec<&'s Syntax>) {
    match &syntax.form {
        Form::Calculate(Operator::Add, a, b) => {
            joined(a, leaves);
            joined(b, leaves);
        }
        _ => leaves.push(syntax),
    }
}

fn constant(value: Value) -> Term {
    Term::Constant(Datum::Value(value))
}
