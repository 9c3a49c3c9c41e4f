//! What names stand for: fields of events and of the object, the matter's constants, variables.

use std::ops::Range;

use cage_model::{Symbol, Type};

use super::kind::Kind;
use super::{Checker, Typed};
use crate::expr::ExprError;
use crate::expr::code::{Dated, Datum, Read, Row, Term};
use crate::expr::environment::{Constant, DatedLine, Known, Place, Source};
use crate::expr::nearest::nearest;
use crate::expr::syntax::{Form, Syntax};
use crate::program::{Field, FieldSource, ObjectField};

/// What a field turned out to be.
pub(super) enum Named {
    /// A slot.
    Slot(Read, Kind),
    /// One of the matter's constants.
    Constant(Constant),
}

/// What every event has.
const EVERY_EVENT: [(&str, Source, Type); 6] = [
    ("time", Source::Time, Type::Time),
    ("received", Source::Arrival, Type::Time),
    ("arrival", Source::Arrival, Type::Time),
    ("type", Source::Activity, Type::Text),
    ("activity", Source::Activity, Type::Text),
    ("id", Source::Id, Type::Text),
];

impl Checker<'_, '_> {
    /// A name that stands alone: only a quantifier's variable has a value.
    pub(super) fn bare_name(&mut self, name: &str, span: &Range<usize>) -> Option<Typed> {
        if let Some((_, term, kind)) = self.locals.iter().rev().find(|local| local.0 == name) {
            return Some((term.clone(), *kind));
        }
        let owners = self.owners();
        if owners.iter().any(|owner| owner == name) {
            let message = format!("{name} as a whole has no value; write {name}.attribute");
            return self.fail(span.clone(), message);
        }
        let has = |known: &[Known]| known.iter().any(|known| known.name == name);
        let role = self
            .environment
            .roles
            .iter()
            .find(|role| has(&role.known) || role.open);
        let meant = match role {
            Some(role) => Some(format!("{}.{name}", role.name)),
            None => nearest(name, owners.iter().map(String::as_str)),
        };
        let message = format!("unknown name {name}; known are {}", listed(&owners));
        self.error(ExprError::new(span.clone(), message).suggest(meant))
    }

    /// Everything that can stand before a point.
    fn owners(&self) -> Vec<String> {
        let environment = &self.environment;
        let mut names: Vec<String> = environment
            .roles
            .iter()
            .map(|role| role.name.clone())
            .collect();
        names.extend(environment.object.iter().map(|object| object.name.clone()));
        if !environment.matter.is_empty() {
            names.push("matter".to_owned());
        }
        names
    }

    /// A field's value.
    pub(super) fn field_term(
        &mut self,
        of: &Syntax,
        name: &str,
        at: &Range<usize>,
    ) -> Option<Typed> {
        match self.named(of, name, at)? {
            Named::Slot(_, Kind::List) => {
                let message = format!("{name} is a list; only has(...) can ask about it");
                self.fail(at.clone(), message)
            }
            Named::Slot(read, kind) => {
                self.variable += 1;
                Some((Term::Slot(read), kind))
            }
            Named::Constant(constant) => self.constant_term(name, &constant, at),
        }
    }

    /// What `of.name` stands for.
    pub(super) fn named(&mut self, of: &Syntax, name: &str, at: &Range<usize>) -> Option<Named> {
        let Form::Name(owner) = &of.form else {
            let message = "only events, the object and the matter have fields".to_owned();
            return self.fail(of.span.clone(), message);
        };
        if let Some(role) = self
            .environment
            .roles
            .iter()
            .find(|role| role.name == *owner)
        {
            let place = role.place;
            let known = lookup(&role.known, role.open, name, true);
            let names = known_names(&role.known);
            return match known {
                Some(known) => self.event_slot(place, &known, at),
                None => self.unknown_attribute(owner, name, &names, at),
            };
        }
        let object = self.environment.object.as_ref();
        if let Some(object) = object.filter(|object| object.name == *owner || owner == "object") {
            let known = lookup(&object.known, object.open, name, false);
            let names = known_names(&object.known);
            return match known {
                Some(known) => self.object_slot(&known, at),
                None => self.unknown_attribute(owner, name, &names, at),
            };
        }
        if owner == "matter" && !self.environment.matter.is_empty() {
            if let Some(constant) = self.environment.matter.get(name) {
                return Some(Named::Constant(constant.clone()));
            }
            let names: Vec<String> = self.environment.matter.keys().cloned().collect();
            return self.unknown_attribute(owner, name, &names, at);
        }
        let owners = self.owners();
        let message = format!("unknown name {owner}; known are {}", listed(&owners));
        let meant = nearest(owner, owners.iter().map(String::as_str));
        self.error(ExprError::new(of.span.clone(), message).suggest(meant))
    }

    fn unknown_attribute(
        &mut self,
        owner: &str,
        name: &str,
        known: &[String],
        at: &Range<usize>,
    ) -> Option<Named> {
        let message = match known {
            [] => format!("{owner} has no attribute {name}, and none is declared for it"),
            known => format!("{owner} has no attribute {name}; it has {}", listed(known)),
        };
        let meant = nearest(name, known.iter().map(String::as_str));
        self.error(ExprError::new(at.clone(), message).suggest(meant))
    }

