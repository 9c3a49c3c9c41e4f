//! Values in conditions: what a bare word such as `157`, `true` or `YC` may stand for.

use std::ops::Range;

use cage_model::{Decimal, Time};

use crate::expr::syntax::{Form, Literal, Syntax};

/// A value as written, and whether it stood in quotes.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) quoted: bool,
    pub(super) span: Range<usize>,
}

impl Written {
    /// The number that is written.
    pub(super) fn number(&self) -> Option<Literal> {
        let text = self.text.as_str();
        if let Ok(number) = text.parse::<i64>() {
            return Some(Literal::Integer(number));
        }
        if let Ok(number) = text.parse::<Decimal>() {
            return Some(Literal::Decimal(number));
        }
        let numeric = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        let number = text
            .parse::<f64>()
            .ok()
            .filter(|number| numeric && number.is_finite());
        number.map(Literal::Float)
    }

    /// Everything that the value may be in a log: a bare `157` is met as a number or as a text,
    /// `true` as a truth value or as a text. Logs disagree with models on this all the time.
    pub(super) fn readings(&self) -> Vec<Syntax> {
        let mut readings = Vec::new();
        if !self.quoted {
            readings.extend(self.number().map(|number| self.literal(number)));
            readings.extend(
                self.boolean()
                    .map(|value| self.literal(Literal::Boolean(value))),
            );
        }
        readings.extend(self.time());
        readings.push(self.literal(Literal::Text(self.text.clone())));
        readings
    }

    /// What the value is compared with by `<` and the like: the number or time where it is one.
    pub(super) fn ordered(&self) -> Syntax {
        match (self.quoted, self.number()) {
            (false, Some(number)) => self.literal(number),
            _ => self
                .time()
                .unwrap_or_else(|| self.literal(Literal::Text(self.text.clone()))),
        }
    }

    fn boolean(&self) -> Option<bool> {
        match self.text.to_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    fn time(&self) -> Option<Syntax> {
        let time = Time::parse(&self.text).is_ok();
        time.then(|| Syntax {
            span: self.span.clone(),
            form: Form::Call {
                name: "timestamp".to_owned(),
                args: vec![self.literal(Literal::Text(self.text.clone()))],
            },
        })
    }

    fn literal(&self, literal: Literal) -> Syntax {
        Syntax {
            span: self.span.clone(),
            form: Form::Literal(literal),
        }
    }
}
