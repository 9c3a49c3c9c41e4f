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

/// Connections that are open as the service itself counts them.
fn connections(served: &Served) -> u64 {
    let (_, metrics) = served.connect().get("/metrics");
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix("ironcage_connections "));
    line.unwrap().parse().unwrap()
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

/// Subscribers and askers who never read what they are sent.
#[test]
fn clients_that_never_read_are_bounded() {
    let place = Place::new();
    place.write("live.toml", super::live::PACK);
    let served = Served::start_with(&place, &["--pack", "live.toml"]);
    // Large events, and many findings.
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
    let before = super::hostile::memory_peak(served.process.id()).unwrap_or(0);
    let files = more_files();
    let count = 2_100.min(files / 2);
    let mut subscribers: Vec<BufReader<TcpStream>> = (0..count)
        .map(|_| {
            raw(
                &served.address,
                b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n",
            )
        })
        .collect();
    let refused = subscribers
        .iter_mut()
        .map(status)
        .filter(|status| *status == 503)
        .count();
    assert_eq!(refused as u64, count.saturating_sub(2_000));
    // Each asks for two mebibytes, several times.
    let question = "GET /v1/events?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3);
    let mut askers: Vec<_> = (0..60)
        .map(|_| raw(&served.address, question.as_bytes()))
        .collect();
    let began = Instant::now();
    for number in 0..20 {
        let mut client = served.connect();
        let (status, _) = client
            .post(ONE, &event(5_000 + number).to_string())
            .unwrap();
        assert_eq!(status, 200);
        let (status, answer) = client.get("/v1/findings?limit=20");
        assert_eq!(status, 200, "{answer:.200}");
    }
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
    let told: Vec<u16> = askers.iter_mut().map(status).collect();
    assert!(
        told.iter().all(|status| matches!(status, 200 | 503)),
        "{told:?}"
    );
    assert!(told.contains(&200));
    within(&served, before + 700);
    // A page ends where it has enough, and the next goes on there.
    drop((askers, subscribers));
    let mut client = served.connect();
    let (mut path, mut events, mut pages) = ("/v1/events?limit=1000".to_owned(), 0, 0);
    loop {
        let (status, answer) = client.get(&path);
        if status == 503 {
            std::thread::sleep(Duration::from_millis(200));
            continue;
        }
        assert_eq!(status, 200, "{answer:.200}");
        assert!(answer.len() < 3 << 20, "{}", answer.len());
        let page: Value = serde_json::from_str(&answer).unwrap();
        events += page["events"].as_array().unwrap().len();
        pages += 1;
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/events?limit=1000&cursor={next}"),
            None => break,
        }
    }
    // What the service says of itself is an event too.
    assert!(
        events >= 1_020 && pages > 20,
        "{events} events on {pages} pages"
    );
    assert_eq!(served.stop(), 0);
}

/// A witness is asked by strangers, so it is bounded as the service is.
#[test]
fn a_witness_outlives_hostile_clients() {
    let place = Place::new();
    let served = Served::start(&place);
    served.connect().post(ONE, &event(1).to_string()).unwrap();
    assert_eq!(served.stop(), 0);
    let listed = place.succeed("log list --data ledger --json");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let key = listed[0]["vkey"].as_str().unwrap();
    let mut command = command(place.path());
    command.args([
        "witness",
        "--data",
        "witness",
        "--name",
        "witness.example/university",
    ]);
    command.args(["--log", key, "--listen", "127.0.0.1:0", "--quiet"]);
    let mut process = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let witness = Served {
        address: line.trim().strip_prefix("http://").unwrap().to_owned(),
        process,
    };
    let post = |body: &[u8]| {
        let head = format!(
            "POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        status(&mut raw(
            &witness.address,
            &[head.as_bytes(), body].concat(),
        ))
    };
    let origin = listed[0]["origin"].as_str().unwrap();
    let checkpoint = std::fs::read_to_string(
        place
            .path()
            .join("ledger/log")
            .join(origin)
            .join("checkpoint"),
    )
    .unwrap();
    let whole = format!("old 0\n\n{checkpoint}");
    let proofs = format!("old 0\n{}\n{checkpoint}", "AAAA\n".repeat(64));
    for (name, body, expected) in [
        ("nothing", "", 400),
        (
            "an old size beyond all",
            &whole.replace("old 0", "old 99999999999999999999999"),
            400,
        ),
        (
            "a negative old size",
            &whole.replace("old 0", "old -1"),
            400,
        ),
        ("too many proofs", proofs.as_str(), 400),
        (
            "another log",
            &whole.replace(origin, "other.example/log"),
            404,
        ),
        ("a NUL", &whole.replacen('\n', "\n\0", 2), 400),
        ("without its end", whole.trim_end(), 400),
        (
            "a size beyond all",
            &whole.replacen("\n\n", "\n\n\n", 1),
            400,
        ),
    ] {
        assert_eq!(post(body.as_bytes()), expected, "{name}");
    }
    assert_eq!(post(&[0xff; 1_000]), 400);
    assert_eq!(post(&vec![b'a'; 1 << 20]), 413);
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
        assert_eq!(
            status(&mut raw(&witness.address, request.as_bytes())),
            404,
            "{path:.50}"
        );
    }
    assert_eq!(post(whole.as_bytes()), 200, "an honest client");
    within(&witness, 300);
    drop((idle, slow));
    assert_eq!(witness.stop(), 0);
}
