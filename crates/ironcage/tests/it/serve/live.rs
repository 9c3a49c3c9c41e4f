//! Rules on a running service: findings open, are taken back, and are told alike after a restart.

use std::io::{BufRead as _, Write as _};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Client, ONE, Served, verified};
use crate::support::Place;

/// Rules for the live tests: a decision within an hour, and nobody decides before acceptance.
pub(super) const PACK: &str = r#"
[pack]
id = "live"
version = "1"
[[rule]]
id = "DECIDED"
title = { zh = "受理后一小时内须决定", en = "Decide within an hour" }
internal = true
grade = "observe"
per = "case"
kind = "response"
when = "accept"
then = "decide"
within = "1 h"
[[rule]]
id = "ACCEPTED"
title = { zh = "先受理后决定", en = "Accept before deciding" }
internal = true
grade = "observe"
per = "case"
kind = "precedence"
when = "decide"
before = "accept"
"#;

/// An event so many seconds before now, so that clocks of the rules have run out or not.
pub(super) fn ago(id: &str, kind: &str, case: &str, seconds: i64) -> Value {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let at = cage_model::Instant(now.as_micros() as i64 - seconds * 1_000_000);
    json!({
        "specversion": "1.0", "id": id, "source": "window/3", "type": kind,
        "time": cage_model::Time::new(at, Some(480)).to_string(),
        "data": { "objects": [{ "type": "case", "id": case }] },
    })
}

/// What was told: change, rule and case.
pub(super) fn told(client: &mut Client) -> Vec<String> {
    let (_, body) = client.get("/v1/changes");
    let answer: Value = serde_json::from_str(&body).unwrap();
    let told = answer["changes"].as_array().unwrap().iter();
    told.map(|one| {
        let [change, rule, case] =
            ["change", "rule", "object"].map(|name| one[name].as_str().unwrap());
        format!("{} {change} {rule} {case}", one["number"])
    })
    .collect()
}

/// Waits until so much was told.
pub(super) fn told_at_least(client: &mut Client, count: usize) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let found = told(client);
        if found.len() >= count || Instant::now() > deadline {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// G-10, G-13, H-03: findings come up on the stream when they become true, a late event takes one back, and
/// after a restart the same was told under the same numbers.
#[test]
fn findings_come_up_live_and_are_told_alike_after_a_restart() {
    let place = Place::new();
    place.write("live.toml", PACK);
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    let mut stream = served.connect();
    let head = "GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
    stream.reader.get_mut().write_all(head.as_bytes()).unwrap();
    let mut client = served.connect();
    client
        .post(ONE, &ago("1", "decide", "C1", 7_200).to_string())
        .unwrap();
    client
        .post(ONE, &ago("2", "accept", "C2", 7_000).to_string())
        .unwrap();
    let first = ["1 opened ACCEPTED C1", "2 opened DECIDED C2"];
    assert_eq!(told_at_least(&mut client, 2), first);
    // The decision was made in time and came late; the acceptance too.
    client
        .post(ONE, &ago("3", "decide", "C2", 6_900).to_string())
        .unwrap();
    client
        .post(ONE, &ago("4", "accept", "C1", 7_300).to_string())
        .unwrap();
    let all = [
        &first[..],
        &["3 withdrawn DECIDED C2", "4 withdrawn ACCEPTED C1"],
    ]
    .concat();
    assert_eq!(told_at_least(&mut client, 4), all);
    let mut streamed = Vec::new();
    while streamed.len() < 4 {
        let mut line = String::new();
        assert!(
            stream.reader.read_line(&mut line).unwrap() > 0,
            "the stream ended"
        );
        streamed.extend(
            line.trim()
                .strip_prefix("id: ")
                .or(line.trim().strip_prefix("id:"))
                .map(str::to_owned),
        );
    }
    assert_eq!(streamed, ["1", "2", "3", "4"]);
    served.kill();
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    let mut client = served.connect();
    assert_eq!(told(&mut client), all);
    client
        .post(ONE, &ago("5", "decide", "C3", 10).to_string())
        .unwrap();
    assert_eq!(told_at_least(&mut client, 5)[4], "5 opened ACCEPTED C3");
    assert_eq!(served.stop(), 0);
    assert_eq!(verified(&place)["whole"], true);
}

/// H-02: a clock runs out with nothing coming in; the tick that says so is a record of its own.
#[test]
fn a_clock_runs_out_while_nothing_comes_in() {
    let place = Place::new();
    place.write("live.toml", PACK);
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    let mut client = served.connect();
    client
        .post(ONE, &ago("1", "accept", "C1", 3_598).to_string())
        .unwrap();
    assert_eq!(told(&mut client), [""; 0], "two seconds are left");
    assert_eq!(told_at_least(&mut client, 1), ["1 opened DECIDED C1"]);
    assert_eq!(served.stop(), 0);
    // The pack and the program's own came into force, the case was accepted, the clock ran out.
    let verified = verified(&place);
    assert_eq!(
        (&verified["whole"], &verified["records"]),
        (&json!(true), &json!(4))
    );
    place.refuse(
        "serve --data ledger --open --pack absent.toml",
        3,
        &["absent.toml"],
    );
}

/// An event of tens of thousands of bytes is judged like a short one.
#[test]
fn a_long_event_is_judged_too() {
    let place = Place::new();
    place.write("live.toml", PACK);
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    let mut client = served.connect();
    let mut long = ago("1", "decide", "C1", 10);
    long["data"]["attributes"] = json!({ "remark": "铁".repeat(15_000) });
    let (status, answer) = client.post(ONE, &long.to_string()).unwrap();
    assert_eq!(status, 200, "{answer}");
    assert_eq!(told_at_least(&mut client, 1), ["1 opened ACCEPTED C1"]);
    assert_eq!(served.stop(), 0);
}

/// G-12: a clock runs out while nothing is running; the next start says so once, and once only.
#[test]
fn what_ran_out_during_a_downtime_is_told_once() {
    let place = Place::new();
    place.write("live.toml", PACK);
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    let mut client = served.connect();
    for (id, seconds) in [("1", 3_597), ("2", 3_598), ("3", 10)] {
        let case = format!("C{id}");
        client
            .post(ONE, &ago(id, "accept", &case, seconds).to_string())
            .unwrap();
    }
    served.kill();
    std::thread::sleep(Duration::from_secs(4));
    for round in 0..2 {
        let served = Served::start(&place);
        let mut client = served.connect();
        let mut told = told_at_least(&mut client, 2);
        told.sort();
        assert_eq!(
            told,
            ["1 opened DECIDED C1", "2 opened DECIDED C2"],
            "start {round}"
        );
        assert_eq!(served.stop(), 0);
    }
}
