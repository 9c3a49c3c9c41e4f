//! OCEL 2.0 as JSON.
//!
//! The standard leaves the order of the document's four members open. What needs another member
//! that comes later is read in a second pass over the file.

use std::borrow::Cow;

use cage_model::Place;

use super::document::{DocumentPart, DocumentParts};
use super::session::{Part, Session, Side};
use super::value::Scalar;
use crate::delivery::Delivery;
use crate::error::ReadError;
use crate::input::Input;
use crate::json::{
    Element, JsonFault, JsonReader, JsonStream, StreamError, Token, begin, place_within, pointer,
};

/// Reads OCEL 2.0 JSON.
///
/// # Errors
/// As [`crate::read`]; a fault within a record names its line, column and JSON pointer.
pub(crate) fn read(input: Input, delivery: &mut Delivery<'_>) -> Result<(), ReadError> {
    let (input, again) = input.with_again(delivery.options)?;
    let mut reading = Reading::new(Session::new(delivery));
    reading.pass(input)?;
    if !reading.parts.any() {
        let message = "none of the members \"objectTypes\", \"eventTypes\", \"objects\" and \
                       \"events\" of an OCEL 2.0 document is here";
        return Err(reading
            .session
            .delivery
            .broken(Place { line: 1, column: 1 }, message));
    }
    for _ in 0..DocumentParts::PASSES_MAX {
        if reading.parts.are_waiting() {
            reading.pass(again.open()?)?;
        }
    }
    reading.parts.check_all_read(&mut reading.session)?;
    reading.session.end();
    Ok(())
}

const MEMBERS: [(&str, DocumentPart); 4] = [
    ("objectTypes", DocumentPart::ObjectTypes),
    ("eventTypes", DocumentPart::EventTypes),
    ("objects", DocumentPart::Objects),
    ("events", DocumentPart::Events),
];

struct Reading<'s, 'd> {
    session: Session<'s, 'd>,
    parts: DocumentParts,
}

impl<'s, 'd> Reading<'s, 'd> {
    fn new(session: Session<'s, 'd>) -> Self {
        Self {
            session,
            parts: DocumentParts::default(),
        }
    }

    /// Reads the document once, and of it the members whose turn it is.
    fn pass(&mut self, input: Input) -> Result<(), ReadError> {
        let mut stream = JsonStream::new(begin(input)?);
        let mut at_hand: Option<DocumentPart> = None;
        let mut name = String::new();
        let mut index = 0u64;
        loop {
            let (text, place) = match stream.next() {
                Ok(Element::Value { text, line, column }) => (text, Place { line, column }),
                Ok(Element::Member(next)) => {
                    self.parts.close(at_hand, &mut self.session)?;
                    at_hand = self.open(&next)?;
                    (name, index) = (next, 0);
                    continue;
                }
                Ok(Element::End) => return self.parts.close(at_hand, &mut self.session),
                Err(StreamError::Input(error)) => {
                    return Err(self.session.delivery.unreadable(error));
                }
                Err(StreamError::Broken {
                    line,
                    column,
                    message,
                }) => {
                    return Err(self
                        .session
                        .delivery
                        .broken(Place { line, column }, message));
                }
            };
            if name.is_empty() {
                let message = "an OCEL 2.0 document is an object, not an array";
                return Err(self.session.delivery.broken(place, message));
            }
            if let Some(member) = at_hand {
                self.record(member, (&name, index), text, place)?;
            }
            index += 1;
        }
    }

