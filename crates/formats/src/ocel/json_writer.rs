//! Writes OCEL 2.0 as JSON, one record a line, what is referred to before what refers to it.

use std::io::{self, Write};

use cage_model::Log;

use super::declarations::word_of_type;
use super::view::{Shown, ShownValue, TypeView, View};
use crate::error::{WriteError, WriteReport};
use crate::json::write_text;
use crate::options::Format;
use crate::output::Output;

/// Writes a log.
///
/// # Errors
/// [`WriteError`]: a log that OCEL cannot hold, or a fault of the disk.
pub(crate) fn write(log: &Log, output: &Output) -> Result<WriteReport, WriteError> {
    let view = View::new(log, Format::OcelJson)?;
    output.stream(|out| document(&view, out))?;
    Ok(WriteReport {
        notes: view.into_notes(),
    })
}

fn document(view: &View<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut line = String::new();
    for (name, types) in [
        ("objectTypes", &view.object_types),
        ("eventTypes", &view.event_types),
    ] {
        open(out, name)?;
        for (index, one) in types.iter().enumerate() {
            line.clear();
            type_line(one, &mut line);
            record(out, index == 0, &line)?;
        }
        out.write_all(b"\n],")?;
    }
    open(out, "objects")?;
    let mut first = true;
    for (index, object) in view.objects() {
        line.clear();
        begin(&mut line, view.object_id(index), view.text(object.kind));
        line.push_str(",\"attributes\":");
        attributes(&mut line, &view.object_attributes(object), true);
        relations(&mut line, view.relations(&object.relations));
        record(out, std::mem::replace(&mut first, false), &line)?;
    }
    out.write_all(b"\n],")?;
    open(out, "events")?;
    for (index, event) in view.events() {
        line.clear();
        begin(&mut line, view.event_id(index), view.text(event.activity));
        line.push_str(",\"time\":");
        write_text(
            &mut line,
            &event
                .time()
                .map(|time| time.to_string())
                .unwrap_or_default(),
        );
        line.push_str(",\"attributes\":");
        attributes(&mut line, &view.event_attributes(event), false);
        relations(&mut line, view.relations(view.event_relations(event)));
        record(out, index == 0, &line)?;
    }
    out.write_all(b"\n]}\n")
}

fn open(out: &mut impl Write, name: &str) -> io::Result<()> {
    let brace = if name == "objectTypes" { "{" } else { "\n" };
    write!(out, "{brace}\"{name}\":[")
}

fn record(out: &mut impl Write, first: bool, line: &str) -> io::Result<()> {
    out.write_all(if first { b"\n" } else { b",\n" })?;
    out.write_all(line.as_bytes())
}

fn type_line(one: &TypeView<'_>, line: &mut String) {
    line.push_str("{\"name\":");
    write_text(line, one.name);
    line.push_str(",\"attributes\":[");
    for (index, (name, kind)) in one.attributes.iter().enumerate() {
        line.push_str(if index == 0 {
            "{\"name\":"
        } else {
            ",{\"name\":"
        });
        write_text(line, name);
        line.push_str(",\"type\":");
        write_text(line, word_of_type(*kind));
        line.push('}');
    }
    line.push_str("]}");
}

fn begin(line: &mut String, id: &str, kind: &str) {
    line.push_str("{\"id\":");
    write_text(line, id);
    line.push_str(",\"type\":");
    write_text(line, kind);
}

fn attributes(line: &mut String, shown: &[Shown<'_>], timed: bool) {
    line.push('[');
    for (index, attribute) in shown.iter().enumerate() {
        line.push_str(if index == 0 {
            "{\"name\":"
        } else {
            ",{\"name\":"
        });
        write_text(line, attribute.name);
        if timed {
            line.push_str(",\"time\":");
            write_text(line, &attribute.since);
        }
        line.push_str(",\"value\":");
        match &attribute.value {
            ShownValue::Missing => line.push_str("null"),
            ShownValue::Text(text) | ShownValue::Time(text) => write_text(line, text),
            ShownValue::Integer(value) => line.push_str(&value.to_string()),
            // JSON has no spelling for what is no number.
            ShownValue::Float(spelled) if spelled.ends_with(['N', 'f']) => {
                write_text(line, spelled);
            }
            ShownValue::Float(spelled) => line.push_str(spelled),
            ShownValue::Boolean(value) => line.push_str(if *value { "true" } else { "false" }),
        }
        line.push('}');
    }
    line.push(']');
}

fn relations<'v>(line: &mut String, related: impl Iterator<Item = (&'v str, &'v str)>) {
    line.push_str(",\"relationships\":[");
    for (index, (id, qualifier)) in related.enumerate() {
        line.push_str(if index == 0 {
            "{\"objectId\":"
        } else {
            ",{\"objectId\":"
        });
        write_text(line, id);
        line.push_str(",\"qualifier\":");
        write_text(line, qualifier);
        line.push('}');
    }
    line.push_str("]}");
}
