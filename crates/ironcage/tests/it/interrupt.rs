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
