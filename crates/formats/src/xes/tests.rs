//! The quick way against the careful way, and whole windows against tiny ones: on sound documents,
//! odd ones and broken ones, both must hand over the same records and say the same.

use std::fmt::Write as _;
use std::io::Cursor;

use cage_model::{
    EventBuffer, Interner, LogHeader, LogSink, ObjectBuffer, RawValue, SinkError, TextRange, Wanted,
};
use proptest::prelude::*;

use super::attributes::Reader;
use super::text::Text;
use super::token::Tags;
use crate::delivery::Delivery;
use crate::input::Input;
use crate::options::{Format, ReadOptions};

/// How a document is read.
#[derive(Clone, Copy)]
struct Way {
    careful: bool,
    chunk_bytes: usize,
}

const USUAL: Way = Way {
    careful: false,
    chunk_bytes: 128 << 10,
};

/// Writes down everything that it is handed.
#[derive(Default)]
struct Recorder {
    text: String,
    wanted: Wanted,
}

fn raw(value: RawValue, text: impl Fn(TextRange) -> String) -> String {
    match value {
        RawValue::Text(range) => format!("text {:?}", text(range)),
        RawValue::Id(range) => format!("id {:?}", text(range)),
        RawValue::Float(value) => format!("float {:x}", value.to_bits()),
        other => format!("{other:?}"),
    }
}

impl LogSink for Recorder {
    fn wanted(&self) -> Wanted {
        self.wanted.clone()
    }

    fn header(&mut self, header: &LogHeader, names: &mut Interner) -> Result<(), SinkError> {
        let rows = header
            .attributes
            .iter()
            .map(|row| (names.text(row.key), row.depth, row.value));
        let _ = writeln!(
            self.text,
            "header {:?} {:?} {:?} {:?}",
            header.root,
            header.extensions,
            header.classifiers,
            rows.collect::<Vec<_>>()
        );
        Ok(())
    }

    fn object(&mut self, object: &ObjectBuffer, names: &mut Interner) -> Result<(), SinkError> {
        let _ = writeln!(
            self.text,
            "object {:?} {:?}",
            object.text(object.id),
            object.place
        );
        for row in &object.attributes {
            let value = raw(row.value, |range| object.text(range).to_owned());
            let _ = writeln!(self.text, "{} {:?} {value}", row.depth, names.text(row.key));
        }
        Ok(())
    }

    fn event(&mut self, event: &EventBuffer, names: &mut Interner) -> Result<(), SinkError> {
        let id = event.id.map(|id| event.text(id));
        let activity = names.text(event.activity);
        let _ = writeln!(
            self.text,
            "event {activity:?} {id:?} {:?} {:?}",
            event.time, event.place
        );
        for row in &event.objects {
            let (kind, qualifier) = (names.text(row.kind), names.text(row.qualifier));
            let _ = writeln!(
                self.text,
                "names {kind} {qualifier} {:?}",
                event.text(row.id)
            );
        }
        for row in &event.attributes {
            let value = raw(row.value, |range| event.text(range).to_owned());
            let _ = writeln!(self.text, "{} {:?} {value}", row.depth, names.text(row.key));
        }
        Ok(())
    }

    fn group_end(&mut self, _names: &mut Interner) -> Result<(), SinkError> {
        self.text.push_str("end\n");
        Ok(())
    }
}

/// All that comes of reading a document in one way.
fn outcome(document: &[u8], options: &ReadOptions, wanted: &Wanted, way: Way) -> String {
    let input = match Input::of_stream(
        "test.xes",
        Box::new(Cursor::new(document.to_vec())),
        options,
    ) {
        Ok(input) => input,
        Err(error) => return error.to_string(),
    };
    let mut names = Interner::new();
    let mut recorder = Recorder {
        wanted: wanted.clone(),
        ..Recorder::default()
    };
    let mut delivery = Delivery::new(
        "test.xes".to_owned(),
        Format::Xes,
        options,
        &mut names,
        &mut recorder,
    );
    let read = Text::in_chunks(input, way.chunk_bytes, &mut delivery)
        .and_then(|text| Reader::new(&mut delivery, Tags::new(text), way.careful).run());
    let report = format!("{read:?}\n{:?}", delivery.report);
    recorder.text + &report
}

fn same_in_every_way(document: &[u8], options: &ReadOptions) -> Result<(), TestCaseError> {
    for wanted in [
        Wanted::All,
        Wanted::Names(vec!["cost".to_owned(), "list".to_owned()]),
    ] {
        let usual = outcome(document, options, &wanted, USUAL);
        for way in [
            Way {
                careful: true,
                chunk_bytes: 128 << 10,
            },
            Way {
                careful: false,
                chunk_bytes: 1,
            },
            Way {
                careful: true,
                chunk_bytes: 13,
            },
            Way {
                careful: false,
                chunk_bytes: 100,
            },
        ] {
            let other = outcome(document, options, &wanted, way);
            let lines = usual.lines().zip(other.lines());
            let differing = lines.into_iter().find(|(usual, other)| usual != other);
            prop_assert!(
                usual == other,
                "careful: {}, {} bytes: {differing:#?} in\n{}",
                way.careful,
                way.chunk_bytes,
                String::from_utf8_lossy(document)
            );
        }
    }
    Ok(())
}

