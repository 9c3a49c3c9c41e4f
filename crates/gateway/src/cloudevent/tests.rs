//! Events as sources send them, and what is wrong with those that are refused.

use super::*;
use crate::limits::{BATCH_MAX, NAME_CHARS_MAX};

fn event(extra: &str) -> String {
    format!(r#"{{"specversion":"1.0","id":"1","source":"police/7","type":"blood.drawn"{extra}}}"#)
}

fn data(data: &str) -> String {
    event(&format!(r#","data":{data}"#))
}

#[test]
fn an_event_becomes_an_entry_about_its_first_object_by_its_actor() {
    let text = event(
        r#", "time": "2026-02-10T23:10:00.5+08:00", "data": {"objects": [{"type":"case","id":"C1"},
        {"type":"officer","id":"P7","qualifier":"actor"}], "attributes": {"bac": 81.50}}"#,
    );
    let Incoming {
        source, id, draft, ..
    } = one(text.as_bytes()).unwrap();
    assert_eq!((source.as_str(), id.as_str()), ("police/7", "1"));
    assert_eq!(draft.claimed, 1_770_736_200_500);
    assert_eq!(
        (draft.subject.as_str(), draft.actor.as_str()),
        ("case\u{1f}C1", "officer\u{1f}P7")
    );
    let body = String::from_utf8(draft.body.clone()).unwrap();
    assert!(
        body.contains(r#""bac":81.50"#) && !body.contains(' '),
        "{body}"
    );
    let again = one(text.replace(", ", ",\n\t").as_bytes()).unwrap();
    assert_eq!(again.draft, draft, "blanks make no other content");
    let other = one(text.replace(r#""id":"1""#, r#""id":"2""#).as_bytes()).unwrap();
    assert_ne!(other.draft.idempotency, draft.idempotency);
    assert_eq!(
        (other.draft.source, other.draft.action),
        (draft.source, draft.action)
    );
}

fn refused(text: &str, pointer: &str, reason: &str) {
    let rejection = one(text.as_bytes()).unwrap_err();
    assert_eq!(rejection.pointer, pointer, "{text:.80}: {rejection}");
    assert!(rejection.reason.contains(reason), "{text:.80}: {rejection}");
}

/// The issue: 422 with the JSON pointer of the field.
#[test]
fn what_is_wrong_with_a_member_is_named_by_its_pointer() {
    let long = "x".repeat(NAME_CHARS_MAX + 1);
    refused("", "", "EOF");
    refused("[]", "", "must be a JSON object");
    refused(&"{\"a\":".repeat(300), "", "recursion limit");
    refused(
        &event("").replace("1.0", "0.3"),
        "/specversion",
        "must be \"1.0\"",
    );
    refused(&event("").replace(r#""id":"1","#, ""), "/id", "is required");
    refused(&event("").replace(r#""1","#, "1,"), "/id", "must be a text");
    refused(
        &event("").replace("blood.drawn", ""),
        "/type",
        "1 to 512 characters",
    );
    refused(
        &event("").replace("blood.drawn", &long),
        "/type",
        "1 to 512 characters",
    );
    refused(
        &event("").replace("police/7", "a\\u0000b"),
        "/source",
        "control characters",
    );
    refused(&event(r#","time":"yesterday""#), "/time", "RFC 3339");
    refused(
        &event(r#","time":"2026-02-30T00:00:00Z""#),
        "/time",
        "RFC 3339",
    );
    refused(
        &event(r#","time":"1969-12-31T23:59:59Z""#),
        "/time",
        "from 1970 on",
    );
    let named = one(event(r#","time":5"#).as_bytes()).unwrap_err();
    let names = (named.id.as_deref(), named.source.as_deref());
    assert_eq!(
        (named.pointer.as_str(), names),
        ("/time", (Some("1"), Some("police/7")))
    );
    assert_eq!(one(b"\xff{}").unwrap_err().reason, "byte 0 is no UTF-8");
}

#[test]
fn what_is_wrong_with_the_data_is_named_by_its_pointer() {
    let large = format!(
        r#"{{"attributes":{{"a":"{}"}}}}"#,
        "x".repeat(Draft::BODY_BYTES_MAX)
    );
    let objects = |list: &str| data(&format!(r#"{{"objects":{list}}}"#));
    refused(&data("5"), "/data", "must be an object");
    refused(
        &data(r#"{"attributes":[]}"#),
        "/data/attributes",
        "must be an object",
    );
    refused(&objects("{}"), "/data/objects", "must be an array");
    refused(
        &objects(r#"[{"type":"case","id":"C1"},7]"#),
        "/data/objects/1",
        "must be an object",
    );
    refused(
        &objects(r#"[{"type":"case"}]"#),
        "/data/objects/0/id",
        "is required",
    );
    refused(
        &objects(r#"[{"type":"","id":"C1"}]"#),
        "/data/objects/0/type",
        "1 to 512",
    );
    refused(
        &objects(r#"[{"type":"case","id":"C1","qualifier":3}]"#),
        "/data/objects/0/qualifier",
        "must be a text",
    );
    refused(&data(&large), "", "too large");
}

#[test]
fn the_good_events_of_a_batch_are_taken_and_the_bad_ones_named_one_by_one() {
    let bad = event("").replace("1.0", "2");
    let second = event("").replace(r#""id":"1""#, r#""id":"2""#);
    let text = format!("[{}, {bad}, {second}, 7]", event(""));
    let read = batch(text.as_bytes()).unwrap();
    let pointers: Vec<_> = read
        .iter()
        .map(|one| one.as_ref().err().map(|wrong| wrong.pointer.as_str()))
        .collect();
    assert_eq!(pointers, [None, Some("/1/specversion"), None, Some("/3")]);
    let text = format!("{}\n\n{bad}\r\n{second}\n", event(""));
    let read = lines(text.as_bytes()).unwrap();
    let pointers: Vec<_> = read
        .iter()
        .map(|one| one.as_ref().err().map(|wrong| wrong.pointer.as_str()))
        .collect();
    assert_eq!(pointers, [None, Some("/2/specversion"), None]);
    assert!(batch(b"{}").is_err() && batch(b"[1,").is_err());
    let many = format!("[{}1]", "1,".repeat(BATCH_MAX));
    assert!(
        batch(many.as_bytes())
            .unwrap_err()
            .reason
            .contains("at most 100000")
    );
}
