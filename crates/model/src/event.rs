//! The records that readers hand over one at a time: an event, or an object with its attributes.
//!
//! A buffer is reused from record to record, so that reading allocates nothing once warm. Texts
//! lie in the buffer and are named by a [`TextRange`]; names (keys, activities, types) are symbols
//! of the interner that the reader was given.

use crate::symbol::{Interner, Symbol};
use crate::time::Time;
use crate::value::Value;
use crate::{Decimal, limits};

/// A piece of a buffer's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TextRange {
    start: u32,
    end: u32,
}

/// A value in a buffer; like [`Value`], with texts as ranges of the buffer.
#[derive(Clone, Copy, Debug, Default)]
pub enum RawValue {
    /// No value.
    #[default]
    Missing,
    /// A text.
    Text(TextRange),
    /// An identifier (XES `id`).
    Id(TextRange),
    /// A whole number.
    Integer(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// A binary float.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A time.
    Time(Time),
    /// A list; the following rows that are one level deeper are its members.
    List,
}

/// One attribute. Nested attributes follow their parent, one level deeper.
#[derive(Clone, Copy, Debug)]
pub struct AttributeRow {
    /// The attribute's name.
    pub key: Symbol,
    /// 0 at the top, one more for each level of nesting.
    pub depth: u16,
    /// The value.
    pub value: RawValue,
    /// From when the value holds (OCEL object attributes); `None` when it always did.
    pub since: Option<Time>,
}

/// An object that an event names.
#[derive(Clone, Copy, Debug)]
pub struct ObjectRefRow {
    /// The object's type.
    pub kind: Symbol,
    /// The object's identifier.
    pub id: TextRange,
    /// In which role; [`Symbol::EMPTY`] when none is stated.
    pub qualifier: Symbol,
}

/// A relation from one object to another.
#[derive(Clone, Copy, Debug)]
pub struct RelationRow {
    /// The other object's identifier.
    pub id: TextRange,
    /// In which role; [`Symbol::EMPTY`] when none is stated.
    pub qualifier: Symbol,
}

/// Where in its file a record began, for messages and for reading it again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// Line of the file, or row of a table, counted from 1; 0 when unknown.
    pub line: u64,
    /// Column in bytes, counted from 1; 0 when unknown.
    pub column: u64,
}

impl Place {
    /// The place as messages write it behind a file's name: `:12:5`, `:12`, or nothing when it is
    /// unknown.
    #[must_use]
    pub fn suffix(self) -> String {
        match (self.line, self.column) {
            (0, _) => String::new(),
            (line, 0) => format!(":{line}"),
            (line, column) => format!(":{line}:{column}"),
        }
    }
}

/// One event as its file states it.
#[derive(Clone, Debug, Default)]
pub struct EventBuffer {
    /// Where the record began.
    pub place: Place,
    /// The source's own identifier.
    pub id: Option<TextRange>,
    /// Who sent it (CloudEvents `source`).
    pub source: Option<TextRange>,
    /// The activity or event type; [`Symbol::EMPTY`] when the file states none.
    pub activity: Symbol,
    /// When it happened.
    pub time: Option<Time>,
    /// When it was received, where the file says so.
    pub arrival: Option<Time>,
    /// The objects it names, in the file's order; of a XES trace first the case.
    pub objects: Vec<ObjectRefRow>,
    /// Its attributes, nested ones after their parent. A reader of XES lists `concept:name` and
    /// `time:timestamp` here too, so that writing gives back what was read.
    pub attributes: Vec<AttributeRow>,
    text: String,
}

/// One object with its attributes: an OCEL object, or a XES trace.
#[derive(Clone, Debug, Default)]
pub struct ObjectBuffer {
    /// Where the record began.
    pub place: Place,
    /// The object's type.
    pub kind: Symbol,
    /// The object's identifier.
    pub id: TextRange,
    /// Its attributes, nested ones after their parent.
    pub attributes: Vec<AttributeRow>,
    /// Its relations to other objects.
    pub relations: Vec<RelationRow>,
    text: String,
}

