//! Attributes as JSON: typed values, lists and nested attributes, so that they read back as they were.
//!
//! Most values are written as JSON writes them. What JSON has no spelling for is an object with
//! keys that begin with `@`: `{"@type": "id", "@value": "A-1"}`, `{"@value": 5, "@attributes":
//! {...}}` for a value with nested attributes, and `@key` where a member of a list has a name.
//! docs/formats.md describes it for people.

mod read;
mod write;

use cage_model::limits::NAMES_MAX;
use cage_model::{
    AttributeRow, EventBuffer, Interner, ObjectBuffer, RawValue, Symbol, TextRange, Wanted,
};

pub(crate) use read::{push_attributes, push_value};
pub(crate) use write::{write_attributes, write_value};

const KEY: &str = "@key";
const TYPE: &str = "@type";
const VALUE: &str = "@value";
const ATTRIBUTES: &str = "@attributes";

/// A buffer that takes attributes: an event's or an object's.
pub(crate) trait AttributeTarget {
    fn push_text(&mut self, text: &str) -> TextRange;
    fn text_bytes(&self) -> usize;
    fn rows(&mut self) -> &mut Vec<AttributeRow>;

    /// Adds a row and says at which place.
    fn push_row(&mut self, key: Symbol, depth: u16, value: RawValue) -> usize {
        let rows = self.rows();
        rows.push(AttributeRow {
            key,
            depth,
            value,
            since: None,
        });
        rows.len() - 1
    }
}

impl AttributeTarget for EventBuffer {
    fn push_text(&mut self, text: &str) -> TextRange {
        Self::push_text(self, text)
    }

    fn text_bytes(&self) -> usize {
        Self::text_bytes(self)
    }

    fn rows(&mut self) -> &mut Vec<AttributeRow> {
        &mut self.attributes
    }
}

impl AttributeTarget for ObjectBuffer {
    fn push_text(&mut self, text: &str) -> TextRange {
        Self::push_text(self, text)
    }

    fn text_bytes(&self) -> usize {
        Self::text_bytes(self)
    }

    fn rows(&mut self) -> &mut Vec<AttributeRow> {
        &mut self.attributes
    }
}

/// Which top-level attributes are decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chosen<'w> {
    /// Those that the consumer names.
    Wanted(&'w Wanted),
    /// Those whose name is known before the record is read.
    Known,
}

impl Chosen<'_> {
    fn has(self, name: &str, names: &NameTable<'_>) -> bool {
        match self {
            Self::Wanted(Wanted::All) => true,
            Self::Wanted(Wanted::Names(list)) => list.iter().any(|wanted| wanted == name),
            Self::Known => names.interner.get(name).is_some(),
        }
    }
}

/// Interns the names that a file brings, and stops when there are too many to be names.
pub(crate) struct NameTable<'a> {
    interner: &'a mut Interner,
    /// Names that were new, over the whole file.
    new: &'a mut usize,
}

impl<'a> NameTable<'a> {
    pub(crate) fn new(interner: &'a mut Interner, new: &'a mut usize) -> Self {
        Self { interner, new }
    }

    /// The symbol of a name.
    ///
    /// # Errors
    /// A sentence, when the file has more than [`NAMES_MAX`] of them.
    pub(crate) fn intern(&mut self, name: &str) -> Result<Symbol, String> {
        let known = self.interner.len();
        let symbol = self.interner.intern(name);
        *self.new += self.interner.len() - known;
        if *self.new > NAMES_MAX {
            return Err(format!(
                "more than {NAMES_MAX} different names of activities, types and attributes"
            ));
        }
        Ok(symbol)
    }
}

#[cfg(test)]
mod tests;
