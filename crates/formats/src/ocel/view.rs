//! A log in OCEL's terms, for the writers: types with their attributes' types, identifiers that are
//! used once, and a note on everything that OCEL has no words for.

use std::collections::BTreeMap;
use std::fmt::Write;

use cage_model::{
    Attribute, Decimal, Event, Interner, Keyed, Log, Object, ObjectRef, Symbol, Time, Type,
    TypeDeclaration, Value,
};

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
    /// The declared type.
    pub(super) kind: Type,
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
                kind: Type::Time,
                value,
                since: String::new(),
            });
        }
        if event.source != Symbol::EMPTY {
            let value = ShownValue::Text(self.text(event.source).to_owned());
            shown.push(Shown {
                name: SOURCE,
                kind: Type::Text,
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
            kind,
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

/// The type that holds values of both.
fn common(one: Type, other: Type) -> Type {
    let is_number = |kind| matches!(kind, Type::Integer | Type::Decimal | Type::Float);
    match (one, other) {
        _ if one == other => one,
        _ if is_number(one) && is_number(other) => Type::Float,
        _ => Type::Text,
    }
}

/// Collects the types of one side of the log.
struct Collector<'a> {
    log: &'a Log,
    types: Vec<TypeView<'a>>,
    /// Each type's own symbol and its attributes, as in `types`.
    keys: Vec<(Symbol, Vec<Symbol>)>,
    by_name: Keyed<Symbol, usize>,
    kinds: Kinds,
}

impl<'a> Collector<'a> {
    fn new(log: &'a Log, declared: &[TypeDeclaration]) -> Self {
        let mut collector = Self {
            log,
            types: Vec::new(),
            keys: Vec::new(),
            by_name: Keyed::new(),
            kinds: Kinds::new(),
        };
        for declaration in declared {
            let index = collector.add(declaration.name);
            for (key, kind) in &declaration.attributes {
                collector.meet(index, declaration.name, *key, Some(*kind));
            }
        }
        collector
    }

    fn add(&mut self, name: Symbol) -> usize {
        let next = self.types.len();
        let index = *self.by_name.entry_or_insert_with(name, || next);
        if index == next {
            self.keys.push((name, Vec::new()));
            let (name, attributes) = (self.log.names.text(name), Vec::new());
            self.types.push(TypeView { name, attributes });
        }
        index
    }

    /// A value of this type was met; `None` is a missing one, which fits any type.
    fn meet(&mut self, index: usize, name: Symbol, key: Symbol, kind: Option<Type>) {
        let known = self.kinds.get(&(name, key)).copied();
        let next = match (known, kind) {
            (None, None) => return,
            (Some(known), None) => known,
            (None, Some(kind)) => kind,
            (Some(known), Some(kind)) => common(known, kind),
        };
        if known.is_none() {
            self.keys[index].1.push(key);
        }
        if known != Some(next) {
            self.kinds.insert((name, key), next);
        }
    }

    fn meet_group(&mut self, index: usize, name: Symbol, group: &[Attribute], losses: &mut Losses) {
        let row = &group[0];
        let is_plain = group.len() == 1 && !matches!(row.value, Value::List);
        let kind = if is_plain {
            row.value.value_type()
        } else {
            Some(Type::Text)
        };
        losses.structured += u64::from(!is_plain);
        losses.identifiers += u64::from(matches!(row.value, Value::Id(_)));
        losses.decimals += u64::from(matches!(row.value, Value::Decimal { .. }));
        let known = self.kinds.get(&(name, row.key)).copied();
        if let (Some(known), Some(kind)) = (known, kind)
            && known != kind
            && is_plain
        {
            losses.mixed += 1;
        }
        self.meet(index, name, row.key, kind);
    }

    fn finish(mut self) -> (Vec<TypeView<'a>>, Kinds) {
        for (view, (name, keys)) in self.types.iter_mut().zip(&self.keys) {
            for key in keys {
                let kind = self
                    .kinds
                    .get(&(*name, *key))
                    .copied()
                    .unwrap_or(Type::Text);
                view.attributes.push((self.log.names.text(*key), kind));
            }
        }
        (self.types, self.kinds)
    }
}

fn event_types<'a>(log: &'a Log, losses: &mut Losses) -> (Vec<TypeView<'a>>, Kinds) {
    let mut collector = Collector::new(log, &log.header.event_types);
    let mut extra: BTreeMap<usize, (bool, bool)> = BTreeMap::new();
    for event in &log.events {
        let index = collector.add(event.activity);
        for group in log.attributes(event).chunk_by(|_, next| next.depth > 0) {
            collector.meet_group(index, event.activity, group, losses);
        }
        let (arrival, source) = (log.arrival(event).is_some(), event.source != Symbol::EMPTY);
        if arrival || source {
            let extra = extra.entry(index).or_default();
            *extra = (extra.0 || arrival, extra.1 || source);
        }
    }
    let (mut types, kinds) = collector.finish();
    for (index, (arrival, source)) in extra {
        if arrival {
            types[index].attributes.push((ARRIVAL, Type::Time));
        }
        if source {
            types[index].attributes.push((SOURCE, Type::Text));
        }
    }
    (types, kinds)
}

fn object_types<'a>(log: &'a Log, losses: &mut Losses) -> (Vec<TypeView<'a>>, Kinds) {
    let mut collector = Collector::new(log, &log.header.object_types);
    for object in log
        .objects
        .iter()
        .filter(|object| object.kind != Symbol::EMPTY)
    {
        let index = collector.add(object.kind);
        for group in object.attributes.chunk_by(|_, (next, _)| next.depth > 0) {
            let rows: Vec<Attribute> = group.iter().map(|(row, _)| *row).collect();
            collector.meet_group(index, object.kind, &rows, losses);
        }
    }
    collector.finish()
}

