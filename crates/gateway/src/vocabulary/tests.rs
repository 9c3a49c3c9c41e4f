//! Packs as they are written, and events held against them.

use std::sync::Arc;

use cage_pack::{Loaded, PackFile, PackFiles, load_files};

use super::{Drifted, Vocabulary};
use crate::{Gate, Undeclared, shape_of};

const OFFICE: &str = r#"
[pack]
id = "office"
version = "1"
[[event]]
type = "application.received"
objects = ["case", "window"]
attributes = { documents = "integer", matter = "text", fee = "decimal", paper = "boolean", from = "time", parts = "list", share = "float" }
[[event]]
type = "decision.made"
[[event]]
type = "source.conflict"
objects = ["source"]
sources = ["ironcage"]
[[rule]]
id = "R1"
internal = true
grade = "observe"
per = "case"
kind = "response"
when = "application.received"
then = "decision.made"
"#;

/// Declares no events; its rule names two.
const NAMING: &str = r#"
[pack]
id = "naming"
version = "1"
[[rule]]
id = "R1"
internal = true
grade = "observe"
per = "device"
kind = "response"
when = "door.opened"
then = ["door.closed"]
"#;

/// What the service says of itself, and nothing else.
const OWN: &str = r#"
[pack]
id = "own"
version = "1"
[[event]]
type = "clock.jumped"
sources = ["ironcage"]
[[rule]]
id = "R1"
internal = true
grade = "observe"
per = "source"
kind = "absence"
n = 1
what = "clock.jumped"
[[object]]
type = "source"
"#;

fn pack(text: &str) -> Loaded {
    let file = PackFile {
        name: "pack.toml".to_owned(),
        own: true,
        text: text.to_owned(),
    };
    let files = PackFiles {
        is_folder: false,
        files: vec![file],
    };
    load_files(&files).unwrap_or_else(|found| panic!("{}", found[0].render(false)))
}

fn vocabulary(packs: &[&str]) -> Arc<Vocabulary> {
    let loaded: Vec<Loaded> = packs.iter().map(|text| pack(text)).collect();
    let packs = loaded.iter().map(|loaded| (&loaded.pack, &loaded.program));
    Arc::new(Vocabulary::of(packs))
}

fn gate(packs: &[&str]) -> Gate {
    Gate::of(vocabulary(packs), Undeclared::Refuse)
}

