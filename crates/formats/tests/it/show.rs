//! Reads logs from texts, and prints them so that two can be compared.

use std::fmt::Write as _;

use cage_formats::{ReadError, ReadOptions, ReadReport};
use cage_model::{Attribute, Decimal, Event, Log, Object, Symbol, Value};

use crate::shared::load;

/// Reads bytes as a file of this name.
pub(crate) fn load_bytes(
    name: &str,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<(Log, ReadReport), ReadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    load(path, options)
}

/// The message for bytes that must be refused.
pub(crate) fn refusal(name: &str, bytes: &[u8], options: &ReadOptions) -> String {
    match load_bytes(name, bytes, options) {
        Ok((log, _)) => panic!("{name} was read: {} events", log.events.len()),
        Err(error) => {
            let message = error.to_string();
            let file = message.find(name).unwrap_or(0);
            message[file..].to_owned()
        }
    }
}

/// One line for each event.
pub(crate) fn events(log: &Log) -> Vec<String> {
    log.events
        .iter()
        .map(|event| show_event(log, event))
        .collect()
}

/// One line for each object that has attributes or relations, in the order of the alphabet.
pub(crate) fn objects(log: &Log) -> Vec<String> {
    let telling = |object: &&Object| !object.attributes.is_empty() || !object.relations.is_empty();
    let mut lines: Vec<String> = log
        .objects
        .iter()
        .filter(telling)
        .map(|object| show_object(log, object))
        .collect();
    lines.sort();
    lines
}

fn show_event(log: &Log, event: &Event) -> String {
    let text = |symbol: Symbol| log.names.text(symbol);
    let mut line = text(event.activity).to_owned();
    match event.time() {
        Some(time) => write!(line, " @ {time}").unwrap(),
        None => line.push_str(" @ never"),
    }
    if let Some(arrival) = log.arrival(event) {
        write!(line, " arrived {arrival}").unwrap();
    }
    for (what, symbol) in [("id", event.id), ("from", event.source)] {
        if symbol != Symbol::EMPTY {
            write!(line, " {what}={}", text(symbol)).unwrap();
        }
    }
    let mut objects = Vec::new();
    for reference in log.references(event) {
        let object = &log.objects[reference.object as usize];
        objects.push(match reference.qualifier {
            Symbol::EMPTY => format!("{}:{}", text(object.kind), text(object.id)),
            role => format!(
                "{}:{} as {}",
                text(object.kind),
                text(object.id),
                text(role)
            ),
        });
    }
    objects.sort();
    write!(line, " [{}]", objects.join(", ")).unwrap();
    let rows: Vec<_> = log
        .attributes(event)
        .iter()
        .map(|row| (*row, None))
        .collect();
    write!(line, " {{{}}}", show_attributes(log, &rows)).unwrap();
    line
}

fn show_object(log: &Log, object: &Object) -> String {
    let text = |symbol: Symbol| log.names.text(symbol);
    let attributes = show_attributes(log, &object.attributes);
    let mut line = format!("{}:{} {{{attributes}}}", text(object.kind), text(object.id));
    for relation in &object.relations {
        let other = &log.objects[relation.object as usize];
        let (kind, id, role) = (text(other.kind), text(other.id), text(relation.qualifier));
        write!(line, " -> {kind}:{id} as {role}").unwrap();
    }
    line
}

/// Attributes with what is nested in them, in the order of the alphabet of each level.
fn show_attributes(log: &Log, rows: &[(Attribute, Option<cage_model::Time>)]) -> String {
    let Some(depth) = rows.first().map(|(row, _)| row.depth) else {
        return String::new();
    };
    let mut shown: Vec<String> = rows
        .chunk_by(|_, (next, _)| next.depth > depth)
        .map(|group| {
            let ((row, since), nested) = group.split_first().unwrap();
            let mut text = format!("{}={}", log.names.text(row.key), show_value(log, row.value));
            if let Some(since) = since {
                write!(text, " since {since}").unwrap();
            }
            if !nested.is_empty() {
                write!(text, "({})", show_attributes(log, nested)).unwrap();
            }
            text
        })
        .collect();
    shown.sort();
    shown.join(", ")
}

fn show_value(log: &Log, value: Value) -> String {
    match value {
        Value::Missing => "missing".to_owned(),
        Value::Text(text) => format!("{:?}", log.names.text(text)),
        Value::Id(text) => format!("id {:?}", log.names.text(text)),
        Value::Integer(value) => format!("{value}"),
        Value::Decimal { scale, mantissa } => format!("decimal {}", Decimal { mantissa, scale }),
        Value::Float(value) => format!("float {value:?}"),
        Value::Boolean(value) => format!("{value}"),
        Value::Time { .. } => value.as_time().unwrap().to_string(),
        Value::List => "list".to_owned(),
    }
}
