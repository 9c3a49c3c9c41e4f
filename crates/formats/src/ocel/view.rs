//! A log in OCEL's terms, for the writers: types with their attributes' types, identifiers that are
//! used once, and a note on everything that OCEL has no words for.

mod identifiers;
mod losses;
mod types;

use std::collections::BTreeMap;
use std::fmt::Write;

use cage_model::{
    Attribute, Decimal, Event, Interner, Keyed, Log, Object, ObjectRef, Symbol, Time, Type, Value,
};

use self::identifiers::{event_ids, object_ids};
use self::losses::Losses;
use self::types::{event_types, object_types};

use super::{ARRIVAL, SOURCE};
use crate::error::WriteError;
use crate::json::write_value;
use crate::options::Format;

/// The time from which an attribute holds that always did, as the standard has it.
pub(super) const ALWAYS: &str = "1970-01-01T00:00:00Z";

/// A type of events or objects.
pub(super) struct TypeView<'a> {
    pub(super) name: &'a str,
    /// Its attributes, the declared ones first, then as they come in the log.
    pub(super) attributes: Vec<(&'a str, Type)>,
}

/// A log as OCEL sees it.
pub(super) struct View<'a> {
    log: &'a Log,
    pub(super) event_types: Vec<TypeView<'a>>,
    pub(super) object_types: Vec<TypeView<'a>>,
    /// Where the log's own identifier cannot be used.
    event_ids: BTreeMap<usize, String>,
    object_ids: BTreeMap<usize, String>,
    event_kinds: Kinds,
    object_kinds: Kinds,
    notes: Vec<String>,
}

/// The types of all attributes, by (type, attribute).
type Kinds = Keyed<(Symbol, Symbol), Type>;

/// One attribute ready to be written.
pub(super) struct Shown<'v> {
    pub(super) name: &'v str,
    pub(super) value: ShownValue,
    /// From when it holds; objects only.
    pub(super) since: String,
}

impl Shown<'_> {
    /// Whether it holds from the beginning, as the first state of an object does.
    pub(super) fn is_from_the_beginning(&self) -> bool {
        self.since == ALWAYS
    }
}

/// A value of the five types of OCEL.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum ShownValue {
    Missing,
    Text(String),
    Integer(i64),
    /// As spelled, since decimals keep their digits.
    Float(String),
    Boolean(bool),
    Time(String),
}

impl<'a> View<'a> {
    /// Looks through the whole log.
    ///
    /// # Errors
    /// [`WriteError::Unrepresentable`] for an event without a time, which OCEL requires.
    pub(super) fn new(log: &'a Log, format: Format) -> Result<Self, WriteError> {
        for (index, event) in log.events.iter().enumerate() {
            if event.time().is_none() {
                let activity = log.names.text(event.activity);
                let what = format!(
                    "an event without a time (event {}, {activity:?})",
                    index + 1
                );
                return Err(WriteError::Unrepresentable { format, what });
            }
        }
        let mut losses = Losses::default();
        let (event_types, event_kinds) = event_types(log, &mut losses);
        let (object_types, object_kinds) = object_types(log, &mut losses);
        let event_ids = event_ids(log, &mut losses);
        let object_ids = object_ids(log, &mut losses);
        losses.of_relations(log);
        losses.of_header(log);
        Ok(Self {
            log,
            event_types,
            object_types,
            event_ids,
            object_ids,
            event_kinds,
            object_kinds,
            notes: losses.notes(),
        })
    }

    pub(super) fn into_notes(self) -> Vec<String> {
        self.notes
    }

