//! One CloudEvent (version 1.0, structured mode) to one draft of an entry.

use std::fmt;

use cage_ledger::{Draft, Stream};
use cage_proof::{EntryKind, Hash};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::minify::minify;
use crate::own::OWN_SOURCE;

/// Characters of an id, a source, a type or a name at most.
const NAME_CHARS_MAX: usize = 512;
/// Objects of an event at most.
const OBJECTS_MAX: usize = 1_000;
/// Events of a batch at most.
const BATCH_MAX: usize = 100_000;
/// Separates type and id of an object in a label; no name has it.
pub(crate) const SEPARATOR: char = '\u{1f}';

/// An event that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incoming {
    /// What the source says it is.
    pub source: String,
    /// The source's own number.
    pub id: String,
    /// The entry that it becomes.
    pub draft: Draft,
}

/// Why an event is not taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Rejection {
    /// JSON pointer (RFC 6901) to the field; empty for the whole event.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub reason: String,
    /// The event's id, where it could be read.
    pub id: Option<String>,
    /// The event's source, where it could be read.
    pub source: Option<String>,
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.pointer, self.reason)
    }
}

impl std::error::Error for Rejection {}

impl Rejection {
    pub(crate) fn at(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            reason: reason.into(),
            id: None,
            source: None,
        }
    }
}

/// Reads one event in structured mode.
///
/// # Errors
///
/// Names the first field that is wrong.
pub fn one(text: &[u8]) -> Result<Incoming, Rejection> {
    let text = std::str::from_utf8(text).map_err(|error| {
        let at = error.valid_up_to();
        Rejection::at("", format!("byte {at} is no UTF-8"))
    })?;
    let value: Value =
        serde_json::from_str(text).map_err(|error| Rejection::at("", error.to_string()))?;
    let Value::Object(members) = &value else {
        return Err(Rejection::at("", "an event must be a JSON object"));
    };
    read(members, text).map_err(|rejection| Rejection {
        id: text_of(members, "id"),
        source: text_of(members, "source"),
        ..rejection
    })
}

/// Reads a batch: a JSON array of events. Each is taken or refused by itself; pointers begin with its
/// place in the array.
///
/// # Errors
///
/// When the body is no array, or has too many events.
pub fn batch(text: &[u8]) -> Result<Vec<Result<Incoming, Rejection>>, Rejection> {
    let events: Vec<&RawValue> =
        serde_json::from_slice(text).map_err(|error| Rejection::at("", error.to_string()))?;
    if events.len() > BATCH_MAX {
        return Err(Rejection::at(
            "",
            format!("a batch has at most {BATCH_MAX} events"),
        ));
    }
    let read = events.iter().enumerate().map(|(place, event)| {
        one(event.get().as_bytes()).map_err(|rejection| Rejection {
            pointer: format!("/{place}{}", rejection.pointer),
            ..rejection
        })
    });
    Ok(read.collect())
}

/// Reads one event a line; empty lines are passed over. Pointers begin with the number of the line, from 0.
///
/// # Errors
///
/// When there are too many lines.
pub fn lines(text: &[u8]) -> Result<Vec<Result<Incoming, Rejection>>, Rejection> {
    let lines = text.split(|byte| *byte == b'\n').enumerate();
    let mut read = Vec::new();
    for (place, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
        if read.len() == BATCH_MAX {
            return Err(Rejection::at(
                "",
                format!("one request has at most {BATCH_MAX} events"),
            ));
        }
        read.push(one(line).map_err(|rejection| Rejection {
            pointer: format!("/{place}{}", rejection.pointer),
            ..rejection
        }));
    }
    Ok(read)
}

fn text_of(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(str::to_owned)
}

