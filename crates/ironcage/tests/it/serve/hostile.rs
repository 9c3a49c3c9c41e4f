//! Texts and requests that no honest client sends, to every endpoint: each has a clear answer, and the process goes on
//! within its memory.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::{BATCH, Client, ONE, Served, event, verified};
use crate::support::Place;

/// MiB of memory that the process had at most; `None` where the system does not say.
pub(super) fn memory_peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes >> 10)
}

/// The service had no more memory than this.
pub(super) fn within(served: &Served, most: u64) {
    if let Some(peak) = memory_peak(served.process.id()) {
        assert!(peak <= most, "{peak} MiB, at most {most} are allowed");
    }
}

/// A connection that says what it wants.
pub(super) fn raw(address: &str, bytes: &[u8]) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    // It may close before everything is written.
    let _ = stream.write_all(bytes);
    BufReader::new(stream)
}

/// The status of the next answer; 0 when the connection ends without one.
pub(super) fn status(reader: &mut BufReader<TcpStream>) -> u16 {
    let mut line = String::new();
    let _ = reader.read_line(&mut line);
    line.split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0)
}

/// An event whose attributes are this text.
fn with(attributes: &str) -> Vec<u8> {
    format!(
        r#"{{"specversion":"1.0","id":"h","source":"hostile","type":"accept","data":{{"attributes":{attributes}}}}}"#
    )
    .into_bytes()
}

