//! A log as text in which every difference shows, so that two logs can be compared whatever their
//! symbols are.

use std::fmt::Write;

use cage_model::{Attribute, Log, Value};

/// Everything that a log holds, a line for each row.
pub(crate) fn dump(log: &Log) -> String {
    let mut out = String::new();
    let header = &log.header;
    let _ = writeln!(out, "root {:?}", header.root);
    let _ = writeln!(out, "extensions {:?}", header.extensions);
    let _ = writeln!(out, "classifiers {:?}", header.classifiers);
    for (scope, rows) in &header.globals {
        let _ = writeln!(out, "global {scope:?}");
        rows.iter().for_each(|row| attribute(log, row, &mut out));
    }
    let _ = writeln!(out, "log");
    header
        .attributes
        .iter()
        .for_each(|row| attribute(log, row, &mut out));
    for object in &log.objects {
        let _ = writeln!(out, "object {}", object_name(log, object));
        for (row, since) in &object.attributes {
            attribute(log, row, &mut out);
            if let Some(since) = since {
                let _ = writeln!(out, "  since {since}");
            }
        }
        for relation in &object.relations {
            let other = object_name(log, &log.objects[relation.object as usize]);
            let _ = writeln!(
                out,
                " related {} {other}",
                log.names.text(relation.qualifier)
            );
        }
    }
    for event in &log.events {
        let time = event.time().map(|time| time.to_string());
        let arrival = log.arrival(event).map(|time| time.to_string());
        let texts = [event.activity, event.id, event.source].map(|text| log.names.text(text));
        let _ = writeln!(out, "event {texts:?} {time:?} {arrival:?}");
        for reference in log.references(event) {
            let object = object_name(log, &log.objects[reference.object as usize]);
            let _ = writeln!(
                out,
                " names {:?} {object}",
                log.names.text(reference.qualifier)
            );
        }
        log.attributes(event)
            .iter()
            .for_each(|row| attribute(log, row, &mut out));
    }
    out
}

fn object_name(log: &Log, object: &cage_model::Object) -> String {
    format!(
        "{:?}:{:?}",
        log.names.text(object.kind),
        log.names.text(object.id)
    )
}

fn attribute(log: &Log, row: &Attribute, out: &mut String) {
    let value = match row.value {
        Value::Text(text) => format!("text {:?}", log.names.text(text)),
        Value::Id(text) => format!("id {:?}", log.names.text(text)),
        Value::Float(value) => format!("float {:x}", value.to_bits()),
        Value::Time { .. } => format!("time {}", row.value.as_time().unwrap()),
        other => format!("{other:?}"),
    };
    let _ = writeln!(
        out,
        " {}{:?} = {value}",
        "  ".repeat(row.depth.into()),
        log.names.text(row.key)
    );
}

/// The first line in which two dumps differ, with the lines before it; `None` when they are equal.
pub(crate) fn first_difference(left: &str, right: &str) -> Option<String> {
    if left == right {
        return None;
    }
    let lines = || left.lines().zip(right.lines());
    let at = lines()
        .position(|(left, right)| left != right)
        .unwrap_or(lines().count());
    let near = |text: &str| {
        let lines: Vec<&str> = text.lines().skip(at.saturating_sub(4)).take(6).collect();
        lines.join("\n")
    };
    Some(format!(
        "line {at}:\n{}\nagainst:\n{}",
        near(left),
        near(right)
    ))
}
