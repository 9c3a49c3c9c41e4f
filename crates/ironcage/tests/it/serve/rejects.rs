//! `ironcage rejects`: what was refused is listed, shown, corrected, replayed and set aside from the command line.

use serde_json::{Value, json};

use super::{BATCH, Served, event};
use crate::support::Place;

fn json_of(place: &Place, line: &str) -> Value {
    serde_json::from_str(&place.succeed(line)).unwrap()
}

/// A service with three refused events; the second and the third are not mended here.
fn refused(place: &Place) -> (Served, Value) {
    let served = Served::start(place);
    let mut bad = event(1);
    bad["time"] = json!("yesterday");
    let mut worse = event(2);
    worse["time"] = json!("soon");
    let batch = json!([bad, worse, { "no": "event" }, event(3)]).to_string();
    served.connect().post(BATCH, &batch).unwrap();
    (served, bad)
}

fn column<'v>(listed: &'v Value, name: &str) -> Vec<&'v Value> {
    let rejects = listed["rejects"].as_array().unwrap();
    rejects.iter().map(|one| &one[name]).collect()
}

#[test]
fn what_was_refused_is_seen_with_and_without_the_service() {
    let place = Place::new();
    let (served, bad) = refused(&place);
    let url = format!("--url http://{}", served.address);
    let listed = place.succeed(&format!("rejects list {url} --lang en"));
    assert!(
        listed.contains("  open  window/3  1") && listed.contains("/0/time: "),
        "{listed}"
    );
    assert!(listed.contains("of unknown source"), "{listed}");
    let chinese = place.succeed(&format!("rejects list {url} --lang zh"));
    assert!(
        chinese.contains("待办") && chinese.contains("来源不明"),
        "{chinese}"
    );
    let all = json_of(
        &place,
        &format!("rejects list --json --source window/3 {url}"),
    );
    let numbers = column(&all, "number");
    let refused = &all["counts"]["window/3"]["refused"];
    assert_eq!((numbers.len(), refused), (2, &json!(2)));
    let kept = json_of(
        &place,
        "rejects list --json --source window/3 --data ledger",
    );
    assert_eq!(kept["rejects"], all["rejects"]);
    let shown = place.succeed(&format!(
        "rejects show {} --data ledger --lang en",
        numbers[0]
    ));
    assert!(
        shown.contains("yesterday") && shown.contains("/0/time: must be a time"),
        "{shown}"
    );
    let one = json_of(&place, &format!("rejects show {} --json {url}", numbers[0]));
    let text: Value = serde_json::from_str(one["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, bad);
    place.refuse(
        &format!("rejects show 99 {url}"),
        2,
        &["there is no reject 99"],
    );
    place.refuse("rejects list --data nowhere", 3, &["rejects.sqlite"]);
    place.refuse("rejects replay", 2, &["<NUMBER>"]);
}

#[test]
fn what_was_refused_is_settled_from_the_command_line() {
    let place = Place::new();
    let (served, _) = refused(&place);
    let url = format!("--url http://{}", served.address);
    let all = json_of(
        &place,
        &format!("rejects list --json --source window/3 {url}"),
    );
    let numbers = column(&all, "number");
    // As it was it is refused again; corrected it is kept.
    let replay = format!("rejects replay {} --by P7 --lang en {url}", numbers[0]);
    let again = place.run(&replay);
    assert_eq!(again.status, 1, "{again:?}");
    assert!(again.out.contains("still open  /time: "), "{again:?}");
    place.write("mended.json", event(1).to_string());
    let correct = format!(
        "rejects correct {} mended.json --by P7 --lang en {url}",
        numbers[0]
    );
    let mended = place.succeed(&correct);
    assert!(
        mended.contains("settled  ledger.example/0151/2026/case 1"),
        "{mended}"
    );
    assert_eq!(place.run(&correct).status, 1, "it is settled already");
    let dismiss = format!(
        "rejects dismiss {} --reason doubled --by P8 --json {url}",
        numbers[1]
    );
    assert_eq!(json_of(&place, &dismiss)[0]["settled"], true);
    let all = json_of(
        &place,
        &format!("rejects list --json --source window/3 {url}"),
    );
    assert_eq!(
        column(&all, "state"),
        [&json!("corrected"), &json!("dismissed")]
    );
    let rest = place.run(&format!("rejects replay --all --lang en {url}"));
    assert_eq!(rest.status, 1, "{rest:?}");
    assert!(rest.err.contains("0 of 1 settled"), "{rest:?}");
    assert_eq!(served.stop(), 0);
    let open = json_of(&place, "rejects list --json --state open --data ledger");
    assert_eq!(column(&open, "state").len(), 1, "{open}");
}
