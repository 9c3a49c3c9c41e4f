//! Whole files: what is found in them is what `check` finds in them, and a kill in the middle loses and doubles nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::ingest::json_of;
use super::{Client, Served, verified};
use crate::support::{Place, packs, shared};

/// Rules over the receipt log that read what its traces say of themselves.
const RECEIPT: &str = r#"
[pack]
id = "receipt"
version = "1"
[[rule]]
id = "ADVICE"
internal = true
grade = "observe"
per = "case"
kind = "response"
when = "Confirmation of receipt"
then = "T10 Determine necessity to stop indication"
within = "24 h"
exempt = 'case.channel == "Internet"'
[[rule]]
id = "DESK"
internal = true
grade = "observe"
per = "case"
kind = "absence"
n = 2
what = { type = "T02 Check confirmation of receipt", where = 'case.channel == "Desk" || !has(case.enddate)' }
"#;

/// Rules over objects whose attributes change in time.
const PURCHASES: &str = r#"
[pack]
id = "purchases"
version = "1"
[[rule]]
id = "BLOCKED"
internal = true
grade = "observe"
per = "Invoice"
kind = "absence"
n = 1
what = { type = "Set Payment Block", where = 'object.is_blocked == "Yes"' }
[[rule]]
id = "QUANTITY"
internal = true
grade = "observe"
per = "Purchase Order"
kind = "absence"
n = 1
what = { type = "Change PO Quantity", where = 'object.po_quantity == "600"' }
[[rule]]
id = "PAID"
internal = true
grade = "observe"
per = "Invoice"
kind = "response"
when = { type = "Insert Invoice", where = 'object.is_blocked == "No"' }
then = "Set Payment Block"
"#;

/// Rule, object, verdict and id of each finding, sorted.
type Findings = Vec<[String; 4]>;

fn findings(of: &[Value], names: [&str; 4]) -> Findings {
    let mut all: Findings = of
        .iter()
        .map(|one| names.map(|name| one[name].as_str().unwrap_or_default().to_owned()))
        .collect();
    all.sort();
    all
}

