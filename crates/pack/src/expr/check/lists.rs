//! Lists: membership, and `all` and `exists`, which are unfolded over the list's members.
//!
//! Lists are written in the expression or come from the pack. A list that an event carries has no
//! members here: slots hold single values.

use std::ops::Range;
use std::sync::Arc;

use cage_model::{Date, Value};

use super::kind::Kind;
use super::names::Named;
use super::{Checker, Typed, compare, conjunction};
use crate::expr::ExprError;
use crate::expr::code::{Dated, Datum, Term, Test};
use crate::expr::environment::Constant;
use crate::expr::syntax::{Form, Relation, Syntax};

/// A list as far as it is known.
pub(super) enum List {
    /// Its members; some may be read from events.
    Plain(Vec<Typed>),
    /// By date.
    Dated {
        name: String,
        lines: Vec<(Option<Date>, Option<Date>, Vec<Typed>)>,
    },
}

impl Checker<'_, '_> {
    /// The list that is written here.
    pub(super) fn list(&mut self, syntax: &Syntax) -> Option<List> {
        match &syntax.form {
            Form::List(items) => {
                let typed: Vec<_> = items.iter().map(|item| self.term(item)).collect();
                typed
                    .into_iter()
                    .collect::<Option<Vec<_>>>()
                    .map(List::Plain)
            }
            Form::Dated(name) => {
                let mut lines = Vec::new();
                for line in self.dated_lines(name, &syntax.span)? {
                    let items = self.constant_list(name, &line.value, &syntax.span)?;
                    lines.push((line.from, line.to, items));
                }
                self.variable += 1;
                Some(List::Dated {
                    name: name.clone(),
                    lines,
                })
            }
            Form::Field { of, name, at } => match self.named(of, name, at)? {
                Named::Constant(constant) => self
                    .constant_list(name, &constant, &syntax.span)
                    .map(List::Plain),
                Named::Slot(_, kind) => {
                    let message = format!(
                        "a list is needed here, and {name} is {kind} of an event; lists are \
                         written [\"a\", \"b\"] or come from values.toml"
                    );
                    self.fail(at.clone(), message)
                }
            },
            _ => self.fail(
                syntax.span.clone(),
                "a list is needed here, such as [\"a\", \"b\"] or @a_dated_list".to_owned(),
            ),
        }
    }

    fn constant_list(
        &mut self,
        name: &str,
        constant: &Constant,
        span: &Range<usize>,
    ) -> Option<Vec<Typed>> {
        match constant {
            Constant::List(values) => Some(values.iter().map(|value| typed(*value)).collect()),
            Constant::Value(_) | Constant::Duration(_) => {
                let message = format!("a list is needed here, and {name} is a single value");
                self.fail(span.clone(), message)
            }
        }
    }

    /// `of in list`.
    pub(super) fn member(&mut self, of: &Syntax, list: &Syntax) -> Option<Test> {
        let before = self.variable;
        let (value, items) = (self.term(of), self.list(list));
        let (value, items) = value.zip(items)?;
        let test = match items {
            List::Plain(items) => self.member_of((of, value), list, items)?,
            List::Dated { name, lines } => {
                let mut tests = Vec::new();
                for (from, to, items) in lines {
                    tests.push((from, to, self.member_of((of, value.clone()), list, items)?));
                }
                let name = self.environment.names.intern(&name);
                Test::Dated(Box::new(Dated { lines: tests, name }))
            }
        };
        Some(self.fold_test(test, before))
    }

    fn member_of(
        &mut self,
        (of, value): (&Syntax, Typed),
        list: &Syntax,
        items: Vec<Typed>,
    ) -> Option<Test> {
        for (_, kind) in &items {
            self.comparable(Relation::Equal, (of, value.1), (list, *kind))?;
        }
        let constants: Option<Vec<Datum>> = items.iter().map(|(term, _)| as_datum(term)).collect();
        Some(match constants {
            Some(list) if list.len() != 1 => Test::Member {
                of: Box::new(value.0),
                list: Arc::from(list),
            },
            // A single member is compared with, which is quicker.
            _ => {
                let equal = |item| compare::comparison(Relation::Equal, value.clone(), item);
                conjunction(items.into_iter().map(equal).collect(), true, Test::Or)
            }
        })
    }

    /// `list.exists(x, ...)` and `list.all(x, ...)`.
    pub(super) fn quantified(
        &mut self,
        list: &Syntax,
        args: &[Syntax],
        exists: bool,
        span: &Range<usize>,
    ) -> Option<Test> {
        let [
            Syntax {
                form: Form::Name(variable),
                ..
            },
            body,
        ] = args
        else {
            let example = "[\"a\", \"b\"].exists(x, x == when.kind)";
            let message = format!("a variable and a condition are needed, as in {example}");
            return self.fail(span.clone(), message);
        };
        match self.list(list)? {
            List::Plain(items) => self.unfolded(items, variable, body, exists),
            List::Dated { name, lines } => {
                let mut tests = Vec::new();
                for (from, to, items) in lines {
                    tests.push((from, to, self.unfolded(items, variable, body, exists)?));
                }
                let name = self.environment.names.intern(&name);
                Some(Test::Dated(Box::new(Dated { lines: tests, name })))
            }
        }
    }

    fn unfolded(
        &mut self,
        items: Vec<Typed>,
        variable: &str,
        body: &Syntax,
        exists: bool,
    ) -> Option<Test> {
        let mut tests = Vec::new();
        for (term, kind) in items {
            self.locals.push((variable.to_owned(), term, kind));
            let test = self.test(body);
            self.locals.pop();
            tests.push(test?);
        }
        let form = if exists { Test::Or } else { Test::And };
        Some(conjunction(tests, exists, form))
    }

    /// How many members a list has.
    pub(super) fn list_size(&mut self, list: &Syntax) -> Option<Typed> {
        let size = |items: &[Typed]| {
            let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
            Term::Constant(Datum::Value(Value::Integer(length)))
        };
        Some(match self.list(list)? {
            List::Plain(items) => (size(&items), Kind::Integer),
            List::Dated { name, lines } => {
                let lines = lines
                    .iter()
                    .map(|(from, to, items)| (*from, *to, size(items)))
                    .collect();
                let name = self.environment.names.intern(&name);
                (Term::Dated(Box::new(Dated { lines, name })), Kind::Integer)
            }
        })
    }

    /// Whether a list is written here, as far as its form tells.
    pub(super) fn is_list(&self, syntax: &Syntax) -> bool {
        match &syntax.form {
            Form::List(_) => true,
            Form::Dated(name) => self.environment.values.get(name).is_some_and(|value| {
                value
                    .lines
                    .iter()
                    .any(|line| matches!(line.value, Constant::List(_)))
            }),
            Form::Field { of, name, .. } => {
                matches!(&of.form, Form::Name(owner) if owner == "matter")
                    && matches!(self.environment.matter.get(name), Some(Constant::List(_)))
            }
            _ => false,
        }
    }

    /// An error about the number of arguments.
    pub(super) fn arguments<T>(&mut self, usage: &str, span: &Range<usize>) -> Option<T> {
        self.error(ExprError::new(
            span.clone(),
            format!("this is written {usage}"),
        ))
    }
}

fn typed(value: Value) -> Typed {
    let datum = Datum::Value(value);
    (Term::Constant(datum), Kind::of(datum))
}

fn as_datum(term: &Term) -> Option<Datum> {
    match term {
        Term::Constant(datum) => Some(*datum),
        _ => None,
    }
}
