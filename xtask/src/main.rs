//! Build chores, run as `cargo xtask COMMAND`.
//!
//! `test` is the whole gate, the same on a laptop and in CI. `tidy` checks what compilers do not:
//! file sizes, headers, the direction of dependencies. `nightly` runs long what `test` runs short.

mod gate;
mod nightly;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test    format, clippy, tests, doc tests, docs, tidy, dependency policy (installs what lacks)
  tidy    file sizes, headers, direction of dependencies
  nightly the tests that have long rounds, with all of them (500 kills, 10,000 flipped bytes); takes an hour or so
";

fn main() -> ExitCode {
    let command = std::env::args().nth(1);
    let outcome = match command.as_deref() {
        Some("test") => gate::run(),
        Some("tidy") => tidy::run(),
        Some("nightly") => nightly::run(),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say(&message);
            ExitCode::FAILURE
        }
    }
}

/// Prints one line for the person at the terminal.
#[expect(clippy::print_stderr, reason = "a build tool speaks to its terminal")]
fn say(line: &str) {
    eprintln!("{line}");
}
