//! One CloudEvent that is in memory already: no file, no report, no copy of the text.

use cage_model::{EventBuffer, Interner, ObjectBuffer, RawValue, Symbol, Wanted};

use super::OBJECT_TYPE;
use super::record::{Parsing, Progress, Record, Repeats};
use crate::json::{Chosen, JsonFault, pointer};
use crate::local_time::LocalTime;

/// Reads events one at a time, exactly as [`crate::read`] reads each line of a file.
#[derive(Debug)]
pub struct EventReader {
    attributes: EventAttributes,
    repeats: Repeats,
    zone: LocalTime,
    object: ObjectBuffer,
    sequence: Option<u64>,
    takes_descriptions: bool,
}

/// Which attributes of an event are decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EventAttributes {
    /// All of them: whatever is wrong in the text is found.
    All,
    /// Those whose name is a symbol already. With the names of rules that is what rules look at, and no text makes
    /// the names grow by attributes that nobody asks for. What is wrong in the others may stay unseen.
    Known,
}

/// Why a text is no event.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct EventFault {
    /// JSON pointer (RFC 6901) to the innermost value that is wrong; empty for the whole event.
    pub pointer: String,
    /// What is wrong with it.
    pub message: String,
}

impl EventReader {
    /// Reads with these attributes decoded.
    #[must_use]
    pub fn new(attributes: EventAttributes) -> Self {
        Self {
            attributes,
            repeats: Repeats::default(),
            zone: LocalTime::new(None),
            object: ObjectBuffer::default(),
            sequence: None,
            takes_descriptions: false,
        }
    }

    /// Takes records that describe an object too, as an event of the type [`OBJECT_TYPE`] that names this object alone and has
    /// its attributes.
    #[must_use]
    pub fn with_descriptions(mut self) -> Self {
        self.takes_descriptions = true;
        self
    }

    /// Refuses an event with a member that stands twice: what it says would depend on who reads it.
    #[must_use]
    pub fn without_repeats(mut self) -> Self {
        self.repeats = Repeats::Refused;
        self
    }

    /// The running number that the last event states (the extension attribute `sequence`), where it is a whole number.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        self.sequence
    }

    /// Reads one event into a buffer, which is emptied first. Names and types become symbols of `names`.
    ///
    /// # Errors
    /// When the text is no UTF-8 or no event; the buffer has no meaning then.
    pub fn read(
        &mut self,
        text: &[u8],
        names: &mut Interner,
        into: &mut EventBuffer,
    ) -> Result<(), EventFault> {
        into.clear();
        let text = std::str::from_utf8(text).map_err(|error| EventFault {
            pointer: String::new(),
            message: format!("byte {} is no UTF-8", error.valid_up_to()),
        })?;
        let mut progress = Progress::default();
        let mut parsing = Parsing {
            names,
            chosen: match self.attributes {
                EventAttributes::All => Chosen::Wanted(&Wanted::All),
                EventAttributes::Known => Chosen::Known,
            },
            zone: &self.zone,
            event: into,
            object: &mut self.object,
            progress: &mut progress,
            repeats: self.repeats,
        };
        let read = parsing.record(text);
        self.sequence = progress.sequence;
        match read {
            Ok(Record::Event) => Ok(()),
            Ok(Record::Object) if self.takes_descriptions => {
                describe(&self.object, into);
                Ok(())
            }
            Ok(Record::Object) => Err(EventFault {
                pointer: "/type".to_owned(),
                message: format!(
                    "a record of the type {OBJECT_TYPE:?} describes an object and is no event"
                ),
            }),
            Err(JsonFault { at, message }) => Err(EventFault {
                pointer: pointer(text, at),
                message,
            }),
        }
    }
}

/// Puts what describes an object in the place of an event's objects and attributes.
fn describe(object: &ObjectBuffer, into: &mut EventBuffer) {
    into.objects.clear();
    into.attributes.clear();
    into.push_object(object.kind, object.text(object.id), Symbol::EMPTY);
    for row in &object.attributes {
        let value = match row.value {
            RawValue::Text(text) => RawValue::Text(into.push_text(object.text(text))),
            RawValue::Id(text) => RawValue::Id(into.push_text(object.text(text))),
            other => other,
        };
        into.push_attribute(row.key, row.depth, value);
        if let Some(pushed) = into.attributes.last_mut() {
            pushed.since = row.since;
        }
    }
}
