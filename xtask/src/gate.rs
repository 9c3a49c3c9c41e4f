//! The whole gate: one command that must pass before anything lands.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::say;

/// One step of the gate: a title, a program, its arguments.
struct Step {
    title: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const STEPS: &[Step] = &[
    Step {
        title: "format",
        program: "cargo",
        arguments: &["fmt", "--all", "--check"],
        environment: &[],
    },
    Step {
        title: "clippy",
        program: "cargo",
        arguments: &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
        environment: &[],
    },
    Step {
        title: "tests",
        program: "cargo",
        arguments: &[
            "test",
            "--workspace",
            "--all-targets",
            "--locked",
            "--no-fail-fast",
        ],
        environment: &[],
    },
    Step {
        title: "doc tests",
        program: "cargo",
        arguments: &["test", "--workspace", "--doc", "--locked"],
        environment: &[],
    },
    Step {
        title: "docs",
        program: "cargo",
        arguments: &["doc", "--workspace", "--no-deps", "--locked"],
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
    },
    Step {
        title: "dependency policy",
        program: "cargo",
        arguments: &["deny", "--locked", "check", "bans", "licenses", "sources"],
        environment: &[],
    },
];

/// Runs every step in order and stops at the first that fails.
pub(crate) fn run() -> Result<(), String> {
    install_components()?;
    install_cargo_deny()?;
    let total = Instant::now();
    crate::tidy::run()?;
    for step in STEPS {
        let started = Instant::now();
        say(&format!("== {} ==", step.title));
        let mut command = Command::new(step.program);
        command
            .args(step.arguments)
            .envs(step.environment.iter().copied());
        run_command(&mut command, step.title)?;
        say(&format!(
            "== {}: ok, {:.0} s ==",
            step.title,
            started.elapsed().as_secs_f64()
        ));
    }
    say(&format!(
        "== all passed, {:.0} s ==",
        total.elapsed().as_secs_f64()
    ));
    Ok(())
}

pub(crate) fn run_command(command: &mut Command, title: &str) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("{title}: cannot start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{title}: failed ({status})"))
    }
}

/// rustfmt and clippy come with most toolchains; a minimal one lacks them.
fn install_components() -> Result<(), String> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if answers(&[subcommand, "--version"]) {
            continue;
        }
        say(&format!("installing the toolchain component {component}"));
        let mut command = Command::new("rustup");
        command.args(["component", "add", component]);
        run_command(&mut command, component)?;
    }
    Ok(())
}

fn install_cargo_deny() -> Result<(), String> {
    if answers(&["deny", "--version"]) {
        return Ok(());
    }
    say("installing cargo-deny from the crate registry (a few minutes, once)");
    let mut command = Command::new("cargo");
    command.args(["install", "--locked", "cargo-deny", "--version", "0.20.2"]);
    run_command(&mut command, "cargo-deny")
}

fn answers(arguments: &[&str]) -> bool {
    Command::new("cargo")
        .args(arguments)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// The workspace's root folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}
