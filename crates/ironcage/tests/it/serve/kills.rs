//! Kills while something is being done that takes more than one step: putting a pack into force, writing a snapshot, reading
//! an upload, copying a backup, replaying a reject. Whatever stood half done is done, or as if it had never begun.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::hostile::raw;
use super::ingest::log_of;
use super::live::PACK;
use super::{BATCH, Client, ONE, Served, event, verified};
use crate::support::{Place, command};

/// Rounds of each kind; more with `cargo xtask nightly`.
fn rounds() -> u64 {
    if std::env::var_os("CAGE_NIGHTLY").is_some() {
        60
    } else {
        5
    }
}

/// Not a clock, but as uneven: each round is killed at another point.
fn after(round: u64, most: u64) -> Duration {
    Duration::from_millis(round * 37 % most)
}

/// Some events of many cases, kept.
fn fill(served: &Served, from: u64, count: u64) {
    let events: Vec<Value> = (from..from + count).map(event).collect();
    let (status, answer) = served
        .connect()
        .post(BATCH, &json!(events).to_string())
        .unwrap();
    assert_eq!(status, 200, "{answer}");
}

/// The folder is whole, and what the service shows is what its log makes.
fn sound(place: &Place) -> Value {
    let told = place.run("replay --data ledger --verify --json");
    assert_eq!(told.status, 0, "{told:?}");
    let verified = verified(place);
    assert_eq!(verified["whole"], true, "{verified}");
    verified
}

