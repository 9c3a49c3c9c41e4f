//! What the packs in force do not declare: refused with the field, kept and counted where that is asked for, and let in
//! once a pack that declares it comes into force (decision 0032).

use serde_json::{Value, json};

use super::ingest::{json_of, send};
use super::live::PACK;
use super::{BATCH, Client, ONE, Served};
use crate::support::{Place, packs, shared};

/// An event of a permit office.
fn act(id: &str, kind: &str, attributes: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "window/3", "type": kind,
        "time": "2026-11-24T09:00:00+08:00",
        "data": { "objects": [{ "type": "case", "id": "C1" }], "attributes": attributes },
    })
}

fn start(place: &Place, of: &[&str], more: &[&str]) -> Served {
    let folders: Vec<String> = of
        .iter()
        .map(|pack| packs().join(pack).display().to_string())
        .collect();
    let mut options = more.to_vec();
    for folder in &folders {
        options.extend(["--pack", folder]);
    }
    Served::start_with(place, &options)
}

/// Status of the answer, pointer and reason of the first event.
fn posted(client: &mut Client, event: &Value) -> (u16, String, String) {
    let (status, answer) = client.post(ONE, &event.to_string()).unwrap();
    let told = &answer["events"][0];
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    (status, text("pointer"), text("reason"))
}

/// The issue: "Unknown type, ... wrong schema: 422 with the JSON pointer of the field; the good events of a batch are kept and
/// the bad ones listed one by one. What is refused goes to a reject queue."
#[test]
fn what_no_pack_declares_is_refused_with_the_field() {
    let place = Place::new();
    let served = start(&place, &["permit-office"], &[]);
    let mut client = served.connect();
    let misspelt = act("1", "aplication.received", &json!({}));
    let mut boat = act("2", "application.received", &json!({}));
    boat["data"]["objects"][0]["type"] = json!("boat");
    let words = act("3", "application.accepted", &json!({ "fee": "twelve" }));
    let forged = act("4", "source.conflict", &json!({}));
    for (event, pointer, reason) in [
        (&misspelt, "/type", "did you mean \"application.received\""),
        (
            &boat,
            "/data/objects/0/type",
            "no pack in force declares objects of the type \"boat\"",
        ),
        (
            &words,
            "/data/attributes/fee",
            "\"fee\" is declared as decimal, and this is a text",
        ),
        (&forged, "/type", "come from \"ironcage\" alone"),
    ] {
        let (status, at, said) = posted(&mut client, event);
        assert_eq!((status, at.as_str()), (422, pointer), "{event}");
        assert!(said.contains(reason), "{said}");
    }
    let rejects = json_of(&mut client, "/v1/rejects?state=open");
    assert_eq!(rejects["rejects"].as_array().unwrap().len(), 4, "{rejects}");
}

