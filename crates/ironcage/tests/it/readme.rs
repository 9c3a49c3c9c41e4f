//! The README's tour of the service, run as it stands there.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::support::{Place, answer};

/// The block of commands that starts the service.
fn tour() -> String {
    let readme = include_str!("../../../../README.md");
    let mut blocks = readme.split("```sh\n").skip(1);
    let block = blocks.find(|block| block.starts_with("ironcage serve"));
    block.unwrap().split("```").next().unwrap().to_owned()
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// L3, L4: post an event, see the finding come up, kill the service, find it again, verify, flip a byte, be told where.
#[test]
fn a_stranger_follows_the_tour() {
    let curl = Command::new("curl")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if curl.is_err() {
        eprintln!("passed over: curl is not installed");
        return;
    }
    let place = Place::new();
    let packs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs");
    std::os::unix::fs::symlink(packs, place.path().join("packs")).unwrap();
    let port = free_port();
    let address = format!("127.0.0.1:{port}");
    let commands = tour()
        .replace("--open", &format!("--open --quiet --listen {address}"))
        .replace("127.0.0.1:8480", &address);
    let script = format!(
        "set -m\nironcage() {{ exec '{}' --lang en \"$@\"; }}\nironcage_now() {{ ( ironcage \"$@\" ); }}\n{}",
        env!("CARGO_BIN_EXE_ironcage"),
        commands.replace("\nironcage verify", "\nironcage_now verify"),
    );
    // A tour that does not end must not keep the tests.
    let mut command = Command::new("timeout");
    command
        .args(["60", "bash", "-c", &script])
        .current_dir(place.path())
        .stdin(Stdio::null());
    let told = answer(&mut command);
    let text = format!("{}\n{}", told.out, told.err);
    assert_eq!(
        told.status, 1,
        "the last command finds the flipped byte\n{text}"
    );
    // The answer and the stream come side by side.
    for part in ["\"receipt\":", "event: finding", "PO-04"] {
        assert!(told.out.contains(part), "{part} does not come\n{text}");
    }
    let mut rest = told.out.as_str();
    for part in ["\nwhole: ", "\nV8 wal/000000000000.wal: "] {
        let at = rest.find(part);
        let at = at.unwrap_or_else(|| panic!("{part} does not come in its turn\n{text}"));
        rest = &rest[at..];
    }
    assert!(rest.contains("faults"), "{text}");
}
