//! What an operator does: settings, a look at the health, a replay that is compared.

use serde_json::{Value, json};

use super::live::{PACK, ago, told_at_least};
use super::{ONE, Served};
use crate::support::Place;

/// L14: a replay from the log alone has the roots that the service has, while it runs and after it; and it says when
/// they differ.
#[test]
fn a_replay_has_the_roots_that_the_service_has() {
    let place = Place::new();
    place.write("live.toml", PACK);
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    let mut client = served.connect();
    for number in 0..30 {
        let kind = ["accept", "decide"][number % 2];
        let case = format!("C{}", number / 3);
        let event = ago(&number.to_string(), kind, &case, 9_000 - number as i64);
        client.post(ONE, &event.to_string()).unwrap();
    }
    assert!(told_at_least(&mut client, 10).len() >= 10);
    let (_, figures) = client.get("/metrics");
    assert!(figures.contains("\nironcage_changes_total "), "{figures}");
    assert!(figures.contains("\nironcage_records_behind "), "{figures}");
    let running: Value =
        serde_json::from_str(&place.succeed("replay --data ledger --verify --json")).unwrap();
    assert_eq!(running["equal"], true, "{running}");
    assert_eq!(served.stop(), 0);
    let stopped: Value =
        serde_json::from_str(&place.succeed("replay --data ledger --verify --json")).unwrap();
    assert_eq!(stopped["equal"], true, "{stopped}");
    assert_eq!(stopped["records"], 32, "two packs and thirty events");
    let parts = stopped["parts"].as_array().unwrap();
    let names: Vec<&str> = parts
        .iter()
        .map(|part| part["part"].as_str().unwrap())
        .collect();
    assert_eq!(names[0], "state of live since record 0, after 32");
    assert!(names.contains(&"findings"), "{names:?}");
    // Somebody edits what the service shows.
    let views = place.path().join("ledger/derived/views.sqlite");
    let edited = rusqlite::Connection::open(&views).unwrap();
    let changed = edited.execute(
        "UPDATE finding SET standing = 1 - standing WHERE opened = 1",
        [],
    );
    assert_eq!(changed.unwrap(), 1);
    drop(edited);
    let answer = place.run("replay --data ledger --verify --json");
    assert_eq!(answer.status, 1, "{answer:?}");
    let told: Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!(told["equal"], false);
}

