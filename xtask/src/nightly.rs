//! What takes too long for every change: the same tests with many more rounds, in a release build.

use std::process::Command;
use std::time::Instant;

use crate::gate::run_command;
use crate::say;

/// The environment variable that makes tests run their long rounds.
const VARIABLE: &str = "CAGE_NIGHTLY";

/// Packages and the names of their tests that have long rounds.
const LONG: [(&str, &str); 3] = [
    // 10,000 random flips on a larger ledger, each found by the verification.
    ("cage-ledger", "flipped"),
    // Thousands of changes to each file of the corpora, for every parser.
    ("cage-fuzzing", "changed"),
    // 500 rounds of kill -9 under load, with rules; 60 in the middle of each thing that takes more than one step.
    ("ironcage", "killed"),
];

/// Runs every test that has long rounds.
pub(crate) fn run() -> Result<(), String> {
    let total = Instant::now();
    for (package, name) in LONG {
        say(&format!(
            "== {package}: tests with \"{name}\" in their name =="
        ));
        let mut command = Command::new("cargo");
        command
            .args(["test", "--release", "--locked", "-p", package, name])
            .args(["--", "--nocapture", "--test-threads", "1"])
            .env(VARIABLE, "1");
        run_command(&mut command, package)?;
    }
    let seconds = total.elapsed().as_secs_f64();
    say(&format!("== all passed, {seconds:.0} s =="));
    Ok(())
}