const SOUND: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0">
	<extension name="Concept" prefix="concept" uri="http://c/"/>
	<global scope="event"><string key="concept:name" value="UNKNOWN"/></global>
	<classifier name="Both" keys="concept:name lifecycle:transition"/>
	<string key="source" value="a &amp; b"/>
	<trace>
		<string key="concept:name" value="案件-1"/>
		<event>
			<string key="concept:name" value="Create Fine"/>
			<string key="org:resource" value="561"/>
			<date key="time:timestamp" value="2006-07-24T00:00:00.000+02:00"/>
			<float key="cost" value="35.0"/>
			<int key="points" value="0"/>
			<boolean key="open" value="true"/>
			<string key="lifecycle:transition" value="complete"/>
		</event>
		<event>
			<string key="concept:name" value="Send &lt;Fine&gt;"/>
			<string key="org:resource" value=""/>
			<date key="time:timestamp" value="2006-12-05T00:00:00.000+01:00"/>
			<float key="cost" value="11.0"/>
			<string key="note" value="outer"><int key="inner" value="1"/></string>
			<list key="list"><values><id key="a" value="x"/><id key="a" value="y"/></values></list>
		</event>
	</trace>
	<trace>
		<string key="concept:name" value="2"/>
		<event>
			<string key="concept:name" value="Create Fine"/>
			<date key="time:timestamp" value="2007-03-20T10:11:12Z"/>
			<float key="cost" value="1,5"/>
		</event>
	</trace>
</log>
"#;

/// Pieces that real and hostile files hold.
const PIECES: &[&str] = &[
    "<!-- a \"comment\" <event> -->",
    "<![CDATA[ </event> ]]>",
    "<?pi value=\"?>",
    "<string key=\"concept:name\" value=\"Create Fine\"/>",
    "<string value=\"v\" key=\"cost\"/>",
    "<STRING KEY='cost' VALUE='v'/>",
    "<x:float key=\"cost\" value=\"-0.1e3\" />",
    "<float key=\"cost\" value=\"35.0\"  />",
    "<float key=\"cost\" value=\"35.0\">",
    "<int key=\"points\" value=\"1.5\"/>",
    "<int key=\"points\" value=\"x\"/>",
    "<date key=\"time:timestamp\" value=\"2006-07-24T24:00:00.000+02:00\"/>",
    "<date key=\"time:timestamp\" value=\"\"/>",
    "<string key=\"time:timestamp\" value=\"2006-07-24T00:00:00.000+02:00\"/>",
    "<string key=\"time:timestamp\" value=\"soon\"/>",
    "<container key=\"list\"><int key=\"i\" value=\"1\"/></container>",
    "<list key=\"list\"/>",
    "<values>",
    "</values>",
    "<event>",
    "</event>",
    "<event/>",
    "<trace>",
    "</trace>",
    "<trace/>",
    "<log>",
    "</log>",
    "</string>",
    "<unknown a=\"1\"><b/></unknown>",
    "<string key=\"cost\" value=\"&nope;\"/>",
    "<string key=\"cost\" value=\"&#10;\n\t&quot;\"/>",
    "<string key=\"cost\"/>",
    "<string value=\"cost\"/>",
    "<!DOCTYPE log>",
    "\"",
    "<",
    ">",
    "/",
    "&",
    "\u{1}",
    "\u{4e2d}",
    "\r\n",
    " value=\"1\"",
];

/// One change to a document: a piece put in, or a stretch cut out or doubled.
#[derive(Clone, Debug)]
enum Change {
    Put(usize, prop::sample::Index),
    Cut(usize, prop::sample::Index),
    Double(usize, prop::sample::Index),
    Byte(u8, prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        6 => (0..PIECES.len(), at()).prop_map(|(piece, at)| Change::Put(piece, at)),
        2 => (1usize..60, at()).prop_map(|(length, at)| Change::Cut(length, at)),
        2 => (1usize..200, at()).prop_map(|(length, at)| Change::Double(length, at)),
        1 => (any::<u8>(), at()).prop_map(|(byte, at)| Change::Byte(byte, at)),
    ]
}

fn changed(changes: &[Change]) -> Vec<u8> {
    let mut document = SOUND.as_bytes().to_vec();
    for change in changes {
        let size = document.len() + 1;
        match change {
            Change::Put(piece, at) => {
                // Where a tag begins or ends, most changes make a document that still is one.
                let from = at.index(size);
                let near = document[from..].iter().position(|byte| *byte == b'<');
                let at = from + near.unwrap_or(0);
                document.splice(at..at, PIECES[*piece].bytes());
            }
            Change::Cut(length, at) => {
                let from = at.index(size);
                document.drain(from..(from + length).min(size - 1));
            }
            Change::Double(length, at) => {
                let from = at.index(size);
                let piece = document[from..(from + length).min(size - 1)].to_vec();
                document.splice(from..from, piece);
            }
            Change::Byte(byte, at) => document.insert(at.index(size), *byte),
        }
    }
    document
}

#[test]
fn a_sound_document_reads_the_same_in_every_way() {
    let outcome = outcome(
        SOUND.as_bytes(),
        &ReadOptions::default(),
        &Wanted::All,
        USUAL,
    );
    assert!(outcome.contains("\"Send <Fine>\""), "{outcome}");
    same_in_every_way(SOUND.as_bytes(), &ReadOptions::default()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn changed_documents_read_the_same_in_every_way(
        changes in prop::collection::vec(change(), 1..6),
        lenient in any::<bool>(),
        class in any::<bool>(),
    ) {
        let options = ReadOptions {
            lenient,
            classifier: class.then(|| "Both".to_owned()),
            ..ReadOptions::default()
        };

        same_in_every_way(&changed(&changes), &options)?;
    }
}
