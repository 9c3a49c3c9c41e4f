//! From packs to the vocabulary of all of them.

use cage_model::{Symbol, Type};
use cage_pack::{EventType, ObjectDeclaration, Pack, Program};

use super::{EventWords, Kinds, Vocabulary};
use crate::own::OWN_SOURCE;

/// A pack with its program: what is declared, and what its rules name.
pub type Declarations<'p> = (&'p Pack, &'p Program);

impl Vocabulary {
    /// What these packs declare, taken together.
    #[must_use]
    pub fn of<'p>(packs: impl IntoIterator<Item = Declarations<'p>>) -> Self {
        let packs: Vec<Declarations<'_>> = packs.into_iter().collect();
        let mut all = Self::default();
        for (pack, program) in &packs {
            all.add(pack, program);
        }
        // A pack that declares nothing still means the activities that its rules name.
        for (pack, _) in packs.iter().filter(|(pack, _)| pack.events.is_empty()) {
            all.activities(pack);
        }
        all
    }

    fn add(&mut self, pack: &Pack, program: &Program) {
        let mut from_others = pack.events.iter().filter(|event| !is_own(event)).peekable();
        if from_others.peek().is_some() {
            self.is_stated = true;
        }
        for event in &pack.events {
            self.event(event);
        }
        for object in &pack.objects {
            self.described(object);
        }
        let is_of_others = pack.events.is_empty() || from_others.peek().is_some();
        if is_of_others {
            let watched = program
                .object_types
                .iter()
                .filter(|kind| kind.derived.is_empty());
            let watched = watched.map(|kind| program.names.text(kind.name));
            for name in pack.object_names().into_iter().chain(watched) {
                self.object(name);
            }
        }
    }

    fn event(&mut self, event: &EventType) {
        let symbol = self.names.intern(&event.name);
        let typed: Vec<(Symbol, Type)> = event
            .attributes
            .iter()
            .flatten()
            .map(|(name, kind)| (self.names.intern(name), *kind))
            .collect();
        let is_first = !matches!(self.events.get(symbol.index()), Some(Some(_)));
        let words = self.words(symbol);
        let checks_objects = event.objects.is_some();
        if is_first {
            (words.is_own, words.checks_objects) = (is_own(event), checks_objects);
        } else {
            // What one pack takes is taken.
            words.is_own &= is_own(event);
            words.checks_objects &= checks_objects;
        }
        words.lists_attributes |= event.attributes.is_some();
        add_all(&mut words.attributes, &typed);
    }

    fn described(&mut self, object: &ObjectDeclaration) {
        let place = self.names.intern(&object.name).index();
        let typed: Vec<(Symbol, Type)> = object
            .attributes
            .iter()
            .flatten()
            .map(|(name, kind)| (self.names.intern(name), *kind))
            .collect();
        if self.described.len() <= place {
            self.described.resize(place + 1, Vec::new());
        }
        add_all(&mut self.described[place], &typed);
    }

    fn activities(&mut self, pack: &Pack) {
        for rule in &pack.register {
            let looks_at_all = looks_at_all(&rule.kind) || rule.branches.is_empty();
            self.is_unbounded |= looks_at_all;
            for branch in &rule.branches {
                if branch.activity == "*" {
                    self.is_unbounded = true;
                    continue;
                }
                let symbol = self.names.intern(&branch.activity);
                // What the service says of itself stays its own, whoever judges it.
                self.words(symbol).checks_objects = false;
            }
        }
    }

    fn words(&mut self, symbol: Symbol) -> &mut EventWords {
        let place = symbol.index();
        if self.events.len() <= place {
            self.events.resize(place + 1, None);
        }
        self.events[place].get_or_insert_default()
    }

    fn object(&mut self, name: &str) {
        let place = self.names.intern(name).index();
        if self.objects.len() <= place {
            self.objects.resize(place + 1, false);
        }
        self.objects[place] = true;
    }
}

/// Adds types of attributes to those that are known.
fn add_all(known: &mut Vec<(Symbol, Kinds)>, typed: &[(Symbol, Type)]) {
    for (name, kind) in typed {
        let place = known.iter().position(|(other, _)| other == name);
        let place = place.unwrap_or_else(|| {
            known.push((*name, Kinds::default()));
            known.len() - 1
        });
        known[place].1.add(*kind);
    }
}

/// Whether the service itself alone sends such events.
fn is_own(event: &EventType) -> bool {
    let sources = event.sources.as_deref().unwrap_or_default();
    !sources.is_empty() && sources.iter().all(|source| source == OWN_SOURCE)
}

/// Kinds of rules for which every event of an object counts, whatever its type.
fn looks_at_all(kind: &str) -> bool {
    matches!(kind, "flow" | "init" | "end" | "lag" | "silence") || kind.contains("chain")
}