    /// Begins a member; gives it back when its turn is now.
    fn open(&mut self, name: &str) -> Result<Option<DocumentPart>, ReadError> {
        if name.starts_with("ocel:") {
            let message = format!(
                "the member {name:?} is of OCEL 1.0; only OCEL 2.0 is read. Convert the log with the \
                 tool that it comes from"
            );
            return Err(self.session.delivery.broken(Place::default(), message));
        }
        let Some(part) = MEMBERS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, part)| *part)
        else {
            let note = format!("the member {name:?} of the document is not read");
            self.session.delivery.note(note);
            return Ok(None);
        };
        Ok(self.parts.open(part, &mut self.session)?.then_some(part))
    }

    /// Reads one element of a member.
    fn record(
        &mut self,
        member: DocumentPart,
        (name, index): (&str, u64),
        text: &str,
        place: Place,
    ) -> Result<(), ReadError> {
        let read = match member {
            DocumentPart::ObjectTypes => declaration(text, Side::Object, &mut self.session),
            DocumentPart::EventTypes => declaration(text, Side::Event, &mut self.session),
            DocumentPart::Objects => object(text, place, &mut self.session),
            DocumentPart::Events => event(text, place, &mut self.session),
        };
        match read {
            Ok(()) if member == DocumentPart::Objects => self.session.end_object(),
            Ok(()) if member == DocumentPart::Events => self.session.end_event(),
            Ok(()) => Ok(()),
            Err(fault) => {
                let pointer = format!("/{name}/{index}{}", pointer(text, fault.at));
                let place = place_within(place, text, fault.at);
                let message = format!("{pointer}: {}", fault.message);
                // Without its types, nothing else of the log can be judged.
                if matches!(member, DocumentPart::ObjectTypes | DocumentPart::EventTypes) {
                    return Err(self.session.delivery.broken(place, message));
                }
                self.session.delivery.reject(place, message)
            }
        }
    }
}

/// What a record says of itself, with the bytes at which it says it.
#[derive(Default)]
struct Parts<'a> {
    id: Option<(usize, Cow<'a, str>)>,
    kind: Option<(usize, Cow<'a, str>)>,
    name: Option<(usize, Cow<'a, str>)>,
    time: Option<(usize, Cow<'a, str>)>,
    value: Option<(usize, Token<'a>)>,
    object: Option<(usize, Cow<'a, str>)>,
    qualifier: Option<(usize, Cow<'a, str>)>,
    /// Where the array of attributes begins; it is read when the type is known.
    attributes: Option<usize>,
    relationships: Option<usize>,
}

/// Reads the members of an object, from its opening brace; what is nested in it is only found.
fn parts<'a>(reader: &mut JsonReader<'a>) -> Result<Parts<'a>, JsonFault> {
    let at = reader.next_position();
    if reader.value()? != Token::Object {
        return Err(JsonFault {
            at,
            message: "an object in braces is expected here".to_owned(),
        });
    }
    let mut parts = Parts::default();
    while let Some(key) = reader.key()? {
        let at = reader.next_position();
        match key.as_ref() {
            "id" => parts.id = word(reader)?.map(|word| (at, word)),
            "type" => parts.kind = word(reader)?.map(|word| (at, word)),
            "name" => parts.name = word(reader)?.map(|word| (at, word)),
            "time" => parts.time = word(reader)?.map(|word| (at, word)),
            "objectId" => parts.object = word(reader)?.map(|word| (at, word)),
            "qualifier" => parts.qualifier = word(reader)?.map(|word| (at, word)),
            "value" => {
                let value = reader.value()?;
                if matches!(value, Token::Array | Token::Object) {
                    let message = "a single value is expected here; OCEL 2.0 has no nested ones";
                    return Err(JsonFault {
                        at,
                        message: message.to_owned(),
                    });
                }
                parts.value = Some((at, value));
            }
            "attributes" => parts.attributes = list(reader, at)?,
            "relationships" => parts.relationships = list(reader, at)?,
            _ => reader.skip()?,
        }
    }
    Ok(parts)
}

/// A text, or a number as spelled; nothing for null.
fn word<'a>(reader: &mut JsonReader<'a>) -> Result<Option<Cow<'a, str>>, JsonFault> {
    let at = reader.next_position();
    match reader.value()? {
        Token::Text(text) => Ok(Some(text)),
        Token::Number(spelled) => Ok(Some(Cow::Borrowed(spelled))),
        Token::Null => Ok(None),
        _ => Err(JsonFault {
            at,
            message: "a text is expected here".to_owned(),
        }),
    }
}

/// Passes over an array that begins here, and says where; nothing for null.
fn list(reader: &mut JsonReader<'_>, at: usize) -> Result<Option<usize>, JsonFault> {
    let token = reader.value()?;
    reader.skip_rest(&token)?;
    match token {
        Token::Array => Ok(Some(at)),
        Token::Null => Ok(None),
        _ => Err(JsonFault {
            at,
            message: "an array is expected here".to_owned(),
        }),
    }
}

/// The part, or the fault that it is absent.
fn needed<'p, 'a>(
    part: &'p Option<(usize, Cow<'a, str>)>,
    name: &str,
    begin: usize,
) -> Result<&'p (usize, Cow<'a, str>), JsonFault> {
    part.as_ref().ok_or_else(|| JsonFault {
        at: begin,
        message: format!("{name:?} is missing"),
    })
}