    fn event_slot(&mut self, place: Place, known: &Known, at: &Range<usize>) -> Option<Named> {
        let names = &mut *self.environment.names;
        let symbol = names.intern(&known.name);
        let source = match &known.source {
            Source::Attribute => FieldSource::Attribute(symbol),
            Source::Time => FieldSource::Time,
            Source::Arrival => FieldSource::Arrival,
            Source::Activity => FieldSource::Activity,
            Source::Id => FieldSource::Id,
            Source::Object { kind, qualifier } => FieldSource::Object {
                kind: names.intern(kind),
                qualifier: names.intern(qualifier),
            },
        };
        let field = Field {
            source,
            declared: known.declared,
        };
        let slot = slot_of(self.environment.fields, field);
        let (row, slot) = match (place, slot) {
            (Place::Current, slot) => (Row::Current, slot),
            (Place::Earlier, None) => (Row::Earlier, None),
            (Place::Earlier, Some(field)) => {
                (Row::Earlier, slot_of(self.environment.captured, field))
            }
        };
        self.slot(row, slot, symbol, known, at)
    }

    fn object_slot(&mut self, known: &Known, at: &Range<usize>) -> Option<Named> {
        let symbol = self.environment.names.intern(&known.name);
        let field = ObjectField {
            attribute: symbol,
            declared: known.declared,
        };
        let object = self.environment.object.as_mut()?;
        let slot = slot_of(object.fields, field);
        self.slot(Row::Object, slot, symbol, known, at)
    }

    fn slot(
        &mut self,
        row: Row,
        slot: Option<u16>,
        name: Symbol,
        known: &Known,
        at: &Range<usize>,
    ) -> Option<Named> {
        match slot {
            Some(slot) => Some(Named::Slot(
                Read { row, slot, name },
                Kind::from(known.declared),
            )),
            None => self.fail(
                at.clone(),
                format!("a pack reads at most {} fields", u16::MAX),
            ),
        }
    }

    /// A dated value that is no list.
    pub(super) fn dated_term(&mut self, name: &str, span: &Range<usize>) -> Option<Typed> {
        let lines = self.dated_lines(name, span)?;
        let mut kind: Option<Kind> = None;
        let mut terms = Vec::new();
        for line in &lines {
            let (term, one) = self.constant_term(name, &line.value, span)?;
            let joined = kind.map_or(Some(one), |kind| kind.joined(one));
            let Some(joined) = joined else {
                let message = format!("the lines of @{name} are of different kinds");
                return self.fail(span.clone(), message);
            };
            kind = Some(joined);
            terms.push((line.from, line.to, term));
        }
        self.variable += 1;
        let dated = Dated {
            lines: terms,
            name: self.environment.names.intern(name),
        };
        Some((Term::Dated(Box::new(dated)), kind.unwrap_or(Kind::Any)))
    }

    /// The lines of a dated value.
    pub(super) fn dated_lines(
        &mut self,
        name: &str,
        span: &Range<usize>,
    ) -> Option<Vec<DatedLine>> {
        if let Some(value) = self.environment.values.get(name) {
            return Some(value.lines.clone());
        }
        let names: Vec<&str> = self.environment.values.keys().map(String::as_str).collect();
        let meant = nearest(name, names.iter().copied()).map(|name| format!("@{name}"));
        let message = format!("there is no value @{name} in values.toml");
        self.error(ExprError::new(span.clone(), message).suggest(meant))
    }

    fn constant_term(
        &mut self,
        name: &str,
        constant: &Constant,
        span: &Range<usize>,
    ) -> Option<Typed> {
        let datum = match constant {
            Constant::Value(value) => Datum::Value(*value),
            Constant::Duration(micros) => Datum::Duration(*micros),
            Constant::List(_) => {
                let message = format!(
                    "{name} is a list; it can stand behind `in`, and before .exists(...), \
                     .all(...) and .size()"
                );
                return self.fail(span.clone(), message);
            }
        };
        Some((Term::Constant(datum), Kind::of(datum)))
    }
}

/// The attribute of that name: declared, or what every event has, or any where all are open.
fn lookup(known: &[Known], open: bool, name: &str, event: bool) -> Option<Known> {
    if let Some(known) = known.iter().find(|known| known.name == name) {
        return Some(known.clone());
    }
    let built_in = EVERY_EVENT
        .iter()
        .find(|built_in| event && built_in.0 == name);
    if let Some((_, source, declared)) = built_in {
        let (name, source) = (name.to_owned(), source.clone());
        return Some(Known {
            name,
            source,
            declared: Some(*declared),
        });
    }
    open.then(|| Known::attribute(name, None))
}

fn known_names(known: &[Known]) -> Vec<String> {
    known.iter().map(|known| known.name.clone()).collect()
}

/// The index of an item, added now if it is new; `None` when there are too many.
fn slot_of<T: PartialEq>(items: &mut Vec<T>, item: T) -> Option<u16> {
    let index = items
        .iter()
        .position(|other| *other == item)
        .unwrap_or(items.len());
    let slot = u16::try_from(index).ok()?;
    if index == items.len() {
        items.push(item);
    }
    Some(slot)
}

/// Some names in a sentence; long lists are cut.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    match names {
        [] => "none".to_owned(),
        names if names.len() <= SHOWN => names.join(", "),
        names => format!(
            "{} and {} more",
            names[..SHOWN].join(", "),
            names.len() - SHOWN
        ),
    }
}