/// Every health of `doctor`, with what to do.
#[test]
fn doctor_says_what_is_wrong_and_what_to_do() {
    let place = Place::new();
    place.write("live.toml", PACK);
    place.write(
        "ironcage.toml",
        "data = \"ledger\"\nopen = true\npack = [\"live.toml\"]\n",
    );
    let first: Value =
        serde_json::from_str(&place.succeed("doctor --config ironcage.toml --json")).unwrap();
    let said = |told: &Value, word: &str| {
        let remarks = told.as_array().unwrap().iter();
        remarks
            .filter(|remark| remark["what"]["en"].as_str().unwrap().contains(word))
            .map(|remark| remark["health"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(said(&first, "pack live 1"), [json!("good")]);
    assert_eq!(said(&first, "does not exist yet"), [json!("look")]);
    let served = Served::start(&place);
    let mut client = served.connect();
    client
        .post(ONE, &ago("1", "accept", "C1", 5).to_string())
        .unwrap();
    let running = place.succeed("doctor --data ledger");
    assert!(running.contains("a service is running on it"), "{running}");
    assert_eq!(served.stop(), 0);
    // A key that others can read, and a byte that somebody changed.
    let keys = place.path().join("ledger/keys/signing");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(&keys, mode).unwrap();
    let wal = place.path().join("ledger/wal/000000000000.wal");
    let mut bytes = std::fs::read(&wal).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&wal, bytes).unwrap();
    let answer = place.run("doctor --data ledger");
    assert_eq!(answer.status, 1, "{answer:?}");
    for word in [
        "can be read by others",
        "chmod 600",
        "it was acknowledged and is damaged",
        "ironcage verify",
    ] {
        assert!(answer.out.contains(word), "{word}\n{}", answer.out);
    }
    let chinese = place.run("doctor --data ledger --lang zh");
    assert!(chinese.out.contains("可被他人读取"), "{}", chinese.out);
}

/// One file, the environment over it, options over both; what is wrong is said before anything starts.
#[test]
fn settings_come_from_a_file() {
    let place = Place::new();
    place.write("live.toml", PACK);
    place.write(
        "ironcage.toml",
        "data = \"ledger\"\nopen = true\nlisten = \"127.0.0.1:1\"\npack = [\"live.toml\"]\n[log]\nlevel = \"info\"\nformat = \"json\"\n",
    );
    // The option of the test's own start goes over the file's address.
    let served = Served::start_with(&place, &["--config", "ironcage.toml"]);
    let mut client = served.connect();
    client
        .post(ONE, &ago("1", "decide", "C1", 5).to_string())
        .unwrap();
    assert_eq!(told_at_least(&mut client, 1), ["1 opened ACCEPTED C1"]);
    assert_eq!(served.stop(), 0);
    place.write("wrong.toml", "data = \"ledger\"\nlistn = \"x\"\n");
    place.refuse(
        "serve --config wrong.toml",
        2,
        &["wrong.toml:2", "listn", "listen"],
    );
    place.refuse("serve --open", 2, &["--data", "IRONCAGE_DATA"]);
    // The same version with another content.
    place.write("live.toml", PACK.replace("1 h", "2 h"));
    place.refuse(
        "serve --data ledger --open --pack live.toml",
        2,
        &["live", "version 1", "new version"],
    );
}

/// The service's own log says what it does and how long it takes; ids of cases and persons are in no line.
#[test]
fn the_log_names_nobody() {
    let place = Place::new();
    place.write("live.toml", PACK);
    place.write(
        "ironcage.toml",
        "[log]\nlevel = \"debug\"\nformat = \"json\"\n",
    );
    let options = ["--config", "ironcage.toml", "--pack", "live.toml"];
    let served = Served::start_with(&place, &options);
    let mut client = served.connect();
    client
        .post(ONE, &ago("1", "decide", "SECRET-CASE", 5).to_string())
        .unwrap();
    assert_eq!(told_at_least(&mut client, 1).len(), 1);
    client.get("/v1/objects/case/SECRET-CASE");
    client.get("/nowhere/SECRET-CASE");
    let said = served.stop_and_hear();
    let lines: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let paths: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["path"].as_str())
        .collect();
    assert!(paths.contains(&"/v1/events"), "{said}");
    assert!(paths.contains(&"/v1/objects/{type}/{id}"), "{said}");
    assert!(lines.iter().any(|line| line["pack"] == "live"), "{said}");
    assert!(!said.contains("SECRET"), "{said}");
}

/// L14: a check of the same events as a file names the findings as the service does.
#[test]
fn a_check_of_the_same_events_names_the_same_findings() {
    let place = Place::new();
    place.write("live.toml", PACK);
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    let mut client = served.connect();
    let mut lines = String::new();
    for number in 0..40_i64 {
        // Two decisions at one instant on one case, some before their acceptance, some after.
        let kind = ["decide", "accept", "decide", "decide"][number as usize % 4];
        let case = format!("C{}", number / 4);
        let event = ago(&number.to_string(), kind, &case, 900 - number / 2).to_string();
        client.post(ONE, &event).unwrap();
        lines.push_str(&event);
        lines.push('\n');
    }
    let mut live = Vec::new();
    while live.len() < 10 {
        let (_, answer) = client.get("/v1/findings?rule=ACCEPTED&status=open&limit=100");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let found = answer["findings"].as_array().unwrap().iter();
        live = found
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect();
    }
    assert_eq!(served.stop(), 0);
    place.write("events.jsonl", lines);
    place.run("check events.jsonl --format cloudevents --pack live.toml --findings found.jsonl");
    let mut checked: Vec<String> = place
        .read("found.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|finding| finding["rule"] == "ACCEPTED")
        .map(|finding| finding["finding"].as_str().unwrap().to_owned())
        .collect();
    live.sort();
    checked.sort();
    assert_eq!(live, checked);
}

/// T-12: a source that sends faster than its quota is told when to come again; the others are not held up.
#[test]
fn a_quota_of_the_settings_holds() {
    let place = Place::new();
    place.write(
        "ironcage.toml",
        "[quota.source.\"window/3\"]\nper-second = 1\nburst = 2\n",
    );
    let served = Served::start_with(&place, &["--config", "ironcage.toml"]);
    let mut client = served.connect();
    let statuses: Vec<u16> = (0..5)
        .map(|number| {
            let event = ago(&number.to_string(), "accept", "C1", 5).to_string();
            client.post(ONE, &event).unwrap().0
        })
        .collect();
    assert_eq!(statuses[..2], [200, 200], "{statuses:?}");
    assert!(statuses[2..].contains(&429), "{statuses:?}");
    let mut other = ago("1", "accept", "C2", 5);
    other["source"] = json!("window/4");
    for number in 0..10 {
        other["id"] = json!(number.to_string());
        assert_eq!(client.post(ONE, &other.to_string()).unwrap().0, 200);
    }
    assert_eq!(served.stop(), 0);
}

#[test]
fn it_listens_without_sign_in_on_this_machine_alone_and_one_process_has_the_folder() {
    let place = Place::new();
    place.refuse("serve --data ledger", 2, &["--open"]);
    place.refuse(
        "serve --data ledger --open --listen 0.0.0.0:0",
        2,
        &["127.0.0.1"],
    );
    let _served = Served::start(&place);
    place.refuse(
        "serve --data ledger --open --listen 127.0.0.1:0",
        3,
        &["in use by another process"],
    );
}
