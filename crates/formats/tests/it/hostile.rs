//! What no tool should write, in every format: cut off, changed byte by byte, too large, empty. A
//! clear message or a sound log, never a panic.

use cage_formats::{Format, ReadOptions, write};
use cage_model::Log;
use proptest::prelude::*;

use crate::show::{events, load_bytes, refusal};

/// Every format with the name of a file in it.
const FORMATS: [(Format, &str); 7] = [
    (Format::Xes, "log.xes"),
    (Format::OcelJson, "log.jsonocel"),
    (Format::OcelXml, "log.xmlocel"),
    (Format::OcelSqlite, "log.sqlite"),
    (Format::Csv, "log.csv"),
    (Format::Parquet, "log.parquet"),
    (Format::CloudEvents, "log.ndjson"),
];

fn options(format: Format, lenient: bool) -> ReadOptions {
    ReadOptions {
        format: Some(format),
        lenient,
        ..ReadOptions::default()
    }
}

fn small_log() -> Log {
    let table = "case,activity,time,object:officer:actor,amount,ok,note,case:district\n\
                 1,open,2026-02-10T09:00:00+08:00,Wang,12.5,true,\"a, \"\"b\"\"\",north\n\
                 1,close,2026-02-11T09:00:00+08:00,,NaN,false,&<>,north\n\
                 2,open,2026-02-12T09:00:00Z,Li,,,,south\n";
    load_bytes("log.csv", table.as_bytes(), &ReadOptions::default())
        .unwrap()
        .0
}

/// A sound file of each format.
fn files() -> Vec<(Format, &'static str, Vec<u8>)> {
    let (log, folder) = (small_log(), tempfile::tempdir().unwrap());
    let file = |(format, name)| {
        let path = folder.path().join(name);
        write(&log, &path, Some(format)).unwrap();
        (format, name, std::fs::read(path).unwrap())
    };
    FORMATS.into_iter().map(file).collect()
}

#[test]
fn every_file_that_is_cut_off_is_read_or_refused() {
    for (format, name, bytes) in files() {
        // Databases are large; some of their prefixes are enough.
        let step = bytes.len().div_ceil(400);
        let mut refused = 0;
        for length in (0..bytes.len()).step_by(step) {
            for lenient in [false, true] {
                let read = load_bytes(name, &bytes[..length], &options(format, lenient));
                refused += u32::from(read.is_err());
            }
        }
        assert!(refused > 0, "{format}");
    }
}

#[test]
fn nothing_and_blanks_are_no_log() {
    for (format, name) in FORMATS {
        assert!(
            refusal(name, b"", &options(format, false)).contains("it has 0 bytes"),
            "{format}"
        );
        assert!(
            load_bytes(name, b" \n \n", &options(format, false)).is_err(),
            "{format}"
        );
        assert!(
            load_bytes(name, &[0; 4_096], &options(format, true)).is_err(),
            "{format}"
        );
    }
}

#[test]
fn a_text_of_ten_megabytes_is_read() {
    let table = format!(
        "case,activity,time,t\n1,a,2026-01-01T00:00:00Z,{}\n",
        "x".repeat(10 << 20)
    );
    let (log, _) = load_bytes("log.csv", table.as_bytes(), &ReadOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (format, name) in FORMATS {
        let path = folder.path().join(name);
        write(&log, &path, Some(format)).unwrap();
        let (again, _) = crate::shared::load(path, &ReadOptions::default()).unwrap();
        assert_eq!(
            events(&again)[0].len(),
            events(&log)[0].len() + id_length(format),
            "{format}"
        );
    }
}

/// What the event's line grows by where the format gives it an identifier, or an attribute for its
/// name and time.
fn id_length(format: Format) -> usize {
    match format {
        Format::OcelJson | Format::OcelXml | Format::OcelSqlite => " id=e1".len(),
        Format::Xes => ", concept:name=\"a\", time:timestamp=2026-01-01T00:00:00Z".len(),
        _ => 0,
    }
}

#[test]
fn a_million_attributes_are_refused() {
    let many = |one: &str| one.repeat(1_000_000);
    let ocel = format!(
        "{{\"eventTypes\":[{{\"name\":\"a\"}}],\"events\":[{{\"id\":\"e\",\"type\":\"a\",\"time\":\"2026-01-01\",\
         \"attributes\":[{}{{\"name\":\"x\",\"value\":1}}]}}]}}",
        many("{\"name\":\"x\",\"value\":1},")
    );
    let cloud = format!(
        "{{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"a\",\"data\":{{\"attributes\":{{{}\"x\":1}}}}}}",
        many("\"x\":1,")
    );
    let xml = format!(
        "<log><event-types><event-type name=\"a\"/></event-types><events><event id=\"e\" type=\"a\" \
         time=\"2026-01-01\"><attributes>{}</attributes></event></events></log>",
        many("<attribute name=\"x\">1</attribute>")
    );
    for (name, text) in [("log.json", ocel), ("log.ndjson", cloud), ("log.xml", xml)] {
        let message = refusal(name, text.as_bytes(), &ReadOptions::default());
        assert!(
            message.contains("more than 100000 attributes"),
            "{name}: {message}"
        );
    }
}

#[test]
fn years_at_the_ends_come_back() {
    let table = "case,activity,time,x\n1,a,0000-01-01T00:00:00Z,NaN\n1,b,9999-12-31T23:59:59.999999Z,-inf\n";
    let (log, _) = load_bytes("log.csv", table.as_bytes(), &ReadOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (format, name) in FORMATS {
        let path = folder.path().join(name);
        write(&log, &path, Some(format)).unwrap();
        let (again, _) = crate::shared::load(path, &ReadOptions::default()).unwrap();
        let shown = events(&again);
        assert!(
            shown[0].starts_with("a @ 0000-01-01T00:00:00Z"),
            "{format}: {}",
            shown[0]
        );
        assert!(
            shown[1].starts_with("b @ 9999-12-31T23:59:59.999999Z"),
            "{format}: {}",
            shown[1]
        );
        assert!(
            shown[0].contains("x=float NaN") && shown[1].contains("x=float -inf"),
            "{format}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn changed_bytes_are_read_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        lenient in any::<bool>(),
    ) {
        for (format, name, mut bytes) in files() {
            for (place, byte) in &changes {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            // Either answer is right; it must only be an answer.
            let _ = load_bytes(name, &bytes, &options(format, lenient));
        }
    }
}
