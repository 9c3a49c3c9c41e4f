//! From a record as a reader hands it over to what the engine folds: slots, and the numbers of the
//! objects that it names, derived ones included.
//!
//! Objects are numbered by first appearance among those of their type, so equal logs give equal
//! numbers. Only texts that rules look at are interned.

mod convert;
mod derive;

use cage_law::{DayCount, Moment};
use cage_model::{AttributeRow, EventBuffer, Instant, Interner, ObjectBuffer, Symbol, Time, Value};
use cage_pack::{Field, FieldSource, ObjectType, Program};

use convert::converted;

/// One event as the engine folds it. Reused from event to event.
#[derive(Clone, Debug, Default)]
pub struct Projected {
    /// Place in the order of arrival over all files, counted from 0.
    pub position: u64,
    /// The activity.
    pub activity: Symbol,
    /// When it happened; `None` when the record does not say.
    pub time: Option<Time>,
    /// The same as instant and local date.
    pub moment: Option<Moment>,
    /// When it arrived, where known.
    pub arrival: Option<Moment>,
    /// One value for each of [`Projector::columns`].
    pub slots: Vec<Value>,
    /// The objects that it names, each once: type as in [`Program::object_types`], and number.
    pub objects: Vec<(u16, u32)>,
}

/// A projected event as the engine takes it.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Place in the order of arrival over all files, counted from 0.
    pub position: u64,
    /// The activity.
    pub activity: Symbol,
    /// When it happened; `None` when the record does not say.
    pub time: Option<Time>,
    /// The same as instant and local date.
    pub moment: Option<Moment>,
    /// When it arrived, where known.
    pub arrival: Option<Moment>,
    /// One value for each of [`Projector::columns`].
    pub slots: &'a [Value],
}

impl Projected {
    /// The event without the objects that it names.
    #[must_use]
    #[inline]
    pub fn event(&self) -> Event<'_> {
        Event {
            position: self.position,
            activity: self.activity,
            time: self.time,
            moment: self.moment,
            arrival: self.arrival,
            slots: &self.slots,
        }
    }
}

/// What the record of an object states.
#[derive(Clone, Debug, Default)]
pub struct ObjectState {
    /// Type as in [`Program::object_types`].
    pub object_type: u16,
    /// The object's number.
    pub object: u32,
    /// Field of the type, value, and from when it holds.
    pub fields: Vec<(u16, Value, Option<Instant>)>,
}

/// What an engine reads of events: the program's fields, then those that its objects' fields are
/// folded from.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) columns: Vec<Field>,
    /// For each object type and each of its fields the column that events bring it in.
    pub(crate) sources: Vec<Vec<u16>>,
}

impl Layout {
    pub(crate) fn new(program: &Program) -> Self {
        let mut columns = program.fields.clone();
        let mut source = |object_field: &cage_pack::ObjectField| {
            let field = Field {
                source: FieldSource::Attribute(object_field.attribute),
                declared: object_field.declared,
            };
            let found = columns.iter().position(|column| *column == field);
            let index = found.unwrap_or_else(|| {
                columns.push(field);
                columns.len() - 1
            });
            index as u16
        };
        let sources = program
            .object_types
            .iter()
            .map(|kind| kind.fields.iter().map(&mut source).collect())
            .collect();
        Self { columns, sources }
    }
}

/// Projects records and numbers objects.
#[derive(Clone, Debug)]
pub struct Projector {
    columns: Vec<Field>,
    /// For each object type and each of its fields the column that events bring it in.
    sources: Vec<Vec<u16>>,
    /// By attribute name's symbol: the columns that it fills, as a range of `targets`.
    by_key: Vec<(u32, u32)>,
    targets: Vec<u16>,
    /// Columns that are not filled from attributes.
    special: Vec<u16>,
    kinds: Vec<Kind>,
    days: DayCount,
    scratch: derive::Scratch,
}