/// Identifiers for events that have none, or one that was used before.
fn event_ids(log: &Log, losses: &mut Losses) -> BTreeMap<usize, String> {
    let mut used: Keyed<Symbol, ()> = Keyed::new();
    let mut repeated = Vec::new();
    let mut ids = BTreeMap::new();
    for (index, event) in log.events.iter().enumerate() {
        if event.id == Symbol::EMPTY {
            losses.unnumbered += 1;
            repeated.push(index);
        } else if used.insert(event.id, ()).is_some() {
            losses.repeated_events += 1;
            repeated.push(index);
        }
    }
    for index in repeated {
        let free = |id: &String| {
            log.names
                .get(id)
                .is_none_or(|symbol| !used.contains_key(&symbol))
        };
        let begin = match log.events[index].id {
            Symbol::EMPTY => format!("e{}", index + 1),
            id => format!("{}#{}", log.names.text(id), index + 1),
        };
        let longer = (1..).map(|copy| format!("{begin}.{copy}"));
        let id = std::iter::once(begin.clone()).chain(longer).find(free);
        ids.insert(index, id.unwrap_or(begin));
    }
    ids
}

/// Identifiers for objects whose own is also that of an object of another type.
fn object_ids(log: &Log, losses: &mut Losses) -> BTreeMap<usize, String> {
    let mut used: Keyed<Symbol, ()> = Keyed::new();
    let mut ids = BTreeMap::new();
    let typed = log
        .objects
        .iter()
        .enumerate()
        .filter(|(_, object)| object.kind != Symbol::EMPTY);
    let repeated: Vec<usize> = typed
        .filter(|(_, object)| used.insert(object.id, ()).is_some())
        .map(|(index, _)| index)
        .collect();
    for index in repeated {
        losses.repeated_objects += 1;
        let object = &log.objects[index];
        let (kind, id) = (log.names.text(object.kind), log.names.text(object.id));
        let begin = format!("{kind}:{id}");
        let free = |id: &String| {
            log.names
                .get(id)
                .is_none_or(|symbol| !used.contains_key(&symbol))
        };
        let longer = (1..).map(|copy| format!("{begin}.{copy}"));
        let id = std::iter::once(begin.clone()).chain(longer).find(free);
        ids.insert(index, id.unwrap_or(begin));
    }
    ids
}

/// What OCEL cannot hold as it is, counted.
#[derive(Default)]
struct Losses {
    unnumbered: u64,
    repeated_events: u64,
    repeated_objects: u64,
    structured: u64,
    identifiers: u64,
    decimals: u64,
    mixed: u64,
    untyped: u64,
    header: bool,
}

impl Losses {
    fn of_relations(&mut self, log: &Log) {
        let untyped =
            |relation: &&ObjectRef| log.objects[relation.object as usize].kind == Symbol::EMPTY;
        let of_objects = log.objects.iter().flat_map(|object| &object.relations);
        let of_events = log.events.iter().flat_map(|event| log.references(event));
        self.untyped = of_objects.chain(of_events).filter(untyped).count() as u64;
    }

    fn of_header(&mut self, log: &Log) {
        let header = &log.header;
        self.header = !header.attributes.is_empty()
            || !header.classifiers.is_empty()
            || !header.globals.is_empty();
    }

    fn notes(&self) -> Vec<String> {
        let counted = [
            (
                self.unnumbered,
                "events have no identifier of their own and are numbered e1, e2, ...",
            ),
            (
                self.repeated_events,
                "events have the identifier of an earlier event; # and their number is added",
            ),
            (
                self.repeated_objects,
                "objects have the identifier of an object of another type; their type is put before it",
            ),
            (
                self.structured,
                "lists and values with nested attributes are written as JSON text",
            ),
            (
                self.identifiers,
                "values of the type id are written as strings",
            ),
            (self.decimals, "exact decimals are written as floats"),
            (
                self.mixed,
                "values differ in type from others of the same attribute; numbers are written as floats, others as strings",
            ),
            (
                self.untyped,
                "relations to objects of no known type are left out",
            ),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        let mut notes: Vec<String> = counted
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if self.header {
            notes.push("the log's own attributes, globals and classifiers are left out".to_owned());
        }
        notes
    }
}