/// What it is, as which content type, the text, and a word of the reason.
type Refused = (&'static str, &'static str, Vec<u8>, &'static str);

fn refused() -> Vec<Refused> {
    let deep = |open: &str, close: &str| {
        format!("{}1{}", open.repeat(50_000), close.repeat(50_000)).into_bytes()
    };
    let objects: Vec<Value> = (0..5_000)
        .map(|number| json!({ "type": "case", "id": number.to_string() }))
        .collect();
    let mut crowded = event(1);
    crowded["data"]["objects"] = json!(objects);
    let mut long = event(1);
    long["id"] = json!("x".repeat(2_000_000));
    let marked = [b"\xef\xbb\xbf", event(1).to_string().as_bytes()].concat();
    let twice = event(1).to_string().replacen('{', r#"{"id":"other","#, 1);
    vec![
        ("deep arrays", BATCH, deep("[", "]"), "recursion limit"),
        (
            "deep objects",
            ONE,
            with(&String::from_utf8(deep("{\"a\":", "}")).unwrap()),
            "recursion limit",
        ),
        (
            "a number beyond all",
            ONE,
            with(r#"{"n":1e999999}"#),
            "out of range",
        ),
        ("no number", ONE, with(r#"{"n":NaN}"#), "expected"),
        ("infinity", ONE, with(r#"{"n":-Infinity}"#), "number"),
        ("a leading zero", ONE, with(r#"{"n":007}"#), "number"),
        (
            "no UTF-8",
            ONE,
            with("{\"n\":\"\u{1}\"}")
                .iter()
                .map(|byte| if *byte == 1 { 0xff } else { *byte })
                .collect(),
            "no UTF-8",
        ),
        (
            "half a surrogate",
            ONE,
            with(r#"{"n":"\ud800"}"#),
            "hex escape",
        ),
        ("a mark of the byte order", ONE, marked, "expected value"),
        ("a member twice", ONE, twice.into_bytes(), "twice"),
        ("a long number", ONE, with(&digits(400)), "out of range"),
        ("an attribute twice", ONE, with(r#"{"n":1,"n":2}"#), "twice"),
        (
            "thousands of objects",
            ONE,
            crowded.to_string().into_bytes(),
            "at most 1000 objects",
        ),
        (
            "an id of two million letters",
            ONE,
            long.to_string().into_bytes(),
            "too large",
        ),
        ("a NUL", ONE, vec![0], "expected value"),
        ("nothing", ONE, Vec::new(), "EOF"),
        (
            "more events than a batch has",
            BATCH,
            format!("[{}1]", "1,".repeat(100_000)).into_bytes(),
            "at most 100000",
        ),
    ]
}

/// A whole number of so many digits.
fn digits(count: usize) -> String {
    format!(r#"{{"n":{}}}"#, "9".repeat(count))
}

/// Each of these is refused with a status of its own kind and a reason, and the next good event is kept.
#[test]
fn texts_that_no_honest_source_sends_are_refused_with_a_reason() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut wrong = Vec::new();
    for (name, kind, text, reason) in refused() {
        let head = format!("POST /v1/events HTTP/1.1\r\nContent-Type: {kind}");
        let answered = served.connect().request(&head, &text);
        let Some((status, answer)) = answered else {
            wrong.push(format!("{name}: no answer"));
            continue;
        };
        if status != 422 || !answer.contains(reason) {
            wrong.push(format!("{name}: {status} {answer:.300}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Strange, and sound: a whole number that no integer holds is kept as it is spelled.
    let long = digits(250);
    for attributes in [r#"{"n":-0}"#, r#"{"n":-0.0}"#, r#"{"n":1e-400}"#, &long] {
        let mut client = served.connect();
        let text = String::from_utf8(with(attributes)).unwrap();
        let text = text.replace(r#""id":"h""#, &format!(r#""id":{}"#, json!(attributes)));
        let (status, answer) = client.post(ONE, &text).unwrap();
        assert_eq!(status, 200, "{attributes} {answer}");
    }
    let (status, _) = served.connect().post(ONE, &event(1).to_string()).unwrap();
    assert_eq!(status, 200);
    assert_eq!(served.stop(), 0);
    assert_eq!(verified(&place)["whole"], true);
}

/// Bodies that are small on the wire or look small in a text, and would be many times as large in memory.
#[test]
fn bombs_are_refused_within_memory() {
    let place = Place::new();
    let served = Served::start(&place);
    let numbers = format!("[{}1]", "1,".repeat(24 << 20));
    let tree = with(&format!(r#"{{"n":{numbers}}}"#));
    let lines = "1\n".repeat(24 << 20);
    let names = (0..2_000_000).map(|number| format!(r#""{number}":1,"#));
    let names = with(&format!("{{{}\"z\":1}}", names.collect::<String>()));
    for (kind, text) in [
        (BATCH, numbers.as_bytes()),
        (ONE, &tree),
        ("application/x-ndjson", lines.as_bytes()),
        (ONE, &names),
    ] {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let head = format!("POST /v1/events HTTP/1.1\r\nContent-Type: {kind}");
                    let (status, answer) = served.connect().request(&head, text).unwrap();
                    assert!(matches!(status, 422 | 429), "{status} {answer:.300}");
                });
            }
        });
    }
    // Three bodies of 48 MiB each, and what their copies on the way need.
    within(&served, 600);
    for coding in ["gzip", "zstd"] {
        let head = format!(
            "POST /v1/events HTTP/1.1\r\nContent-Type: {ONE}\r\nContent-Encoding: {coding}"
        );
        let bomb = packed(coding, 300 << 20);
        assert!(bomb.len() < 1 << 20);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let (status, answer) = served.connect().request(&head, &bomb).unwrap();
                    assert!(matches!(status, 413 | 429), "{status} {answer:.300}");
                });
            }
        });
    }
    let coding =
        "POST /v1/events HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: deflate";
    assert_eq!(served.connect().request(coding, b"x").unwrap().0, 415);
    within(&served, 900);
    let (status, _) = served.connect().post(ONE, &event(1).to_string()).unwrap();
    assert_eq!(status, 200);
    assert_eq!(served.stop(), 0);
}

/// So many blanks, packed.
fn packed(coding: &str, bytes: u64) -> Vec<u8> {
    let mut blanks = std::io::repeat(b' ').take(bytes);
    if coding == "zstd" {
        return zstd::stream::encode_all(blanks, 1).unwrap();
    }
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut blanks, &mut writer).unwrap();
    writer.finish().unwrap()
}

/// Files that are bombs or never come to an end, and more of them than are read at once.
#[test]
fn hostile_files_are_refused_and_the_next_good_one_is_taken() {
    let place = Place::new();
    let served = Served::start(&place);
    let post = |name: &str, query: &str, body: &[u8]| {
        let head = format!("POST /v1/uploads?name={name}{query} HTTP/1.1");
        served.connect().request(&head, body).unwrap()
    };
    let outcome = |answer: &str| {
        let answer: Value = serde_json::from_str(answer).unwrap();
        let path = format!("/v1/uploads/{}", answer["id"].as_str().unwrap());
        for _ in 0..600 {
            let (_, now) = served.connect().get(&path);
            let now: Value = serde_json::from_str(&now).unwrap();
            if now["state"] != "reading" {
                return now;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{path} is read for ever");
    };
    let blanks = packed("gzip", 500 << 20);
    for name in [
        "one-line.csv.gz",
        "blanks.xes.gz",
        "blanks.jsonl.gz",
        "blanks.json.gz",
    ] {
        let (status, answer) = post(name, "", &blanks);
        assert_eq!(status, 202, "{answer}");
        let end = outcome(&answer);
        assert_eq!(
            (&end["state"], &end["accepted"]),
            (&json!("failed"), &json!(0)),
            "{name} {end}"
        );
    }
    within(&served, 500);
    for (query, field) in [
        ("&format=docx", "docx"),
        ("&mapping=%5B%5B", ""),
        ("&more=1", "more"),
    ] {
        let (status, answer) = post("a.csv", query, b"x");
        assert!(
            matches!(status, 400 | 422) && answer.contains(field),
            "{status} {answer}"
        );
    }
    // As many as are received at once, and none of them comes to its end.
    let head =
        "POST /v1/uploads?name=a.csv HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\na,b\n";
    let slow: Vec<_> = (0..4)
        .map(|_| raw(&served.address, head.as_bytes()))
        .collect();
    std::thread::sleep(Duration::from_millis(300));
    let (status, answer) = post("a.csv", "", b"case,activity\n");
    assert_eq!(status, 429, "{answer}");
    drop(slow);
    let mut tries = 0;
    let log = "case,activity,time\nC1,accept,2026-03-02T09:00:00+08:00\n";
    let good = loop {
        let (status, answer) = post("good.csv", "", log.as_bytes());
        if status == 202 {
            break answer;
        }
        tries += 1;
        assert!(tries < 100, "{status} {answer}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(outcome(&good)["accepted"], 1);
    assert_eq!(served.stop(), 0);
}

/// Streams that are taken up where nothing ever was, requests that are no HTTP, headers without end, a line of requests on
/// one connection.
#[test]
fn broken_requests_end_with_a_status_and_the_others_go_on() {
    let place = Place::new();
    let served = Served::start(&place);
    let get =
        |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    let many = (0..500).fold(String::new(), |all, number| {
        all + &format!("X-{number}: 1\r\n")
    });
    let long = format!("X: {}\r\n", "x".repeat(200_000));
    for (name, text, expected) in [
        ("no number", get("/v1/stream", "Last-Event-ID: abc\r\n"), &[400][..]),
        ("a negative number", get("/v1/stream", "Last-Event-ID: -1\r\n"), &[400]),
        ("a number of 400 digits", get("/v1/stream", &format!("Last-Event-ID: {}\r\n", "9".repeat(400))), &[400]),
        ("a number beyond all", get("/v1/stream", &format!("Last-Event-ID: {}\r\n", u64::MAX)), &[200, 400]),
        ("the same in the query", get(&format!("/v1/stream?after={}", u64::MAX), ""), &[200, 400]),
        ("500 headers", get("/healthz", &many), &[431]),
        ("a header of 200 kB", get("/healthz", &long), &[431]),
        ("a path of 200 kB", get(&format!("/{}", "x".repeat(200_000)), ""), &[414, 431, 400]),
        ("no HTTP at all", "\u{16}\u{3}\u{1} hello\r\n\r\n".to_owned(), &[400]),
        ("HTTP/2 without being asked", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), &[400, 505, 0]),
        ("two lengths", "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd".to_owned(), &[400]),
        ("a length that is no number", "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1e9\r\n\r\n".to_owned(), &[400]),
        ("length and pieces", "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(), &[400, 415]),
        ("pieces of no size", format!("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: {ONE}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), &[400]),
        ("a piece larger than all memory", format!("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: {ONE}\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"), &[400]),
        ("an unknown method", "BREW /v1/events HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), &[405]),
        ("a body that is announced as endless", format!("POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: {ONE}\r\nContent-Length: 99999999999\r\n\r\n"), &[413]),
    ] {
        let mut reader = raw(&served.address, text.as_bytes());
        let status = status(&mut reader);
        assert!(expected.contains(&status), "{name}: {status}");
    }
    // Pieces without end: refused at the size that any body may have.
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: {ONE}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let mut endless = raw(&served.address, head.as_bytes());
    let piece = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();
    let sent = (0..200)
        .take_while(|_| endless.get_mut().write_all(&piece).is_ok())
        .count();
    assert!(sent < 200, "{sent} MiB were taken");
    // A thousand questions at once on one connection have a thousand answers in their order.
    let line = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000);
    let mut reader = raw(&served.address, line.as_bytes());
    let mut answers = 0;
    let mut text = String::new();
    while answers < 1_000 && reader.read_line(&mut text).unwrap() > 0 {
        answers += u32::from(text.starts_with("HTTP/1.1 200"));
        text.clear();
    }
    assert_eq!(answers, 1_000);
    within(&served, 500);
    let mut client: Client = served.connect();
    assert_eq!(client.post(ONE, &event(1).to_string()).unwrap().0, 200);
    assert_eq!(served.stop(), 0);
}
