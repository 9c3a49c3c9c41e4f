//! What comes in and is not simply kept: rewrites, events that rules could not read.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{BATCH, Client, ONE, Served, event, verified};
use crate::support::Place;

/// What `verify` says of the log of a stream.
pub(super) fn log_of<'v>(verified: &'v Value, stream: &str) -> &'v Value {
    let logs = verified["logs"].as_array().unwrap();
    let is_it = |log: &&Value| log["origin"].as_str().unwrap().ends_with(stream);
    logs.iter().find(is_it).unwrap()
}

/// The changes that were told, once there are so many.
fn told(client: &mut Client, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let (status, text) = client.get("/v1/findings");
        let answer: Value = serde_json::from_str(&text).unwrap();
        let found = answer["findings"].as_array().unwrap().clone();
        assert_eq!(status, 200);
        if found.len() >= count || Instant::now() > deadline {
            return found;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The issue: same id with other content is 409 and a finding. The attempt is an entry that outlives the process;
/// the same attempt again is the same entry.
#[test]
fn a_rewrite_is_refused_recorded_and_found() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut client = served.connect();
    client.post(ONE, &event(1).to_string()).unwrap();
    let mut other = event(1);
    other["type"] = json!("refuse");
    let batch = json!([event(2), other, event(3)]).to_string();
    for _ in 0..2 {
        let (status, answer) = client.post(BATCH, &batch).unwrap();
        assert_eq!(
            (status, &answer["events"][1]["status"]),
            (409, &json!("conflict"))
        );
    }
    let found = told(&mut client, 1);
    assert_eq!(found.len(), 1, "{found:?}");
    let finding = &found[0];
    let names =
        ["pack", "rule", "object_type", "object"].map(|name| finding[name].as_str().unwrap());
    assert_eq!(names, ["ledger", "LED-01", "source", "window/3"]);
    other["type"] = json!("withdraw");
    let (status, _) = client.post(ONE, &other.to_string()).unwrap();
    assert_eq!((status, told(&mut client, 2).len()), (409, 2));
    assert_eq!(served.stop(), 0);
    let verified = verified(&place);
    assert_eq!(verified["whole"], true, "{verified}");
    let entries = |stream| log_of(&verified, stream)["entries"].as_u64();
    // Two rewrites, and the pack of the program.
    assert_eq!((entries("/case"), entries("/admin")), (Some(3), Some(3)));
    let served = Served::start(&place);
    assert_eq!(
        told(&mut served.connect(), 2).len(),
        2,
        "found again from the records"
    );
}

/// Each of these was sound JSON with all that is required, and would have stopped the rules for good.
#[test]
fn what_the_rules_could_not_read_is_refused_and_the_service_goes_on() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut client = served.connect();
    let mut bad = vec![event(1), event(2), event(3), event(4)];
    bad[0]["received"] = json!("soon");
    bad[1]["type"] = json!("ironcage.object");
    bad[2]["data"]["objects"] = Value::Null;
    bad[3]["data"]["attributes"]["n"] = json!({ "@type": "x", "@value": "5" });
    let (status, answer) = client.post(BATCH, &json!(bad).to_string()).unwrap();
    assert_eq!((status, &answer["refused"]), (422, &json!(4)), "{answer}");
    assert_eq!(answer["events"][0]["pointer"], "/0/received");
    client.post(ONE, &event(5).to_string()).unwrap();
    assert_eq!(served.stop(), 0);
    let served = Served::start(&place);
    let (status, _) = served.connect().post(ONE, &event(5).to_string()).unwrap();
    assert_eq!(status, 200);
}

