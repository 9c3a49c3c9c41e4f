//! What the packs in force declare, taken together: which events may come in, with which types of objects and which kinds
//! of values (decision 0032).
//!
//! Knows names and kinds, and neither rules nor packs at work. A look at an event is a few array places: names are looked
//! up once for each reader and word.

mod declared;
mod kinds;

use cage_formats::OBJECT_TYPE;
use cage_model::{AttributeRow, EventBuffer, Interner, RawValue, Symbol};

pub use declared::Declarations;
pub(crate) use kinds::Kinds;

use crate::own::OWN_SOURCE;

/// The types, objects and attributes that all packs in force declare.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    names: Interner,
    /// By symbol of `names`.
    events: Vec<Option<EventWords>>,
    /// By symbol of `names`: types of objects.
    objects: Vec<bool>,
    /// By symbol of `names`: the attributes of objects themselves.
    described: Vec<Vec<(Symbol, Kinds)>>,
    /// Whether a pack says what others may send at all.
    is_stated: bool,
    /// Whether a pack judges types that it does not name.
    is_unbounded: bool,
}

/// What is declared of a type of event.
#[derive(Clone, Debug, Default)]
struct EventWords {
    /// Whether the service itself alone sends it.
    is_own: bool,
    /// Whether its objects must be of declared types.
    checks_objects: bool,
    /// Whether its attributes are listed at all.
    lists_attributes: bool,
    attributes: Vec<(Symbol, Kinds)>,
}

/// Something of an event that no pack in force declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unknown {
    /// Its type.
    Type,
    /// Its type is one of those that the service itself sends.
    Own,
    /// The type of the object at this place.
    Object(usize),
    /// The kind of value of the attribute row at this place, and which would be right.
    Value(usize, Kinds),
}

/// A reader's words in those of a vocabulary, looked up as they come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    known: Vec<Lookup>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Lookup {
    #[default]
    Unseen,
    Absent,
    Word(Symbol),
}

impl Words {
    fn look(&mut self, symbol: Symbol, names: &Interner, vocabulary: &Interner) -> Option<Symbol> {
        let place = symbol.index();
        if self.known.len() <= place {
            self.known
                .resize(names.len().max(place + 1), Lookup::Unseen);
        }
        let known = &mut self.known[place];
        if let Lookup::Unseen = known {
            let word = vocabulary.get(names.text(symbol));
            *known = word.map_or(Lookup::Absent, Lookup::Word);
        }
        match known {
            Lookup::Word(word) => Some(*word),
            Lookup::Unseen | Lookup::Absent => None,
        }
    }
}

impl Vocabulary {
    /// Whether anything is refused for being undeclared: a pack in force says what others may send.
    #[must_use]
    pub fn is_stated(&self) -> bool {
        self.is_stated
    }

    /// Whether types that nobody declares are taken.
    fn takes_others(&self) -> bool {
        !self.is_stated || self.is_unbounded
    }

    /// The first thing of an event that is not declared; an attribute that nobody declares is none.
    pub(crate) fn unknown(
        &self,
        event: &EventBuffer,
        names: &Interner,
        words: &mut Words,
    ) -> Option<Unknown> {
        let word = words.look(event.activity, names, &self.names);
        let declared = word.and_then(|word| self.events.get(word.index())?.as_ref());
        let Some(declared) = declared else {
            if names.text(event.activity) == OBJECT_TYPE {
                return self.unknown_of_description(event, names, words);
            }
            return (!self.takes_others()).then_some(Unknown::Type);
        };
        if declared.is_own {
            return Some(Unknown::Own);
        }
        if declared.checks_objects {
            for (place, row) in event.objects.iter().enumerate() {
                if !self.has_object(words.look(row.kind, names, &self.names)) {
                    return Some(Unknown::Object(place));
                }
            }
        }
        self.unknown_value(&declared.attributes, event, (names, words))
    }

    /// The same of what describes an object.
    fn unknown_of_description(
        &self,
        event: &EventBuffer,
        names: &Interner,
        words: &mut Words,
    ) -> Option<Unknown> {
        let row = event.objects.first()?;
        let word = words.look(row.kind, names, &self.names);
        if !self.has_object(word) {
            return (!self.takes_others()).then_some(Unknown::Object(0));
        }
        let declared = word.and_then(|word| self.described.get(word.index()));
        self.unknown_value(declared?, event, (names, words))
    }

    /// The first value that is not of a declared kind.
    fn unknown_value(
        &self,
        declared: &[(Symbol, Kinds)],
        event: &EventBuffer,
        (names, words): (&Interner, &mut Words),
    ) -> Option<Unknown> {
        if declared.is_empty() {
            return None;
        }
        for (place, row) in event.attributes.iter().enumerate() {
            if row.depth != 0 {
                continue;
            }
            let Some(key) = words.look(row.key, names, &self.names) else {
                continue;
            };
            let found = declared.iter().find(|(name, _)| *name == key);
            if let Some((_, kinds)) = found
                && !kinds.take(row.value, has_members(&event.attributes, place))
            {
                return Some(Unknown::Value(place, *kinds));
            }
        }
        None
    }

    fn has_object(&self, word: Option<Symbol>) -> bool {
        let place = word.map(Symbol::index);
        place.is_some_and(|place| self.objects.get(place).copied().unwrap_or(false))
    }