fn read(members: &Map<String, Value>, text: &str) -> Result<Incoming, Rejection> {
    if members.get("specversion") != Some(&Value::from("1.0")) {
        return Err(Rejection::at("/specversion", "must be \"1.0\""));
    }
    let id = name(members, "/id", "id")?;
    let source = name(members, "/source", "source")?;
    if source == OWN_SOURCE {
        let reason = format!("{OWN_SOURCE:?} is what this service calls itself; name the sender");
        return Err(Rejection::at("/source", reason));
    }
    let kind = name(members, "/type", "type")?;
    let claimed = match members.get("time") {
        None | Some(Value::Null) => 0,
        Some(time) => milliseconds(time)?,
    };
    let objects = objects_of(members)?;
    let body = minify(text).into_bytes();
    if body.len() > Draft::BODY_BYTES_MAX {
        let most = Draft::BODY_BYTES_MAX;
        let reason = format!(
            "an event of {} bytes is too large, at most {most} are taken",
            body.len()
        );
        return Err(Rejection::at("", reason));
    }
    let label = |object: &Object| format!("{}{SEPARATOR}{}", object.kind, object.id);
    let subject = objects
        .first()
        .map_or_else(|| format!("source{SEPARATOR}{source}"), label);
    let actor = objects
        .iter()
        .find(|object| object.qualifier == "actor")
        .map(label);
    let draft = Draft {
        stream: Stream::Case,
        kind: EntryKind::CaseStep,
        claimed,
        subject,
        erases: None,
        actor: actor.unwrap_or_default(),
        action: u64::from(number_of(kind) as u32),
        source: number_of(source),
        idempotency: idempotency(source, id),
        body,
    };
    Ok(Incoming {
        source: source.to_owned(),
        id: id.to_owned(),
        draft,
    })
}

struct Object<'m> {
    kind: &'m str,
    id: &'m str,
    qualifier: &'m str,
}

fn objects_of(members: &Map<String, Value>) -> Result<Vec<Object<'_>>, Rejection> {
    let data = match members.get("data") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(data)) => data,
        Some(_) => {
            let reason = "must be an object with `objects` and `attributes`";
            return Err(Rejection::at("/data", reason));
        }
    };
    if let Some(attributes) = data.get("attributes")
        && !attributes.is_object()
    {
        return Err(Rejection::at("/data/attributes", "must be an object"));
    }
    let list = match data.get("objects") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) if list.len() <= OBJECTS_MAX => list,
        Some(Value::Array(_)) => {
            let reason = format!("an event names at most {OBJECTS_MAX} objects");
            return Err(Rejection::at("/data/objects", reason));
        }
        Some(_) => return Err(Rejection::at("/data/objects", "must be an array")),
    };
    let read = list.iter().enumerate().map(|(place, value)| {
        let pointer = format!("/data/objects/{place}");
        let Value::Object(object) = value else {
            return Err(Rejection::at(
                pointer,
                "must be an object with `type` and `id`",
            ));
        };
        let qualifier = match object.get("qualifier") {
            None | Some(Value::Null) => "",
            Some(_) => name(object, &format!("{pointer}/qualifier"), "qualifier")?,
        };
        Ok(Object {
            kind: name(object, &format!("{pointer}/type"), "type")?,
            id: name(object, &format!("{pointer}/id"), "id")?,
            qualifier,
        })
    });
    read.collect()
}

/// A text that names something: not empty, not too long, without control characters.
fn name<'m>(
    members: &'m Map<String, Value>,
    pointer: &str,
    member: &str,
) -> Result<&'m str, Rejection> {
    let wrong = |reason: String| Rejection::at(pointer, reason);
    let value = members
        .get(member)
        .ok_or_else(|| wrong("is required".to_owned()))?;
    let text = value
        .as_str()
        .ok_or_else(|| wrong("must be a text".to_owned()))?;
    if text.is_empty() || text.chars().nth(NAME_CHARS_MAX).is_some() {
        return Err(wrong(format!("must have 1 to {NAME_CHARS_MAX} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(wrong("must not have control characters".to_owned()));
    }
    Ok(text)
}

fn milliseconds(time: &Value) -> Result<u64, Rejection> {
    let wrong = || {
        let example = "2026-02-10T23:10:00+08:00";
        Rejection::at(
            "/time",
            format!("must be a time of RFC 3339 from 1970 on, such as {example:?}"),
        )
    };
    let text = time.as_str().ok_or_else(wrong)?;
    let parsed: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
    u64::try_from(parsed.as_millisecond()).map_err(|_| wrong())
}

/// Leaves name sources and actions by a number that says nothing more than the name's hash.
pub(crate) fn number_of(name: &str) -> u64 {
    let hash = Hash::sha256(name.as_bytes());
    u64::from_be_bytes(hash.0.first_chunk().copied().unwrap_or_default())
}

/// The same for the same source and id: what makes a retry a retry.
pub(crate) fn idempotency(source: &str, id: &str) -> [u8; 16] {
    let hash = Hash::sha256(format!("ironcage/id/v1\n{source}\n{id}").as_bytes());
    hash.0.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
