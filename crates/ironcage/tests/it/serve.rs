//! `ironcage serve` as a process: events come in over a socket, the process is killed, everything that was
//! acknowledged is there.

mod bundles;
mod clocks;
mod crowd;
mod declared;
mod erasure;
mod faults;
mod hostile;
mod ingest;
mod kills;
mod live;
mod nonsense;
mod operations;
mod outside;
mod poison;
mod queries;
mod rejects;
mod signed;
mod uploads;
mod witnessed;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Place, command};
use ingest::log_of;

/// A running service. Dropped, it is killed.
struct Served {
    process: Child,
    address: String,
}

impl Served {
    fn start(place: &Place) -> Self {
        Self::start_with(place, &[])
    }

    fn start_with(place: &Place, options: &[&str]) -> Self {
        Self::start_by(command(place.path()), options)
    }

    /// As [`Served::start_with`], by a command that runs the binary with what is added.
    fn start_by(mut command: Command, options: &[&str]) -> Self {
        command.args(["serve", "--data", "ledger", "--open", "--quiet"]);
        command.args(["--listen", "127.0.0.1:0"]);
        command.args(["--name", "ledger.example", "--agency", "0151"]);
        command.args(options);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Some(address) = line.trim().strip_prefix("http://") else {
            let mut said = String::new();
            process
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut said)
                .unwrap();
            panic!("it did not start: {said}");
        };
        Self {
            address: address.to_owned(),
            process,
        }
    }

    fn connect(&self) -> Client {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        Client {
            reader: BufReader::new(stream),
        }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Stops it; what it said on standard error.
    fn stop_and_hear(mut self) -> String {
        let id = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        let mut said = String::new();
        let mut err = self.process.stderr.take().unwrap();
        err.read_to_string(&mut said).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
        said
    }

    fn stop(mut self) -> i32 {
        let id = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        self.process.wait().unwrap().code().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One kept-alive connection.
struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Status and body; `None` when the connection ends before the answer.
    fn request(&mut self, head: &str, body: &[u8]) -> Option<(u16, String)> {
        let length = body.len();
        let head = format!("{head}\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
        let stream = self.reader.get_mut();
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut status = String::new();
        self.reader.read_line(&mut status).ok()?;
        let status: u16 = status.split(' ').nth(1)?.parse().ok()?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).ok()?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).ok()?;
        Some((status, String::from_utf8(body).ok()?))
    }

    fn get(&mut self, path: &str) -> (u16, String) {
        self.request(&format!("GET {path} HTTP/1.1"), b"").unwrap()
    }

    fn post(&mut self, kind: &str, body: &str) -> Option<(u16, Value)> {
        let head = format!("POST /v1/events HTTP/1.1\r\nContent-Type: {kind}");
        let (status, body) = self.request(&head, body.as_bytes())?;
        Some((status, serde_json::from_str(&body).ok()?))
    }
}

fn event(number: u64) -> Value {
    json!({
        "specversion": "1.0", "id": number.to_string(), "source": "window/3", "type": "accept",
        "time": "2026-11-24T09:00:00+08:00",
        "data": { "objects": [{ "type": "case", "id": format!("C{}", number % 50) }], "attributes": { "n": number } },
    })
}

fn verified(place: &Place) -> Value {
    let text = place.succeed("verify ledger --json");
    serde_json::from_str(&text).unwrap()
}

const ONE: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

