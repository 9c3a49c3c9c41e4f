//! Faults of real XES files, and hostile ones: what is mended, what is refused and with which words,
//! what lenient reading passes over.

use cage_formats::ReadOptions;

use crate::show::{events, load_bytes, refusal};
use crate::xes_meaning::{event, log, read};

fn lenient() -> ReadOptions {
    ReadOptions {
        lenient: true,
        ..ReadOptions::default()
    }
}

/// One attribute as files get it wrong, what is made of it, and what is said.
const MENDED: &[(&str, &str, &str)] = &[
    (
        "<int key='k' value='12.0'/>",
        "k=12",
        "1 whole numbers written with a decimal point",
    ),
    (
        "<int key='k' value='12.5'/>",
        "k=float 12.5",
        "1 fractions where the file says whole number",
    ),
    (
        "<float key='k' value='1,5'/>",
        "k=float 1.5",
        "1 numbers with a decimal comma",
    ),
    ("<float key='k' value='NaN'/>", "k=float NaN", ""),
    ("<float key='k' value='INF'/>", "k=float inf", ""),
    (
        "<float key='k' value=''/>",
        "",
        "1 attributes whose number, truth value or time is empty",
    ),
    (
        "<date key='k' value=' '/>",
        "",
        "1 attributes whose number, truth value or time is empty",
    ),
    (
        "<string key='k'/>",
        "",
        "1 attributes whose number, truth value or time is empty",
    ),
    ("<string key='k' value=''/>", "k=\"\"", ""),
    ("<boolean key='k' value='TRUE'/>", "k=true", ""),
    (
        "<date key='k' value='2006-07-24'/>",
        "k=2006-07-24T00:00:00",
        "",
    ),
    (
        "<date key='k' value='2019/11/03 01:11:19.000'/>",
        "k=2019-11-03T01:11:19",
        "1 times whose dates are written with slashes",
    ),
    (
        "<date key='k' value='2006-07-24T01:02:03'/>",
        "k=2006-07-24T01:02:03",
        "",
    ),
    (
        "<date key='k' value='0000-01-01T00:00:00Z'/>",
        "k=0000-01-01T00:00:00Z",
        "",
    ),
    (
        "<date key='k' value='9999-12-31T23:59:59.999Z'/>",
        "k=9999-12-31T23:59:59.999Z",
        "",
    ),
    ("<STRING KEY='k' VALUE='v'></STRING>", "k=\"v\"", ""),
    ("<x:string x:key='k' value='v'/>", "k=\"v\"", ""),
    ("<string value='v' key='k' other='o'/>", "k=\"v\"", ""),
    (
        "<!-- <event> --><string key='k' value='v'/><![CDATA[</event>]]>",
        "k=\"v\"",
        "1 texts between elements",
    ),
    (
        "stray<string key='k' value='v'/>",
        "k=\"v\"",
        "1 texts between elements",
    ),
    (
        "<decimal key='k' value='1'><b/></decimal>",
        "",
        "1 elements that XES does not know; they are passed over (the first in line 3, \"decimal\")",
    ),
    (
        "<string key='k' value='a\u{1}b&#2;'/>",
        "k=\"a\\u{1}b\\u{2}\"",
        "1 control characters",
    ),
    (
        "<string key='k' value='a\r\nb\tc&#10;'/>",
        "k=\"a b c\\n\"",
        "",
    ),
    ("<string key='k' value='<5'/>", "k=\"<5\"", ""),
    (
        "<list key='k'><int key='m' value='1'/></list>",
        "k=list(m=1)",
        "",
    ),
];

#[test]
fn harmless_faults_are_mended_and_told() {
    for (attribute, shown, note) in MENDED {
        let document = event(&format!(
            "<string key='concept:name' value='n'/><date key='time:timestamp' value='2026-01-01T00:00:00Z'/>{attribute}"
        ));
        let (events, notes) = read(document, &ReadOptions::default());
        let separator = if shown.is_empty() { "" } else { ", " };
        let expected = format!("{{concept:name=\"n\"{separator}{shown}, time:timestamp");
        assert!(events[0].contains(&expected), "{attribute}: {}", events[0]);
        let told =
            notes.iter().any(|it| it.starts_with(note)) && (notes.len() == 1 || note.is_empty());
        assert!(
            note.is_empty() && notes.is_empty() || told,
            "{attribute}: {notes:?}"
        );
    }
}

