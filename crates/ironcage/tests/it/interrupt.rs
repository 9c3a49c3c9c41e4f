//! Ctrl-C during long work: one line, the status of an interruption, nothing half-written.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::office::office;
use crate::support::command;

#[cfg(unix)]
#[test]
fn an_interruption_leaves_nothing_behind() {
    let place = office();
    let mut checker = command(place.path());
    checker.args(
        "check - --format csv --pack office.toml --json counts.json --html report.html".split(' '),
    );
    let mut child = checker
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The log never ends while the pipe stays open.
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(crate::office::LOG.as_bytes()).unwrap();
    pipe.flush().unwrap();
    std::thread::sleep(Duration::from_millis(400));
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    drop(pipe);
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"));
    assert_eq!(place.names(), ["log.csv", "office.toml"]);
}

#[cfg(unix)]
#[test]
fn a_terminated_conversion_takes_its_temporary_files_away() {
    let place = office();
    let mut log = crate::office::LOG.to_owned();
    let rows = log.split_once('\n').unwrap().1.to_owned();
    for copy in 0..4_000 {
        log.push_str(&rows.replace('C', &format!("C{copy}-")));
    }
    place.write("log.csv", log);
    let temporary = place.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    for (output, wait) in [("out.xes", 300), ("out.sqlite", 900), ("out.sqlite", 1_500)] {
        let mut converter = command(place.path());
        let mut child = converter
            .env("TMPDIR", &temporary)
            .args(["convert", "log.csv", output, "--force"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        // A machine fast enough to have finished leaves the whole file, which is as good.
        let _ = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status();
        let status = child.wait().unwrap().code();
        assert!([Some(0), Some(130)].contains(&status), "{status:?}");
        if status == Some(0) {
            std::fs::remove_file(place.path().join(output)).unwrap();
        }
        assert_eq!(place.names(), ["log.csv", "office.toml", "tmp"]);
        assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    }
}
