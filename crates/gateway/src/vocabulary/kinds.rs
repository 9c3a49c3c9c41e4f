//! Kinds of values, and which of them a declared type takes.
//!
//! A value is of a declared type when rules can read it as that type without losing anything; the projection of the
//! engine converts in the same way.

use std::fmt;

use cage_model::{Decimal, RawValue, Type};

/// Types that a value may have; several where packs differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Kinds(u8);

const ALL: [Type; 7] = [
    Type::Text,
    Type::Integer,
    Type::Decimal,
    Type::Float,
    Type::Boolean,
    Type::Time,
    Type::List,
];

const fn bit(kind: Type) -> u8 {
    match kind {
        Type::Text => 1,
        Type::Integer => 1 << 1,
        Type::Decimal => 1 << 2,
        Type::Float => 1 << 3,
        Type::Boolean => 1 << 4,
        Type::Time => 1 << 5,
        Type::List => 1 << 6,
    }
}

impl Kinds {
    pub(crate) fn add(&mut self, kind: Type) {
        self.0 |= bit(kind);
    }

    fn has(self, kind: Type) -> bool {
        self.0 & bit(kind) != 0
    }

    fn is_number(self) -> bool {
        self.has(Type::Decimal) || self.has(Type::Float)
    }

    /// Whether a value is of one of these types. No value at all is; one with `members` and nothing else is a nested
    /// object, which no type has.
    #[inline]
    pub(crate) fn take(self, value: RawValue, members: bool) -> bool {
        match value {
            RawValue::Missing => !members,
            // A text that spells a time is a text all the same.
            RawValue::Time(_) => self.has(Type::Time) || self.has(Type::Text),
            RawValue::Text(_) | RawValue::Id(_) => self.has(Type::Text),
            RawValue::Integer(_) => self.has(Type::Integer) || self.is_number(),
            RawValue::Decimal(decimal) => {
                self.is_number() || self.has(Type::Integer) && is_whole(decimal)
            }
            RawValue::Float(float) => {
                self.is_number() || self.has(Type::Integer) && float.fract() == 0.0
            }
            RawValue::Boolean(_) => self.has(Type::Boolean),
            RawValue::List => self.has(Type::List),
        }
    }

    /// The same by the word that a shape has for the kind of a value. A whole decimal and another look alike there, so both
    /// pass.
    pub(crate) fn take_word(self, word: &str) -> bool {
        match word {
            "missing" => true,
            "text" | "id" => self.has(Type::Text),
            "time" => self.has(Type::Time) || self.has(Type::Text),
            "integer" | "decimal" | "float" => self.has(Type::Integer) || self.is_number(),
            "boolean" => self.has(Type::Boolean),
            "list" => self.has(Type::List),
            _ => false,
        }
    }
}

fn is_whole(decimal: Decimal) -> bool {
    let mut mantissa = decimal.mantissa;
    (0..decimal.scale).all(|_| {
        let ends_with_zero = mantissa % 10 == 0;
        mantissa /= 10;
        ends_with_zero
    })
}

impl fmt::Display for Kinds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = ALL.into_iter().filter(|kind| self.has(*kind));
        for (place, kind) in kinds.enumerate() {
            let before = if place == 0 { "" } else { " or " };
            write!(formatter, "{before}{}", word(kind))?;
        }
        Ok(())
    }
}

/// The word of the pack language.
fn word(kind: Type) -> &'static str {
    match kind {
        Type::Text => "text",
        Type::Integer => "integer",
        Type::Decimal => "decimal",
        Type::Float => "float",
        Type::Boolean => "boolean",
        Type::Time => "time",
        Type::List => "list",
    }
}

/// A value's kind in words for people.
pub(super) fn word_of(value: RawValue, members: bool) -> &'static str {
    match value {
        RawValue::Missing if members => "an object",
        RawValue::Missing => "nothing",
        RawValue::Text(_) | RawValue::Id(_) => "a text",
        RawValue::Integer(_) => "a whole number",
        RawValue::Decimal(_) | RawValue::Float(_) => "a number with a fraction",
        RawValue::Boolean(_) => "true or false",
        RawValue::Time(_) => "a time",
        RawValue::List => "a list",
    }
}