pub(super) fn json_of(client: &mut Client, path: &str) -> Value {
    let (status, text) = client.get(path);
    assert_eq!(status, 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

pub(super) fn send(client: &mut Client, path: &str, body: &str) -> (u16, Value) {
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/json");
    let (status, text) = client.request(&head, body.as_bytes()).unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// The issue: what is refused can be looked at, corrected and replayed; here over a kill of the process.
#[test]
fn a_refused_event_is_looked_at_corrected_and_replayed() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut client = served.connect();
    let mut bad = event(1);
    bad["time"] = json!("yesterday");
    let (status, answer) = client
        .post(BATCH, &json!([event(2), bad]).to_string())
        .unwrap();
    let number = answer["events"][1]["reject"].as_u64().unwrap();
    assert_eq!(
        (status, &answer["events"][0]["reject"]),
        (422, &Value::Null)
    );
    client.post(ONE, "{\"no\":").unwrap();
    served.kill();
    let served = Served::start(&place);
    let mut client = served.connect();
    let all = json_of(&mut client, "/v1/rejects");
    assert_eq!(all["rejects"].as_array().unwrap().len(), 2, "{all}");
    assert_eq!(
        all["counts"]["window/3"],
        json!({ "refused": 1, "dropped": 0 })
    );
    let path = format!("/v1/rejects/{number}");
    let one = json_of(&mut client, &path);
    assert_eq!(
        (&one["pointer"], &one["source"]),
        (&json!("/1/time"), &json!("window/3"))
    );
    assert_eq!(
        serde_json::from_str::<Value>(one["text"].as_str().unwrap()).unwrap(),
        bad
    );
    // As it was it is refused again; corrected it is kept, and says what it corrects.
    let replay = format!("{path}/replay?by=P7");
    let (status, again) = send(&mut client, &replay, "");
    assert_eq!(
        (status, &again["events"][0]["pointer"]),
        (422, &json!("/time"))
    );
    let (status, answer) = send(&mut client, &replay, &event(1).to_string());
    assert_eq!(
        (status, &answer["events"][0]["status"]),
        (200, &json!("accepted")),
        "{answer}"
    );
    let (status, answer) = send(&mut client, &replay, &event(1).to_string());
    assert_eq!(status, 409, "it is settled: {answer}");
    let one = json_of(&mut client, &path);
    let settled = (&one["state"], &one["settled_by"], &one["note"]);
    let note = json!("entry 1 of ledger.example/0151/2026/case");
    assert_eq!(settled, (&json!("corrected"), &json!("P7"), &note));
    let other = json_of(&mut client, "/v1/rejects?state=open")["rejects"][0]["number"].clone();
    let dismiss = format!("/v1/rejects/{other}/dismiss");
    assert_eq!(send(&mut client, &dismiss, "{}").0, 422, "without a reason");
    assert_eq!(
        send(&mut client, &dismiss, r#"{"reason":"a test","by":"P8"}"#).0,
        204
    );
    assert_eq!(client.get("/v1/rejects/99").0, 404);
    assert_eq!(served.stop(), 0);
    let verified = verified(&place);
    // The pack of the program, the correction, the dismissal.
    assert_eq!(
        (&verified["whole"], &log_of(&verified, "admin")["entries"]),
        (&json!(true), &json!(3))
    );
}

/// T-12, T-07: rate, lag, holes and drift of a source; a hole that is told and found; all of it over a kill.
#[test]
fn the_figures_of_a_source_survive_a_kill() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut client = served.connect();
    let numbered = |number: u64| {
        let mut event = event(number);
        event["sequence"] = json!(number.to_string());
        event
    };
    for number in [1, 2, 3, 7, 5] {
        assert_eq!(
            client.post(ONE, &numbered(number).to_string()).unwrap().0,
            200
        );
    }
    client.post(ONE, &numbered(7).to_string()).unwrap();
    let mut other = numbered(7);
    other["id"] = json!("another");
    client.post(ONE, &other.to_string()).unwrap();
    let before = json_of(&mut client, "/v1/sources/window/3");
    let numbers = &before["numbers"];
    assert_eq!(
        (&numbers["missing"], &numbers["late"], &numbers["repeats"]),
        (&json!(2), &json!(1), &json!(1)),
        "{before}"
    );
    let events = (
        &before["events"]["accepted"],
        &before["events"]["known"],
        &before["events"]["last_minute"],
    );
    assert_eq!(events, (&json!(6), &json!(1), &json!(6)));
    assert!(before["lag_milliseconds"]["p99"].is_i64(), "{before}");
    served.kill();
    let served = Served::start(&place);
    let mut client = served.connect();
    let after = json_of(&mut client, "/v1/sources/window/3");
    for same in FOLDED {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_eq!(after["events"]["accepted"], 6);
    client.post(ONE, &numbered(8).to_string()).unwrap();
    let after = json_of(&mut client, "/v1/sources/window/3");
    assert_eq!(
        after["numbers"]["missing"], 2,
        "no hole for what came before the kill"
    );
    let (_, metrics) = client.get("/metrics");
    let line = "ironcage_source_numbers_missing{source=\"window/3\"} 2";
    assert!(metrics.contains(line), "{metrics}");
}

/// Figures that are entries' alone.
const FOLDED: [&str; 6] = [
    "numbers",
    "lag_milliseconds",
    "first_seen",
    "last_seen",
    "clock_ahead",
    "drift",
];

/// Lost figures are folded from the ledger: by the reading that the rules need anyway, where they begin anew, and by one
/// of their own up to where the rules go on from a snapshot.
#[test]
fn figures_that_are_lost_are_made_of_the_ledger_again() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut client = served.connect();
    for number in [1, 2, 3, 7, 5, 4, 11] {
        let mut event = event(number);
        event["sequence"] = json!(number.to_string());
        event["data"]["attributes"]["n"] = if number > 5 {
            json!("x")
        } else {
            json!(number)
        };
        assert_eq!(client.post(ONE, &event.to_string()).unwrap().0, 200);
    }
    let before = json_of(&mut client, "/v1/sources/window/3");
    assert_eq!(before["drift"][0]["change"], "changed-kind", "{before}");
    served.kill();
    let forget = || std::fs::remove_dir_all(place.path().join("ledger/intake")).unwrap();
    forget();
    let served = Served::start(&place);
    let by_the_rules = json_of(&mut served.connect(), "/v1/sources/window/3");
    assert_eq!(served.stop(), 0, "which leaves a snapshot of the rules");
    forget();
    let served = Served::start(&place);
    let by_itself = json_of(&mut served.connect(), "/v1/sources/window/3");
    for after in [by_the_rules, by_itself] {
        for same in FOLDED {
            assert_eq!(after[same], before[same], "{same}");
        }
        assert_eq!(after["events"]["accepted"], 7);
        let silence = &after["silence_milliseconds"];
        assert!(
            silence["longest"].as_u64() >= silence["p50"].as_u64(),
            "{silence}"
        );
    }
}

/// T-12: more than twenty systems side by side, each with its own lag, rate, gaps, drift, refusals and quota.
#[test]
fn two_dozen_sources_have_figures_of_their_own() {
    const SOURCES: u64 = 24;
    let place = Place::new();
    let served = Served::start(&place);
    std::thread::scope(|scope| {
        for source in 0..SOURCES {
            let mut client = served.connect();
            scope.spawn(move || {
                let events = (0..40 + source).map(|number| {
                    let mut event = event(number);
                    event["source"] = json!(format!("system/{source:02}"));
                    // One number is left out, another one for each source.
                    event["sequence"] = json!((number + u64::from(number > source)).to_string());
                    if source % 2 == 1 && number > 30 {
                        event["data"]["attributes"]["n"] = json!("a text");
                    }
                    event
                });
                let mut all: Vec<Value> = events.collect();
                let mut bad = all[0].clone();
                (bad["id"], bad["time"]) = (json!("bad"), json!("soon"));
                all.push(bad);
                client.post(BATCH, &json!(all).to_string()).unwrap();
            });
        }
    });
    let mut client = served.connect();
    let all = json_of(&mut client, "/v1/sources");
    let all = all["sources"].as_array().unwrap();
    assert_eq!(all.len() as u64, SOURCES);
    for (source, figures) in (0..SOURCES).zip(all) {
        let name = format!("system/{source:02}");
        assert_eq!(figures["source"], json!(name));
        let events = &figures["events"];
        let counts = [
            &events["accepted"],
            &events["last_minute"],
            &events["rejected"],
        ];
        assert_eq!(
            counts,
            [&json!(40 + source), &json!(40 + source), &json!(1)],
            "{name}"
        );
        let hole = &figures["numbers"]["holes"][0];
        assert_eq!(
            (&hole["first"], &figures["numbers"]["missing"]),
            (&json!(source + 1), &json!(1))
        );
        assert!(figures["lag_milliseconds"]["p50"].is_i64(), "{figures}");
        assert!(figures["silence_milliseconds"]["now"].is_u64(), "{figures}");
        let drifts = figures["drift"].as_array().unwrap().len() as u64;
        assert_eq!(drifts, source % 2, "{figures}");
        let rejects = json_of(&mut client, &format!("/v1/rejects?source={name}"));
        assert_eq!(rejects["rejects"].as_array().unwrap().len(), 1);
    }
    let (_, metrics) = client.get("/metrics");
    for line in [
        "ironcage_source_events_accepted_total{source=\"system/23\"} 63",
        "ironcage_source_events_last_minute{source=\"system/05\"} 45",
        "ironcage_source_numbers_missing{source=\"system/00\"} 1",
        "ironcage_source_drifts{source=\"system/07\"} 1",
        "ironcage_source_undeclared{source=\"system/07\"} 0",
        "ironcage_source_lag_p99_milliseconds{source=\"system/11\"} ",
        "ironcage_source_silence_milliseconds{source=\"system/12\"} ",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}

/// A flood of rubbish is bounded, and good events come through beside it.
#[test]
fn a_flood_of_rubbish_neither_fills_the_disk_nor_keeps_good_events_waiting() {
    let place = Place::new();
    let served = Served::start(&place);
    let rubbish = move |round: u64| {
        let one = |number: u64| json!({ "id": format!("{round}-{number}"), "source": "loud", "more": "x".repeat(500) });
        json!((0..5_000).map(one).collect::<Vec<_>>()).to_string()
    };
    std::thread::scope(|scope| {
        for sender in 0..3 {
            let mut client = served.connect();
            scope.spawn(move || {
                for round in 0..5 {
                    client.post(BATCH, &rubbish(sender * 5 + round)).unwrap();
                }
            });
        }
        let mut client = served.connect();
        let mut slowest = Duration::ZERO;
        for number in 0..50 {
            let began = Instant::now();
            assert_eq!(client.post(ONE, &event(number).to_string()).unwrap().0, 200);
            slowest = slowest.max(began.elapsed());
        }
        assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    });
    let mut client = served.connect();
    let all = json_of(&mut client, "/v1/rejects");
    let loud = &all["counts"]["loud"];
    let refused = loud["refused"].as_u64().unwrap() + all["lost"].as_u64().unwrap();
    assert!(refused >= 75_000, "all are counted: {all}");
    let size = std::fs::metadata(place.path().join("ledger/intake/rejects.sqlite"))
        .unwrap()
        .len();
    assert!(size < 8 << 20, "{size}");
}

/// Packed bodies are read, and bombs are not.
#[test]
fn packed_bodies_are_read_so_far_and_no_further() {
    use std::io::Write as _;
    let gzip = |bytes: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    };
    let place = Place::new();
    let served = Served::start(&place);
    let mut client = served.connect();
    let head = |coding: &str| {
        format!("POST /v1/events HTTP/1.1\r\nContent-Type: {ONE}\r\nContent-Encoding: {coding}")
    };
    let packed = gzip(event(1).to_string().as_bytes());
    assert_eq!(client.request(&head("gzip"), &packed).unwrap().0, 200);
    let bomb = gzip(&vec![b' '; 65 << 20]);
    assert_eq!(
        served.connect().request(&head("gzip"), &bomb).unwrap().0,
        413
    );
    assert_eq!(served.connect().request(&head("br"), b"x").unwrap().0, 415);
    assert_eq!(client.post(ONE, &event(2).to_string()).unwrap().0, 200);
}

/// A whole file, handed in twice: its bad record is in the reject queue with its line, the good ones are kept once.
#[test]
fn a_file_is_handed_in_and_the_second_time_everything_is_known() {
    let place = Place::new();
    let served = Served::start(&place);
    let log = "case,activity,time,fee\nC1,accept,2026-03-02T09:00:00+08:00,12.50\nC1,decide,2026-03-04T09:00:00+08:00,\n\
               C2,accept,yesterday,3\nC2,accept,2026-03-05 09:00:00,3\n";
    place.write("log.csv", log);
    let push = format!("push log.csv --lang en --url http://{}", served.address);
    let first = place.run(&push);
    assert_eq!(first.status, 1, "a record was refused: {first:?}");
    assert!(first.err.contains("3 new, 0 known, 1 refused"), "{first:?}");
    let again = place.run(&push);
    assert!(again.err.contains("0 new, 3 known, 1 refused"), "{again:?}");
    let mut client = served.connect();
    let rejects = json_of(&mut client, "/v1/rejects");
    assert_eq!(rejects["rejects"][0]["place"], "log.csv:4:11", "{rejects}");
    assert_eq!(rejects["rejects"][0]["times"], 2);
    let uploads = json_of(&mut client, "/v1/uploads");
    let upload = &uploads["uploads"][0];
    assert_eq!(
        (&upload["state"], &upload["known"]),
        (&json!("done"), &json!(3)),
        "{uploads}"
    );
    let source = format!("/v1/sources/upload/{}", upload["id"].as_str().unwrap());
    assert_eq!(json_of(&mut client, &source)["events"]["accepted"], 3);
    let path = format!("/v1/uploads/{}/stream", upload["id"].as_str().unwrap());
    assert_eq!(client.get(&path).0, 200);
    place.write("none.csv", "");
    let none = place.run(&push.replace("log.csv", "none.csv"));
    assert!(none.status > 1 && none.err.contains("none.csv"), "{none:?}");
}