fn read(client: &mut Client, path: &str) -> Value {
    let (status, text) = client.get(path);
    assert_eq!(status, 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// A new version of a pack reads the past of every object, then is in force: killed anywhere on the way, the next start
/// puts it into force once.
#[test]
fn killed_while_a_pack_comes_into_force() {
    let place = Place::new();
    place.write("live.toml", PACK);
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    fill(&served, 0, 600);
    served.kill();
    let mut version = 1;
    for round in 0..rounds() {
        version += 1;
        let pack = PACK.replace("version = \"1\"", &format!("version = \"{version}\""));
        place.write("live.toml", pack.replace("1 h", &format!("{version} h")));
        let mut command = command(place.path());
        command.args(["serve", "--data", "ledger", "--open", "--quiet"]);
        command.args(["--listen", "127.0.0.1:0", "--pack", "live.toml"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(30) + after(round, 400));
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    fill(&served, 600, 50);
    let packs = read(&mut served.connect(), "/v1/packs");
    let versions: Vec<&str> = packs["packs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|pack| pack["pack"] == "live")
        .map(|pack| pack["version"].as_str().unwrap())
        .collect();
    let mut once = versions.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), versions.len(), "each once: {versions:?}");
    assert!(
        versions.contains(&version.to_string().as_str()),
        "{versions:?}"
    );
    assert_eq!(served.stop(), 0);
    sound(&place);
}

/// A stop writes a snapshot; killed meanwhile, the next start goes on from an older one or from the log.
#[test]
fn killed_while_a_snapshot_is_written() {
    let place = Place::new();
    place.write("live.toml", PACK);
    let mut next = 0;
    for round in 0..rounds() {
        let mut served = Served::start_with(&place, &["--pack", "live.toml"]);
        fill(&served, next, 300);
        next += 300;
        let id = served.process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        std::thread::sleep(after(round, 60));
        served.process.kill().unwrap();
        served.process.wait().unwrap();
    }
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    assert_eq!(served.stop(), 0);
    assert_eq!(log_of(&sound(&place), "case")["entries"], next);
    // A snapshot that is cut off is no snapshot.
    let states = place.path().join("ledger/derived/state");
    for entry in std::fs::read_dir(states).unwrap().flatten() {
        let bytes = std::fs::read(entry.path()).unwrap();
        std::fs::write(entry.path(), &bytes[..bytes.len() / 2]).unwrap();
    }
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    fill(&served, next, 10);
    assert_eq!(served.stop(), 0);
    assert_eq!(log_of(&sound(&place), "case")["entries"], next + 10);
}

/// A file that is cut short by a kill goes on when it comes again, and every event of it is kept once.
#[test]
fn killed_while_a_file_is_read() {
    let place = Place::new();
    let mut text = "case,activity,time\n".to_owned();
    for number in 0..4_000 {
        text += &format!(
            "C{},accept,2026-03-02T09:{:02}:00+08:00\n",
            number / 4,
            number % 60
        );
    }
    let head = "POST /v1/uploads?name=log.csv HTTP/1.1\r\nHost: x";
    let request = format!("{head}\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    for round in 0..rounds() {
        let served = Served::start(&place);
        let sent = raw(&served.address, request.as_bytes());
        std::thread::sleep(after(round, 250));
        served.kill();
        drop(sent);
    }
    place.write("log.csv", text);
    let served = Served::start(&place);
    let pushed = place.run(&format!(
        "push log.csv --lang en --url http://{}",
        served.address
    ));
    assert_eq!(pushed.status, 0, "{pushed:?}");
    assert_eq!(served.stop(), 0);
    assert_eq!(log_of(&sound(&place), "case")["entries"], 4_000);
}

/// A backup that is cut short goes on or begins again, and is never there half; the service it copies may be killed too.
#[test]
fn killed_while_a_backup_is_made() {
    let place = Place::new();
    let mut next = 0;
    for round in 0..rounds() {
        let served = Served::start(&place);
        fill(&served, next, 500);
        next += 500;
        let mut backup = command(place.path());
        backup.args([
            "backup",
            "--data",
            "ledger",
            "--to",
            "copy",
            "--keys-to",
            "keys",
        ]);
        backup.stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = backup.spawn().unwrap();
        std::thread::sleep(after(round, 150));
        if round % 2 == 0 {
            process.kill().unwrap();
        } else {
            served.kill();
        }
        process.wait().unwrap();
    }
    let made = place.run("backup --data ledger --to copy --keys-to keys");
    assert_eq!(made.status, 0, "{made:?}");
    let restored = place.run("restore --from copy --keys-from keys --data new");
    assert_eq!(restored.status, 0, "{restored:?}");
    let verified: Value = serde_json::from_str(&place.succeed("verify new --json")).unwrap();
    assert_eq!(verified["whole"], true);
    assert_eq!(log_of(&verified, "case")["entries"], next);
    assert_eq!(Served::start(&place).stop(), 0);
    sound(&place);
}

/// A correction of a reject is three steps (the event, the entry that says so, the queue): killed between them, the same
/// correction again ends in the same.
#[test]
fn killed_while_a_reject_is_replayed() {
    let place = Place::new();
    let rounds = rounds();
    for round in 0..rounds {
        let served = Served::start(&place);
        let mut bad = event(round);
        bad["time"] = json!("yesterday");
        let (_, answer) = served.connect().post(ONE, &bad.to_string()).unwrap();
        let number = answer["events"][0]["reject"].as_u64().unwrap();
        let good = event(round).to_string();
        let head = format!("POST /v1/rejects/{number}/replay?by=P7 HTTP/1.1");
        let request = format!(
            "{head}\r\nHost: x\r\nContent-Length: {}\r\n\r\n{good}",
            good.len()
        );
        let sent = raw(&served.address, request.as_bytes());
        std::thread::sleep(after(round, 40) / 2);
        served.kill();
        drop(sent);
        let served = Served::start(&place);
        let mut client = served.connect();
        let (status, answer) = client.request(&head, good.as_bytes()).unwrap();
        assert!(matches!(status, 200 | 409), "{answer}");
        let one = read(&mut client, &format!("/v1/rejects/{number}"));
        assert_eq!(one["state"], "corrected", "{one}");
        served.kill();
    }
    let served = Served::start(&place);
    assert_eq!(served.stop(), 0);
    assert_eq!(
        log_of(&sound(&place), "case")["entries"],
        rounds,
        "each once"
    );
}
