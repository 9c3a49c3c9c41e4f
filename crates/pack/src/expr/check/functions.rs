//! The functions that an expression may call. Everything else is refused by name.

use std::cmp::Ordering;
use std::ops::Range;

use cage_model::{Date, MICROS_PER_SECOND, Time, Value};

use super::kind::Kind;
use super::names::Named;
use super::{Checker, Typed};
use crate::expr::ExprError;
use crate::expr::code::{Datum, MatchKind, Term, Test, TextMatch, TimePart};
use crate::expr::nearest::nearest;
use crate::expr::syntax::{Form, Literal, Syntax};

/// What can be called alone.
const FUNCTIONS: [&str; 8] = [
    "has",
    "size",
    "duration",
    "timestamp",
    "date",
    "min",
    "max",
    "abs",
];
/// What can be called on a value.
const METHODS: [&str; 16] = [
    "startsWith",
    "endsWith",
    "contains",
    "size",
    "exists",
    "all",
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
];

/// Whether a method answers with a condition.
pub(super) fn gives_condition(name: &str) -> bool {
    matches!(
        name,
        "startsWith" | "endsWith" | "contains" | "exists" | "all"
    )
}

impl Checker<'_, '_> {
    /// `has(when.amount)`.
    pub(super) fn has(&mut self, args: &[Syntax], span: &Range<usize>) -> Option<Test> {
        let [
            Syntax {
                form: Form::Field { of, name, at },
                ..
            },
        ] = args
        else {
            return self.arguments("has(when.attribute)", span);
        };
        match self.named(of, name, at)? {
            Named::Slot(read, _) => {
                self.variable += 1;
                Some(Test::Has(read))
            }
            Named::Constant(_) => Some(Test::Constant(true)),
        }
    }

    /// A method that answers with a condition.
    pub(super) fn condition_method(
        &mut self,
        of: &Syntax,
        name: &str,
        args: &[Syntax],
        span: &Range<usize>,
    ) -> Option<Test> {
        let how = match name {
            "exists" | "all" => return self.quantified(of, args, name == "exists", span),
            "startsWith" => MatchKind::Starts,
            "endsWith" => MatchKind::Ends,
            _ => MatchKind::Contains,
        };
        let [with] = args else {
            return self.arguments(&format!("when.name.{name}(\"text\")"), span);
        };
        let before = self.variable;
        let (left, right) = (self.text(of), self.text(with));
        let (left, right) = left.zip(right)?;
        let test = Test::Match(Box::new(TextMatch {
            of: left,
            how,
            with: right,
        }));
        Some(self.fold_test(test, before))
    }

    /// A value that has to be a text.
    fn text(&mut self, syntax: &Syntax) -> Option<Term> {
        match self.term(syntax)? {
            (term, Kind::Text | Kind::Any) => Some(term),
            (_, kind) => self.fail(
                syntax.span.clone(),
                format!("a text is needed here, and this is {kind}"),
            ),
        }
    }

    /// A function that answers with a value.
    pub(super) fn call(
        &mut self,
        name: &str,
        args: &[Syntax],
        span: &Range<usize>,
    ) -> Option<Typed> {
        match (name, args) {
            ("size", [of]) => self.size(of, span),
            ("size", _) => self.arguments("size(when.name)", span),
            ("duration", [text]) => self.duration(text),
            ("duration", _) => self.arguments("duration(\"10m\")", span),
            ("timestamp", [text]) => self.timestamp(text),
            ("timestamp", _) => self.arguments("timestamp(\"2026-02-10T23:10:00+08:00\")", span),
            ("date", [of]) => self.date(of, span),
            ("date", _) => self.arguments("date(when.time)", span),
            ("abs", [of]) => self.absolute(of, span),
            ("abs", _) => self.arguments("abs(when.amount)", span),
            ("min", [_, _, ..]) => self.extreme(Ordering::Less, args, span),
            ("max", [_, _, ..]) => self.extreme(Ordering::Greater, args, span),
            ("min" | "max", _) => self.arguments("min(a, b) or max(a, b)", span),
            _ => {
                let message = format!(
                    "there is no function {name}; there are {}",
                    FUNCTIONS.join(", ")
                );
                let meant = nearest(name, FUNCTIONS.into_iter());
                self.error(ExprError::new(span.clone(), message).suggest(meant))
            }
        }
    }

    /// A method that answers with a value.
    pub(super) fn method(
        &mut self,
        of: &Syntax,
        name: &str,
        args: &[Syntax],
        span: &Range<usize>,
    ) -> Option<Typed> {
        if !METHODS.contains(&name) {
            let message = if name == "matches" {
                "regular expressions are not supported: use startsWith, endsWith, contains, or a \
                 list with `in`"
                    .to_owned()
            } else {
                format!(
                    "there is no function .{name}(); there are {}",
                    METHODS.join(", ")
                )
            };
            let meant = nearest(name, METHODS.into_iter());
            return self.error(ExprError::new(span.clone(), message).suggest(meant));
        }
        if !args.is_empty() {
            let usage = format!("value.{name}(), in the pack's time zone");
            return self.arguments(&usage, span);
        }
        if name == "size" {
            return self.size(of, span);
        }
        self.time_part(of, name, span)
    }

    fn size(&mut self, of: &Syntax, span: &Range<usize>) -> Option<Typed> {
        if self.is_list(of) {
            return self.list_size(of);
        }
        let before = self.variable;
        let text = self.text(of)?;
        self.fold(Term::Size(Box::new(text)), Kind::Integer, before, span)
    }