/// The log of BPI challenge 2012 as published: the statistics in its head name some values nothing.
#[test]
fn attributes_of_the_log_without_a_key_are_passed_over() {
    let attributes = "<string key='concept:name' value='n'/>\
                      <date key='time:timestamp' value='2026-01-01T00:00:00Z'/>";
    let document = log(&format!(
        "<float key='mean'><float value='3.052'/><float key='10609' value='2.5'/></float>\n\
         <string><int key='a' value='1'/></string>\n\
         <trace><string value='x'/><event>{attributes}</event></trace>"
    ));
    let (events, notes) = read(document, &ReadOptions::default());
    assert_eq!(events.len(), 1);
    let told = "3 attributes of the log or of a trace without a key; they are passed over (the \
                first in line 2)";
    assert!(notes.iter().any(|note| note == told), "{notes:?}");
}

/// What stands in an event, and what is said of it.
const REFUSED_IN_EVENTS: &[(&str, &str)] = &[
    (
        "\n  <int key='k' value='many'/>",
        "4:23: attribute \"k\": \"many\" is no whole number",
    ),
    (
        "<int key='k' value='9223372036854775808'/>",
        "is no whole number between -2^63",
    ),
    (
        "<float key='k' value='1,500'/>",
        "\"1,500\" is no number; a decimal point",
    ),
    (
        "<date key='k' value='13/01/2026'/>",
        "is no time: expected a time such as 2026-02-10T",
    ),
    (
        "<date key='k' value='2025-02-29T00:00:00Z'/>",
        "a part of the time is outside its range",
    ),
    ("<boolean key='k' value='maybe'/>", "neither true nor false"),
    (
        "<string key='time:timestamp' value='soon'/>",
        "\"soon\" is no time",
    ),
    ("<string value='v'/>", "3:8: an attribute must have a key"),
    ("<string key='k' value='&nbsp;'/>", "&nbsp; is not defined"),
    (
        "<string key='k' value='AT&T'/>",
        "write &amp; for the character itself",
    ),
    (
        "<string key='k' value='v' key='k'/>",
        "\"key\" is given twice",
    ),
    (
        "<string key='k'value='v'/>",
        "a blank must stand before \"value\"",
    ),
    (
        "<string key=k value='v'/>",
        "a value in quotes is expected here",
    ),
    (
        "<string key='k' value='v'>",
        "</event> where <string> is open",
    ),
    (
        "</trace>",
        "3:8: <event>, begun in line 3, is not closed before this",
    ),
    (
        "<event>",
        "<event>, begun in line 3, is not closed before this",
    ),
    ("< string key='k'/>", "a name must follow \"<\""),
    (
        "<!ELEMENT a>",
        "begins neither a comment nor a CDATA section",
    ),
    ("<!-- ", "\"<!--\" in line 3 is never closed"),
];

/// Whole documents, and what is said of them.
const REFUSED: &[(&str, &str)] = &[
    (
        "<log>\n<trace>\n</log>",
        "3:1: <trace>, begun in line 2, is not closed before this",
    ),
    (
        "<log>\n</trace>\n</log>",
        "2:1: </trace> where <log> is open",
    ),
    (
        "<log><trace><event>",
        "1:20: <event>, begun in line 1, is not closed before this",
    ),
    (
        "<log><trace><event><string key='a' va",
        "the file ends within the tag \"<string key",
    ),
    ("<log><trace/>", "1:14: the file ends before </log>"),
    (
        "<log>\n<trace/>\n</log><log/>",
        "3:7: more elements behind </log>",
    ),
    (
        "<log>\n\n</log>",
        "holds no event: it is sound XES without any event in it",
    ),
    ("<log>\n<trace/>\n</log>", "holds no event"),
    (
        "<!DOCTYPE log [<!ENTITY a 'aaaa'>]><log>&a;</log>",
        "1:1: document type declarations are refused",
    ),
    (
        "<?xml version='1.0' encoding='klingon'?><log/>",
        "1:1: the declared encoding \"klingon\" is unknown",
    ),
    ("<bpmn:definitions>", "it is a BPMN model and no log"),
];

#[test]
fn other_faults_are_refused_with_place_and_reason() {
    let in_events = REFUSED_IN_EVENTS
        .iter()
        .map(|(inside, expected)| (event(inside), expected));
    let whole = REFUSED
        .iter()
        .map(|(document, expected)| ((*document).to_owned(), expected));
    for (document, expected) in in_events.chain(whole) {
        let refused = refusal("t.xes", document.as_bytes(), &ReadOptions::default());
        assert!(refused.contains(expected), "{document}\n{refused}");
    }
}

