//! Interned text: a name or value is stored once and handled as a small number.
//!
//! Symbols are numbered in the order of first use, so equal inputs give equal numbers. The
//! interner is a value that somebody owns; there is no global one.

use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

use crate::keyed::fixed_hash;

/// A text held by an [`Interner`]. Equal symbols of one interner are equal texts.
///
/// The order of symbols is the order of first use, not the order of the alphabet.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct Symbol(u32);

impl Symbol {
    /// The empty text; every interner holds it as its first symbol.
    pub const EMPTY: Self = Self(0);

    /// The position of this symbol in its interner, counted from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The symbol at a position that [`Symbol::index`] gave.
    #[must_use]
    pub const fn from_index(index: u32) -> Self {
        Self(index)
    }
}

/// Stores each text once, in one growing buffer.
#[derive(Clone, Debug)]
pub struct Interner {
    text: String,
    ends: Vec<usize>,
    table: HashTable<u32>,
}

impl Default for Interner {
    fn default() -> Self {
        Self::new()
    }
}

impl Interner {
    /// An interner that holds only the empty text.
    #[must_use]
    pub fn new() -> Self {
        let mut interner = Self {
            text: String::new(),
            ends: Vec::new(),
            table: HashTable::new(),
        };
        interner.intern("");
        interner
    }

    /// The symbol of a text, stored now if it is new.
    ///
    /// # Panics
    /// When more than 2^32 different texts are stored; readers bound names long before.
    pub fn intern(&mut self, text: &str) -> Symbol {
        let hash = fixed_hash(text.as_bytes());
        if let Some(found) = find(&self.table, &self.text, &self.ends, hash, text) {
            return Symbol(found);
        }
        let index = u32::try_from(self.ends.len()).expect("fewer than 2^32 symbols");
        self.text.push_str(text);
        self.ends.push(self.text.len());
        let (text, ends) = (&self.text, &self.ends);
        self.table.insert_unique(hash, index, |&other| {
            fixed_hash(slice(text, ends, other).as_bytes())
        });
        Symbol(index)
    }

    /// The symbol of a text that is already stored.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<Symbol> {
        find(
            &self.table,
            &self.text,
            &self.ends,
            fixed_hash(text.as_bytes()),
            text,
        )
        .map(Symbol)
    }

    /// The text of a symbol; the empty text for a symbol of another, larger interner.
    #[must_use]
    pub fn text(&self, symbol: Symbol) -> &str {
        if symbol.index() < self.ends.len() {
            slice(&self.text, &self.ends, symbol.0)
        } else {
            ""
        }
    }

    /// How many different texts are stored, the empty one included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nothing but the empty text is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    /// Bytes of memory held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 8 + self.table.allocation_size()
    }

    /// Every symbol with its text, in the order of first use.
    pub fn iter(&self) -> impl Iterator<Item = (Symbol, &str)> {
        (0..self.ends.len() as u32)
            .map(|index| (Symbol(index), slice(&self.text, &self.ends, index)))
    }
}

fn slice<'a>(text: &'a str, ends: &[usize], index: u32) -> &'a str {
    let index = index as usize;
    let start = if index == 0 { 0 } else { ends[index - 1] };
    &text[start..ends[index]]
}

fn find(
    table: &HashTable<u32>,
    text: &str,
    ends: &[usize],
    hash: u64,
    wanted: &str,
) -> Option<u32> {
    table
        .find(hash, |&index| slice(text, ends, index) == wanted)
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_numbered_in_order_of_first_use() {
        let mut names = Interner::new();
        let (b, a, again) = (names.intern("b"), names.intern("a"), names.intern("b"));
        assert_eq!((b, a, again), (Symbol(1), Symbol(2), Symbol(1)));
        assert_eq!(names.text(a), "a");
        assert_eq!(names.get("c"), None);
        assert_eq!(names.get(""), Some(Symbol::EMPTY));
    }
}