#[test]
fn events_are_kept_with_receipts_and_can_be_proven_and_verified() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut client = served.connect();
    let (status, answer) = client.post(ONE, &event(1).to_string()).unwrap();
    assert_eq!(
        (status, &answer["events"][0]["status"]),
        (200, &json!("accepted")),
        "{answer}"
    );
    let receipt = answer["events"][0]["receipt"].as_str().unwrap();
    assert!(
        receipt.starts_with("ironcage/receipt/v1\nledger.example/0151/2026/case\n0\n"),
        "{receipt}"
    );
    let (status, again) = client.post(ONE, &event(1).to_string()).unwrap();
    assert_eq!(
        (status, &again["events"][0]["receipt"]),
        (200, &answer["events"][0]["receipt"])
    );
    let mut other = event(1);
    other["type"] = json!("refuse");
    let (status, answer) = client.post(ONE, &other.to_string()).unwrap();
    assert_eq!(
        (status, &answer["events"][0]["status"]),
        (409, &json!("conflict"))
    );
    let mut bad = event(3);
    bad["time"] = json!("yesterday");
    let batch = json!([event(2), bad, event(4)]).to_string();
    let (status, answer) = client.post(BATCH, &batch).unwrap();
    let said: Vec<&Value> = answer["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["status"])
        .collect();
    assert_eq!(
        (status, said),
        (
            422,
            vec![&json!("accepted"), &json!("rejected"), &json!("accepted")]
        )
    );
    assert_eq!(answer["events"][1]["pointer"], "/1/time");
    let (status, _) = client.post("text/plain", "x").unwrap();
    assert_eq!(status, 415);
    let deadline = Instant::now() + Duration::from_secs(10);
    let proof = loop {
        let (status, proof) = client.get("/v1/proof?log=ledger.example/0151/2026/case&index=2");
        if status == 200 || Instant::now() > deadline {
            break proof;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    assert!(
        proof.starts_with("c2sp.org/tlog-proof@v1\nindex 2\n"),
        "{proof}"
    );
    assert_eq!(served.stop(), 0, "a graceful stop");
    let verified = verified(&place);
    assert_eq!(
        (
            &verified["whole"],
            &verified["records"],
            &verified["bodies"]
        ),
        (&json!(true), &json!(5), &json!(5)),
        "three events, the record of the conflict, the pack of the program"
    );
    assert_eq!(log_of(&verified, "case")["published"], 3);
}

/// Kill -9 at random moments under load: every acknowledged event is there, in order, once.
#[test]
fn what_was_acknowledged_survives_being_killed() {
    let place = Place::new();
    let mut acknowledged: Vec<(u64, u64)> = Vec::new();
    let mut next = 0;
    let nightly = std::env::var_os("CAGE_NIGHTLY").is_some();
    for round in 0..if nightly { 500 } else { 25_u64 } {
        let served = Served::start(&place);
        let client = served.connect();
        // Not a clock, but as uneven: each round is killed at another point of its load.
        let lifetime = Duration::from_millis(20 + (round * 37) % 90);
        let from = next;
        let answers = Answers::default();
        let counted = answers.clone();
        let sender = std::thread::spawn(move || send(client, from, &counted));
        answers.wait();
        std::thread::sleep(lifetime);
        served.kill();
        let (sent, answered) = sender.join().unwrap();
        acknowledged.extend(answered);
        next = sent;
    }
    let served = Served::start(&place);
    let mut client = served.connect();
    for (number, index) in &acknowledged {
        let (status, answer) = client.post(ONE, &event(*number).to_string()).unwrap();
        let told = &answer["events"][0];
        assert_eq!(
            (status, &told["status"], told["index"].as_u64()),
            (200, &json!("known"), Some(*index)),
            "event {number}"
        );
    }
    assert_eq!(served.stop(), 0);
    let verified = verified(&place);
    assert_eq!(verified["whole"], true);
    let entries = log_of(&verified, "case")["entries"].as_u64().unwrap();
    assert!(
        acknowledged.len() > 50 && entries >= acknowledged.len() as u64,
        "{entries}"
    );
    assert!(
        acknowledged.is_sorted_by(|a, b| a.1 < b.1),
        "in order, once"
    );
}

/// Answers that came in a round: however slow the machine is, a service is killed under load and not before it.
#[derive(Clone, Default)]
struct Answers(std::sync::Arc<std::sync::atomic::AtomicU64>);

impl Answers {
    fn count(&self) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    /// Waits for the first few.
    fn wait(&self) {
        let began = Instant::now();
        while self.0.load(std::sync::atomic::Ordering::Relaxed) < 3 {
            assert!(began.elapsed() < Duration::from_secs(60), "no answer comes");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Sends single events and small batches until the connection breaks: the next number, and which were
/// acknowledged with which index.
fn send(mut client: Client, from: u64, answers: &Answers) -> (u64, Vec<(u64, u64)>) {
    let mut acknowledged = Vec::new();
    let mut number = from;
    loop {
        let batch: Vec<u64> = (number..number + 1 + number % 4).collect();
        number += batch.len() as u64;
        let events: Vec<Value> = batch.iter().map(|number| event(*number)).collect();
        let Some((status, answer)) = client.post(BATCH, &json!(events).to_string()) else {
            return (number, acknowledged);
        };
        assert_eq!(status, 200, "{answer}");
        answers.count();
        let told = answer["events"].as_array().unwrap();
        acknowledged.extend(
            batch
                .iter()
                .zip(told)
                .map(|(number, told)| (*number, told["index"].as_u64().unwrap())),
        );
    }
}

#[test]
fn a_flipped_byte_is_named_and_a_damaged_ledger_is_not_opened() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut client = served.connect();
    for number in 0..5 {
        client.post(ONE, &event(number).to_string()).unwrap();
    }
    assert_eq!(served.stop(), 0);
    let path = place.path().join("ledger/wal/000000000000.wal");
    let mut bytes = fs::read(&path).unwrap();
    bytes[300] ^= 1;
    fs::write(&path, bytes).unwrap();
    let output = command(place.path())
        .args(["verify", "ledger", "--lang", "en"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.starts_with("V8 wal/000000000000.wal: byte 64, group 0: "),
        "{said}"
    );
    place.refuse(
        "serve --data ledger --open --listen 127.0.0.1:0",
        3,
        &["000000000000.wal", "it was acknowledged and is damaged"],
    );
}

#[test]
fn nothing_outside_of_a_log_is_served() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut client = served.connect();
    client.post(ONE, &event(1).to_string()).unwrap();
    let secret = fs::read(Path::new(place.path()).join("ledger/keys/signing")).unwrap();
    let log = "/log/ledger.example/0151/2026/case";
    for path in [
        "/keys/signing".to_owned(),
        format!("{log}/../../../../../keys/signing"),
        format!("{log}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/keys/signing"),
        format!("{log}/tile/../../../../../../keys/signing"),
        format!("{log}/.staging/0"),
        "/log//etc/passwd".to_owned(),
    ] {
        let (status, body) = client.get(&path);
        assert_eq!(status, 404, "{path}: {body}");
        assert!(!secret.is_empty() && !body.contains("root:"), "{path}");
    }
}
