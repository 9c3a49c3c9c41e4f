//! Writes CloudEvents, one a line: first the objects that have something of their own, then the
//! events.

use std::io::{self, Write};

use cage_model::{Event, Log, Object, Symbol, Time};

use super::text::write_states;
use super::{OBJECT_TYPE, UNSTATED};
use crate::error::{WriteError, WriteReport};
use crate::json::{write_attributes, write_text};
use crate::output::Output;

/// Writes a log.
///
/// # Errors
/// [`WriteError::Unwritable`] for a fault of the disk.
pub(crate) fn write(log: &Log, output: &Output) -> Result<WriteReport, WriteError> {
    let mut writing = Writing {
        log,
        line: String::new(),
        unnumbered: 0,
        without_offset: 0,
    };
    let mut named = vec![false; log.objects.len()];
    let references = log.events.iter().flat_map(|event| log.references(event));
    references.for_each(|reference| named[reference.object as usize] = true);
    output.stream(|out| {
        for (index, object) in log.objects.iter().enumerate() {
            let is_told =
                named[index] && object.attributes.is_empty() && object.relations.is_empty();
            // An object without a type is only what a relation leads to.
            if !is_told && object.kind != Symbol::EMPTY {
                writing.object(index, object);
                writing.end(out)?;
            }
        }
        for (index, event) in log.events.iter().enumerate() {
            writing.event(index, event);
            writing.end(out)?;
        }
        Ok(())
    })?;
    Ok(WriteReport {
        notes: writing.notes(),
    })
}

struct Writing<'a> {
    log: &'a Log,
    line: String,
    unnumbered: u64,
    without_offset: u64,
}

impl<'a> Writing<'a> {
    fn end(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.line.push('\n');
        out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }

    fn text(&self, symbol: Symbol) -> &'a str {
        self.log.names.text(symbol)
    }

    /// A member with a text, and the comma or brace before it.
    fn member(&mut self, before: &str, name: &str, value: &str) {
        self.line.push_str(before);
        write_text(&mut self.line, name);
        self.line.push(':');
        write_text(&mut self.line, value);
    }

    fn time(&mut self, name: &str, time: Option<Time>) {
        if let Some(time) = time {
            self.without_offset += u64::from(time.offset_minutes().is_none());
            self.member(",", name, &time.to_string());
        }
    }

    fn head(&mut self, id: &str, source: &str, kind: &str) {
        self.member("{", "specversion", "1.0");
        self.member(",", "id", id);
        self.member(",", "source", source);
        self.member(",", "type", kind);
    }

    fn object(&mut self, index: usize, object: &Object) {
        let id = format!("{UNSTATED}:object-{}", index + 1);
        self.head(&id, UNSTATED, OBJECT_TYPE);
        self.line.push_str(",\"data\":{\"object\":");
        self.member("{", "type", self.text(object.kind));
        self.member(",", "id", self.text(object.id));
        write_states(&mut self.line, &object.attributes, &self.log.names);
        for (index, relation) in object.relations.iter().enumerate() {
            self.line
                .push_str(if index == 0 { ",\"relations\":[" } else { "," });
            let other = &self.log.objects[relation.object as usize];
            self.member("{", "id", self.text(other.id));
            if relation.qualifier != Symbol::EMPTY {
                self.member(",", "qualifier", self.text(relation.qualifier));
            }
            self.line.push('}');
        }
        if !object.relations.is_empty() {
            self.line.push(']');
        }
        self.line.push_str("}}}");
    }

    fn event(&mut self, index: usize, event: &Event) {
        let stated = |symbol: Symbol| match symbol {
            Symbol::EMPTY => UNSTATED,
            symbol => self.text(symbol),
        };
        let (source, kind) = (stated(event.source), stated(event.activity));
        let numbered;
        let id = if event.id == Symbol::EMPTY {
            self.unnumbered += 1;
            numbered = format!("{UNSTATED}:{}", index + 1);
            &numbered
        } else {
            self.text(event.id)
        };
        self.head(id, source, kind);
        self.time("time", event.time());
        self.time("received", self.log.arrival(event));
        self.line.push_str(",\"data\":{\"objects\":[");
        for (index, reference) in self.log.references(event).iter().enumerate() {
            let object = &self.log.objects[reference.object as usize];
            let before = if index == 0 { "{" } else { ",{" };
            self.member(before, "type", self.text(object.kind));
            self.member(",", "id", self.text(object.id));
            if reference.qualifier != Symbol::EMPTY {
                self.member(",", "qualifier", self.text(reference.qualifier));
            }
            self.line.push('}');
        }
        self.line.push_str("],\"attributes\":");
        write_attributes(&mut self.line, self.log.attributes(event), &self.log.names);
        self.line.push_str("}}");
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.unnumbered > 0 {
            notes.push(format!(
                "{} events have no identifier of their own and are numbered {UNSTATED}:1, ...; reading \
                 takes these for none",
                self.unnumbered
            ));
        }
        if self.without_offset > 0 {
            notes.push(format!(
                "{} times have no offset from UTC, which CloudEvents ask for, and are written without",
                self.without_offset
            ));
        }
        let header = &self.log.header;
        if !header.attributes.is_empty()
            || !header.classifiers.is_empty()
            || !header.globals.is_empty()
            || !header.extensions.is_empty()
            || !header.event_types.is_empty()
            || !header.object_types.is_empty()
        {
            notes.push(
                "the log's own attributes and declarations (extensions, globals, classifiers, types) \
                 are left out"
                    .to_owned(),
            );
        }
        notes
    }
}
