//! Writes OCEL 2.0 as XML, what is referred to before what refers to it.

use std::io::{self, Write};

use cage_model::Log;

use super::declarations::word_of_type;
use super::view::{Shown, ShownValue, TypeView, View};
use crate::error::{WriteError, WriteReport};
use crate::options::Format;
use crate::output::Output;

/// Writes a log.
///
/// # Errors
/// [`WriteError`]: a log that OCEL cannot hold, or a fault of the disk.
pub(crate) fn write(log: &Log, output: &Output) -> Result<WriteReport, WriteError> {
    let view = View::new(log, Format::OcelXml)?;
    let mut writing = Writing {
        line: String::new(),
        missing: 0,
        controls: 0,
    };
    output.stream(|out| writing.document(&view, out))?;
    let (missing, controls) = (writing.missing, writing.controls);
    let mut notes = view.into_notes();
    if missing > 0 {
        notes.push(format!(
            "{missing} values that are stated to be missing are left out"
        ));
    }
    if controls > 0 {
        notes.push(format!(
            "{controls} control characters, which XML 1.0 cannot hold, are written as U+FFFD"
        ));
    }
    Ok(WriteReport { notes })
}

struct Writing {
    line: String,
    missing: u64,
    controls: u64,
}

impl Writing {
    fn document(&mut self, view: &View<'_>, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log>\n")?;
        self.types(("object-types", "object-type"), &view.object_types, out)?;
        self.types(("event-types", "event-type"), &view.event_types, out)?;
        out.write_all(b"<objects>\n")?;
        for (index, object) in view.objects() {
            self.line.push_str("<object");
            self.attribute("id", view.object_id(index));
            self.attribute("type", view.text(object.kind));
            self.line.push('>');
            self.attributes(&view.object_attributes(object), true);
            self.relations(view.relations(&object.relations));
            self.line.push_str("</object>\n");
            self.flush(out)?;
        }
        out.write_all(b"</objects>\n<events>\n")?;
        for (index, event) in view.events() {
            self.line.push_str("<event");
            self.attribute("id", view.event_id(index));
            self.attribute("type", view.text(event.activity));
            let time = event
                .time()
                .map(|time| time.to_string())
                .unwrap_or_default();
            self.attribute("time", &time);
            self.line.push('>');
            self.attributes(&view.event_attributes(event), false);
            self.relations(view.relations(view.event_relations(event)));
            self.line.push_str("</event>\n");
            self.flush(out)?;
        }
        out.write_all(b"</events>\n</log>\n")
    }

    fn flush(&mut self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }

    fn types(
        &mut self,
        (all, one): (&str, &str),
        types: &[TypeView<'_>],
        out: &mut impl Write,
    ) -> io::Result<()> {
        writeln!(out, "<{all}>")?;
        for view in types {
            self.line.push('<');
            self.line.push_str(one);
            self.attribute("name", view.name);
            self.line.push_str("><attributes>");
            for (name, kind) in &view.attributes {
                self.line.push_str("<attribute");
                self.attribute("name", name);
                self.attribute("type", word_of_type(*kind));
                self.line.push_str("/>");
            }
            self.line.push_str("</attributes></");
            self.line.push_str(one);
            self.line.push_str(">\n");
            self.flush(out)?;
        }
        writeln!(out, "</{all}>")
    }

    fn attributes(&mut self, shown: &[Shown<'_>], timed: bool) {
        self.line.push_str("<attributes>");
        for attribute in shown {
            // An empty element is an empty string, and other tools refuse it for a number.
            if attribute.value == ShownValue::Missing {
                self.missing += 1;
                continue;
            }
            self.line.push_str("<attribute");
            self.attribute("name", attribute.name);
            if timed {
                self.attribute("time", &attribute.since);
            }
            self.line.push('>');
            match &attribute.value {
                ShownValue::Missing => {}
                ShownValue::Text(text) | ShownValue::Time(text) | ShownValue::Float(text) => {
                    self.escaped(text);
                }
                ShownValue::Integer(value) => self.line.push_str(&value.to_string()),
                ShownValue::Boolean(value) => {
                    self.line.push_str(if *value { "true" } else { "false" });
                }
            }
            self.line.push_str("</attribute>");
        }
        self.line.push_str("</attributes>");
    }

    fn relations<'v>(&mut self, related: impl Iterator<Item = (&'v str, &'v str)>) {
        self.line.push_str("<objects>");
        for (id, qualifier) in related {
            self.line.push_str("<relationship");
            self.attribute("object-id", id);
            self.attribute("qualifier", qualifier);
            self.line.push_str("/>");
        }
        self.line.push_str("</objects>");
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.line.push(' ');
        self.line.push_str(name);
        self.line.push_str("=\"");
        self.escaped(value);
        self.line.push('"');
    }

    /// A text for between tags or in quotes; line breaks and tabs as references, since readers
    /// make other characters of them.
    fn escaped(&mut self, text: &str) {
        let mut from = 0;
        for (at, byte) in text.bytes().enumerate() {
            let reference = match byte {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\n' => "&#10;",
                b'\r' => "&#13;",
                b'\t' => "&#9;",
                0..0x20 => {
                    self.controls += 1;
                    "\u{fffd}"
                }
                _ => continue,
            };
            self.line.push_str(&text[from..at]);
            self.line.push_str(reference);
            from = at + 1;
        }
        self.line.push_str(&text[from..]);
    }
}
