//! `ironcage witness` and `ironcage serve --witness` as processes: cosigned, killed, restored from an old copy.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::outside::outside_tool;
use super::{ONE, Served, event, verified};
use crate::support::{Place, command};

/// A running witness. Dropped, it is killed.
struct Watching {
    process: Child,
    /// `URL=KEY`, as `serve` wants it.
    option: String,
}

impl Watching {
    fn start(place: &Place, log: &str, listen: &str) -> Self {
        let mut command = command(place.path());
        command.args([
            "witness",
            "--data",
            "witness",
            "--name",
            "witness.example/university",
        ]);
        command.args(["--log", log, "--listen", listen, "--quiet"]);
        command.stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.next().unwrap().unwrap();
        let key = lines.next().unwrap().unwrap();
        Self {
            process,
            option: format!("{address}={key}"),
        }
    }

    fn address(&self) -> String {
        let rest = self.option.strip_prefix("http://").unwrap();
        rest.split('=').next().unwrap().to_owned()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Posts an event and waits until its proof is witnessed, or not, as wanted.
pub(super) fn posted(served: &Served, number: u64, wanted: &str) -> String {
    let mut client = served.connect();
    let (status, _) = client.post(ONE, &event(number).to_string()).unwrap();
    assert_eq!(status, 200);
    let began = Instant::now();
    loop {
        let (_, logs) = client.get("/v1/logs");
        if logs.contains(wanted) && logs.contains(&format!("\"published\":{}", number + 1)) {
            return logs;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{logs}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_killed_witness_goes_on_where_it_was_and_an_old_copy_of_the_ledger_stays_closed() {
    let place = Place::new();
    let served = Served::start(&place);
    posted(&served, 0, "case");
    assert_eq!(served.stop(), 0);
    let listed: serde_json::Value =
        serde_json::from_str(&place.succeed("log list --data ledger --json")).unwrap();
    let logs = listed.as_array().unwrap();
    let log = logs
        .iter()
        .find(|log| log["origin"].as_str().unwrap().ends_with("/case"));
    let key = log.unwrap()["vkey"].as_str().unwrap().to_owned();
    copy(&place, "ledger", "old");
    let watching = Watching::start(&place, &key, "127.0.0.1:0");
    let (option, address) = (watching.option.clone(), watching.address());
    let served = Served::start_with(&place, &["--witness", &option]);
    let logs = posted(&served, 1, "\"enough\":true");
    assert!(logs.contains("witness.example/university"), "{logs}");
    drop(watching);
    // Goes on without it, and says so.
    posted(&served, 2, "\"enough\":false");
    let (_, ready) = served.connect().get("/readyz");
    assert!(ready.contains("not yet witnessed"), "{ready}");
    let _watching = Watching::start(&place, &key, &address);
    posted(&served, 3, "\"enough\":true");
    let (_, metrics) = served.connect().get("/metrics");
    assert!(
        metrics.contains("ironcage_log_witnessed_entries"),
        "{metrics}"
    );
    assert_eq!(served.stop(), 0);
    assert_eq!(verified(&place)["faults"], serde_json::json!([]));
    std::fs::remove_dir_all(place.path().join("ledger")).unwrap();
    copy(&place, "old", "ledger");
    let mut command = command(place.path());
    command.args([
        "serve",
        "--data",
        "ledger",
        "--open",
        "--listen",
        "127.0.0.1:0",
        "--lang",
        "en",
    ]);
    let refused = command.args(["--witness", &option]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("a fork or a rollback"), "{said}");
}

#[test]
fn a_request_from_a_file_is_signed_once_and_a_stale_one_is_told_the_size() {
    let place = Place::new();
    let served = Served::start(&place);
    posted(&served, 0, "case");
    let checkpoint = "ledger/log/ledger.example/0151/2026/case/checkpoint";
    assert_eq!(served.stop(), 0);
    let checkpoint = std::fs::read_to_string(place.path().join(checkpoint)).unwrap();
    let listed = place.succeed("log list --data ledger");
    let logs = listed
        .lines()
        .filter_map(|line| Some(format!("log {}\n", line.split("  ").nth(1)?)));
    std::fs::write(place.path().join("logs.txt"), logs.collect::<String>()).unwrap();
    let key = place.succeed("witness key --data w --name witness.example/city");
    let sign = |request: &str| {
        let mut command = command(place.path());
        command.args([
            "witness", "sign", "--data", "w", "--logs", "logs.txt", "--lang", "en",
        ]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        process
            .stdin
            .take()
            .unwrap()
            .write_all(request.as_bytes())
            .unwrap();
        let output = process.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let request = format!("old 0\n\n{checkpoint}");
    let (status, line, said) = sign(&request);
    assert_eq!(status, Some(0), "{said}");
    assert!(line.starts_with("\u{2014} witness.example/city "), "{line}");
    assert!(key.starts_with("witness.example/city+"));
    let (status, _, said) = sign(&request);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("entries were cosigned last"), "{said}");
}

/// Go's own implementation of transparency logs keeps a log and has it cosigned by our witness; it verifies each
/// cosignature, and sees every refusal with the status that C2SP tlog-witness asks for.
#[test]
fn a_log_that_is_not_ours_is_cosigned_by_a_client_that_is_not_ours() {
    let place = Place::new();
    let Some(tool) = outside_tool(&place, "./client") else {
        return;
    };
    let run = |arguments: &[&str]| {
        let output = Command::new(&tool).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        String::from_utf8(output.stdout).unwrap()
    };
    let keys = run(&["key", "log.example/of-another-maker"]);
    let (secret, public) = keys.trim_end().split_once('\n').unwrap();
    let watching = Watching::start(&place, public, "127.0.0.1:0");
    let key = &watching.option[watching.option.find('=').unwrap() + 1..];
    let url = format!("http://{}", watching.address());
    let said = run(&["submit", &url, key, secret]);
    assert_eq!(said, "witness.example/university: cosigned up to 1999\n");
}

pub(super) fn copy(place: &Place, from: &str, to: &str) {
    let copied = Command::new("cp")
        .current_dir(place.path())
        .args(["-a", from, to])
        .status();
    assert!(copied.unwrap().success());
}
