//! What a XES document means: attributes, cases, officers, classifiers, zones, encodings.

use cage_formats::ReadOptions;

use crate::show::{events, load_bytes, objects, refusal};

/// A document around some elements of the log.
pub(crate) fn log(inside: &str) -> String {
    format!("<log xes.version=\"1.0\">\n{inside}\n</log>")
}

/// A document of one case with one event of these attributes.
pub(crate) fn event(attributes: &str) -> String {
    log(&format!(
        "<trace><string key=\"concept:name\" value=\"c\"/>\n<event>{attributes}</event></trace>"
    ))
}

/// The events and notes of a document that is read.
pub(crate) fn read(
    document: impl AsRef<[u8]>,
    options: &ReadOptions,
) -> (Vec<String>, Vec<String>) {
    let (log, report) = load_bytes("t.xes", document.as_ref(), options).unwrap();
    (events(&log), report.notes)
}

#[test]
fn every_type_of_attribute_is_read() {
    let document = event(
        r#"<string key="s" value="a &lt; b"/><date key="d" value="2006-07-24T01:02:03.004+02:00"/>
        <int key="i" value="-5"/><float key="f" value="12.50"/><boolean key="b" value="true"/>
        <id key="u" value="6ba7b810"/><string key="outer" value="x"><int key="inner" value="1"/></string>
        <list key="l"><values><int key="m" value="1"/><int key="m" value="2"/></values></list>
        <container key="c"><int key="m" value="3"/></container>"#,
    );
    let (events, notes) = read(document, &ReadOptions::default());
    assert_eq!(
        events,
        [
            " @ never [case:c] {b=true, c=missing(m=3), d=2006-07-24T01:02:03.004+02:00, f=float 12.5, \
          i=-5, l=list(m=1, m=2), outer=\"x\"(inner=1), s=\"a < b\", u=id \"6ba7b810\"}"
        ]
    );
    assert_eq!(
        notes,
        [
            "1 events without a time:timestamp (the first in line 3)",
            "1 events without an activity name (the first in line 3)"
        ]
    );
}

#[test]
fn an_event_names_its_case_its_officer_and_its_identity() {
    let document = event(
        r#"<string key="concept:name" value="Decide"/><string key="org:resource" value="Mei"/>
        <date key="time:timestamp" value="2026-02-10T23:10:00+08:00"/>
        <id key="identity:id" value="e-1"/><string key="lifecycle:transition" value="start"/>"#,
    );
    let (events, notes) = read(document, &ReadOptions::default());
    assert_eq!(notes, Vec::<String>::new());
    assert_eq!(
        events,
        [
            "Decide @ 2026-02-10T23:10:00+08:00 id=e-1 [case:c, officer:Mei as actor] \
          {concept:name=\"Decide\", identity:id=id \"e-1\", lifecycle:transition=\"start\", \
          org:resource=\"Mei\", time:timestamp=2026-02-10T23:10:00+08:00}"
        ]
    );
}

