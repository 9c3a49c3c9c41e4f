//! Erasure by order, with the real process: what is erased is nowhere left, others stand as they stood, and a replay
//! says the same.

use std::fs;
use std::io::{BufRead as _, Read as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cage_casefile::{Members, check};
use serde_json::{Value, json};

use super::live::ago;
use super::{Client, ONE, Served, verified};
use crate::support::Place;

/// Rules about a case and about an officer, whose acts lie in several cases.
const PACK: &str = r#"
[pack]
id = "erasing"
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
id = "REPORTED"
title = { zh = "外出后一小时内须回报", en = "Report within an hour of going out" }
internal = true
grade = "observe"
per = "officer"
kind = "response"
when = "out"
then = "report"
within = "1 h"
[[rule]]
id = "NEVER"
title = { zh = "不得收受", en = "Takes nothing" }
internal = true
grade = "observe"
per = "officer"
kind = "absence"
what = "bribe"
"#;

/// The case that is erased, a person in it, and a word of its content.
const CASE: &str = "ZX-4711";
const PERSON: &str = "张三丰";
const WORD: &str = "甲状腺结节";

fn with(mut event: Value, objects: Value, remark: &str) -> Value {
    event["data"]["objects"] = objects;
    event["data"]["attributes"] = json!({ "remark": remark });
    event
}

/// An officer goes out and reports within a case that will be erased; takes a bribe there; another case is late.
fn acts() -> Vec<Value> {
    let officer = json!({ "type": "officer", "id": "P7" });
    let case = json!({ "type": "case", "id": CASE });
    let person = json!({ "type": "person", "id": PERSON });
    let hour = 3_600;
    vec![
        with(ago("1", "out", "", 4 * hour), json!([officer]), "出"),
        with(
            ago("2", "report", "", 4 * hour - 600),
            json!([case, officer, person]),
            WORD,
        ),
        with(
            ago("3", "accept", "", 3 * hour),
            json!([case, officer]),
            WORD,
        ),
        with(
            ago("4", "bribe", "", 3 * hour),
            json!([case, officer]),
            WORD,
        ),
        ago("5", "accept", "C2", 3 * hour),
        with(
            ago("6", "report", "", hour),
            json!([{ "type": "case", "id": "C2" }, officer]),
            "平常",
        ),
    ]
}

fn order(number: &str, case: &str) -> Value {
    json!({
        "order": number, "object": { "type": "case", "id": case }, "basis": "个人信息保护法 第四十七条",
        "reason": "保存期限已届满", "ordered_by": "李法官", "approved_by": "王院长", "date": "2026-11-25",
    })
}

fn post(client: &mut Client, path: &str, body: &Value) -> Option<(u16, Value)> {
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/json");
    let (status, text) = client.request(&head, body.to_string().as_bytes())?;
    Some((status, serde_json::from_str(&text).unwrap()))
}

fn got(client: &mut Client, path: &str) -> Value {
    let (status, text) = client.get(path);
    assert_eq!(status, 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// Rule and object of every finding that stands.
fn standing(client: &mut Client) -> Vec<String> {
    let answer = got(client, "/v1/findings?status=open&limit=1000");
    let rows = answer["findings"].as_array().unwrap().iter();
    let mut rows: Vec<String> = rows
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or_default();
            format!("{} {}", text("rule"), text("object"))
        })
        .collect();
    rows.sort();
    rows
}

fn wait_for(client: &mut Client, expected: &[&str]) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while standing(client) != expected {
        assert!(Instant::now() < deadline, "{:?}", standing(client));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Files below a folder in which a text stands, also those that are packed.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let grep = ["-rl", "--binary-files=text", "-F", "-e", text];
    let found = Command::new("grep")
        .args(grep)
        .arg(folder)
        .output()
        .unwrap();
    assert!(found.status.code() < Some(2), "{found:?}");
    let found = String::from_utf8(found.stdout).unwrap();
    let mut found: Vec<String> = found.lines().map(str::to_owned).collect();
    for entry in fs::read_dir(folder.join("derived/state"))
        .into_iter()
        .flatten()
    {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let packed = bytes.strip_prefix(b"ICSNAP\x002").unwrap();
        let decoder = zstd::stream::read::Decoder::with_buffer(packed).unwrap();
        let mut unpacked = Vec::new();
        decoder.single_frame().read_to_end(&mut unpacked).unwrap();
        if String::from_utf8_lossy(&unpacked).contains(text) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn nothing_is_left(place: &Place, texts: &[&str]) {
    for text in texts {
        let found = files_with(&place.path().join("ledger"), text);
        assert_eq!(found, [""; 0], "{text} is still there");
    }
}

fn replays(place: &Place) {
    let text = place.succeed("replay --data ledger --verify --json --quiet");
    let said: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(said["equal"], true, "{text}");
}

const BEFORE: [&str; 3] = ["DECIDED C2", "DECIDED ZX-4711", "NEVER P7"];
/// The officer's bribe stays though nobody can show it any more; that he did not report is not said.
const AFTER: [&str; 2] = ["DECIDED C2", "NEVER P7"];

#[test]
fn what_is_erased_by_order_is_nowhere_left_and_others_stand_as_they_stood() {
    let place = Place::new();
    place.write("erasing.toml", PACK);
    let served = Served::start_with(&place, &["--pack", "erasing.toml"]);
    let mut client = served.connect();
    for event in acts() {
        assert_eq!(client.post(ONE, &event.to_string()).unwrap().0, 200);
    }
    let mut refused = with(
        ago("7", "accept", "", 9),
        json!([{ "type": "case", "id": CASE }]),
        WORD,
    );
    refused["time"] = json!("yesterday");
    assert_eq!(client.post(ONE, &refused.to_string()).unwrap().0, 422);
    wait_for(&mut client, &BEFORE);
    assert_eq!(served.stop(), 0);
    // What follows could find something.
    let found = files_with(&place.path().join("ledger"), CASE).join(" ");
    for file in ["views.sqlite", ".snapshot", "rejects.sqlite"] {
        assert!(found.contains(file), "{file} in {found}");
    }

    let served = Served::start(&place);
    let mut client = served.connect();
    let mut stream = served.connect();
    let head = "GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 3\r\n\r\n";
    stream.reader.get_mut().write_all(head.as_bytes()).unwrap();
    held(&mut client);
    let (status, answer) = post(&mut client, "/v1/erasures", &order("17", CASE)).unwrap();
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        (
            &answer["status"],
            &answer["entries_erased"],
            &answer["forgotten"],
            &answer["still_named_by"]
        ),
        (&json!("erased"), &json!(3), &json!(true), &json!(0)),
        "{answer}"
    );
    nothing_is_left(&place, &[CASE, PERSON, WORD]);
    let record = answer["record"].as_u64().unwrap();
    assert_eq!(standing(&mut client), AFTER);
    assert_eq!(client.get(&format!("/v1/objects/case/{CASE}")).0, 404);
    assert_eq!(got(&mut client, "/v1/events/3")["body"], Value::Null);
    let listed = got(&mut client, "/v1/erasures");
    assert_eq!(listed["erasures"][0]["order"], "17", "{listed}");
    assert_eq!(listed["erasures"][0]["approved_by"], "王院长", "{listed}");
    assert!(!listed.to_string().contains(CASE), "{listed}");
    // The stream says that what was told before may be gone.
    let mut lines = String::new();
    while !lines.contains("event: reset") && !lines.contains("event:reset") {
        assert!(stream.reader.read_line(&mut lines).unwrap() > 0, "{lines}");
    }
    // The same order again is the same order.
    let (status, again) = post(&mut client, "/v1/erasures", &order("17", CASE)).unwrap();
    assert_eq!((status, &again["record"]), (200, &json!(record)), "{again}");
    assert_eq!(again["status"], "known");
    replays(&place);
    // What comes later is kept under another key, and told under numbers that nobody has seen.
    let later = ago("8", "accept", CASE, 7_200);
    assert_eq!(client.post(ONE, &later.to_string()).unwrap().0, 200);
    wait_for(&mut client, &["DECIDED C2", "DECIDED ZX-4711", "NEVER P7"]);
    let changes = got(&mut client, "/v1/changes?limit=1000");
    let last = changes["changes"].as_array().unwrap().last().unwrap();
    assert!(
        last["number"].as_u64() > changes["told_anew_after"].as_u64(),
        "{changes}"
    );
    assert_eq!(served.stop(), 0);
    again_and_proven(&place, record);
}

/// After a restart and in a replay the same stands; everything verifies and says by which order.
fn again_and_proven(place: &Place, record: u64) {
    let verified = verified(place);
    assert_eq!(
        (
            &verified["whole"],
            &verified["erased"],
            &verified["orders"][0]["record"],
            &verified["orders"][0]["bodies"]
        ),
        // Three acts, the hold and its release.
        (&json!(true), &json!(5), &json!(record), &json!(5)),
        "{verified}"
    );
    let said = place.succeed("verify ledger --lang en");
    assert!(
        said.contains(&format!("erased by order {record}")),
        "{said}"
    );
    replays(place);
    let served = Served::start(place);
    let mut client = served.connect();
    assert_eq!(
        standing(&mut client),
        ["DECIDED C2", "DECIDED ZX-4711", "NEVER P7"]
    );
    drop(client);
    assert_eq!(served.stop(), 0);
    replays(place);
    place.succeed("bundle officer:P7 --data ledger --out p7.zip --quiet");
    let bytes = fs::read(place.path().join("p7.zip")).unwrap();
    check(&bytes, None).unwrap();
    let members = Members::read(&bytes).unwrap();
    for (name, content) in &members.0 {
        let text = String::from_utf8_lossy(content);
        assert!(!text.contains(WORD) && !text.contains(PERSON), "{name}");
    }
}

/// A hold stands against every order until it is released; and an order takes two persons.
fn held(client: &mut Client) {
    let mut alone = order("16", CASE);
    alone["approved_by"] = json!(" 李 法官");
    let (status, said) = post(client, "/v1/erasures", &alone).unwrap();
    assert_eq!(
        (status, &said["field"]),
        (422, &json!("approved_by")),
        "{said}"
    );
    let mut naming = order("16", CASE);
    naming["reason"] = json!(format!("关于{CASE}的申请"));
    let (status, said) = post(client, "/v1/erasures", &naming).unwrap();
    assert_eq!((status, &said["field"]), (422, &json!("reason")), "{said}");
    let (status, said) = post(client, "/v1/erasures", &order("16", "C9")).unwrap();
    assert_eq!(status, 404, "{said}");
    let hold = json!({
        "hold": "H1", "object": { "type": "case", "id": CASE }, "basis": "刑事诉讼法 第五十四条",
        "reason": "另案侦查", "placed_by": "赵检察官",
    });
    let (status, placed) = post(client, "/v1/holds", &hold).unwrap();
    assert_eq!(status, 200, "{placed}");
    let (status, said) = post(client, "/v1/erasures", &order("17", CASE)).unwrap();
    assert_eq!(status, 409, "{said}");
    assert!(said["detail"].as_str().unwrap().contains("H1"), "{said}");
    let release = json!({ "released_by": "赵检察官", "reason": "侦查终结" });
    let path = format!("/v1/holds/{}/release", placed["record"]);
    assert_eq!(post(client, &path, &release).unwrap().0, 200);
    let deadline = Instant::now() + Duration::from_secs(20);
    while got(client, "/v1/holds")["holds"][0]["released"].is_null() {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(post(client, &path, &release).unwrap().0, 409);
}

/// Killed at any moment of an erasure: the order is carried out or was never given, and giving it again says which.
#[test]
fn a_service_that_is_killed_during_an_erasure_carries_it_out_or_never_heard_of_it() {
    let place = Place::new();
    place.write("erasing.toml", PACK);
    let mut known = 0;
    for round in 0..6_u64 {
        let case = format!("KILLED-{round}");
        let served = Served::start_with(&place, &["--pack", "erasing.toml"]);
        let mut client = served.connect();
        let objects = json!([{ "type": "case", "id": case }, { "type": "officer", "id": "P7" }]);
        let event = with(
            ago(&format!("k{round}"), "accept", "", 7_200),
            objects,
            WORD,
        );
        assert_eq!(client.post(ONE, &event.to_string()).unwrap().0, 200);
        wait_for(&mut client, &[&format!("DECIDED {case}")]);
        let mut ordering = served.connect();
        let ordered = order(&round.to_string(), &case);
        let given = std::thread::spawn(move || post(&mut ordering, "/v1/erasures", &ordered));
        std::thread::sleep(Duration::from_millis(round * 25));
        served.kill();
        let _ = given.join();
        let served = Served::start(&place);
        let mut client = served.connect();
        let (status, answer) = post(
            &mut client,
            "/v1/erasures",
            &order(&round.to_string(), &case),
        )
        .unwrap();
        assert_eq!(status, 200, "{answer}");
        known += u64::from(answer["status"] == "known");
        nothing_is_left(&place, &[&case, WORD]);
        assert_eq!(standing(&mut client), [""; 0]);
        assert_eq!(served.stop(), 0);
        nothing_is_left(&place, &[&case, WORD]);
        replays(&place);
    }
    let verified = verified(&place);
    assert_eq!(
        (&verified["whole"], &verified["erased"]),
        (&json!(true), &json!(6)),
        "{known} known"
    );
}

/// On the folder of a stopped service; an older folder of views and an older copy of the keys bring nothing back.
#[test]
fn an_erasure_on_a_stopped_folder_is_not_undone_by_what_is_older() {
    let place = Place::new();
    place.write("erasing.toml", PACK);
    let served = Served::start_with(&place, &["--pack", "erasing.toml"]);
    let mut client = served.connect();
    for event in acts() {
        assert_eq!(client.post(ONE, &event.to_string()).unwrap().0, 200);
    }
    wait_for(&mut client, &BEFORE);
    let line = "erase case:ZX-4711 --data ledger --order 17 --basis PIPL-47 --reason expired --ordered-by Li --approved-by";
    place.refuse(&format!("{line} Wang"), 3, &["in use"]);
    assert_eq!(served.stop(), 0);
    place.succeed("backup --data ledger --to before --keys-to keys-before --quiet");
    let (derived, older) = (
        place.path().join("ledger/derived"),
        place.path().join("older"),
    );
    copy(&derived, &older);
    place.refuse(&format!("{line} LI"), 2, &["approved_by"]);
    let said = place.succeed(&format!("{line} Wang --lang en"));
    assert!(said.contains("the bodies of 3 entries"), "{said}");
    nothing_is_left(&place, &[CASE, PERSON, WORD]);
    let said = place.succeed(&format!("{line} Wang --json"));
    assert!(said.contains("\"status\": \"known\""), "{said}");
    replays(&place);
    // Killed before what was derived was made anew.
    fs::remove_dir_all(&derived).unwrap();
    copy(&older, &derived);
    let served = Served::start(&place);
    assert_eq!(standing(&mut served.connect()), AFTER);
    assert_eq!(served.stop(), 0);
    nothing_is_left(&place, &[CASE, PERSON, WORD]);
    replays(&place);
    place.succeed("backup --data ledger --to after --keys-to keys-after --quiet");
    fs::remove_dir_all(place.path().join("ledger")).unwrap();
    // Keys from before the order cannot read the order, so they restore nothing.
    let line_before = "restore --from after --keys-from keys-before --data ledger";
    place.refuse(line_before, 3, &["does not verify"]);
    assert!(!place.path().join("ledger").exists());
    place.succeed("restore --from after --keys-from keys-after --data ledger --quiet");
    let served = Served::start(&place);
    assert_eq!(standing(&mut served.connect()), AFTER);
    assert_eq!(served.stop(), 0);
    nothing_is_left(&place, &[CASE, PERSON, WORD]);
    let verified = verified(&place);
    assert_eq!(
        (&verified["whole"], &verified["erased"]),
        (&json!(true), &json!(3))
    );
    // A whole ledger from before the order has the content, and the order can be given to it again.
    fs::remove_dir_all(place.path().join("ledger")).unwrap();
    place.succeed("restore --from before --keys-from keys-before --data ledger --quiet");
    let said = place.succeed(&format!("{line} Wang --lang en"));
    assert!(said.contains("the bodies of 3 entries"), "{said}");
    nothing_is_left(&place, &[CASE, PERSON, WORD]);
    replays(&place);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
