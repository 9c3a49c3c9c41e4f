//! A log in memory, and packs as text.

use std::sync::Arc;

use cage_formats::{Format, ReadReport};
use cage_model::{EventBuffer, Interner, LogSink, ObjectBuffer, RawValue, Symbol, Time};
use cage_pack::{Loaded, Program};

use crate::check::{CheckError, CheckOptions, check_supply};
use crate::outcome::Outcome;
use crate::supply::Supply;

/// A value as a test writes it.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Item {
    Integer(i64),
    Text(String),
}

/// A record of a log.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Line {
    Event(EventLine),
    Object {
        kind: String,
        id: String,
        attributes: Vec<(String, Item, Option<i64>)>,
    },
    GroupStart,
    GroupEnd,
}

/// An event: seconds after 2026-01-01, or no time.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct EventLine {
    pub(super) id: Option<String>,
    pub(super) at: Option<i64>,
    pub(super) activity: String,
    pub(super) objects: Vec<(String, String)>,
    pub(super) attributes: Vec<(String, Item)>,
}

/// Files in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory(pub(super) Vec<Vec<Line>>);

/// The time of so many seconds after the start of 2026.
pub(super) fn time(seconds: i64) -> Time {
    let start = Time::parse("2026-01-01T00:00:00+08:00").unwrap();
    Time::new(start.instant().plus(seconds * 1_000_000), Some(480))
}

/// `activity case=C1 officer=P7 @seconds amount:5`, one event.
pub(super) fn event(text: &str) -> Line {
    let mut words = text.split_whitespace();
    let mut made = EventLine {
        id: None,
        at: None,
        activity: words.next().unwrap().to_owned(),
        objects: Vec::new(),
        attributes: Vec::new(),
    };
    for word in words {
        if let Some(at) = word.strip_prefix('@') {
            made.at = Some(at.parse().unwrap());
        } else if let Some(id) = word.strip_prefix('#') {
            made.id = Some(id.to_owned());
        } else if let Some((name, value)) = word.split_once(':') {
            let value = value
                .parse()
                .map_or_else(|_| Item::Text(value.to_owned()), Item::Integer);
            made.attributes.push((name.to_owned(), value));
        } else {
            let (kind, id) = word.split_once('=').unwrap();
            made.objects.push((kind.to_owned(), id.to_owned()));
        }
    }
    Line::Event(made)
}

impl Memory {
    /// One file of events.
    pub(super) fn of(events: &[&str]) -> Self {
        Self(vec![events.iter().map(|text| event(text)).collect()])
    }
}

impl Supply for Memory {
    fn files(&self) -> Vec<String> {
        vec!["memory".to_owned()]
    }

    fn read(
        &self,
        names: &mut Interner,
        sink: &mut dyn LogSink,
    ) -> Result<Vec<ReadReport>, CheckError> {
        let (mut buffer, mut object) = (EventBuffer::default(), ObjectBuffer::default());
        for line in self.0.iter().flatten() {
            match line {
                Line::Event(event) => {
                    fill(&mut buffer, event, names);
                    sink.event(&buffer, names).unwrap();
                }
                Line::Object {
                    kind,
                    id,
                    attributes,
                } => {
                    object.clear();
                    object.kind = names.intern(kind);
                    object.id = object.push_text(id);
                    for (name, value, since) in attributes {
                        let value = match value {
                            Item::Integer(number) => RawValue::Integer(*number),
                            Item::Text(text) => RawValue::Text(object.push_text(text)),
                        };
                        object.push_attribute(names.intern(name), 0, value);
                        let row = object.attributes.last_mut().unwrap();
                        row.since = since.map(time);
                    }
                    sink.object(&object, names).unwrap();
                }
                Line::GroupStart => sink.group_start(names).unwrap(),
                Line::GroupEnd => sink.group_end(names).unwrap(),
            }
        }
        Ok(vec![ReadReport {
            format: Format::Xes,
            events: 0,
            skipped: 0,
            first_skipped: Vec::new(),
            notes: Vec::new(),
        }])
    }
}

pub(super) fn fill(buffer: &mut EventBuffer, event: &EventLine, names: &mut Interner) {
    buffer.clear();
    buffer.activity = names.intern(&event.activity);
    buffer.time = event.at.map(time);
    buffer.id = event.id.as_ref().map(|id| buffer.push_text(id));
    for (kind, id) in &event.objects {
        let kind = names.intern(kind);
        buffer.push_object(kind, id, Symbol::EMPTY);
    }
    for (name, value) in &event.attributes {
        let value = match value {
            Item::Integer(number) => RawValue::Integer(*number),
            Item::Text(text) => RawValue::Text(buffer.push_text(text)),
        };
        buffer.push_attribute(names.intern(name), 0, value);
    }
}

/// A pack from the text of its rules.
pub(super) fn load(rules: &str) -> Loaded {
    let text = format!("[pack]\nid = \"p\"\nversion = \"1\"\n{rules}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.toml");
    std::fs::write(&path, &text).unwrap();
    cage_pack::load(&path).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

/// The program of a pack.
pub(super) fn program(rules: &str) -> Arc<Program> {
    Arc::new(load(rules).program)
}

/// Checks a log in memory.
pub(super) fn check(program: &Arc<Program>, log: &Memory, options: &CheckOptions) -> Outcome {
    check_supply(Arc::clone(program), log, options).unwrap()
}

/// All that a check found, as text without places in the files: to compare checks whose records
/// came in another order.
pub(super) fn told(outcome: &Outcome) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for rule in &outcome.rules {
        let _ = writeln!(
            text,
            "{} {:?} {} {:?} {:?}",
            rule.id, rule.objects, rule.fulfilled, rule.activations, rule.months
        );
    }
    let ids = crate::identify(outcome, &outcome.findings);
    let mut lines: Vec<String> = Vec::new();
    for (finding, id) in outcome.findings.iter().zip(ids) {
        let table = &outcome.objects[usize::from(finding.object_type)];
        let object = outcome.names.text(table.ids[finding.object as usize]);
        let event = |event: Option<cage_model::EventRef>| {
            event.map(|event| (outcome.names.text(event.activity), event.at))
        };
        lines.push(format!(
            "{} {object} {:?} {:?} {:?} {:?} {:?} {:?} {id:?}",
            finding.rule,
            finding.verdict,
            event(finding.trigger),
            event(finding.other),
            finding.at,
            finding.reason,
            payload(finding.payload, outcome),
        ));
    }
    lines.sort();
    text + &lines.join("\n")
}

fn payload(payload: cage_model::Payload, outcome: &Outcome) -> String {
    match payload {
        cage_model::Payload::Field(field) => format!("field {}", outcome.names.text(field)),
        cage_model::Payload::Values { before, after } => format!(
            "{} {}",
            outcome.names.text(before),
            outcome.names.text(after)
        ),
        other => format!("{other:?}"),
    }
}
