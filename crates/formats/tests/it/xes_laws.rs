//! Laws of XES: any log that XES can hold comes back from writing, plain or compressed, and writing
//! it again gives the same bytes.

use cage_formats::{ReadOptions, write};
use cage_model::{
    Classifier, EventBuffer, Extension, Instant, Interner, Log, LogHeader, LogSink, ObjectBuffer,
    RawValue, Scope, Time,
};
use proptest::prelude::*;

use crate::dump::{dump, first_difference};
use crate::shared::load;

/// A value to be put into a log.
#[derive(Clone, Debug)]
enum Plain {
    Text(String),
    Id(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Time(Time),
    List,
    Container,
}

type Row = (u16, String, Plain);

/// A case with its attributes and those of its events.
type Case = (Vec<Row>, Vec<(Option<Time>, Vec<Row>)>);

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z0-9 :_-]{0,12}",
        1 => "[\\x00-\\x7f中案\u{1f600}\u{fffd}&<>\"']{0,12}",
    ]
}

fn time() -> impl Strategy<Value = Time> {
    // The years 1 to 9998, so that no offset leads out of 0 to 9999.
    let micros = -62_100_000_000_000_000i64..253_370_000_000_000_000;
    (micros, 0u16..1_000, prop::option::of(-1_080i16..=1_080)).prop_map(|(micros, rest, offset)| {
        Time::new(Instant(micros), offset).with_nanoseconds(rest)
    })
}

fn value() -> impl Strategy<Value = Plain> {
    prop_oneof![
        4 => text().prop_map(Plain::Text),
        1 => text().prop_map(Plain::Id),
        2 => any::<i64>().prop_map(Plain::Integer),
        2 => prop_oneof![any::<f64>(), (-10_000i64..10_000).prop_map(|cents| cents as f64 / 100.0)]
            .prop_map(|value| Plain::Float(if value.is_nan() { f64::NAN } else { value })),
        1 => any::<bool>().prop_map(Plain::Boolean),
        2 => time().prop_map(Plain::Time),
        1 => Just(Plain::List),
        1 => Just(Plain::Container),
    ]
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0u16..4, text(), value()), 0..8).prop_map(|mut rows| {
        let mut deepest = 0;
        for (depth, _, _) in &mut rows {
            *depth = (*depth).min(deepest);
            deepest = *depth + 1;
        }
        rows
    })
}

macro_rules! push_rows {
    ($buffer:expr, $rows:expr, $names:expr) => {
        for (depth, key, value) in $rows {
            let value = match value {
                Plain::Text(text) => RawValue::Text($buffer.push_text(text)),
                Plain::Id(text) => RawValue::Id($buffer.push_text(text)),
                Plain::Integer(value) => RawValue::Integer(*value),
                Plain::Float(value) => RawValue::Float(*value),
                Plain::Boolean(value) => RawValue::Boolean(*value),
                Plain::Time(value) => RawValue::Time(*value),
                Plain::List => RawValue::List,
                Plain::Container => RawValue::Missing,
            };
            let key = $names.intern(key);
            $buffer.push_attribute(key, *depth, value);
        }
    };
}

fn header(rows: &[Row], names: &mut Interner) -> LogHeader {
    let mut buffer = ObjectBuffer::default();
    push_rows!(buffer, rows, names);
    let attributes: Vec<_> = buffer
        .attributes
        .iter()
        .map(|row| cage_model::Attribute::new(row.key, row.depth, buffer.value(row, names)))
        .collect();
    LogHeader {
        root: vec![("xes.version".to_owned(), "2.0 & more".to_owned())],
        extensions: vec![Extension {
            name: "Concept".to_owned(),
            prefix: "concept".to_owned(),
            uri: "http://\"c\"/".to_owned(),
        }],
        globals: vec![
            (Scope::Trace, attributes.clone()),
            (Scope::Event, Vec::new()),
        ],
        classifiers: vec![Classifier {
            name: "Both <of> them".to_owned(),
            scope: Scope::Event,
            keys: vec!["concept:name".to_owned(), "Event Name".to_owned()],
        }],
        attributes,
        ..LogHeader::default()
    }
}

/// The log of these cases, as a XES reader would hand it over.
fn log(head: &[Row], cases: &[Case]) -> Log {
    let (mut names, mut log) = (Interner::new(), Log::new());
    let header = header(head, &mut names);
    log.header(&header, &mut names).unwrap();
    let [case, officer, actor] = ["case", "officer", "actor"].map(|word| names.intern(word));
    let [name_key, time_key, resource_key] =
        ["concept:name", "time:timestamp", "org:resource"].map(|key| names.intern(key));
    for (number, (attributes, events)) in cases.iter().enumerate() {
        let id = format!("case {number}");
        let mut object = ObjectBuffer::default();
        object.kind = case;
        object.id = object.push_text(&id);
        let named = RawValue::Text(object.id);
        object.push_attribute(name_key, 0, named);
        push_rows!(object, attributes, names);
        log.object(&object, &mut names).unwrap();
        for (time, attributes) in events {
            let mut event = EventBuffer::default();
            let (name, resource) = (event.push_text("act <1>"), event.push_text("Mei"));
            event.activity = names.intern("act <1>");
            event.time = *time;
            event.push_object(case, &id, cage_model::Symbol::EMPTY);
            event.push_object(officer, "Mei", actor);
            event.push_attribute(name_key, 0, RawValue::Text(name));
            if let Some(time) = time {
                event.push_attribute(time_key, 0, RawValue::Time(*time));
            }
            event.push_attribute(resource_key, 0, RawValue::Text(resource));
            push_rows!(event, attributes, names);
            log.event(&event, &mut names).unwrap();
        }
    }
    log.finish(names)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_is_written_reads_back(
        head in rows(),
        cases in prop::collection::vec(
            (rows(), prop::collection::vec((prop::option::of(time()), rows()), 0..4)),
            1..4,
        ),
        ending in prop::sample::select(vec!["xes", "xes.gz", "xes.zst"]),
    ) {
        let log = log(&head, &cases);
        prop_assume!(!log.events.is_empty());
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| folder.path().join(format!("{name}.{ending}")));
        let report = write(&log, &first, None).unwrap();
        prop_assert_eq!(report.notes, Vec::<String>::new());
        let (back, _) = load(first.clone(), &ReadOptions::default()).unwrap();
        prop_assert_eq!(first_difference(&dump(&back), &dump(&log)), None);
        write(&back, &second, None).unwrap();
        prop_assert!(std::fs::read(first).unwrap() == std::fs::read(second).unwrap());
    }
}
