//! One event as the text of a CloudEvent, under another source's name.

use cage_model::{Attribute, EventBuffer, Interner, Symbol};

use super::UNSTATED;
use crate::json::{write_attributes, write_text};

/// The text of an event as a source with an id says it: type, times, objects and attributes are the event's own.
#[must_use]
pub fn event_text(event: &EventBuffer, names: &mut Interner, source: &str, id: &str) -> String {
    let rows = event.attributes.iter();
    let rows: Vec<Attribute> = rows
        .map(|row| Attribute::new(row.key, row.depth, event.value(row, names)))
        .collect();
    let mut text = String::with_capacity(256);
    let member = |text: &mut String, before: &str, name: &str, value: &str| {
        text.push_str(before);
        write_text(text, name);
        text.push(':');
        write_text(text, value);
    };
    let kind = match event.activity {
        Symbol::EMPTY => UNSTATED,
        activity => names.text(activity),
    };
    member(&mut text, "{", "specversion", "1.0");
    member(&mut text, ",", "id", id);
    member(&mut text, ",", "source", source);
    member(&mut text, ",", "type", kind);
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