macro_rules! text_arena {
    ($buffer:ty) => {
        impl $buffer {
            /// Stores a text and names it.
            ///
            /// # Panics
            /// When the record's texts together exceed 4 GiB; readers stop at
            /// [`limits::RECORD_BYTES_MAX`], see `text_bytes`.
            pub fn push_text(&mut self, text: &str) -> TextRange {
                let start = self.text.len() as u32;
                self.text.push_str(text);
                let end = u32::try_from(self.text.len()).expect("record within its limit");
                TextRange { start, end }
            }

            /// The text of a range of this buffer.
            #[must_use]
            pub fn text(&self, range: TextRange) -> &str {
                self.text
                    .get(range.start as usize..range.end as usize)
                    .unwrap_or("")
            }

            /// Bytes of text held, to compare with [`limits::RECORD_BYTES_MAX`].
            #[must_use]
            pub fn text_bytes(&self) -> usize {
                self.text.len()
            }

            /// The value of a row, its text interned.
            pub fn value(&self, row: &AttributeRow, names: &mut Interner) -> Value {
                intern_value(row.value, &self.text, names)
            }

            /// The first top-level attribute with this name.
            #[must_use]
            pub fn attribute(&self, key: Symbol) -> Option<&AttributeRow> {
                self.attributes
                    .iter()
                    .find(|row| row.key == key && row.depth == 0)
            }
        }
    };
}

text_arena!(EventBuffer);
text_arena!(ObjectBuffer);

fn intern_value(value: RawValue, text: &str, names: &mut Interner) -> Value {
    let mut intern = |range: TextRange| {
        names.intern(
            text.get(range.start as usize..range.end as usize)
                .unwrap_or(""),
        )
    };
    match value {
        RawValue::Missing => Value::Missing,
        RawValue::Text(range) => Value::Text(intern(range)),
        RawValue::Id(range) => Value::Id(intern(range)),
        RawValue::Integer(value) => Value::Integer(value),
        RawValue::Decimal(value) => Value::from(value),
        RawValue::Float(value) => Value::Float(value),
        RawValue::Boolean(value) => Value::Boolean(value),
        RawValue::Time(value) => Value::from(value),
        RawValue::List => Value::List,
    }
}

impl EventBuffer {
    /// Becomes equal to another buffer, in the memory it has.
    pub fn copy_from(&mut self, other: &Self) {
        self.place = other.place;
        self.id = other.id;
        self.source = other.source;
        self.activity = other.activity;
        self.time = other.time;
        self.arrival = other.arrival;
        self.objects.clone_from(&other.objects);
        self.attributes.clone_from(&other.attributes);
        self.text.clone_from(&other.text);
    }

    /// Empties the buffer and keeps its memory. A buffer that once held an outsized record gives
    /// that memory back.
    pub fn clear(&mut self) {
        let mut text = std::mem::take(&mut self.text);
        let mut objects = std::mem::take(&mut self.objects);
        let mut attributes = std::mem::take(&mut self.attributes);
        text.clear();
        objects.clear();
        attributes.clear();
        text.shrink_to(SHRINK_BYTES);
        attributes.shrink_to(limits::ATTRIBUTE_DEPTH_MAX);
        *self = Self {
            text,
            objects,
            attributes,
            ..Self::default()
        };
    }

    /// Adds an attribute without a time of its own.
    pub fn push_attribute(&mut self, key: Symbol, depth: u16, value: RawValue) {
        self.attributes.push(AttributeRow {
            key,
            depth,
            value,
            since: None,
        });
    }

    /// Adds an object.
    pub fn push_object(&mut self, kind: Symbol, id: &str, qualifier: Symbol) {
        let id = self.push_text(id);
        self.objects.push(ObjectRefRow {
            kind,
            id,
            qualifier,
        });
    }
}

impl ObjectBuffer {
    /// Empties the buffer and keeps its memory.
    pub fn clear(&mut self) {
        let mut text = std::mem::take(&mut self.text);
        let mut attributes = std::mem::take(&mut self.attributes);
        let mut relations = std::mem::take(&mut self.relations);
        text.clear();
        attributes.clear();
        relations.clear();
        text.shrink_to(SHRINK_BYTES);
        *self = Self {
            text,
            attributes,
            relations,
            ..Self::default()
        };
    }

    /// Adds an attribute that always held.
    pub fn push_attribute(&mut self, key: Symbol, depth: u16, value: RawValue) {
        self.attributes.push(AttributeRow {
            key,
            depth,
            value,
            since: None,
        });
    }
}

/// Text memory a buffer keeps from one record to the next.
const SHRINK_BYTES: usize = 1 << 20;