    /// The types that others may send, in the order in which they were declared.
    fn types(&self) -> impl Iterator<Item = &str> {
        self.named(|place| matches!(self.events.get(place), Some(Some(words)) if !words.is_own))
    }

    fn object_types(&self) -> impl Iterator<Item = &str> {
        self.named(|place| self.objects.get(place).copied().unwrap_or(false))
    }

    fn named(&self, which: impl Fn(usize) -> bool) -> impl Iterator<Item = &str> {
        let all = self.names.iter();
        all.filter(move |(symbol, _)| which(symbol.index()))
            .map(|(_, name)| name)
    }

    /// Pointer and reason for something that is not declared.
    pub(crate) fn explained(
        &self,
        unknown: Unknown,
        event: &EventBuffer,
        names: &Interner,
    ) -> (String, String) {
        match unknown {
            Unknown::Type => {
                let kind = names.text(event.activity);
                let reason = format!("no pack in force declares events of the type {kind:?}");
                ("/type".to_owned(), meant(reason, kind, self.types()))
            }
            Unknown::Own => {
                let kind = names.text(event.activity);
                let reason = format!("events of the type {kind:?} come from {OWN_SOURCE:?} alone");
                ("/type".to_owned(), reason)
            }
            Unknown::Object(place) => {
                let kind = event
                    .objects
                    .get(place)
                    .map_or("", |row| names.text(row.kind));
                let reason = format!("no pack in force declares objects of the type {kind:?}");
                let pointer = if names.text(event.activity) == OBJECT_TYPE {
                    "/data/object/type".to_owned()
                } else {
                    format!("/data/objects/{place}/type")
                };
                (pointer, meant(reason, kind, self.object_types()))
            }
            Unknown::Value(place, kinds) => {
                let row = event.attributes.get(place);
                let name = row.map_or("", |row| names.text(row.key));
                let found = match row {
                    Some(row) if has_members(&event.attributes, place) => {
                        kinds::word_of(row.value, true)
                    }
                    Some(row) => kinds::word_of(row.value, false),
                    None => "nothing",
                };
                let reason = format!("{name:?} is declared as {kinds}, and this is {found}");
                let pointer = match row {
                    Some(row) if row.since.is_some() => "/data/object/changes".to_owned(),
                    _ if names.text(event.activity) == OBJECT_TYPE => {
                        pointer_to(name).replacen("/data/", "/data/object/", 1)
                    }
                    _ => pointer_to(name),
                };
                (pointer, reason)
            }
        }
    }

    /// What a shape has that no pack in force declares: types, types of objects, attributes, and kinds of values that are
    /// not the declared ones.
    #[must_use]
    pub fn drift(&self, shape: &crate::Shape) -> Vec<Drifted> {
        if !self.is_stated {
            return Vec::new();
        }
        let word = self.names.get(&shape.kind);
        let declared = word.and_then(|word| self.events.get(word.index())?.as_ref());
        let Some(declared) = declared else {
            if shape.kind == OBJECT_TYPE {
                // What is said of objects beyond what rules read is nobody's drift.
                return Vec::new();
            }
            return if self.takes_others() {
                Vec::new()
            } else {
                vec![Drifted::Type]
            };
        };
        let objects = shape
            .objects
            .iter()
            .filter(|kind| declared.checks_objects && !self.has_object(self.names.get(kind)));
        let mut drift: Vec<Drifted> = objects.cloned().map(Drifted::Object).collect();
        if !declared.lists_attributes {
            return drift;
        }
        for (name, kind) in &shape.attributes {
            let word = self.names.get(name);
            let found = declared
                .attributes
                .iter()
                .find(|(key, _)| Some(*key) == word);
            match found {
                None => drift.push(Drifted::Attribute(name.clone())),
                Some((_, kinds)) if !kinds.take_word(kind) => drift.push(Drifted::Value {
                    attribute: name.clone(),
                    declared: kinds.to_string(),
                    found: kind.clone(),
                }),
                Some(_) => {}
            }
        }
        drift
    }
}

/// What events of a shape have that no pack in force declares.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Drifted {
    /// Their type.
    Type,
    /// A type of object.
    Object(String),
    /// An attribute.
    Attribute(String),
    /// A kind of value.
    Value {
        /// Whose.
        attribute: String,
        /// What is declared.
        declared: String,
        /// What came.
        found: String,
    },
}

/// JSON pointer (RFC 6901) to an attribute.
pub(crate) fn pointer_to(attribute: &str) -> String {
    let escaped = attribute.replace('~', "~0").replace('/', "~1");
    format!("/data/attributes/{escaped}")
}

fn has_members(rows: &[AttributeRow], place: usize) -> bool {
    let deeper = rows.get(place + 1).is_some_and(|next| next.depth > 0);
    deeper && matches!(rows.get(place), Some(row) if matches!(row.value, RawValue::Missing))
}

/// Names that are offered for one that is not known.
const MEANT_MAX: usize = 3;

/// A reason with the declared names that may have been meant.
fn meant<'n>(mut reason: String, word: &str, names: impl Iterator<Item = &'n str>) -> String {
    let near = cage_pack::nearest_few(word, names, MEANT_MAX);
    if !near.is_empty() {
        let near: Vec<String> = near.iter().map(|name| format!("{name:?}")).collect();
        reason += "; did you mean ";
        reason += &near.join(" or ");
        reason.push('?');
    }
    reason
}

#[cfg(test)]
mod tests;