/// The objects of one type.
#[derive(Clone, Debug)]
struct Kind {
    declared: ObjectType,
    /// By attribute: the fields of this type.
    fields: Vec<(Symbol, u16)>,
    /// Ids in the order of first appearance; an interner of their own keeps the texts that rules
    /// look at few.
    ids: Interner,
}

impl Kind {
    /// The number of an object, given now if it is new. An empty id names nothing.
    fn number(&mut self, id: &str) -> Option<u32> {
        // The first symbol of every interner is the empty text.
        (self.ids.intern(id).index() as u32).checked_sub(1)
    }
}

impl Projector {
    /// A projector for a program. Records must name things by symbols of an interner that began as
    /// a clone of [`crate::Engine::names`].
    #[must_use]
    pub fn new(program: &Program) -> Self {
        let Layout { columns, sources } = Layout::new(program);
        let mut keyed: Vec<(usize, u16)> = Vec::new();
        let mut special = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            match column.source {
                FieldSource::Attribute(key) => keyed.push((key.index(), index as u16)),
                _ => special.push(index as u16),
            }
        }
        keyed.sort_unstable();
        let mut by_key = vec![(0, 0); keyed.last().map_or(0, |last| last.0 + 1)];
        for (at, (key, _)) in keyed.iter().enumerate() {
            let range = &mut by_key[*key];
            if range.1 == 0 {
                range.0 = at as u32;
            }
            range.1 = at as u32 + 1;
        }
        Self {
            columns,
            sources,
            by_key,
            targets: keyed.iter().map(|(_, column)| *column).collect(),
            special,
            kinds: program.object_types.iter().map(Kind::new).collect(),
            days: program.days.clone(),
            scratch: derive::Scratch::default(),
        }
    }

    /// What is read of an event, in the order of [`Projected::slots`].
    #[must_use]
    pub fn columns(&self) -> &[Field] {
        &self.columns
    }

    /// The column in which events bring a field of an object type.
    #[must_use]
    pub fn column_of(&self, object_type: u16, field: u16) -> u16 {
        let sources = self.sources.get(usize::from(object_type));
        let source = sources.and_then(|sources| sources.get(usize::from(field)));
        source.copied().unwrap_or(0)
    }

    /// Names of the attributes that are read of events and of objects.
    #[must_use]
    pub fn attributes(&self) -> Vec<Symbol> {
        let of_columns = self
            .columns
            .iter()
            .filter_map(|column| match column.source {
                FieldSource::Attribute(key) => Some(key),
                _ => None,
            });
        let mut names: Vec<Symbol> = of_columns.collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The object types that rules watch and events name, derived ones left out.
    #[must_use]
    pub fn kinds(&self) -> Vec<Symbol> {
        let named = self
            .kinds
            .iter()
            .filter(|kind| kind.declared.derived.is_empty());
        named.map(|kind| kind.declared.name).collect()
    }

    /// The id of an object by its number; empty when there is none.
    #[must_use]
    pub fn id(&self, object_type: u16, object: u32) -> &str {
        self.kinds
            .get(usize::from(object_type))
            .map_or("", |kind| kind.ids.text(Symbol::from_index(object + 1)))
    }

    /// The ids of the objects of a type, by number.
    pub fn ids(&self, object_type: u16) -> impl Iterator<Item = &str> {
        let kind = self.kinds.get(usize::from(object_type));
        kind.into_iter()
            .flat_map(|kind| kind.ids.iter().skip(1).map(|(_, id)| id))
    }

    /// How many objects of a type were seen.
    #[must_use]
    pub fn count(&self, object_type: u16) -> u32 {
        let kind = self.kinds.get(usize::from(object_type));
        kind.map_or(0, |kind| kind.ids.len() as u32 - 1)
    }

    /// Numbers an object of a type before it is seen; `None` when it has no id or there is no such
    /// type.
    pub fn register(&mut self, object_type: u16, id: &str) -> Option<u32> {
        self.kinds.get_mut(usize::from(object_type))?.number(id)
    }

    /// The number of an object that was seen.
    #[must_use]
    pub fn find(&self, object_type: u16, id: &str) -> Option<u32> {
        let kind = self.kinds.get(usize::from(object_type))?;
        (kind.ids.get(id)?.index() as u32).checked_sub(1)
    }

    /// Projects an event; everything but its position.
    pub fn event(&mut self, event: &EventBuffer, names: &mut Interner, into: &mut Projected) {
        self.event_of(event, names, into, &mut |_| true);
    }

    /// The same with those objects alone for which `takes` answers true. The others are
    /// not numbered.
    pub fn event_of(
        &mut self,
        event: &EventBuffer,
        names: &mut Interner,
        into: &mut Projected,
        takes: &mut dyn FnMut(&Candidate<'_>) -> bool,
    ) {
        into.activity = event.activity;
        into.time = event.time;
        into.moment = event.time.map(|time| self.days.moment(time));
        into.arrival = event.arrival.map(|time| self.days.moment(time));
        self.slots(event, names, &mut into.slots);
        into.objects.clear();
        for row in &event.objects {
            for index in 0..self.kinds.len() {
                let kind = &mut self.kinds[index];
                if kind.declared.name == row.kind && kind.declared.derived.is_empty() {
                    let number = kind.taken(index as u16, event.text(row.id), takes);
                    add(&mut into.objects, index as u16, number);
                }
            }
        }
        for index in 0..self.kinds.len() {
            if !self.kinds[index].declared.derived.is_empty() {
                self.derived((index, event), names, into, takes);
            }
        }
    }

    fn slots(&self, event: &EventBuffer, names: &mut Interner, slots: &mut Vec<Value>) {
        slots.clear();
        slots.resize(self.columns.len(), Value::Missing);
        for row in &event.attributes {
            let Some((start, end)) = self.by_key.get(row.key.index()) else {
                continue;
            };
            if start == end || row.depth != 0 {
                continue;
            }
            let value = event.value(row, names);
            for target in &self.targets[*start as usize..*end as usize] {
                let column = &self.columns[usize::from(*target)];
                let slot = &mut slots[usize::from(*target)];
                // An attribute that is listed twice has its first value.
                if matches!(slot, Value::Missing) {
                    *slot = converted(value, column.declared);
                }
            }
        }
        for target in &self.special {
            let column = &self.columns[usize::from(*target)];
            let value = special(column.source, event, names);
            slots[usize::from(*target)] = converted(value, column.declared);
        }
    }

    fn derived(
        &mut self,
        (index, event): (usize, &EventBuffer),
        names: &mut Interner,
        into: &mut Projected,
        takes: &mut dyn FnMut(&Candidate<'_>) -> bool,
    ) {
        let date = into
            .moment
            .map_or(cage_model::Date(i32::MIN), |moment| moment.date);
        let kind = &mut self.kinds[index];
        let parts = &kind.declared.derived;
        self.scratch.keys(parts, event, &into.slots, date, names);
        for key in self.scratch.iter() {
            let number = kind.taken(index as u16, key, takes);
            add(&mut into.objects, index as u16, number);
        }
    }

    /// What an object's record states for every type of the program that it is of.
    pub fn object(
        &mut self,
        object: &ObjectBuffer,
        names: &mut Interner,
        each: &mut dyn FnMut(&ObjectState),
    ) {
        for (index, kind) in self.kinds.iter_mut().enumerate() {
            if kind.declared.name != object.kind || !kind.declared.derived.is_empty() {
                continue;
            }
            let Some(number) = kind.number(object.text(object.id)) else {
                continue;
            };
            let mut state = ObjectState {
                object_type: index as u16,
                object: number,
                fields: Vec::new(),
            };
            for row in &object.attributes {
                kind.field_values(row, |row| object.value(row, names), &mut state.fields);
            }
            each(&state);
        }
    }

    /// The same of a record that was read as an event is: its first object, and the attributes of that object. Types for
    /// which `takes` answers false are left out.
    pub fn description(
        &mut self,
        record: &EventBuffer,
        names: &mut Interner,
        takes: &mut dyn FnMut(&Candidate<'_>) -> bool,
        each: &mut dyn FnMut(ObjectState),
    ) {
        let Some(object) = record.objects.first() else {
            return;
        };
        for (index, kind) in self.kinds.iter_mut().enumerate() {
            if kind.declared.name != object.kind || !kind.declared.derived.is_empty() {
                continue;
            }
            let object_type = index as u16;
            let Some(number) = kind.taken(object_type, record.text(object.id), takes) else {
                continue;
            };
            let mut fields = Vec::new();
            for row in &record.attributes {
                kind.field_values(row, |row| record.value(row, names), &mut fields);
            }
            each(ObjectState {
                object_type,
                object: number,
                fields,
            });
        }
    }

    /// Bytes held: the numbering of objects.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.kinds.iter().map(|kind| kind.ids.bytes()).sum()
    }
}

/// An object that an event names, before it is decided whether it is taken.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'c> {
    /// The object's type.
    pub object_type: u16,
    /// The object's id.
    pub id: &'c str,
    ids: &'c Interner,
}

impl Candidate<'_> {
    /// Whether the object was numbered before.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.ids.get(self.id).is_some()
    }
}