    pub(super) fn text(&self, symbol: Symbol) -> &'a str {
        self.log.names.text(symbol)
    }

    /// The objects that have a type, with their place in the log.
    pub(super) fn objects(&self) -> impl Iterator<Item = (usize, &'a Object)> {
        self.log
            .objects
            .iter()
            .enumerate()
            .filter(|(_, object)| object.kind != Symbol::EMPTY)
    }

    pub(super) fn events(&self) -> impl Iterator<Item = (usize, &'a Event)> {
        self.log.events.iter().enumerate()
    }

    pub(super) fn event_id(&self, index: usize) -> &str {
        match self.event_ids.get(&index) {
            Some(id) => id,
            None => self.text(self.log.events[index].id),
        }
    }

    pub(super) fn object_id(&self, index: usize) -> &str {
        match self.object_ids.get(&index) {
            Some(id) => id,
            None => self.text(self.log.objects[index].id),
        }
    }

    /// The identifiers and roles of objects that are related, those without a type left out.
    pub(super) fn relations<'v>(
        &'v self,
        relations: &'v [ObjectRef],
    ) -> impl Iterator<Item = (&'v str, &'v str)> {
        relations.iter().filter_map(|relation| {
            let index = relation.object as usize;
            let is_typed = self.log.objects[index].kind != Symbol::EMPTY;
            is_typed.then(|| (self.object_id(index), self.text(relation.qualifier)))
        })
    }

    pub(super) fn event_relations(&self, event: &Event) -> &'a [ObjectRef] {
        self.log.references(event)
    }

    /// The attributes of an event, its arrival and sender among them.
    pub(super) fn event_attributes(&self, event: &'a Event) -> Vec<Shown<'a>> {
        let rows = self.log.attributes(event);
        let mut shown: Vec<Shown<'a>> = rows
            .chunk_by(|_, next| next.depth > 0)
            .map(|group| self.shown(group, (event.activity, &self.event_kinds), None))
            .collect();
        if let Some(arrival) = self.log.arrival(event) {
            let value = ShownValue::Time(arrival.to_string());
            shown.push(Shown {
                name: ARRIVAL,
                value,
                since: String::new(),
            });
        }
        if event.source != Symbol::EMPTY {
            let value = ShownValue::Text(self.text(event.source).to_owned());
            shown.push(Shown {
                name: SOURCE,
                value,
                since: String::new(),
            });
        }
        shown
    }

    pub(super) fn object_attributes(&self, object: &'a Object) -> Vec<Shown<'a>> {
        object
            .attributes
            .chunk_by(|_, (next, _)| next.depth > 0)
            .map(|group| {
                let rows: Vec<Attribute> = group.iter().map(|(row, _)| *row).collect();
                self.shown(&rows, (object.kind, &self.object_kinds), group[0].1)
            })
            .collect()
    }

    fn shown(
        &self,
        group: &[Attribute],
        (kind, kinds): (Symbol, &Kinds),
        since: Option<Time>,
    ) -> Shown<'a> {
        let key = group[0].key;
        let kind = kinds.get(&(kind, key)).copied().unwrap_or(Type::Text);
        Shown {
            name: self.text(key),
            value: shown_value(group, kind, &self.log.names),
            since: since.map_or_else(|| ALWAYS.to_owned(), |since| since.to_string()),
        }
    }
}

fn shown_value(group: &[Attribute], kind: Type, names: &Interner) -> ShownValue {
    let value = group[0].value;
    let is_plain = group.len() == 1 && !matches!(value, Value::List);
    match (value, kind) {
        (Value::Missing, _) if is_plain => ShownValue::Missing,
        (Value::Integer(value), Type::Integer) => ShownValue::Integer(value),
        (Value::Integer(value), Type::Float | Type::Decimal) => {
            ShownValue::Float(value.to_string())
        }
        (Value::Float(value), Type::Float) => ShownValue::Float(format!("{value:?}")),
        (Value::Decimal { scale, mantissa }, Type::Float | Type::Decimal) => {
            ShownValue::Float(Decimal { mantissa, scale }.to_string())
        }
        (Value::Boolean(value), Type::Boolean) => ShownValue::Boolean(value),
        (Value::Time { .. }, Type::Time) => ShownValue::Time(
            value
                .as_time()
                .map(|time| time.to_string())
                .unwrap_or_default(),
        ),
        (Value::Text(text) | Value::Id(text), _) if is_plain => {
            ShownValue::Text(names.text(text).to_owned())
        }
        _ => {
            let mut text = String::new();
            if is_plain {
                write_plain(&mut text, value);
            } else {
                write_value(&mut text, group, names);
            }
            ShownValue::Text(text)
        }
    }
}

/// A value as text, where its column holds texts.
fn write_plain(out: &mut String, value: Value) {
    // Writing to a `String` cannot fail.
    let _ = match value {
        Value::Integer(value) => write!(out, "{value}"),
        Value::Float(value) => write!(out, "{value:?}"),
        Value::Boolean(value) => write!(out, "{value}"),
        Value::Decimal { scale, mantissa } => write!(out, "{}", Decimal { mantissa, scale }),
        Value::Time { .. } => match value.as_time() {
            Some(time) => write!(out, "{time}"),
            None => Ok(()),
        },
        Value::Missing | Value::List | Value::Text(_) | Value::Id(_) => Ok(()),
    };
}
