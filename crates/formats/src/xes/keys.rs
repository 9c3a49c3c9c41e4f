//! What is known of attribute names: their symbols, what they stand for, who wants them; and the
//! beginnings of tags that were met before.

use cage_model::{Keyed, Symbol, Wanted};

use super::value::Kind;

/// What an attribute of the top level stands for besides itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Role {
    #[default]
    None,
    /// `concept:name`
    Name,
    /// `time:timestamp`
    Time,
    /// `org:resource`
    Resource,
    /// `identity:id`
    Identity,
}

/// A name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) symbol: Symbol,
    pub(super) role: Role,
    /// Its place among the chosen classifier's keys.
    pub(super) class_part: Option<u8>,
    /// Whether the consumer wants its values.
    pub(super) wanted: bool,
}

/// The beginning of an attribute's tag as it was written before, up to its value's first byte. The
/// same bytes always mean the same.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) text: Box<str>,
    pub(super) kind: Kind,
    pub(super) key: Key,
    /// The beginnings that followed last and before that.
    next: [u16; 2],
}

/// Names and beginnings of tags.
#[derive(Debug)]
pub(super) struct Keys {
    wanted: Wanted,
    class_keys: Vec<String>,
    known: Keyed<Symbol, Key>,
    beginnings: Vec<Beginning>,
    by_text: Keyed<Box<str>, u16>,
}

/// The beginning that stands for "nothing came before".
pub(super) const NONE: u16 = 0;
const BEGINNINGS_MAX: usize = 4_096;
const BEGINNING_BYTES_MAX: usize = 256;

impl Keys {
    pub(super) fn new(wanted: Wanted) -> Self {
        let mut keys = Self {
            wanted,
            class_keys: Vec::new(),
            known: Keyed::new(),
            beginnings: Vec::new(),
            by_text: Keyed::new(),
        };
        keys.forget();
        keys
    }

    /// Sets the keys of the chosen classifier; what was known before no longer holds.
    pub(super) fn choose_class(&mut self, keys: Vec<String>) {
        self.class_keys = keys;
        self.forget();
    }

    /// How many keys the chosen classifier has; 0 when none is chosen.
    pub(super) fn class_parts(&self) -> usize {
        self.class_keys.len()
    }

    fn forget(&mut self) {
        self.known = Keyed::new();
        self.by_text = Keyed::new();
        let key = Key {
            symbol: Symbol::EMPTY,
            role: Role::None,
            class_part: None,
            wanted: false,
        };
        let none = Beginning {
            text: "".into(),
            kind: Kind::String,
            key,
            next: [NONE; 2],
        };
        self.beginnings = vec![none];
    }

    /// What is known of a name, whose symbol the caller has.
    pub(super) fn key(&mut self, text: &str, symbol: Symbol) -> Key {
        let (wanted, class_keys) = (&self.wanted, &self.class_keys);
        *self.known.entry_or_insert_with(symbol, || Key {
            symbol,
            role: role(text),
            class_part: class_keys
                .iter()
                .position(|key| key == text)
                .map(|at| at as u8),
            wanted: match wanted {
                Wanted::All => true,
                Wanted::Names(names) => names.iter().any(|name| name == text),
            },
        })
    }

    /// Keeps the beginning of a tag.
    pub(super) fn learn(&mut self, text: &str, kind: Kind, key: Key) {
        let full = self.beginnings.len() >= BEGINNINGS_MAX || text.len() > BEGINNING_BYTES_MAX;
        if full || self.by_text.contains_key(text) {
            return;
        }
        self.by_text
            .insert(text.into(), self.beginnings.len() as u16);
        self.beginnings.push(Beginning {
            text: text.into(),
            kind,
            key,
            next: [NONE; 2],
        });
    }

    /// The known beginning with which `text` begins, tried in the order of what is likely after
    /// `last`.
    pub(super) fn find(&mut self, last: u16, text: &str) -> Option<(u16, &Beginning)> {
        let likely = self.beginnings[usize::from(last)].next;
        let index = if self.begins(text, likely[0]) {
            likely[0]
        } else if self.begins(text, likely[1]) {
            likely[1]
        } else {
            self.look_up(last, text)?
        };
        Some((index, &self.beginnings[usize::from(index)]))
    }

    fn begins(&self, text: &str, index: u16) -> bool {
        index != NONE
            && text
                .as_bytes()
                .starts_with(self.beginnings[usize::from(index)].text.as_bytes())
    }

    /// Up to the third quote: `<string key="..." value="`.
    fn look_up(&mut self, last: u16, text: &str) -> Option<u16> {
        let near = &text.as_bytes()[..text.len().min(BEGINNING_BYTES_MAX)];
        let third = memchr::memchr_iter(b'"', near).nth(2)?;
        let index = *self.by_text.get(text.get(..=third)?)?;
        let next = &mut self.beginnings[usize::from(last)].next;
        *next = [index, next[0]];
        Some(index)
    }
}

fn role(key: &str) -> Role {
    match key {
        "concept:name" => Role::Name,
        "time:timestamp" => Role::Time,
        "org:resource" => Role::Resource,
        "identity:id" => Role::Identity,
        _ => Role::None,
    }
}
