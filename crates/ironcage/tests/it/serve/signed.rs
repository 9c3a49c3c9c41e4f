//! `ironcage signer` and `ironcage serve --signer` as processes: killed, restarted, restored from an old copy.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::witnessed::copy;
use super::{ONE, Served, event, verified};
use crate::support::{Place, command};

/// A running signer. Dropped, it is killed.
struct Signing(Child);

impl Signing {
    fn start(place: &Place) -> Self {
        let mut command = command(place.path());
        command.args(["signer", "--data", "signer", "--socket", "signer.sock"]);
        command.args(["--name", "ledger.example/0151", "--quiet"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let out = process.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        assert_eq!(line, "signer.sock\n");
        Self(process)
    }
}

impl Drop for Signing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const SIGNED: [&str; 2] = ["--signer", "signer.sock"];

fn post(served: &Served, number: u64) {
    let (status, answer) = served
        .connect()
        .post(ONE, &event(number).to_string())
        .unwrap();
    assert_eq!(status, 200, "{answer}");
}

/// Waits until so many entries of cases are published, or something is said at an address.
fn wait(served: &Served, path: &str, wanted: &str) -> String {
    let began = Instant::now();
    loop {
        let (_, said) = served.connect().get(path);
        if said.contains(wanted) {
            return said;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{said}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn refused(place: &Place, options: &[&str]) -> String {
    let mut command = command(place.path());
    command.args(["serve", "--data", "ledger", "--open", "--lang", "en"]);
    command.args(["--listen", "127.0.0.1:0"]).args(options);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    said
}

#[test]
fn a_killed_signer_goes_on_where_it_was_and_an_old_copy_of_the_ledger_stays_closed() {
    let place = Place::new();
    let signing = Signing::start(&place);
    let served = Served::start_with(&place, &SIGNED);
    post(&served, 0);
    wait(&served, "/v1/logs", "\"published\":1");
    assert_eq!(served.stop(), 0);
    copy(&place, "ledger", "old");
    let served = Served::start_with(&place, &SIGNED);
    drop(signing);
    // Taken and not published; whoever asks hears why.
    post(&served, 1);
    let ready = wait(&served, "/readyz", "signer.sock does not sign");
    let (_, logs) = served.connect().get("/v1/logs");
    assert!(logs.contains("\"published\":1"), "{logs} {ready}");
    let signing = Signing::start(&place);
    wait(&served, "/v1/logs", "\"published\":2");
    // Both are killed at some instant, several times: nothing that was acknowledged is lost, nothing is signed twice.
    let (mut served, mut signing) = (served, signing);
    for round in 0..4 {
        post(&served, 2 + round);
        std::thread::sleep(Duration::from_millis(300 * round));
        served.kill();
        drop(signing);
        signing = Signing::start(&place);
        served = Served::start_with(&place, &SIGNED);
    }
    wait(&served, "/v1/logs", "\"published\":6");
    assert_eq!(served.stop(), 0);
    assert_eq!(verified(&place)["faults"], json!([]));
    assert!(!place.path().join("ledger/signer").exists());
    let said = refused(&place, &[]);
    assert!(said.contains("name its socket"), "{said}");
    std::fs::remove_dir_all(place.path().join("ledger")).unwrap();
    copy(&place, "old", "ledger");
    let said = refused(&place, &SIGNED);
    assert!(said.contains("(a rollback)"), "{said}");
    drop(signing);
    let said = refused(&place, &SIGNED);
    assert!(said.contains("does not sign"), "{said}");
}

/// A signer answers one small request within seconds; what is longer, slower or something else changes nothing.
#[test]
fn a_signer_bears_whoever_connects() {
    let place = Place::new();
    let _signing = Signing::start(&place);
    let connect = || {
        let stream = UnixStream::connect(place.path().join("signer.sock")).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream
    };
    let _silent: Vec<UnixStream> = (0..20).map(|_| connect()).collect();
    for (request, reply) in [
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), "refused line 1"),
        ("x".repeat(20_000), "refused more than"),
        (
            "ironcage/signer/v1\nkey a/b/2026/case\n".to_owned(),
            "refused signs for",
        ),
        (
            "ironcage/signer/v1\nkey ledger.example/0151/2026/case\n".to_owned(),
            "last none",
        ),
    ] {
        let mut stream = connect();
        // A long one may be answered before it was sent whole.
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.contains(reply), "{request:.40}: {answer}");
    }
    let served = Served::start_with(&place, &SIGNED);
    post(&served, 0);
    wait(&served, "/v1/logs", "\"published\":1");
}
