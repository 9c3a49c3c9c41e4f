//! A log kept in memory, complete enough to write it back: what conversion and discovery use.
//!
//! Events, attributes and object references lie in three arrays; an event is a row of 56 bytes
//! that points into them. Checking does not need this: it consumes a [`LogSink`] stream.

use crate::event::{AttributeRow, EventBuffer, ObjectBuffer};
use crate::keyed::Keyed;
use crate::sink::{LogSink, SinkError};
use crate::symbol::{Interner, Symbol};
use crate::time::Time;
use crate::value::{Type, Value};

/// What a file states about the whole log.
#[derive(Clone, Debug, Default)]
pub struct LogHeader {
    /// XES version, features and the like, as attributes of the root element.
    pub root: Vec<(String, String)>,
    /// XES extensions.
    pub extensions: Vec<Extension>,
    /// XES global attributes: names that every trace or event has, with their default.
    pub globals: Vec<(Scope, Vec<Attribute>)>,
    /// XES classifiers.
    pub classifiers: Vec<Classifier>,
    /// Attributes of the log itself, nested ones after their parent.
    pub attributes: Vec<Attribute>,
    /// Declared event types (OCEL) with their attributes.
    pub event_types: Vec<TypeDeclaration>,
    /// Declared object types (OCEL) with their attributes.
    pub object_types: Vec<TypeDeclaration>,
}

/// A XES extension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extension {
    /// Full name, for example `Concept`.
    pub name: String,
    /// Prefix of its keys, for example `concept`.
    pub prefix: String,
    /// Where it is defined.
    pub uri: String,
}

/// Whether a XES global or classifier speaks of traces or of events.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Scope {
    /// Traces.
    Trace,
    /// Events.
    Event,
}

/// A XES classifier: the attributes that together name an event's class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Classifier {
    /// Its name.
    pub name: String,
    /// Traces or events.
    pub scope: Scope,
    /// The attribute names, in order.
    pub keys: Vec<String>,
}

/// A declared event or object type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeDeclaration {
    /// The type's name.
    pub name: Symbol,
    /// Its attributes with their declared types.
    pub attributes: Vec<(Symbol, Type)>,
}

/// One attribute in memory. Nested attributes follow their parent, one level deeper.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// The attribute's name.
    pub key: Symbol,
    /// 0 at the top, one more for each level of nesting.
    pub depth: u16,
    /// The value.
    pub value: Value,
}

/// A run of rows in one of the log's arrays.
#[derive(Clone, Copy, Debug, Default)]
struct Rows {
    start: u32,
    len: u32,
}

/// An object that an event names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ObjectRef {
    /// Index of the object in [`Log::objects`].
    pub object: u32,
    /// In which role; [`Symbol::EMPTY`] when none is stated.
    pub qualifier: Symbol,
}

/// A relation from one object to another.
pub type Relation = ObjectRef;

/// One event.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// The source's own identifier; [`Symbol::EMPTY`] when it has none.
    pub id: Symbol,
    /// Who sent it; [`Symbol::EMPTY`] when not stated.
    pub source: Symbol,
    /// The activity or event type.
    pub activity: Symbol,
    time: Option<Time>,
    arrival: u32,
    objects: Rows,
    attributes: Rows,
}

/// One object.
#[derive(Clone, Debug)]
pub struct Object {
    /// The object's type.
    pub kind: Symbol,
    /// The object's identifier.
    pub id: Symbol,
    /// Its attributes with the time from which each holds.
    pub attributes: Vec<(Attribute, Option<Time>)>,
    /// Its relations to other objects.
    pub relations: Vec<Relation>,
}

/// The attributes of one event.
pub type Attributes<'a> = &'a [Attribute];

/// A log in memory.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// All texts and names.
    pub names: Interner,
    /// What the file states about the whole log.
    pub header: LogHeader,
    /// The objects, in order of first mention.
    pub objects: Vec<Object>,
    /// The events, in the file's order.
    pub events: Vec<Event>,
    attributes: Vec<Attribute>,
    references: Vec<ObjectRef>,
    arrivals: Vec<Time>,
    object_index: Keyed<(Symbol, Symbol), u32>,
    /// The first object of each id; made when the first relation comes, as few logs have any.
    first_by_id: Option<Keyed<Symbol, u32>>,
}

