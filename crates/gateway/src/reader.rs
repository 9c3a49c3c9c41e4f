//! The quick reader of events: one pass over the text, no tree.
//!
//! The text is read by the very code that reads it again for the rules ([`EventReader`]), so what is kept can be judged.
//! What that code or the checks here do not take goes to [`tree::one`], which names what is wrong.

use std::ops::Range;

use cage_formats::{EventAttributes, EventReader, OBJECT_TYPE};
use cage_ledger::{Draft, Stream, unit_label};
use cage_model::{EventBuffer, Interner, RawValue, Symbol, Time};
use cage_proof::EntryKind;

use crate::cloudevent::{Incoming, Rejection, idempotency, number_of};
use crate::gate::Gate;
use crate::limits::{NAME_CHARS_MAX, NAMES_KEPT_MAX, OBJECTS_MAX, TEXT_BYTES_MAX};
use crate::minify::minify;
use crate::own::OWN_SOURCE;
use crate::shape::{Shape, shape_number};
use crate::tree;
use crate::vocabulary::{Words, pointer_to};

/// Reads events one after the other and keeps its memory.
#[derive(Debug)]
pub(crate) struct Reader {
    events: EventReader,
    event: EventBuffer,
    names: Interner,
    /// Numbers of types, by symbol.
    actions: Vec<Option<u64>>,
    /// The last source and its number.
    source: (String, u64),
    gate: Gate,
    words: Words,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            events: EventReader::new(EventAttributes::All)
                .without_repeats()
                .with_descriptions(),
            event: EventBuffer::default(),
            names: Interner::new(),
            actions: Vec::new(),
            source: (String::new(), number_of("")),
            gate: Gate::default(),
            words: Words::default(),
        }
    }
}

impl Reader {
    /// A reader that lets in what a gate does.
    pub(crate) fn behind(gate: Gate) -> Self {
        Self {
            gate,
            ..Self::default()
        }
    }

    /// Reads one event in structured mode, and asks whether it may come in.
    ///
    /// # Errors
    ///
    /// Names the first field that is wrong, or that no pack in force declares.
    pub(crate) fn one(&mut self, text: &[u8]) -> Result<Incoming, Rejection> {
        let incoming = self.sound(text)?;
        let Some(vocabulary) = self.gate.vocabulary() else {
            return Ok(incoming);
        };
        let unknown = vocabulary.unknown(&self.event, &self.names, &mut self.words);
        let Some(unknown) = unknown.filter(|found| self.gate.refuses(*found)) else {
            return Ok(incoming);
        };
        let (pointer, reason) = vocabulary.explained(unknown, &self.event, &self.names);
        Err(Rejection {
            pointer,
            reason,
            id: Some(incoming.id),
            source: Some(incoming.source),
            raw: incoming.raw,
        })
    }

    /// Reads one event in structured mode.
    ///
    /// # Errors
    ///
    /// Names the first field that is wrong.
    fn sound(&mut self, text: &[u8]) -> Result<Incoming, Rejection> {
        if self.names.len() > NAMES_KEPT_MAX {
            (self.names, self.actions) = (Interner::new(), Vec::new());
            self.words = Words::default();
        }
        let raw = 0..text.len();
        // A tree of it would be many times as large.
        if text.len() > TEXT_BYTES_MAX {
            let reason = format!(
                "an event of {} bytes is too large, at most {TEXT_BYTES_MAX} are read",
                text.len()
            );
            return Err(within(Rejection::at("", reason), raw));
        }
        let read = self.events.read(text, &mut self.names, &mut self.event);
        let Err(fault) = read else {
            return match self.incoming(text) {
                Some(incoming) => Ok(incoming),
                None => self.doubted(text),
            };
        };
        let incoming = tree::one(text).map_err(|rejection| within(rejection, raw.clone()))?;
        // Sound JSON with everything that is required, but rules could not read it.
        Err(Rejection {
            pointer: fault.pointer,
            reason: fault.message,
            id: Some(incoming.id),
            source: Some(incoming.source),
            raw,
        })
    }

    /// The shape of the event that was read last.
    pub(crate) fn shape(&self) -> Shape {
        Shape::of(&self.event, &self.names)
    }