#[test]
fn bytes_of_another_encoding_are_refused_by_line() {
    let mut document = event("\n<string key='k' value='").into_bytes();
    document.truncate(document.len() - "</event></trace>\n</log>".len());
    document.extend_from_slice(b"\xD1\xF9'/></event><event/></trace></log>");
    let refused = refusal("t.xes", &document, &ReadOptions::default());
    assert!(
        refused.contains("t.xes:4:24: these bytes are no UTF-8"),
        "{refused}"
    );
    let (log, report) = load_bytes("t.xes", &document, &lenient()).unwrap();
    assert_eq!((events(&log).len(), report.skipped), (1, 1));
    assert!(
        report.first_skipped[0].reason.contains("no UTF-8"),
        "{report:?}"
    );
}

/// Broken events among good ones: the good ones are read, the others counted with place and reason.
#[test]
fn lenient_reading_goes_on_behind_a_broken_event() {
    let good = "<event><string key='concept:name' value='good'/></event>";
    for (broken, reason) in [
        (
            "<event><int key='k' value='x'/></event>",
            "line 2, column 73: attribute \"k\": \"x\" is no whole number",
        ),
        (
            "<event><int key='k' value='x'/><list key='l'><values><int key='m' value='1'/></values></list></event>",
            "no whole number",
        ),
        (
            "<event><string key='k' value=v/></event>",
            "a value in quotes is expected",
        ),
        (
            "<event><string key='k' value='v'></event>",
            "</event> where <string> is open",
        ),
        (
            "<event><string key='k' value='v'/>",
            "is not closed before this",
        ),
        (
            "<event><string key='k' value='&bad;'/></event>",
            "&bad; is not defined",
        ),
        ("<event <string key='k' value='v'/></event>", ""),
    ] {
        let document = log(&format!(
            "<trace><string key='concept:name' value='c'/>{broken}\n{good}</trace><trace>{good}</trace>"
        ));
        let (log, report) = load_bytes("t.xes", document.as_bytes(), &lenient()).unwrap();
        assert_eq!(
            (events(&log).len(), report.skipped),
            (2, 1),
            "{broken} {report:?}"
        );
        assert!(
            report.first_skipped[0].reason.contains(reason),
            "{broken} {report:?}"
        );
        assert_eq!(report.first_skipped[0].place.line, 2, "{broken}");
        refusal("t.xes", document.as_bytes(), &ReadOptions::default());
    }
}

#[test]
fn lenient_reading_keeps_what_came_before_a_cut() {
    let whole = event("<string key='concept:name' value='n'/>");
    let document = whole.replace(
        "</trace>",
        "<event><string key='concept:name' value='m'/></event></trace>",
    );
    for cut in [
        document.find("m'/>").unwrap(),
        document.find("</trace>").unwrap(),
    ] {
        let (log, report) = load_bytes("t.xes", &document.as_bytes()[..cut], &lenient()).unwrap();
        assert_eq!(events(&log)[0], "n @ never [case:c] {concept:name=\"n\"}");
        assert!(
            report.skipped > 0 && report.first_skipped[0].place.line > 0,
            "{report:?}"
        );
    }
}

#[test]
fn sizes_are_bounded() {
    let megabytes = "x".repeat(10 << 20);
    let document = event(&format!("<string key='k' value='{megabytes}'/>"));
    let (log, _) = load_bytes("t.xes", document.as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(
        log.names.text(log.names.get(&megabytes).unwrap()).len(),
        10 << 20
    );

    let many = event(&"<int key='k' value='1'/>".repeat(1_000_000));
    let deep = event(&"<string key='k' value='v'>".repeat(10_000));
    let deep_unknown = log_with_depth(10_000);
    let wide = event(&format!(
        "<string {}/>",
        (0..1_000).map(|i| format!("a{i}='' ")).collect::<String>()
    ));
    for (document, expected) in [
        (many, "more than 100000 attributes in one record"),
        (deep, "attributes nested more than 64 deep"),
        (deep_unknown, "elements nested more than 256 deep"),
        (wide, "more than 100 attributes in one tag"),
    ] {
        let refused = refusal("t.xes", document.as_bytes(), &ReadOptions::default());
        assert!(refused.contains(expected), "{refused}");
        let two = document.replacen(
            "<event>",
            "<event><int key='first' value='1'/></event><event>",
            1,
        );
        let (log, report) = load_bytes("t.xes", two.as_bytes(), &lenient()).unwrap();
        assert_eq!(events(&log)[0], " @ never [case:c] {first=1}", "{expected}");
        assert!(report.skipped >= 1, "{expected}: {report:?}");
    }
}

fn log_with_depth(depth: usize) -> String {
    event(&format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth)))
}