impl Kind {
    /// The number of an object, if it is taken and has an id.
    fn taken(
        &mut self,
        object_type: u16,
        id: &str,
        takes: &mut dyn FnMut(&Candidate<'_>) -> bool,
    ) -> Option<u32> {
        let ids = &self.ids;
        let candidate = Candidate {
            object_type,
            id,
            ids,
        };
        takes(&candidate).then(|| self.number(id))?
    }

    fn new(declared: &ObjectType) -> Self {
        let fields = declared.fields.iter().enumerate();
        Self {
            declared: declared.clone(),
            fields: fields
                .map(|(index, field)| (field.attribute, index as u16))
                .collect(),
            ids: Interner::new(),
        }
    }

    fn field_values(
        &self,
        row: &AttributeRow,
        mut value_of: impl FnMut(&AttributeRow) -> Value,
        into: &mut Vec<(u16, Value, Option<Instant>)>,
    ) {
        if row.depth != 0 {
            return;
        }
        for (_, field) in self.fields.iter().filter(|(name, _)| *name == row.key) {
            let declared = self.declared.fields[usize::from(*field)].declared;
            let value = converted(value_of(row), declared);
            if !matches!(value, Value::Missing) {
                into.push((*field, value, row.since.map(Time::instant)));
            }
        }
    }
}

fn add(objects: &mut Vec<(u16, u32)>, object_type: u16, number: Option<u32>) {
    let Some(number) = number else {
        return;
    };
    if !objects.contains(&(object_type, number)) {
        objects.push((object_type, number));
    }
}

/// The value of a column that no attribute fills.
fn special(source: FieldSource, event: &EventBuffer, names: &mut Interner) -> Value {
    match source {
        FieldSource::Attribute(_) => Value::Missing,
        FieldSource::Time => event.time.map_or(Value::Missing, Value::from),
        FieldSource::Arrival => event.arrival.map_or(Value::Missing, Value::from),
        FieldSource::Activity => Value::Text(event.activity),
        FieldSource::Id => event.id.map_or(Value::Missing, |id| {
            Value::Text(names.intern(event.text(id)))
        }),
        FieldSource::Object { kind, qualifier } => event
            .objects
            .iter()
            .find(|row| {
                row.kind == kind && (qualifier == Symbol::EMPTY || row.qualifier == qualifier)
            })
            .map_or(Value::Missing, |row| {
                Value::Text(names.intern(event.text(row.id)))
            }),
    }
}

#[cfg(test)]
mod tests;