    /// The event in the buffer; `None` when something about it is not as it must be.
    fn incoming(&mut self, text: &[u8]) -> Option<Incoming> {
        let event = &self.event;
        let (id, source) = (event.text(event.id?), event.text(event.source?));
        let kind = self.names.text(event.activity);
        let claimed = match event.time {
            None => 0,
            Some(time) => {
                time.offset_minutes()?;
                u64::try_from(time.instant().0.div_euclid(1_000)).ok()?
            }
        };
        let is_sound = is_name(id) && is_name(source) && is_name(kind) && source != OWN_SOURCE;
        if !is_sound || event.objects.len() > OBJECTS_MAX || !self.has_sound_attributes() {
            return None;
        }
        let (mut subject, mut actor) = (None, None);
        for object in &event.objects {
            let kind = self.names.text(object.kind);
            let (id, role) = (event.text(object.id), self.names.text(object.qualifier));
            if !is_name(kind) || !is_name(id) || !role.is_empty() && !is_name(role) {
                return None;
            }
            if subject.is_none() {
                subject = Some(unit_label(kind, id));
            }
            if role == "actor" && actor.is_none() {
                actor = Some(unit_label(kind, id));
            }
        }
        let body = minify(std::str::from_utf8(text).ok()?);
        if body.len() > Draft::BODY_BYTES_MAX {
            return None;
        }
        if self.source.0 != source {
            self.source = (source.to_owned(), number_of(source));
        }
        let draft = Draft {
            stream: Stream::Case,
            kind: EntryKind::CaseStep,
            claimed,
            subject: subject.unwrap_or_else(|| unit_label("source", source)),
            erases: None,
            actor: actor.unwrap_or_default(),
            action: action(&mut self.actions, event.activity, kind),
            source: self.source.1,
            idempotency: idempotency(source, id),
            body,
        };
        Some(Incoming {
            source: source.to_owned(),
            id: id.to_owned(),
            sequence: self.events.sequence(),
            shape: shape_number(event, &self.names),
            draft,
            raw: 0..text.len(),
        })
    }

    /// What the checks here did not take.
    fn doubted(&self, text: &[u8]) -> Result<Incoming, Rejection> {
        let raw = 0..text.len();
        let incoming = tree::one(text).map_err(|rejection| within(rejection, raw.clone()))?;
        if self.names.text(self.event.activity) == OBJECT_TYPE
            && self.repeated_attribute().is_none()
        {
            // What is sound otherwise can only be wrong in the names of the object.
            return Err(Rejection {
                pointer: "/data/object".to_owned(),
                reason: format!(
                    "type and id must have 1 to {NAME_CHARS_MAX} characters, none of them a control character"
                ),
                id: Some(incoming.id),
                source: Some(incoming.source),
                raw,
            });
        }
        let Some(key) = self.repeated_attribute() else {
            return Ok(Incoming {
                sequence: self.events.sequence(),
                shape: shape_number(&self.event, &self.names),
                ..incoming
            });
        };
        let name = self.names.text(key);
        Err(Rejection {
            pointer: pointer_to(name),
            reason: format!("{name:?} stands here twice"),
            id: Some(incoming.id),
            source: Some(incoming.source),
            raw,
        })
    }

    fn has_sound_attributes(&self) -> bool {
        let is_finite =
            |value: RawValue| !matches!(value, RawValue::Float(float) if !float.is_finite());
        let rows = &self.event.attributes;
        rows.iter().all(|row| is_finite(row.value)) && self.repeated_attribute().is_none()
    }

    /// An attribute that stands twice: which one counts would depend on who reads it.
    fn repeated_attribute(&self) -> Option<Symbol> {
        let top = self.event.attributes.iter().filter(|row| row.depth == 0);
        // What is said of an object may hold from different times on.
        let mut keys: Vec<(Symbol, Option<Time>)> = top.map(|row| (row.key, row.since)).collect();
        keys.sort_unstable();
        let twice = keys.windows(2).find(|pair| pair[0] == pair[1]);
        twice.map(|pair| pair[0].0)
    }
}

fn within(rejection: Rejection, raw: Range<usize>) -> Rejection {
    Rejection { raw, ..rejection }
}

/// The number of a type; leaves say it in 32 bits.
fn action(actions: &mut Vec<Option<u64>>, symbol: Symbol, kind: &str) -> u64 {
    let place = symbol.index();
    if actions.len() <= place {
        actions.resize(place + 1, None);
    }
    *actions[place].get_or_insert_with(|| u64::from(number_of(kind) as u32))
}

/// Whether a text names something: not empty, not too long, without control characters.
fn is_name(text: &str) -> bool {
    // Most are short and plain.
    if !text.is_empty() && text.len() <= NAME_CHARS_MAX && text.is_ascii() {
        return !text.bytes().any(|byte| byte.is_ascii_control());
    }
    !text.is_empty()
        && text.chars().nth(NAME_CHARS_MAX).is_none()
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
