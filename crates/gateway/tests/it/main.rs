//! The published schema of events and the reader that decides: both take the same, or both refuse it.

use cage_gateway::{EVENT_SCHEMA, one};

/// What the schema says of a text, by a validator that is not ours.
fn fits(text: &str) -> bool {
    let schema = serde_json::from_str(EVENT_SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("the schema is one");
    serde_json::from_str(text).is_ok_and(|event| validator.is_valid(&event))
}

fn event(extra: &str) -> String {
    format!(r#"{{"specversion":"1.0","id":"1","source":"police/7","type":"blood.drawn"{extra}}}"#)
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let long = "x".repeat(513);
    let many = vec![r#"{"type":"case","id":"1"}"#; 1_001].join(",");
    let data = |data: &str| event(&format!(r#","data":{data}"#));
    let object = |object: &str| data(&format!(r#"{{"objects":[{object}]}}"#));
    for (text, good) in [
        (event(""), true),
        (event(r#","time":"2026-02-10T23:10:00+08:00""#), true),
        (event(r#","time":"2026-02-10T23:10:00.123456Z""#), true),
        (event(r#","time":"yesterday""#), false),
        (event(r#","time":"2026-02-10""#), false),
        (event(r#","time":5"#), false),
        (event(r#","time":null"#), true),
        (event(r#","data":null"#), true),
        (event(r#","sequence":"12","subject":"x""#), true),
        (event("").replace("1.0", "0.3"), false),
        (event("").replace(r#""id":"1","#, ""), false),
        (event("").replace(r#""id":"1""#, r#""id":1"#), false),
        (event("").replace(r#""id":"1""#, r#""id":"""#), false),
        (event("").replace(r#""id":"1""#, r#""id":"a\tb""#), false),
        (event("").replace("blood.drawn", &long), false),
        (event("").replace("police/7", "ironcage"), false),
        (event("").replace("police/7", "交警/七"), true),
        (data(r#"{"objects":[],"attributes":{}}"#), true),
        (
            data(r#"{"attributes":{"fee":12.50,"paid":true,"note":"x","when":null}}"#),
            true,
        ),
        (data(r#"{"attributes":[]}"#), false),
        (data(r#"{"objects":{}}"#), false),
        (data(r#"{"objects":null}"#), false),
        (data("[]"), false),
        (data("7"), false),
        (
            object(r#"{"type":"case","id":"C1","qualifier":"actor"}"#),
            true,
        ),
        (object(r#"{"type":"case","id":"C1","qualifier":""}"#), true),
        (object(r#"{"type":"case"}"#), false),
        (object(r#"{"type":"","id":"C1"}"#), false),
        (object(r#"{"type":"case","id":7}"#), false),
        (object(r#""case""#), false),
        (object(&many), false),
        ("[]".to_owned(), false),
        ("{}".to_owned(), false),
    ] {
        let read = one(text.as_bytes());
        assert_eq!(read.is_ok(), good, "{text:.200}: {:?}", read.err());
        assert_eq!(fits(&text), good, "schema: {text:.200}");
    }
}