    fn time_part(&mut self, of: &Syntax, name: &str, span: &Range<usize>) -> Option<Typed> {
        let before = self.variable;
        let (term, kind) = self.term(of)?;
        let part = match name {
            "getFullYear" => TimePart::Year,
            "getMonth" => TimePart::Month,
            "getDate" => TimePart::Date,
            "getDayOfMonth" => TimePart::DayOfMonth,
            "getDayOfWeek" => TimePart::DayOfWeek,
            "getDayOfYear" => TimePart::DayOfYear,
            "getHours" => TimePart::Hours,
            "getMinutes" => TimePart::Minutes,
            "getSeconds" => TimePart::Seconds,
            _ => TimePart::Milliseconds,
        };
        let of_clock = matches!(
            part,
            TimePart::Hours | TimePart::Minutes | TimePart::Seconds | TimePart::Milliseconds
        );
        let term = match kind {
            Kind::Time | Kind::Any => {
                Term::Part(part, Box::new(term), self.environment.days.clone())
            }
            Kind::Date if !of_clock => {
                Term::Part(part, Box::new(term), self.environment.days.clone())
            }
            Kind::Duration if of_clock => Term::Whole(unit(part), Box::new(term)),
            _ => return self.fail(span.clone(), format!("{kind} has no {name}()")),
        };
        self.fold(term, Kind::Integer, before, span)
    }

    fn absolute(&mut self, of: &Syntax, span: &Range<usize>) -> Option<Typed> {
        let before = self.variable;
        let (term, kind) = self.term(of)?;
        if !matches!(
            kind,
            Kind::Integer | Kind::Decimal | Kind::Duration | Kind::Any
        ) {
            return self.fail(
                span.clone(),
                format!("abs() is for numbers, and this is {kind}"),
            );
        }
        self.fold(Term::Absolute(Box::new(term)), kind, before, span)
    }

    fn extreme(&mut self, order: Ordering, args: &[Syntax], span: &Range<usize>) -> Option<Typed> {
        let before = self.variable;
        let typed: Vec<_> = args.iter().map(|arg| self.term(arg)).collect();
        let typed: Vec<Typed> = typed.into_iter().collect::<Option<_>>()?;
        let mut kind = typed.first()?.1;
        for (_, other) in &typed {
            match kind.joined(*other) {
                Some(joined) => kind = joined,
                None => {
                    let message = format!("{kind} is never comparable with {other}");
                    return self.fail(span.clone(), message);
                }
            }
        }
        let of = typed.into_iter().map(|(term, _)| term).collect();
        self.fold(Term::Extreme { order, of }, kind, before, span)
    }

    /// `date(when.time)`, `date("2026-02-10")`.
    fn date(&mut self, of: &Syntax, span: &Range<usize>) -> Option<Typed> {
        if let Form::Literal(Literal::Text(text)) = &of.form {
            return match Date::parse(text) {
                Ok(date) => Some((Term::Constant(Datum::Date(date)), Kind::Date)),
                Err(error) => self.fail(
                    of.span.clone(),
                    format!("\"{text}\" is no date such as 2026-02-10: {error}"),
                ),
            };
        }
        let before = self.variable;
        match self.term(of)? {
            (term, Kind::Time | Kind::Any) => {
                let days = self.environment.days.clone();
                self.fold(Term::Date(Box::new(term), days), Kind::Date, before, span)
            }
            (_, kind) => self.fail(
                of.span.clone(),
                format!("a time is needed here, and this is {kind}"),
            ),
        }
    }

    fn timestamp(&mut self, text: &Syntax) -> Option<Typed> {
        let Form::Literal(Literal::Text(written)) = &text.form else {
            let usage = "timestamp(\"2026-02-10T23:10:00+08:00\"), with a text in quotes";
            return self.arguments(usage, &text.span);
        };
        match Time::parse(written) {
            Ok(time) => Some((Term::Constant(Datum::Value(Value::from(time))), Kind::Time)),
            Err(error) => self.fail(text.span.clone(), format!("\"{written}\": {error}")),
        }
    }

    fn duration(&mut self, text: &Syntax) -> Option<Typed> {
        let Form::Literal(Literal::Text(written)) = &text.form else {
            return self.arguments("duration(\"10m\"), with a text in quotes", &text.span);
        };
        match elapsed(written) {
            Some(micros) => Some((Term::Constant(Datum::Duration(micros)), Kind::Duration)),
            None => self.fail(
                text.span.clone(),
                format!(
                    "\"{written}\" is no elapsed time such as 10m, 1h30m, 1.5h or 90s; days are \
                     counted as dates: date(a) - date(b) <= 3"
                ),
            ),
        }
    }
}

/// Microseconds of a unit of the clock.
const fn unit(part: TimePart) -> i64 {
    match part {
        TimePart::Hours => 3_600 * MICROS_PER_SECOND,
        TimePart::Minutes => 60 * MICROS_PER_SECOND,
        TimePart::Seconds => MICROS_PER_SECOND,
        _ => 1_000,
    }
}

/// Reads `1h30m`, `1.5h`, `-90s`, `250ms`: microseconds.
fn elapsed(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut total = 0i64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (name, next) = tail.split_at(letters);
        let unit = match name {
            "h" => 3_600 * MICROS_PER_SECOND,
            "m" => 60 * MICROS_PER_SECOND,
            "s" => MICROS_PER_SECOND,
            "ms" => 1_000,
            "us" => 1,
            _ => return None,
        };
        let number: cage_model::Decimal = number.parse().ok()?;
        let scaled = i128::from(number.mantissa) * i128::from(unit);
        let micros = scaled / 10i128.pow(u32::from(number.scale));
        total = total.checked_add(i64::try_from(micros).ok()?)?;
        rest = next;
    }
    Some(if negative { -total } else { total })
}
