//! Crowds of connections that do nothing, come slowly or never read: the service stays usable for the others, within its
//! memory and its open files.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::hostile::{raw, status, within};
use super::{BATCH, ONE, Served, event, verified};
use crate::support::{Place, command};

/// As many open files as this process may have; the number.
fn more_files() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: maximum,
        maximum,
    };
    let _ = setrlimit(Resource::Nofile, most);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// A figure of the service.
fn figure(served: &Served, name: &str) -> u64 {
    let (_, metrics) = served.connect().get("/metrics");
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap().parse().unwrap()
}

/// Connections that are open as the service itself counts them.
fn connections(served: &Served) -> u64 {
    figure(served, "ironcage_connections")
}

/// Issue 4: ten thousand idle connections, and others whose headers or bodies come a byte at a time. An honest client
/// beside them is answered at once; the idle ones are let go.
#[test]
fn ten_thousand_idle_connections_keep_nobody_out() {
    let place = Place::new();
    let served = Served::start(&place);
    let count = 10_000.min(more_files().saturating_sub(500)) as usize;
    let idle: Vec<TcpStream> = (0..count)
        .map(|_| TcpStream::connect(&served.address).unwrap())
        .collect();
    let head = format!("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: {ONE}\r\n");
    let mut slow_heads: Vec<_> = (0..100).map(|_| raw(&served.address, b"GET /")).collect();
    let slow_body = format!("{head}Content-Length: 10000000\r\n\r\n{{");
    let mut slow_bodies: Vec<_> = (0..100)
        .map(|_| raw(&served.address, slow_body.as_bytes()))
        .collect();
    let began = Instant::now();
    let mut client = served.connect();
    let mut slowest = Duration::ZERO;
    for number in 0..20 {
        let began = Instant::now();
        let (status, _) = client.post(ONE, &event(number).to_string()).unwrap();
        assert_eq!(status, 200);
        slowest = slowest.max(began.elapsed());
    }
    assert!(slowest < Duration::from_secs(3), "{slowest:?}");
    assert!(connections(&served) > count as u64 / 2, "they are open");
    within(&served, 500);
    // A byte now and then does not help.
    while began.elapsed() < Duration::from_secs(8) {
        for slow in &mut slow_heads {
            let _ = slow.get_mut().write_all(b"x");
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    for slow in &mut slow_bodies {
        assert_eq!(status(slow), 408);
    }
    for slow in &mut slow_heads {
        assert!(matches!(status(slow), 0 | 408));
    }
    let mut left = u64::MAX;
    while left > 50 && began.elapsed() < Duration::from_secs(40) {
        left = connections(&served);
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(left <= 50, "{left} idle connections are still open");
    drop(idle);
    assert_eq!(served.stop(), 0);
}

/// Fewer files than connections that want to be: the service keeps files for its own work, goes on, and takes the honest
/// client when its turn comes.
#[test]
fn a_lack_of_files_does_not_end_it() {
    let place = Place::new();
    let mut limited = Command::new("sh");
    let binary = env!("CARGO_BIN_EXE_ironcage");
    limited.args([
        "-c",
        &format!("ulimit -n 200 && exec {binary} \"$@\""),
        "sh",
    ]);
    limited.current_dir(place.path()).env_clear();
    limited.env("LANG", "en_GB.UTF-8");
    let served = Served::start_by(limited, &[]);
    let idle: Vec<TcpStream> = (0..400)
        .map(|_| TcpStream::connect(&served.address).unwrap())
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    let files = std::fs::read_dir(format!("/proc/{}/fd", served.process.id()));
    if let Ok(files) = files {
        let count = files.count();
        assert!(
            count < 160,
            "{count} files are open; some must be left for the ledger"
        );
    }
    // In its turn, when the idle ones were let go; four rounds of them at most.
    let began = Instant::now();
    drop(idle);
    let events: Vec<Value> = (0..700).map(event).collect();
    let (status, _) = served
        .connect()
        .post(BATCH, &json!(events).to_string())
        .unwrap();
    assert_eq!(status, 200);
    assert!(began.elapsed() < Duration::from_secs(25));
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(served.connect().get("/readyz").0, 200);
    assert_eq!(served.stop(), 0);
    assert_eq!(verified(&place)["whole"], true);
}

/// Waits until the views have everything that is kept.
fn until_told(served: &Served) {
    let began = Instant::now();
    while figure(served, "ironcage_records_behind") > 0 {
        let waited = began.elapsed();
        assert!(waited < Duration::from_secs(60), "the views are behind");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A service with a thousand large events, each of them with a finding.
fn with_large_events(place: &Place) -> Served {
    place.write("live.toml", super::live::PACK);
    let served = Served::start_with(place, &["--pack", "live.toml"]);
    for round in 0..10_u64 {
        let large = (0..100).map(|number| {
            let mut event = event(round * 100 + number);
            event["type"] = json!("decide");
            event["data"]["objects"][0]["id"] = json!(format!("own-{round}-{number}"));
            event["data"]["attributes"]["text"] = json!("x".repeat(60_000));
            event
        });
        let batch = json!(large.collect::<Vec<_>>()).to_string();
        assert_eq!(served.connect().post(BATCH, &batch).unwrap().0, 200);
    }
    until_told(&served);
    served
}

/// Subscribers and askers who never read what they are sent.
#[test]
fn clients_that_never_read_are_bounded() {
    let place = Place::new();
    let served = with_large_events(&place);
    let before = super::hostile::memory_peak(served.process.id()).unwrap_or(0);
    let count = 2_100.min(more_files() / 2);
    let subscribe = b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut subscribers: Vec<BufReader<TcpStream>> = (0..count)
        .map(|_| raw(&served.address, subscribe))
        .collect();
    let statuses = subscribers.iter_mut().map(status);
    let refused = statuses.filter(|status| *status == 503).count();
    assert_eq!(refused as u64, count.saturating_sub(2_000));
    // Each asks for two mebibytes, several times.
    let question = "GET /v1/events?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3);
    let mut askers: Vec<_> = (0..60)
        .map(|_| raw(&served.address, question.as_bytes()))
        .collect();
    let began = Instant::now();
    for number in 5_000..5_020 {
        let mut client = served.connect();
        let (status, _) = client.post(ONE, &event(number).to_string()).unwrap();
        assert_eq!(status, 200);
        let (status, answer) = client.get("/v1/findings?limit=20");
        assert_eq!(status, 200, "{answer:.200}");
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?}");
    let told: Vec<u16> = askers.iter_mut().map(status).collect();
    let is_told = |status: &u16| matches!(status, 200 | 503);
    assert!(told.iter().all(is_told) && told.contains(&200), "{told:?}");
    within(&served, before + 700);
    assert_eq!(served.stop(), 0);
}

/// A page ends where it has enough, however many rows were asked for, and the next goes on there.
#[test]
fn a_page_of_large_events_is_not_large() {
    let place = Place::new();
    let served = with_large_events(&place);
    let mut client = served.connect();
    let (mut path, mut events, mut pages) = ("/v1/events?limit=1000".to_owned(), Vec::new(), 0);
    loop {
        let (status, answer) = client.get(&path);
        assert_eq!(status, 200, "{answer:.200}");
        assert!(answer.len() < 3 << 20, "{}", answer.len());
        let page: Value = serde_json::from_str(&answer).unwrap();
        let rows = page["events"].as_array().unwrap().iter();
        events.extend(rows.map(|event| event["record"].as_u64().unwrap()));
        pages += 1;
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/events?limit=1000&cursor={next}"),
            None => break,
        }
    }
    // Two packs came into force before them.
    let all: Vec<u64> = (0..1_002).rev().collect();
    assert_eq!(events, all, "each once, newest first");
    assert!(pages > 20, "{pages}");
    assert_eq!(served.stop(), 0);
}

/// A witness of the logs of a ledger with one event, its origin and its last checkpoint.
fn witnessing(place: &Place) -> (Served, String, String) {
    let served = Served::start(place);
    served.connect().post(ONE, &event(1).to_string()).unwrap();
    assert_eq!(served.stop(), 0);
    let listed = place.succeed("log list --data ledger --json");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let (key, origin) = (listed[0]["vkey"].as_str(), listed[0]["origin"].as_str());
    let mut command = command(place.path());
    command.args(["witness", "--data", "witness"]);
    command.args(["--name", "witness.example/university"]);
    command.args(["--log", key.unwrap(), "--listen", "127.0.0.1:0", "--quiet"]);
    command.stdout(std::process::Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line.trim().strip_prefix("http://").unwrap().to_owned();
    let log = place.path().join("ledger/log").join(origin.unwrap());
    let checkpoint = std::fs::read_to_string(log.join("checkpoint")).unwrap();
    let witness = Served { address, process };
    (witness, origin.unwrap().to_owned(), checkpoint)
}

/// What a witness answers to this body.
fn asked_to_cosign(witness: &Served, body: &[u8]) -> u16 {
    let length = body.len();
    let head =
        format!("POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
    status(&mut raw(
        &witness.address,
        &[head.as_bytes(), body].concat(),
    ))
}

/// A witness is asked by strangers, so it is bounded as the service is.
#[test]
fn a_witness_outlives_hostile_clients() {
    let place = Place::new();
    let (witness, origin, checkpoint) = witnessing(&place);
    let whole = format!("old 0\n\n{checkpoint}");
    let old = |old: &str| whole.replace("old 0", old);
    let proofs = format!("old 0\n{}\n{checkpoint}", "AAAA\n".repeat(64));
    for (name, body, expected) in [
        ("nothing", "", 400),
        (
            "an old size beyond all",
            &old("old 99999999999999999999999"),
            400,
        ),
        ("a negative old size", &old("old -1"), 400),
        ("too many proofs", proofs.as_str(), 400),
        (
            "another log",
            &whole.replace(&origin, "other.example/log"),
            404,
        ),
        ("a NUL", &whole.replacen('\n', "\n\0", 2), 400),
        ("without its end", whole.trim_end(), 400),
        (
            "an empty line more",
            &whole.replacen("\n\n", "\n\n\n", 1),
            400,
        ),
    ] {
        assert_eq!(
            asked_to_cosign(&witness, body.as_bytes()),
            expected,
            "{name}"
        );
    }
    assert_eq!(asked_to_cosign(&witness, &[0xff; 1_000]), 400);
    assert_eq!(asked_to_cosign(&witness, &vec![b'a'; 1 << 20]), 413);
    let idle: Vec<TcpStream> = (0..1_000.min(more_files() / 2))
        .map(|_| TcpStream::connect(&witness.address).unwrap())
        .collect();
    let text = "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nold";
    let slow: Vec<_> = (0..200)
        .map(|_| raw(&witness.address, text.as_bytes()))
        .collect();
    for path in [
        "/..%2f..%2fkeys/checkpoint",
        "/%00/checkpoint",
        &format!("/{}/checkpoint", "a".repeat(10_000)),
        "//checkpoint",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        let answered = status(&mut raw(&witness.address, request.as_bytes()));
        assert_eq!(answered, 404, "{path:.50}");
    }
    assert_eq!(asked_to_cosign(&witness, whole.as_bytes()), 200);
    within(&witness, 300);
    drop((idle, slow));
    assert_eq!(witness.stop(), 0);
}