/// A new attribute is no breach of what is declared; it is kept and shown.
#[test]
fn what_is_declared_is_kept_beside_what_is_not() {
    let place = Place::new();
    let served = start(&place, &["permit-office"], &[]);
    let mut client = served.connect();
    let misspelt = act("1", "aplication.received", &json!({}));
    let words = act("3", "application.accepted", &json!({ "fee": "twelve" }));
    let more = act(
        "5",
        "application.received",
        &json!({ "documents": 3, "counter_clerk": "W7" }),
    );
    let batch = json!([
        more,
        misspelt,
        act("6", "application.supplemented", &json!({}))
    ]);
    let (status, answer) = client.post(BATCH, &batch.to_string()).unwrap();
    let told: Vec<&Value> = answer["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["status"])
        .collect();
    assert_eq!(
        (status, told),
        (
            422,
            vec![&json!("accepted"), &json!("rejected"), &json!("accepted")]
        )
    );
    let lines = format!("{}\n{}\n", act("7", "decision.made", &json!({})), words);
    let (status, answer) = client.post("application/x-ndjson", &lines).unwrap();
    assert_eq!(
        (status, &answer["events"][1]["pointer"]),
        (422, &json!("/1/data/attributes/fee"))
    );
    let figures = json_of(&mut client, "/v1/sources/window/3");
    let (accepted, rejected) = (
        &figures["events"]["accepted"],
        &figures["events"]["rejected"],
    );
    assert_eq!((accepted, rejected), (&json!(3), &json!(2)));
    let undeclared = &figures["undeclared"];
    assert_eq!(undeclared.as_array().unwrap().len(), 1, "{undeclared}");
    assert_eq!(undeclared[0]["undeclared"], "attribute");
    assert_eq!(
        (&undeclared[0]["attribute"], &undeclared[0]["events"]),
        (&json!("counter_clerk"), &json!(1))
    );
}

/// What was refused is let in by the activation of a pack that declares it, and what the log says is in force holds
/// after a start that names no pack.
#[test]
fn a_refused_event_is_replayed_when_a_pack_that_declares_it_is_in_force() {
    let place = Place::new();
    let served = start(&place, &["permit-office"], &[]);
    let fine = act("1", "Create Fine", &json!({ "amount": 35.0, "points": 0 }));
    let mut client = served.connect();
    let (status, answer) = client.post(ONE, &fine.to_string()).unwrap();
    assert_eq!(
        (status, &answer["events"][0]["pointer"]),
        (422, &json!("/type")),
        "{answer}"
    );
    let number = answer["events"][0]["reject"].as_u64().unwrap();
    let replay = format!("/v1/rejects/{number}/replay?by=P7");
    assert_eq!(send(&mut client, &replay, "").0, 422, "nothing has changed");
    served.kill();
    let served = start(&place, &["road-traffic-fines"], &[]);
    let mut client = served.connect();
    let (status, answer) = send(&mut client, &replay, "");
    assert_eq!(
        (status, &answer["events"][0]["status"]),
        (200, &json!("accepted")),
        "{answer}"
    );
    served.kill();
    let served = Served::start(&place);
    let mut client = served.connect();
    let fine = act("2", "Create Fine", &json!({ "amount": 35.0 }));
    assert_eq!(posted(&mut client, &fine).0, 200);
    assert_eq!(
        posted(&mut client, &act("3", "application.received", &json!({}))).0,
        200
    );
    let (status, pointer, _) = posted(&mut client, &act("4", "Create Fin", &json!({})));
    assert_eq!((status, pointer.as_str()), (422, "/type"));
}

#[test]
fn where_it_is_asked_for_undeclared_events_are_kept_and_counted() {
    let place = Place::new();
    let served = start(&place, &["permit-office"], &["--undeclared", "count"]);
    let mut client = served.connect();
    let stranger = act("1", "boat.moored", &json!({}));
    assert_eq!(posted(&mut client, &stranger).0, 200);
    let words = act("2", "application.accepted", &json!({ "fee": "twelve" }));
    assert_eq!(posted(&mut client, &words).0, 200);
    let forged = act("3", "source.conflict", &json!({}));
    assert_eq!(
        posted(&mut client, &forged).0,
        422,
        "nobody speaks for the service"
    );
    let figures = json_of(&mut client, "/v1/sources/window/3");
    let mut what: Vec<String> = figures["undeclared"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {}", one["type"], one["undeclared"], one["found"]))
        .collect();
    what.sort();
    let expected = [
        r#""application.accepted" "value" "text""#,
        r#""boat.moored" "type" null"#,
    ];
    assert_eq!(what, expected);
    served.kill();
    // The setting is the installation's; without it the default holds again.
    let served = Served::start(&place);
    let (status, ..) = posted(&mut served.connect(), &act("4", "boat.moored", &json!({})));
    assert_eq!(status, 422);
}

/// A pack that declares no events does not make everything be taken, nor are the events that its rules name refused.
#[test]
fn a_pack_without_declarations_keeps_its_sources() {
    let place = Place::new();
    place.write("live.toml", PACK);
    let served = start(&place, &["permit-office"], &["--pack", "live.toml"]);
    let mut client = served.connect();
    assert_eq!(
        posted(&mut client, &act("1", "accept", &json!({ "any": [1] }))).0,
        200
    );
    assert_eq!(
        posted(&mut client, &act("2", "decision.made", &json!({}))).0,
        200
    );
    assert_eq!(
        posted(&mut client, &act("3", "boat.moored", &json!({}))).0,
        422
    );
    let alone = Place::new();
    alone.write("live.toml", PACK);
    let served = Served::start_with(&alone, &["--pack", "live.toml"]);
    assert_eq!(
        posted(&mut served.connect(), &act("1", "boat.moored", &json!({}))).0,
        200
    );
}

/// Files are held to the same: a real log whose pack declares it comes in whole, one of another office not at all.
#[test]
fn files_are_held_to_what_is_declared() {
    let (Some(fines), Some(other)) = (
        shared("logs/roadtraffic100traces.xes"),
        shared("logs/running-example.csv"),
    ) else {
        return;
    };
    let place = Place::new();
    let served = start(&place, &["road-traffic-fines"], &[]);
    let push = |file: &std::path::Path| {
        place.run(&format!(
            "push {} --lang en --url http://{}",
            file.display(),
            served.address
        ))
    };
    let told = push(&fines);
    assert_eq!(told.status, 0, "{told:?}");
    assert!(told.err.contains(" 0 refused"), "{told:?}");
    let told = push(&other);
    assert_eq!(told.status, 1, "{told:?}");
    assert!(
        told.err.contains("42 events and ") && told.err.contains(", 42 refused"),
        "{told:?}"
    );
    let mut client = served.connect();
    let rejects = json_of(&mut client, "/v1/rejects");
    let first = &rejects["rejects"][0];
    assert!(
        first["pointer"].as_str().unwrap().ends_with("/type"),
        "{first}"
    );
    assert_eq!(first["place"], "running-example.csv:2:1", "{first}");
}
