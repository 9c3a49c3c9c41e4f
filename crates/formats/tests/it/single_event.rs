//! One event in memory is read exactly as the line of a file: both take the same texts, and to the same event.

use std::io::Cursor;

use cage_formats::{
    EventAttributes, EventReader, Format, OBJECT_TYPE, ReadError, ReadOptions, object_text,
    read_stream,
};
use cage_model::{EventBuffer, Interner, LogSink, ObjectBuffer, Place, SinkError};
use proptest::prelude::*;

struct Last(EventBuffer);

impl LogSink for Last {
    fn event(&mut self, event: &EventBuffer, _names: &mut Interner) -> Result<(), SinkError> {
        self.0.clone_from(event);
        Ok(())
    }
}

fn from_file(text: &[u8], names: &mut Interner) -> Option<EventBuffer> {
    let options = ReadOptions {
        format: Some(Format::CloudEvents),
        ..ReadOptions::default()
    };
    let mut last = Last(EventBuffer::default());
    let content = Box::new(Cursor::new(text.to_vec()));
    read_stream("log", content, &options, names, &mut last).ok()?;
    last.0.place = Place::default();
    Some(last.0)
}

fn alone(text: &[u8], names: &mut Interner) -> Option<EventBuffer> {
    let mut event = EventBuffer::default();
    let mut reader = EventReader::new(EventAttributes::All);
    reader.read(text, names, &mut event).ok()?;
    Some(event)
}

fn assert_same(text: &[u8]) {
    let (mut ours, mut theirs) = (Interner::new(), Interner::new());
    let (event, expected) = (alone(text, &mut ours), from_file(text, &mut theirs));
    let shown = String::from_utf8_lossy(text);
    assert_eq!(format!("{event:?}"), format!("{expected:?}"), "{shown}");
    let texts = |names: &Interner| -> Vec<String> {
        names.iter().map(|(_, text)| text.to_owned()).collect()
    };
    if event.is_some() {
        assert_eq!(texts(&ours), texts(&theirs), "{shown}");
    }
}

const EVENT: &str = r#"{"specversion":"1.0","id":"1","source":"police/7","type":"blood.drawn","time":"2026-02-10T23:10:00+08:00","received":"2026-02-11T08:00:00+08:00","data":{"objects":[{"type":"case","id":"C1"},{"type":"officer","id":"P7","qualifier":"actor"}],"attributes":{"bac":81.50,"n":-3e2,"urgent":true,"tubes":[1,"2"],"place":{"lane":"\u4e2d\n"},"w":{"@type":"id","@value":"A-1"}}}}"#;

/// Pieces that break an event, or make another one of it.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "1e999",
    "-0",
    "0.10",
    "\"\"",
    " ",
    "\t",
    "\"@type\":\"x\",",
    "\"data\":{},",
    "\"id\":\"2\",",
    "\"time\":\"x\",",
    "\\ud800",
    "é",
    "\"@value\":5,",
    "\"objects\":[],",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_text_is_the_same_event_alone_and_in_a_file(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, 0..PIECES.len()), 0..4),
    ) {
        let mut text: Vec<char> = EVENT.chars().collect();
        for (at, cut, piece) in edits {
            let at = at.index(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, PIECES[piece].chars());
        }
        let text: String = text.into_iter().collect();
        // A file of two records, or an array of them, is no single event.
        prop_assume!(!text.trim_start().starts_with('[') && !text.contains(['\n', '\r']));
        assert_same(text.as_bytes());
    }
}

#[test]
fn whole_events_are_the_same_in_every_spelling() {
    for text in [
        EVENT.to_owned(),
        EVENT.replace(',', " ,\t"),
        EVENT.replace("\"type\":\"blood.drawn\"", "\"type\":\"\""),
        EVENT.replace("\"id\":\"1\"", "\"id\":\"urn:ironcage:unstated:1\""),
        EVENT.replace("81.50", &"9".repeat(400)),
        EVENT.replace("81.50", &format!("{}1{}", "[".repeat(70), "]".repeat(70))),
        EVENT.replace("blood.drawn", &"x".repeat(5_000)),
    ] {
        assert_same(text.as_bytes());
    }
}

#[test]
fn an_object_is_no_event_and_bytes_that_are_no_text_are_named() {
    let mut names = Interner::new();
    let mut event = EventBuffer::default();
    let mut reader = EventReader::new(EventAttributes::All);
    let object = r#"{"specversion":"1.0","id":"1","source":"s","type":"ironcage.object","data":{"object":{"type":"case","id":"C1"}}}"#;
    let fault = reader
        .read(object.as_bytes(), &mut names, &mut event)
        .unwrap_err();
    assert_eq!(fault.pointer, "/type");
    let fault = reader.read(b"{\xff}", &mut names, &mut event).unwrap_err();
    assert_eq!(fault.to_string(), ": byte 1 is no UTF-8");
    let wrong = EVENT.replace("81.50", "{\"@type\":\"x\",\"@value\":\"5\"}");
    let fault = reader
        .read(wrong.as_bytes(), &mut names, &mut event)
        .unwrap_err();
    assert!(fault.pointer.starts_with("/data/attributes/bac"), "{fault}");
}