fn event(kind: &str, objects: &[&str], attributes: &str) -> String {
    let objects: Vec<String> = objects
        .iter()
        .map(|kind| format!(r#"{{"type":"{kind}","id":"1"}}"#))
        .collect();
    let objects = objects.join(",");
    format!(
        r#"{{"specversion":"1.0","id":"1","source":"s","type":"{kind}","data":{{"objects":[{objects}],"attributes":{attributes}}}}}"#
    )
}

/// Pointer and reason, or nothing when it is taken.
fn refusal(gate: &Gate, text: &str) -> Option<(String, String)> {
    let rejection = gate.one(text.as_bytes()).err()?;
    assert_eq!(
        (rejection.id.as_deref(), rejection.source.as_deref()),
        (Some("1"), Some("s"))
    );
    Some((rejection.pointer, rejection.reason))
}

#[test]
fn what_is_not_declared_is_refused_with_the_field_and_what_may_be_meant() {
    let gate = gate(&[OFFICE]);
    for (kind, objects, attributes, pointer, reason) in [
        (
            "aplication.received",
            vec![],
            "{}",
            "/type",
            "no pack in force declares events of the type \"aplication.received\"; did you mean \"application.received\"?",
        ),
        (
            "签收",
            vec![],
            "{}",
            "/type",
            "no pack in force declares events of the type \"签收\"",
        ),
        (
            "application.received",
            vec!["case", "windows"],
            "{}",
            "/data/objects/1/type",
            "no pack in force declares objects of the type \"windows\"; did you mean \"window\"?",
        ),
        (
            "application.received",
            vec!["case"],
            r#"{"new":1,"fee":"12.50"}"#,
            "/data/attributes/fee",
            "\"fee\" is declared as decimal, and this is a text",
        ),
        (
            "application.received",
            vec![],
            r#"{"documents":2.5}"#,
            "/data/attributes/documents",
            "\"documents\" is declared as integer, and this is a number with a fraction",
        ),
        (
            "application.received",
            vec![],
            r#"{"matter":{"x":1}}"#,
            "/data/attributes/matter",
            "\"matter\" is declared as text, and this is an object",
        ),
        (
            "source.conflict",
            vec![],
            "{}",
            "/type",
            "events of the type \"source.conflict\" come from \"ironcage\" alone",
        ),
    ] {
        let expected = Some((pointer.to_owned(), reason.to_owned()));
        assert_eq!(refusal(&gate, &event(kind, &objects, attributes)), expected);
    }
}

/// What rules can read as the declared type is of that type.
#[test]
fn values_that_can_be_read_as_declared_are_taken() {
    let gate = gate(&[OFFICE]);
    let values = [
        (
            "documents",
            vec!["3", "3.0", "3e0", "null"],
            vec!["3.5", "\"3\"", "true", "[3]"],
        ),
        (
            "fee",
            vec!["3", "3.50", "3.5e1", "null"],
            vec!["\"3\"", "false"],
        ),
        ("share", vec!["3", "0.25", "1e-9"], vec!["\"0.25\""]),
        (
            "matter",
            vec!["\"x\"", "\"2026-03-01T09:00:00+08:00\"", "null"],
            vec!["1", "true", "[]"],
        ),
        ("paper", vec!["true", "false"], vec!["1", "\"true\""]),
        (
            "from",
            vec!["\"2026-03-01T09:00:00+08:00\""],
            vec!["\"soon\"", "5"],
        ),
        ("parts", vec!["[]", "[1,\"x\"]"], vec!["1", "{}"]),
        ("anything", vec!["1", "\"x\"", "{\"y\":[1]}"], vec![]),
    ];
    for (name, good, bad) in values {
        for value in good {
            let text = event(
                "application.received",
                &["case"],
                &format!(r#"{{"{name}":{value}}}"#),
            );
            assert_eq!(refusal(&gate, &text), None, "{name} {value}");
        }
        for value in bad {
            // An empty object says nothing, as null does.
            let is_nothing = value == "{}";
            let text = event(
                "application.received",
                &["case"],
                &format!(r#"{{"{name}":{value}}}"#),
            );
            assert_eq!(
                refusal(&gate, &text).is_none(),
                is_nothing,
                "{name} {value}"
            );
        }
    }
}

#[test]
fn a_type_without_stated_objects_or_attributes_takes_any() {
    let gate = gate(&[OFFICE]);
    let text = event("decision.made", &["spaceship"], r#"{"fee":"x"}"#);
    assert_eq!(refusal(&gate, &text), None);
    // Declared by another event, or known to every log.
    let text = event("application.received", &["window", "officer"], "{}");
    assert_eq!(refusal(&gate, &text), None);
}

#[test]
fn without_a_pack_that_says_what_others_send_everything_is_taken() {
    let anything = event("anything", &["thing"], r#"{"a":1}"#);
    for packs in [&[][..], &[OWN][..], &[NAMING][..], &[OWN, NAMING][..]] {
        let gate = gate(packs);
        assert_eq!(refusal(&gate, &anything), None, "{packs:?}");
    }
    let own = event("clock.jumped", &[], "{}");
    assert_eq!(
        refusal(&gate(&[OWN]), &own).map(|(pointer, _)| pointer),
        Some("/type".to_owned())
    );
    assert_eq!(refusal(&gate(&[]), &own), None);
}

/// A pack that declares nothing means what its rules name, and what they look at beyond that.
#[test]
fn packs_are_taken_together() {
    for packs in [[OFFICE, NAMING], [NAMING, OFFICE]] {
        let gate = gate(&packs);
        assert_eq!(refusal(&gate, &event("door.opened", &["x"], "{}")), None);
        assert_eq!(
            refusal(&gate, &event("application.received", &["device"], "{}")),
            None
        );
        let stranger = refusal(&gate, &event("door.opend", &[], "{}")).unwrap();
        assert!(
            stranger.1.contains("did you mean \"door.opened\""),
            "{stranger:?}"
        );
    }
    let all = NAMING.replace("kind = \"response\"", "kind = \"chain-response\"");
    let gate = gate(&[OFFICE, &all]);
    assert_eq!(refusal(&gate, &event("window.opened", &["x"], "{}")), None);
    let wrong = event("application.received", &[], r#"{"fee":"x"}"#);
    assert!(
        refusal(&gate, &wrong).is_some(),
        "what is declared is held all the same"
    );
    // Two packs that declare one type: what one of them takes is taken.
    let other = OFFICE
        .replace("fee = \"decimal\"", "fee = \"text\"")
        .replace("id = \"office\"", "id = \"b\"");
    let both = gate_of_two(&other);
    assert_eq!(refusal(&both, &wrong), None);
    let neither = event("application.received", &[], r#"{"fee":true}"#);
    let said = refusal(&both, &neither).unwrap().1;
    assert_eq!(
        said,
        "\"fee\" is declared as text or decimal, and this is true or false"
    );
}

fn gate_of_two(other: &str) -> Gate {
    gate(&[OFFICE, other])
}

#[test]
fn where_undeclared_events_are_counted_only_the_services_own_are_refused() {
    let gate = Gate::of(vocabulary(&[OFFICE]), Undeclared::Count);
    assert_eq!(
        refusal(&gate, &event("anything", &["x"], r#"{"fee":"x"}"#)),
        None
    );
    assert!(refusal(&gate, &event("source.conflict", &[], "{}")).is_some());
}

#[test]
fn the_good_ones_of_a_batch_stand_beside_the_refused() {
    let gate = gate(&[OFFICE]);
    let good = event("decision.made", &[], "{}");
    let bad = event("application.received", &["case"], r#"{"fee":true}"#);
    let batch = format!("[{good},{bad},{good}]");
    let read = gate.batch(batch.as_bytes()).unwrap();
    let pointers: Vec<_> = read
        .iter()
        .map(|one| one.as_ref().err().map(|no| no.pointer.as_str()))
        .collect();
    assert_eq!(pointers, [None, Some("/1/data/attributes/fee"), None]);
    let lines = format!("{good}\n{bad}\n");
    let read = gate.lines(lines.as_bytes()).unwrap();
    assert_eq!(
        read[1].as_ref().unwrap_err().pointer,
        "/1/data/attributes/fee"
    );
    assert_eq!(&lines[read[1].as_ref().unwrap_err().raw.clone()], bad);
}

/// What is said of an object is held to what is declared of objects.
#[test]
fn descriptions_of_objects_are_held_to_what_is_declared() {
    let declared =
        OFFICE.to_owned() + "[[object]]\ntype = \"permit\"\nattributes = { fee = \"decimal\" }\n";
    let gate = gate(&[&declared]);
    let said = |kind: &str, rest: &str| {
        format!(
            r#"{{"specversion":"1.0","id":"1","source":"s","type":"ironcage.object","data":{{"object":{{"type":"{kind}","id":"7",{rest}}}}}}}"#
        )
    };
    let changes = r#""changes":[{"since":"2026-03-01T09:00:00+08:00","attributes":{"fee":FEE}}]"#;
    for (text, pointer) in [
        (
            said("permit", r#""attributes":{"fee":12.5,"new":"x"}"#),
            None,
        ),
        (said("window", r#""attributes":{"new":"x"}"#), None),
        (said("permit", &changes.replace("FEE", "12.5")), None),
        (
            said("boat", r#""attributes":{}"#),
            Some("/data/object/type"),
        ),
        (
            said("permit", r#""attributes":{"fee":"x"}"#),
            Some("/data/object/attributes/fee"),
        ),
        (
            said("permit", &changes.replace("FEE", "\"x\"")),
            Some("/data/object/changes"),
        ),
    ] {
        assert_eq!(
            refusal(&gate, &text).map(|(at, _)| at).as_deref(),
            pointer,
            "{text}"
        );
    }
    let read = gate
        .one(said("permit", r#""attributes":{"fee":1}"#).as_bytes())
        .unwrap();
    assert_eq!(
        read.draft.subject, "permit\u{1f}7",
        "its erasure unit is the object"
    );
    for nameless in [
        said("permit", "\"id\":\"\""),
        said("per\u{1}mit", "\"x\":1"),
    ] {
        assert!(crate::one(nameless.as_bytes()).is_err(), "{nameless}");
    }
}

#[test]
fn drift_is_what_is_not_declared() {
    let vocabulary = vocabulary(&[OFFICE]);
    let drift = |text: &str| vocabulary.drift(&shape_of(text.as_bytes()).unwrap());
    assert_eq!(drift(&event("anything", &[], "{}")), [Drifted::Type]);
    let text = event(
        "application.received",
        &["case", "boat"],
        r#"{"fee":"x","new":1,"matter":null}"#,
    );
    let value = Drifted::Value {
        attribute: "fee".to_owned(),
        declared: "decimal".to_owned(),
        found: "text".to_owned(),
    };
    let expected = [
        Drifted::Object("boat".to_owned()),
        value,
        Drifted::Attribute("new".to_owned()),
    ];
    assert_eq!(drift(&text), expected);
    let text = event("decision.made", &["boat"], r#"{"new":1}"#);
    assert_eq!(drift(&text), [], "any objects and attributes are declared");
}
