//! The reader that keeps an event's whole tree: names the first thing that is wrong. Slower than [`crate::reader`],
//! which asks it only about events that it does not take itself.

use cage_ledger::{Draft, Stream, unit_label};
use cage_model::Time;
use cage_proof::EntryKind;
use serde_json::{Map, Value};

use crate::cloudevent::{Incoming, Rejection, idempotency, number_of};
use crate::limits::{NAME_CHARS_MAX, OBJECTS_MAX};
use crate::minify::minify;
use crate::own::OWN_SOURCE;

/// Reads one event in structured mode.
///
/// # Errors
///
/// Names the first field that is wrong.
pub(crate) fn one(text: &[u8]) -> Result<Incoming, Rejection> {
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
        raw: 0..text.len(),
        ..rejection
    })
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
    let body = minify(text);
    if body.len() > Draft::BODY_BYTES_MAX {
        let most = Draft::BODY_BYTES_MAX;
        let reason = format!(
            "an event of {} bytes is too large, at most {most} are taken",
            body.len()
        );
        return Err(Rejection::at("", reason));
    }
    let label = |object: &Object| unit_label(object.kind, object.id);
    let subject = objects
        .first()
        .map_or_else(|| unit_label("source", source), label);
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
        // The quick reader knows them.
        sequence: None,
        shape: 0,
        raw: 0..text.len(),
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
            Some(Value::String(empty)) if empty.is_empty() => "",
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
    // The instant is the one that rules see: a leap second is the first of the next minute, 24:00 that of the next day.
    let time = Time::parse(text).map_err(|_| wrong())?;
    time.offset_minutes().ok_or_else(wrong)?;
    u64::try_from(time.instant().0.div_euclid(1_000)).map_err(|_| wrong())
}
