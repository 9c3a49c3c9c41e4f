//! One event as the text of a CloudEvent, under another source's name.

use cage_model::{Attribute, EventBuffer, Interner, ObjectBuffer, Symbol, Time};

use super::{OBJECT_TYPE, UNSTATED};
use crate::json::{write_attributes, write_text};

/// The text of an event as a source with an id says it: type, times, objects and attributes are the event's own.
#[must_use]
pub fn event_text(event: &EventBuffer, names: &mut Interner, source: &str, id: &str) -> String {
    let rows = event.attributes.iter();
    let rows: Vec<Attribute> = rows
        .map(|row| Attribute::new(row.key, row.depth, event.value(row, names)))
        .collect();
    let mut text = String::with_capacity(256);
    let kind = match event.activity {
        Symbol::EMPTY => UNSTATED,
        activity => names.text(activity),
    };
    head(&mut text, source, id, kind);
    for (name, time) in [("time", event.time), ("received", event.arrival)] {
        if let Some(time) = time {
            member(&mut text, ",", name, &time.to_string());
        }
    }
    text.push_str(",\"data\":{\"objects\":[");
    for (place, object) in event.objects.iter().enumerate() {
        let before = if place == 0 { "{" } else { ",{" };
        member(&mut text, before, "type", names.text(object.kind));
        member(&mut text, ",", "id", event.text(object.id));
        if object.qualifier != Symbol::EMPTY {
            member(&mut text, ",", "qualifier", names.text(object.qualifier));
        }
        text.push('}');
    }
    text.push_str("],\"attributes\":");
    write_attributes(&mut text, &rows, names);
    text.push_str("}}");
    text
}

/// The text of a record that describes an object, as a source with an id says it; it reads back as it was.
#[must_use]
pub fn object_text(object: &ObjectBuffer, names: &mut Interner, source: &str, id: &str) -> String {
    let rows = object.attributes.iter();
    let rows: Vec<(Attribute, Option<Time>)> = rows
        .map(|row| {
            let value = object.value(row, names);
            (Attribute::new(row.key, row.depth, value), row.since)
        })
        .collect();
    let mut text = String::with_capacity(256);
    head(&mut text, source, id, OBJECT_TYPE);
    text.push_str(",\"data\":{\"object\":");
    member(&mut text, "{", "type", names.text(object.kind));
    member(&mut text, ",", "id", object.text(object.id));
    write_states(&mut text, &rows, names);
    for (place, relation) in object.relations.iter().enumerate() {
        text.push_str(if place == 0 { ",\"relations\":[" } else { "," });
        member(&mut text, "{", "id", object.text(relation.id));
        if relation.qualifier != Symbol::EMPTY {
            member(&mut text, ",", "qualifier", names.text(relation.qualifier));
        }
        text.push('}');
    }
    if !object.relations.is_empty() {
        text.push(']');
    }
    text.push_str("}}}");
    text
}

/// Attributes of an object: those that always held, then what changed, in its order.
pub(super) fn write_states(
    text: &mut String,
    rows: &[(Attribute, Option<Time>)],
    names: &Interner,
) {
    let mut runs = rows.chunk_by(|(_, one), (row, other)| {
        // What is nested belongs to the value before it, whose time it has.
        row.depth > 0 || one.map(written) == other.map(written)
    });
    let attributes = |text: &mut String, run: &[(Attribute, Option<Time>)]| {
        text.push_str(",\"attributes\":");
        let rows: Vec<Attribute> = run.iter().map(|(row, _)| *row).collect();
        write_attributes(text, &rows, names);
    };
    let mut next = runs.next();
    if let Some(run) = next.filter(|run| run[0].1.is_none()) {
        attributes(text, run);
        next = runs.next();
    }
    let mut before = ",\"changes\":[";
    while let Some(run) = next {
        text.push_str(before);
        match run[0].1 {
            Some(since) => member(text, "{", "since", &since.to_string()),
            None => text.push_str("{\"since\":null"),
        }
        attributes(text, run);
        text.push('}');
        before = ",";
        next = runs.next();
    }
    if before == "," {
        text.push(']');
    }
}

/// Instant and offset, which must agree for values to be written together.
fn written(time: Time) -> (cage_model::Instant, u16, Option<i16>) {
    (time.instant(), time.nanoseconds(), time.offset_minutes())
}

fn head(text: &mut String, source: &str, id: &str, kind: &str) {
    member(text, "{", "specversion", "1.0");
    member(text, ",", "id", id);
    member(text, ",", "source", source);
    member(text, ",", "type", kind);
}

/// A member with a text, and the comma or brace before it.
fn member(text: &mut String, before: &str, name: &str, value: &str) {
    text.push_str(before);
    write_text(text, name);
    text.push(':');
    write_text(text, value);
}