/// A log with more rows than memory rows are numbered for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the log has too many {0} to be kept in memory (more than 2^32)")]
pub struct LogTooLarge(&'static str);

impl Attribute {
    /// An attribute of the header, or of anything else that has no time of its own.
    #[must_use]
    pub fn new(key: Symbol, depth: u16, value: Value) -> Self {
        Self { key, depth, value }
    }
}

impl Event {
    /// When it happened, where the file says so.
    #[must_use]
    pub fn time(&self) -> Option<Time> {
        self.time
    }
}

impl Log {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The attributes of an event, nested ones after their parent.
    #[must_use]
    pub fn attributes(&self, event: &Event) -> Attributes<'_> {
        slice(&self.attributes, event.attributes)
    }

    /// The first top-level attribute of an event with this name.
    #[must_use]
    pub fn attribute(&self, event: &Event, key: Symbol) -> Option<Value> {
        let rows = self.attributes(event);
        rows.iter()
            .find(|row| row.key == key && row.depth == 0)
            .map(|row| row.value)
    }

    /// The objects that an event names.
    #[must_use]
    pub fn references(&self, event: &Event) -> &[ObjectRef] {
        slice(&self.references, event.objects)
    }

    /// When an event was received, where the file says so.
    #[must_use]
    pub fn arrival(&self, event: &Event) -> Option<Time> {
        let index = (event.arrival as usize).checked_sub(1)?;
        self.arrivals.get(index).copied()
    }

    /// The index of an object, made now if it is new. An object that so far was only the target of
    /// relations, and thus of no type, gets its type now.
    pub fn object_index(&mut self, kind: Symbol, id: Symbol) -> u32 {
        if let Some(&known) = self.object_index.get(&(kind, id)) {
            return known;
        }
        let untyped = (Symbol::EMPTY, id);
        let index = match self.object_index.get(&untyped) {
            Some(&index) => {
                self.object_index.remove(&untyped);
                self.objects[index as usize].kind = kind;
                index
            }
            None => self.push_new_object(kind, id),
        };
        self.object_index.insert((kind, id), index);
        index
    }

    fn push_new_object(&mut self, kind: Symbol, id: Symbol) -> u32 {
        let index = self.objects.len() as u32;
        let (attributes, relations) = (Vec::new(), Vec::new());
        self.objects.push(Object {
            kind,
            id,
            attributes,
            relations,
        });
        if let Some(first_by_id) = &mut self.first_by_id {
            first_by_id.entry_or_insert_with(id, || index);
        }
        index
    }

    /// The object with this id, of whatever type: relations name no type. When there is none yet it
    /// is made without one; it keeps [`Symbol::EMPTY`] as its type when it is never described.
    fn object_by_id(&mut self, id: Symbol) -> u32 {
        let objects = &self.objects;
        let first_by_id = self.first_by_id.get_or_insert_with(|| {
            let mut first_by_id = Keyed::new();
            for (index, object) in objects.iter().enumerate() {
                first_by_id.entry_or_insert_with(object.id, || index as u32);
            }
            first_by_id
        });
        match first_by_id.get(&id) {
            Some(&index) => index,
            None => self.object_index(Symbol::EMPTY, id),
        }
    }

    /// Whether one more event or object with so many rows can be numbered.
    fn check_room(&self, attributes: usize, references: usize) -> Result<(), LogTooLarge> {
        let fits = |held: usize, more: usize| u32::try_from(held + more).is_ok();
        if !fits(self.attributes.len(), attributes) {
            return Err(LogTooLarge("attributes"));
        }
        if !fits(self.references.len(), references) {
            return Err(LogTooLarge("object references"));
        }
        // An event or a relation may bring as many new objects as it names.
        if !fits(self.objects.len(), references + 1) {
            return Err(LogTooLarge("objects"));
        }
        Ok(())
    }

    /// Adds an event whose names are symbols of `names`, which becomes or is this log's interner.
    fn push_event(&mut self, event: &EventBuffer, names: &mut Interner) {
        let first_reference = self.references.len() as u32;
        for row in &event.objects {
            let id = names.intern(event.text(row.id));
            let object = match row.kind {
                Symbol::EMPTY => self.object_by_id(id),
                kind => self.object_index(kind, id),
            };
            self.references.push(ObjectRef {
                object,
                qualifier: row.qualifier,
            });
        }
        let first_attribute = self.attributes.len() as u32;
        for row in &event.attributes {
            let value = event.value(row, names);
            self.attributes
                .push(Attribute::new(row.key, row.depth, value));
        }
        if let Some(arrival) = event.arrival {
            self.arrivals.push(arrival);
        }
        let mut text = |range| names.intern(event.text(range));
        self.events.push(Event {
            id: event.id.map_or(Symbol::EMPTY, &mut text),
            source: event.source.map_or(Symbol::EMPTY, &mut text),
            activity: event.activity,
            time: event.time,
            arrival: if event.arrival.is_some() {
                self.arrivals.len() as u32
            } else {
                0
            },
            objects: Rows {
                start: first_reference,
                len: event.objects.len() as u32,
            },
            attributes: Rows {
                start: first_attribute,
                len: event.attributes.len() as u32,
            },
        });
    }

    fn push_object(&mut self, object: &ObjectBuffer, names: &mut Interner) {
        let id = names.intern(object.text(object.id));
        let index = self.object_index(object.kind, id);
        let relations: Vec<_> = object
            .relations
            .iter()
            .map(|row| (names.intern(object.text(row.id)), row.qualifier))
            .collect();
        for (other, qualifier) in relations {
            // The other object's type is often stated later in the file; it is looked up by id.
            let other = self.object_by_id(other);
            self.objects[index as usize].relations.push(Relation {
                object: other,
                qualifier,
            });
        }
        for row in &object.attributes {
            let attribute = attribute_of(object, row, names);
            self.objects[index as usize]
                .attributes
                .push((attribute, row.since));
        }
    }
}

