//! Questions to a running service: what was posted is found, by everything that it names, also after the process
//! was killed and after its views were lost.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{BATCH, Client, Served};
use crate::support::Place;

/// A decision within a day.
const PACK: &str = r#"
[pack]
id = "asked"
version = "1"
[[rule]]
id = "DECIDED"
title = { zh = "受理后一日内须决定", en = "Decide within a day" }
internal = true
grade = "alert"
per = "case"
kind = "response"
when = "accept"
then = "decide"
within = "24 h"
"#;

/// 60 events of 20 cases: accepted long ago, decided in time but for every fourth.
fn events() -> Vec<Value> {
    let mut events = Vec::new();
    for case in 0..20 {
        let mut push = |kind: &str, day: u32| {
            events.push(json!({
                "specversion": "1.0", "id": format!("{case}-{kind}"), "source": "window/3", "type": kind,
                "time": format!("2026-02-{day:02}T09:00:00+08:00"),
                "data": { "objects": [
                    { "type": "case", "id": format!("案/{case}") },
                    { "type": "officer", "id": format!("P{}", case % 3), "qualifier": "actor" },
                    { "type": "plate", "id": format!("贵A{}", case % 5) },
                ] },
            }));
        };
        push("accept", 2);
        push("decide", if case % 4 == 0 { 9 } else { 2 });
        push("serve", 10);
    }
    // What happens on one day happens in this order.
    events.sort_by_key(|event| event["time"].as_str().map(str::to_owned));
    events
}

fn get(client: &mut Client, path: &str) -> Value {
    let (status, body) = client.get(path);
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// Waits until the views have so many records.
fn until_records(client: &mut Client, records: u64) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let counters = get(client, "/v1/counters?source=window/3");
        if counters["events_total"].as_u64() >= Some(records) || Instant::now() > deadline {
            return counters;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Everything that is asked, as one text: it must be the same after every restart.
fn answers(client: &mut Client) -> String {
    let counters = until_records(client, 60);
    assert_eq!(counters["events_total"], 60);
    let mut said = counters.to_string();
    let mut paths = vec![
        "/v1/findings".to_owned(),
        "/v1/changes".to_owned(),
        "/v1/cases/%E6%A1%88%2F4".to_owned(),
        "/v1/cases/%E6%A1%88%2F4/events?order=oldest".to_owned(),
        "/v1/objects?q=P".to_owned(),
        "/v1/events?object=plate:%E8%B4%B5A0&object=officer:P1&object=case:%E6%A1%88/10".to_owned(),
        "/v1/packs".to_owned(),
        "/v1/clocks".to_owned(),
    ];
    let findings = get(client, "/v1/findings");
    let details = findings["findings"].as_array().unwrap().iter();
    paths.extend(details.map(|finding| finding["details"].as_str().unwrap().to_owned()));
    for figure in counters["events"].as_array().unwrap() {
        let path = figure["list"].as_str().unwrap();
        let listed = get(client, path);
        assert_eq!(
            listed["events"].as_array().unwrap().len() as u64,
            figure["count"]
        );
    }
    for path in paths {
        said += &format!("\n{path}\n{}", get(client, &path));
    }
    said
}

/// G-02, G-13: every act is found by the case, the person and the plate that it names, every finding has its evidence
/// and its proof; nothing of that changes when the process is killed or its views are lost.
#[test]
fn what_was_posted_is_found_also_after_a_kill_and_without_views() {
    let place = Place::new();
    place.write("asked.toml", PACK);
    let served = Served::start_with(&place, &["--pack", "asked.toml"]);
    let mut client = served.connect();
    let (status, answer) = client.post(BATCH, &json!(events()).to_string()).unwrap();
    assert_eq!(status, 200, "{answer}");
    let first = answers(&mut client);
    let findings = get(&mut client, "/v1/findings?status=open&limit=1000");
    let found = findings["findings"].as_array().unwrap();
    let cases: Vec<&str> = found
        .iter()
        .map(|one| one["object"].as_str().unwrap())
        .collect();
    assert_eq!(cases.len(), 5, "{cases:?}");
    let one = get(&mut client, found[0]["details"].as_str().unwrap());
    let evidence = &one["evidence"][0];
    assert_eq!(evidence["type"], "accept");
    let body = get(&mut client, evidence["event"].as_str().unwrap());
    assert_eq!(body["body"]["data"]["objects"][0]["id"], one["object"]);
    let timeline = get(&mut client, "/v1/cases/%E6%A1%88%2F4/events?order=oldest");
    let kinds: Vec<&Value> = timeline["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["type"])
        .collect();
    assert_eq!(kinds, ["accept", "decide", "serve"]);
    let three = "/v1/events?object=plate:%E8%B4%B5A0&object=officer:P1&object=case:%E6%A1%88/10";
    assert_eq!(
        get(&mut client, three)["events"].as_array().unwrap().len(),
        3
    );
    let deadline = Instant::now() + Duration::from_secs(10);
    while client.get(evidence["proof"].as_str().unwrap()).0 != 200 {
        assert!(Instant::now() < deadline, "the evidence is published");
        std::thread::sleep(Duration::from_millis(100));
    }
    served.kill();
    let served = Served::start_with(&place, &["--pack", "asked.toml"]);
    assert_eq!(answers(&mut served.connect()), first, "after a kill");
    served.kill();
    let views = place.path().join("ledger/derived/views.sqlite");
    // What was not copied from it yet would make up for a file that is lost.
    for damaged in [&views, &views.with_extension("sqlite-wal")] {
        fs::write(damaged, "these are no views at all").unwrap();
    }
    let served = Served::start_with(&place, &["--pack", "asked.toml"]);
    assert_eq!(answers(&mut served.connect()), first, "from the log alone");
    assert!(
        views.with_extension("sqlite.unused-1").exists(),
        "moved aside, not lost"
    );
    assert_eq!(served.stop(), 0);
}