#[test]
fn traces_without_a_name_are_called_by_their_number() {
    let nameless = "<trace><string key='a' value='1'/><event/></trace>";
    let document = log(&format!(
        "{nameless}<trace><string key='concept:name' value=''/><event/></trace>"
    ));
    let (found, report) =
        load_bytes("t.xes", document.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(
        events(&found),
        [" @ never [case:t.xes#1] {}", " @ never [case:t.xes#2] {}"]
    );
    assert_eq!(objects(&found)[0], "case:t.xes#1 {a=\"1\"}");
    assert!(
        report.notes[0].starts_with("2 traces without a concept:name"),
        "{:?}",
        report.notes
    );
}

#[test]
fn traces_of_one_name_are_one_case() {
    let trace = "<trace><string key='concept:name' value='7'/><event/></trace>";
    let (events, notes) = read(log(&trace.repeat(2)), &ReadOptions::default());
    assert_eq!(events, [" @ never [case:7] {}"; 2]);
    assert!(
        notes[0].starts_with("1 traces with the name of an earlier trace"),
        "{notes:?}"
    );
}

#[test]
fn attributes_behind_the_events_still_belong_to_the_trace() {
    let document = log(
        "<trace><string key='concept:name' value='c'/><event/><int key='late' value='1'/></trace>\
         <trace><event/><string key='concept:name' value='late'/></trace><event/>",
    );
    let (found, report) =
        load_bytes("t.xes", document.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(
        objects(&found),
        [
            "case:c {concept:name=\"c\", late=1}",
            "case:t.xes#2 {concept:name=\"late\"}"
        ]
    );
    assert_eq!(events(&found)[2], " @ never [] {}");
    let late = "1 traces whose concept:name stands behind their events";
    assert!(
        report.notes.iter().any(|note| note.starts_with(late)),
        "{:?}",
        report.notes
    );
}

#[test]
fn a_classifier_names_the_activity() {
    let head = "<global scope='event'><string key='Event Name' value=''/></global>\
        <classifier name='Both' keys='concept:name lifecycle:transition'/>\
        <classifier name='Quoted' keys=\"'Event Name' concept:name\"/>\
        <classifier name='Bare' keys='concept:name Event Name'/>\
        <classifier name='Of traces' scope='trace' keys='concept:name'/>";
    let trace = "<trace><string key='concept:name' value='c'/><event><string key='concept:name' value='A'/>\
        <int key='lifecycle:transition' value='3'/><string key='Event Name' value='N'/></event><event/></trace>";
    let document = log(&format!("{head}{trace}"));
    for (name, activity) in [("Both", "A+3"), ("Quoted", "N+A"), ("Bare", "A+N")] {
        let options = ReadOptions {
            classifier: Some(name.to_owned()),
            ..ReadOptions::default()
        };
        let (events, _) = read(&document, &options);
        assert!(
            events[0].starts_with(&format!("{activity} @")),
            "{name}: {}",
            events[0]
        );
        assert!(events[1].starts_with(" @"), "{name}: {}", events[1]);
    }
    let options = ReadOptions {
        classifier: Some("Of traces".to_owned()),
        ..ReadOptions::default()
    };
    let refused = refusal("t.xes", document.as_bytes(), &options);
    let expected = "no event classifier \"Of traces\" before its first trace; it has \"Both\", \"Quoted\", \"Bare\"";
    assert!(refused.contains(expected), "{refused}");
}

#[test]
fn times_without_an_offset_are_of_the_zone() {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let options = ReadOptions {
        zone: Some(zone),
        ..ReadOptions::default()
    };
    for (value, shown) in [
        ("2026-02-10T23:10:00", "2026-02-10T23:10:00+08:00"),
        ("2026-02-10T23:10:00Z", "2026-02-10T23:10:00Z"),
        // The clocks of Shanghai stood five minutes and 43 seconds ahead until 1901: the instant is
        // exact, the offset cut to the minute.
        ("1890-01-01T00:00:00", "1889-12-31T23:59:17+08:05"),
    ] {
        let document =
            event(&format!("<date key=\"time:timestamp\" value=\"{value}\"/>").repeat(2));
        let (events, _) = read(document, &options);
        assert!(
            events[0].contains(&format!(" @ {shown} ")),
            "{value}: {}",
            events[0]
        );
    }
}

#[test]
fn other_encodings_are_read() {
    let document = |encoding: &str| {
        format!(
            "<?xml version='1.0' encoding='{encoding}'?>{}",
            event("<string key='k' value='血样㐀'/>")
        )
    };
    let utf_16 = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let gb18030 = document("gb18030");
    let marked = format!("\u{feff}{}", document("utf-8"));
    for (bytes, note) in [
        (
            encoding_rs::GB18030.encode(&gb18030).0.into_owned(),
            "the file is written in gb18030",
        ),
        (
            utf_16(&format!("\u{feff}{}", document("utf-16"))),
            "the file is written in UTF-16LE",
        ),
        (
            utf_16(&document("utf-16")),
            "the file is written in UTF-16LE",
        ),
        (
            document("utf-16").into_bytes(),
            "the file declares utf-16, but is written in UTF-8 and read as such",
        ),
        (
            marked.into_bytes(),
            "1 events without a time:timestamp (the first in line 3)",
        ),
    ] {
        let (events, notes) = read(bytes, &ReadOptions::default());
        assert_eq!(events, [" @ never [case:c] {k=\"血样㐀\"}"], "{note}");
        assert_eq!(notes[0], note);
    }
}