/// What a check of the file finds, judged now, as the service does.
fn checked(place: &Place, file: &Path, pack: &str) -> Findings {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = cage_model::Instant(now.as_micros() as i64);
    let as_of = cage_model::Time::new(now, Some(480)).to_string();
    let line = format!(
        "check {} --pack {pack} --as-of {as_of} --zone Asia/Shanghai --findings found.jsonl --quiet",
        file.display()
    );
    place.succeed(&line);
    let found: Vec<Value> = place
        .read("found.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let found: Vec<Value> = found
        .into_iter()
        .filter(|one| one["verdict"] != "pending")
        .collect();
    findings(&found, ["rule", "object", "verdict", "finding"])
}

/// What stands on the service once everything that was kept is judged.
fn standing(client: &mut Client, pack: &str) -> Findings {
    settled(client);
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/findings?status=open&pack={pack}&limit=1000{cursor}");
        let page = json_of(client, &path);
        all.extend(page["findings"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return findings(&all, ["rule", "object", "verdict", "id"]),
        }
    }
}

/// Waits until the rules are as far as the ledger.
fn settled(client: &mut Client) {
    let began = Instant::now();
    loop {
        let (_, metrics) = client.get("/metrics");
        if metrics
            .lines()
            .any(|line| line == "ironcage_records_behind 0")
        {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "{metrics}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn push(place: &Place, served: &Served, file: &Path) -> String {
    let line = format!(
        "push {} --lang en --url http://{}",
        file.display(),
        served.address
    );
    let told = place.run(&line);
    assert_eq!(told.status, 0, "{told:?}");
    told.err
}

/// The differential: a file handed in and the same file checked give the same findings, under the same ids; also where
/// rules read what the file says of objects, from times on, and where that stands behind the events.
#[test]
fn a_file_that_is_handed_in_gives_the_findings_of_a_check() {
    let cases = [
        (
            "logs/roadtraffic100traces.xes",
            "road-traffic-fines",
            None,
            1,
        ),
        ("logs/receipt.xes.gz", "receipt", Some(RECEIPT), 20),
        ("logs/ocel20_example.json", "purchases", Some(PURCHASES), 1),
    ];
    for (name, pack, text, least) in cases {
        let Some(file) = shared(name) else {
            continue;
        };
        let place = Place::new();
        let path = match text {
            Some(text) => place.write("pack.toml", text).display().to_string(),
            None => packs().join(pack).display().to_string(),
        };
        let expected = checked(&place, &file, &path);
        assert!(expected.len() >= least, "{name}: {expected:?}");
        let served = Served::start_with(&place, &["--pack", &path]);
        push(&place, &served, &file);
        let mut client = served.connect();
        let found = standing(&mut client, pack);
        assert_eq!(found, expected, "{name}");
        // The same from the log alone.
        served.kill();
        std::fs::remove_dir_all(place.path().join("ledger/derived")).unwrap();
        let served = Served::start(&place);
        assert_eq!(
            standing(&mut served.connect(), pack),
            expected,
            "{name}, from the log"
        );
    }
}

/// Descriptions may come after events, singly and by HTTP: objects are judged anew.
#[test]
fn what_is_said_of_an_object_late_counts_from_its_beginning() {
    let place = Place::new();
    place.write("pack.toml", RECEIPT);
    let served = Served::start_with(&place, &["--pack", "pack.toml"]);
    let mut client = served.connect();
    let one = super::ONE;
    let event = json!({
        "specversion": "1.0", "id": "1", "source": "s", "type": "Confirmation of receipt",
        "time": "2026-03-02T09:00:00+08:00", "data": { "objects": [{ "type": "case", "id": "C1" }] },
    });
    assert_eq!(client.post(one, &event.to_string()).unwrap().0, 200);
    let description = json!({
        "specversion": "1.0", "id": "2", "source": "s", "type": "ironcage.object",
        "data": { "object": { "type": "case", "id": "C1", "attributes": { "channel": "Internet" } } },
    });
    let count = |client: &mut Client| standing(client, "receipt").len();
    let began = Instant::now();
    while count(&mut client) == 0 && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(
        count(&mut client),
        1,
        "nobody has said that it came by the internet"
    );
    let (status, answer) = client.post(one, &description.to_string()).unwrap();
    assert_eq!(status, 200, "{answer}");
    assert_eq!(standing(&mut client, "receipt"), Findings::new());
    // A late event finds the description in its place.
    let mut late = event.clone();
    (late["id"], late["time"]) = (json!("3"), json!("2026-03-01T09:00:00+08:00"));
    assert_eq!(client.post(one, &late.to_string()).unwrap().0, 200);
    assert_eq!(standing(&mut client, "receipt"), Findings::new());
    served.kill();
    let served = Served::start(&place);
    assert_eq!(standing(&mut served.connect(), "receipt"), Findings::new());
    assert_eq!(served.stop(), 0);
    let replayed = place.run("replay --data ledger --verify --lang en");
    assert_eq!(replayed.status, 0, "{replayed:?}");
}

/// A file that is cut short by kill -9, again and again, and handed in again each time: every event once, in order.
#[test]
fn a_file_goes_on_where_a_kill_cut_it_short() {
    const EVENTS: u64 = 6_000;
    let place = Place::new();
    let mut log = String::from("case,activity,time\n");
    for number in 0..EVENTS {
        let (minute, hour) = (number % 60, number / 60 % 24);
        let day = 1 + number / 1_440;
        log += &format!(
            "C{},act {},2026-03-{day:02}T{hour:02}:{minute:02}:00+08:00\n",
            number % 97,
            number % 5
        );
    }
    let file = place.write("log.csv", &log);
    let mut kept = Vec::new();
    for round in 0..4_u64 {
        kept.push(killed_under_way(&place, &log, 200 + round * 300));
    }
    let served = Served::start(&place);
    let mut client = served.connect();
    let before = records(&mut client);
    let told = push(&place, &served, &file);
    assert!(
        told.contains(&format!("{EVENTS} events")) && told.contains(" 0 refused"),
        "{told}"
    );
    assert!(
        before > 200,
        "something was kept before the kills: {kept:?}"
    );
    let again = push(&place, &served, &file);
    assert!(
        again.contains(&format!("0 new, {EVENTS} known, 0 refused")),
        "{again}"
    );
    settled(&mut client);
    let seen = uploaded(&mut client);
    assert_eq!(seen.values().sum::<u64>(), EVENTS, "{seen:?}");
    assert!(seen.values().all(|count| *count == EVENTS / 5), "{seen:?}");
    // All of it counts, whichever way it came.
    let (_, metrics) = client.get("/metrics");
    let figure = |name: &str| {
        let line = metrics
            .lines()
            .find(|line| line.starts_with(&format!("ironcage_{name} ")));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .unwrap()
    };
    let first_time = EVENTS - figure("events_accepted_total");
    assert_eq!(
        figure("events_known_total"),
        first_time + EVENTS,
        "{metrics}"
    );
    let sources = json_of(&mut client, "/v1/sources");
    let accepted = &sources["sources"][0]["events"]["accepted"];
    assert_eq!(accepted, &json!(EVENTS), "{sources}");
    assert_eq!(served.stop(), 0);
    assert_eq!(verified(&place)["whole"], true);
}

/// Events of files that the views have, by type.
fn uploaded(client: &mut Client) -> BTreeMap<String, u64> {
    let (mut seen, mut after) = (BTreeMap::new(), String::new());
    loop {
        let page = json_of(
            client,
            &format!("/v1/events?limit=1000&order=oldest{after}"),
        );
        for event in page["events"].as_array().unwrap() {
            let source = event["source"].as_str().unwrap_or_default();
            if source.starts_with("upload/") {
                *seen
                    .entry(event["type"].as_str().unwrap().to_owned())
                    .or_insert(0_u64) += 1;
            }
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&cursor={next}"),
            None => return seen,
        }
    }
}

/// Hands a file in and kills the service when so many more records are kept: how many that were.
fn killed_under_way(place: &Place, log: &str, more: u64) -> u64 {
    let served = Served::start(place);
    let mut client = served.connect();
    let records = records(&mut client);
    let head = "POST /v1/uploads?name=log.csv HTTP/1.1\r\nContent-Type: application/octet-stream";
    let (status, _) = client.request(head, log.as_bytes()).unwrap();
    assert_eq!(status, 202);
    // Killed under way: after some of it was kept, and not after all.
    let aim = records + more;
    let began = Instant::now();
    while self::records(&mut client) < aim && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(2));
    }
    served.kill();
    aim
}

fn records(client: &mut Client) -> u64 {
    let (_, metrics) = client.get("/metrics");
    let line = metrics
        .lines()
        .find(|line| line.starts_with("ironcage_records "));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap()
}

/// T-07, T-12: files have a quota, all together; they wait for it and are not refused.
#[test]
fn files_wait_for_their_quota() {
    let place = Place::new();
    place.write(
        "ironcage.toml",
        "[quota.source.upload]\nper-second = 1000\nburst = 500\n",
    );
    let served = Served::start_with(&place, &["--config", "ironcage.toml"]);
    let log = |case: &str| {
        let mut log = String::from("case,activity,time\n");
        for number in 0..1_500 {
            log += &format!(
                "{case},act,2026-03-02T09:{:02}:{:02}+08:00\n",
                number / 60,
                number % 60
            );
        }
        log
    };
    let (one, two) = (
        place.write("one.csv", log("A")),
        place.write("two.csv", log("B")),
    );
    let began = Instant::now();
    push(&place, &served, &one);
    push(&place, &served, &two);
    // 3,000 events, of which the first batch is free and the last is paid for by waiting afterwards.
    assert!(
        began.elapsed() > Duration::from_millis(1_800),
        "{:?}",
        began.elapsed()
    );
    let sources = json_of(&mut served.connect(), "/v1/sources");
    assert_eq!(
        sources["sources"][0]["quota"]["per_second"], 1_000,
        "{sources}"
    );
}