fn attribute_of(object: &ObjectBuffer, row: &AttributeRow, names: &mut Interner) -> Attribute {
    Attribute::new(row.key, row.depth, object.value(row, names))
}

fn slice<T>(rows: &[T], range: Rows) -> &[T] {
    &rows[range.start as usize..range.start as usize + range.len as usize]
}

/// Fills a log. The interner handed to the reader becomes the log's own by [`Log::finish`].
impl LogSink for Log {
    fn header(&mut self, header: &LogHeader, _names: &mut Interner) -> Result<(), SinkError> {
        self.header = header.clone();
        Ok(())
    }

    fn object(&mut self, object: &ObjectBuffer, names: &mut Interner) -> Result<(), SinkError> {
        self.check_room(0, object.relations.len())?;
        self.push_object(object, names);
        Ok(())
    }

    fn event(&mut self, event: &EventBuffer, names: &mut Interner) -> Result<(), SinkError> {
        self.check_room(event.attributes.len(), event.objects.len())?;
        self.push_event(event, names);
        Ok(())
    }
}

impl Log {
    /// Takes over the interner that the reader used.
    #[must_use]
    pub fn finish(mut self, names: Interner) -> Self {
        self.names = names;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(names: &mut Interner, kind: &str, id: &str, related: &[&str]) -> ObjectBuffer {
        let mut object = ObjectBuffer::default();
        object.kind = names.intern(kind);
        object.id = object.push_text(id);
        for other in related {
            let id = object.push_text(other);
            let qualifier = names.intern("of");
            object.relations.push(crate::RelationRow { id, qualifier });
        }
        object
    }

    #[test]
    fn relations_find_objects_stated_before_and_behind_them() {
        let (mut names, mut log) = (Interner::new(), Log::new());
        for (kind, id, related) in [
            ("order", "o1", &["i1", "o1"][..]),
            ("item", "i1", &["o1", "gone"]),
            ("item", "i1", &["i1"]),
        ] {
            let object = object(&mut names, kind, id, related);
            log.object(&object, &mut names).unwrap();
        }
        let log = log.finish(names);
        let shown: Vec<_> = log
            .objects
            .iter()
            .map(|object| {
                let related: Vec<_> = object.relations.iter().map(|to| to.object).collect();
                (
                    log.names.text(object.kind),
                    log.names.text(object.id),
                    related,
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("order", "o1", vec![1, 0]),
                ("item", "i1", vec![0, 2, 1]),
                ("", "gone", vec![])
            ]
        );
    }

    #[test]
    fn equal_ids_of_different_types_are_different_objects() {
        let (mut names, mut log) = (Interner::new(), Log::new());
        for kind in ["case", "officer", "case"] {
            log.object(&object(&mut names, kind, "7", &[]), &mut names)
                .unwrap();
        }
        assert_eq!(log.objects.len(), 2);
    }
}