/// Calls `visit` with the parts of each element of the array at `at`.
fn each<'a>(
    text: &'a str,
    at: Option<usize>,
    mut visit: impl FnMut(usize, Parts<'a>) -> Result<(), JsonFault>,
) -> Result<(), JsonFault> {
    let Some(at) = at else {
        return Ok(());
    };
    let mut reader = JsonReader::at(text, at);
    reader.value()?;
    while reader.element()? {
        let begin = reader.next_position();
        let parts = parts(&mut reader)?;
        visit(begin, parts)?;
    }
    Ok(())
}

fn declaration(text: &str, side: Side, session: &mut Session<'_, '_>) -> Result<(), JsonFault> {
    let mut reader = JsonReader::new(text);
    let whole = parts(&mut reader)?;
    reader.finish()?;
    let (at, name) = needed(&whole.name, "name", 0)?;
    session
        .declare_type(side, name)
        .map_err(|message| JsonFault { at: *at, message })?;
    each(text, whole.attributes, |begin, attribute| {
        let (_, name) = needed(&attribute.name, "name", begin)?;
        let (at, word) = needed(&attribute.kind, "type", begin)?;
        session
            .declare_attribute(side, name, word)
            .map_err(|message| JsonFault { at: *at, message })
    })
}

fn object(text: &str, place: Place, session: &mut Session<'_, '_>) -> Result<(), JsonFault> {
    let mut reader = JsonReader::new(text);
    let whole = parts(&mut reader)?;
    reader.finish()?;
    let (id_at, id) = needed(&whole.id, "id", 0)?;
    let (kind_at, kind) = needed(&whole.kind, "type", 0)?;
    session
        .begin_object(place, id, kind)
        .map_err(|fault| JsonFault {
            at: if fault.part == Part::Id {
                *id_at
            } else {
                *kind_at
            },
            message: fault.message,
        })?;
    each(text, whole.attributes, |begin, attribute| {
        let (_, name) = needed(&attribute.name, "name", begin)?;
        let (at, value) = attribute.value.unwrap_or((begin, Token::Null));
        let since = attribute.time.as_ref().map(|(_, since)| since.as_ref());
        session
            .object_attribute(name, &scalar(value), since)
            .map_err(|message| JsonFault { at, message })
    })?;
    each(text, whole.relationships, |begin, relation| {
        let (at, id) = needed(&relation.object, "objectId", begin)?;
        let qualifier = relation
            .qualifier
            .as_ref()
            .map_or("", |(_, word)| word.as_ref());
        session
            .object_relation(id, qualifier)
            .map_err(|message| JsonFault { at: *at, message })
    })
}

fn event(text: &str, place: Place, session: &mut Session<'_, '_>) -> Result<(), JsonFault> {
    let mut reader = JsonReader::new(text);
    let whole = parts(&mut reader)?;
    reader.finish()?;
    let (id_at, id) = needed(&whole.id, "id", 0)?;
    let (kind_at, kind) = needed(&whole.kind, "type", 0)?;
    let (time_at, time) = needed(&whole.time, "time", 0)?;
    session
        .begin_event(place, id, kind, time)
        .map_err(|fault| JsonFault {
            at: match fault.part {
                Part::Id => *id_at,
                Part::Kind => *kind_at,
                Part::Time => *time_at,
            },
            message: fault.message,
        })?;
    each(text, whole.attributes, |begin, attribute| {
        let (_, name) = needed(&attribute.name, "name", begin)?;
        let (at, value) = attribute.value.unwrap_or((begin, Token::Null));
        session
            .event_attribute(name, &scalar(value))
            .map_err(|message| JsonFault { at, message })
    })?;
    each(text, whole.relationships, |begin, relation| {
        let (at, id) = needed(&relation.object, "objectId", begin)?;
        let qualifier = relation
            .qualifier
            .as_ref()
            .map_or("", |(_, word)| word.as_ref());
        session
            .event_object(id, qualifier)
            .map_err(|message| JsonFault { at: *at, message })
    })
}

fn scalar(token: Token<'_>) -> Scalar<'_> {
    match token {
        Token::Null | Token::Array | Token::Object => Scalar::Missing,
        Token::Boolean(value) => Scalar::Boolean(value),
        Token::Number(spelled) => Scalar::Number(spelled),
        Token::Text(text) => Scalar::Text(text),
    }
}