/// Every object of a file, and the text that it becomes.
struct Written(Vec<(ObjectBuffer, String)>);

impl LogSink for Written {
    fn event(&mut self, _event: &EventBuffer, _names: &mut Interner) -> Result<(), SinkError> {
        Ok(())
    }

    fn object(&mut self, object: &ObjectBuffer, names: &mut Interner) -> Result<(), SinkError> {
        let text = object_text(object, names, "s", "#object/1");
        self.0.push((object.clone(), text));
        Ok(())
    }
}

/// What is said of an object, written as one record and read alone: the object, its values and from when they hold.
#[test]
fn a_description_reads_back_as_it_was_written() {
    let text = r#"{"specversion":"1.0","id":"1","source":"s","type":"ironcage.object","data":{"object":{"type":"案 \"x\"","id":"C1",
        "attributes":{"a":1,"b":"x","c":[1,{"@key":"k","@value":"2"}]},
        "changes":[{"since":"2026-03-01T09:00:00+08:00","attributes":{"a":2.50}},{"since":"2026-03-02T09:00:00Z","attributes":{"a":null,"b":"y"}}],
        "relations":[{"id":"P1","qualifier":"payer"},{"id":"P2"}]}}}"#.replace('\n', "");
    let mut names = Interner::new();
    let options = ReadOptions {
        format: Some(Format::CloudEvents),
        ..ReadOptions::default()
    };
    let mut read = |text: &str| {
        let mut written = Written(Vec::new());
        let content = Box::new(Cursor::new(text.as_bytes().to_vec()));
        // A file without any event is no log; its objects were handed over all the same.
        let read = read_stream("log", content, &options, &mut names, &mut written);
        assert!(matches!(read, Err(ReadError::Empty { .. })));
        written.0.remove(0)
    };
    let (first, written) = read(&text);
    let (second, again) = read(&written);
    assert_eq!(written, again);
    assert_eq!((first.relations.len(), second.relations.len()), (2, 2));
    let mut event = EventBuffer::default();
    let mut reader = EventReader::new(EventAttributes::All).with_descriptions();
    reader
        .read(written.as_bytes(), &mut names, &mut event)
        .unwrap();
    assert_eq!(names.text(event.activity), OBJECT_TYPE);
    let row = event.objects[0];
    let named = (
        event.objects.len(),
        names.text(row.kind),
        event.text(row.id),
    );
    assert_eq!(named, (1, "案 \"x\"", "C1"));
    let told = |names: &mut Interner, buffer: &EventBuffer| {
        let rows = buffer.attributes.iter();
        rows.map(|row| (row.key, row.depth, buffer.value(row, names), row.since))
            .collect::<Vec<_>>()
    };
    let of_event = told(&mut names, &event);
    let of_object: Vec<_> = first
        .attributes
        .iter()
        .map(|row| (row.key, row.depth, first.value(row, &mut names), row.since))
        .collect();
    assert_eq!(format!("{of_event:?}"), format!("{of_object:?}"));
    assert_eq!(of_event.iter().filter(|row| row.3.is_some()).count(), 3);
}

#[test]
fn what_stands_twice_is_refused_where_that_is_asked_for() {
    let mut strict = EventReader::new(EventAttributes::All).without_repeats();
    let (mut names, mut event) = (Interner::new(), EventBuffer::default());
    strict
        .read(EVENT.as_bytes(), &mut names, &mut event)
        .unwrap();
    for (from, to, pointer) in [
        ("\"type\":\"blood", "\"id\":\"2\",\"type\":\"blood", "/id"),
        (
            "\"attributes\"",
            "\"objects\":[],\"attributes\"",
            "/data/objects",
        ),
    ] {
        let text = EVENT.replacen(from, to, 1);
        let fault = strict
            .read(text.as_bytes(), &mut names, &mut event)
            .unwrap_err();
        assert_eq!(fault.pointer, pointer);
        assert_same(text.as_bytes());
    }
}

#[test]
fn the_running_number_is_read_as_a_text_or_a_number() {
    for (written, number) in [
        ("\"7\"", Some(7)),
        ("7", Some(7)),
        ("\"x\"", None),
        ("[7,{}]", None),
        ("-1", None),
    ] {
        let text = EVENT.replacen("\"data\"", &format!("\"sequence\":{written},\"data\""), 1);
        let (mut names, mut event) = (Interner::new(), EventBuffer::default());
        let mut reader = EventReader::new(EventAttributes::All);
        reader
            .read(text.as_bytes(), &mut names, &mut event)
            .unwrap();
        assert_eq!(reader.sequence(), number);
        assert_same(text.as_bytes());
    }
}

#[test]
fn only_known_attributes_are_decoded_and_no_other_name_is_kept() {
    let mut names = Interner::new();
    let bac = names.intern("bac");
    let mut event = EventBuffer::default();
    let mut reader = EventReader::new(EventAttributes::Known);
    reader
        .read(EVENT.as_bytes(), &mut names, &mut event)
        .unwrap();
    assert_eq!(event.attributes.len(), 1);
    assert_eq!(event.attributes[0].key, bac);
    assert_eq!((names.get("urgent"), names.get("tubes")), (None, None));
    assert!(names.get("blood.drawn").is_some());
}
