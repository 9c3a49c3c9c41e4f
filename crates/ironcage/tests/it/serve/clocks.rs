//! The machine's clock jumps, with the real process: a small library before the system's own moves the clock of the process
//! alone. Where no C compiler is, the test is passed over and says so.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::live::{PACK, ago, told, told_at_least};
use super::{Client, ONE, Served, verified};
use crate::support::{Place, command};

/// Adds seconds, which a file holds, to what the system says is the time.
const MOVED: &str = r#"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long long *seconds;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("MOVED_BY"), O_RDONLY);
    if (file >= 0) seconds = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int failed = (int)syscall(SYS_clock_gettime, clock, time);
    if (!failed && seconds && seconds != MAP_FAILED && clock == CLOCK_REALTIME) time->tv_sec += *seconds;
    return failed;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return failed;
}
"#;

/// A library that moves the clock.
#[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
fn library(place: &Place) -> Option<PathBuf> {
    let source = place.write("moved.c", MOVED);
    let library = place.path().join("moved.so");
    let mut compiler = Command::new("cc");
    compiler
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(source);
    match compiler.output() {
        Ok(output) if output.status.success() => Some(library),
        other => {
            eprintln!("passed over: the clock cannot be moved without a C compiler ({other:?})");
            None
        }
    }
}

/// Says by how many seconds the clock is moved from now on.
fn move_by(place: &Place, seconds: i64) {
    use std::os::unix::fs::FileExt as _;
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(place.path().join("seconds"));
    file.unwrap()
        .write_all_at(&seconds.to_le_bytes(), 0)
        .unwrap();
}

fn start(place: &Place, library: &Path) -> Served {
    let mut command = command(place.path());
    command.env("LD_PRELOAD", library);
    command.env("MOVED_BY", place.path().join("seconds"));
    Served::start_by(command, &["--pack", "live.toml"])
}

fn acts(client: &mut Client, query: &str) -> Vec<Value> {
    let (status, answer) = client.get(&format!("/v1/events?order=oldest&limit=1000{query}"));
    assert_eq!(status, 200, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["events"].as_array().unwrap().clone()
}

/// Waits until so many jumps are entries; the milliseconds of each.
fn jumps(client: &mut Client, count: usize) -> Vec<i64> {
    let began = Instant::now();
    loop {
        let found = acts(client, "&type=clock.jumped");
        if found.len() >= count || began.elapsed() > Duration::from_secs(20) {
            let by = |act: &Value| {
                act["body"]["data"]["attributes"]["jump_ms"]
                    .as_i64()
                    .unwrap()
            };
            return found.iter().map(by).collect();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn keep(client: &mut Client, id: &str, kind: &str, case: &str) {
    let (status, answer) = client
        .post(ONE, &ago(id, kind, case, 0).to_string())
        .unwrap();
    assert_eq!(status, 200, "{answer}");
}

/// A day forward: what was due by then is due, at once. An hour back: nothing goes back, nothing is told twice. Each jump is
/// an entry and a finding; a start without them tells the same.
#[test]
fn a_clock_that_jumps_is_an_entry_and_changes_no_order() {
    let place = Place::new();
    let Some(library) = library(&place) else {
        return;
    };
    place.write("live.toml", PACK);
    move_by(&place, 0);
    let served = start(&place, &library);
    let mut client = served.connect();
    keep(&mut client, "1", "accept", "C1");
    keep(&mut client, "2", "accept", "C2");
    keep(&mut client, "3", "decide", "C2");
    std::thread::sleep(Duration::from_millis(1_200));
    assert_eq!(told(&mut client), [""; 0]);
    move_by(&place, 86_400);
    let found = told_at_least(&mut client, 2);
    assert!(
        found.iter().any(|told| told.ends_with("opened DECIDED C1")),
        "{found:?}"
    );
    assert!(
        found.iter().any(|told| told.contains("LED-03")),
        "{found:?}"
    );
    move_by(&place, 86_400 - 3_600);
    keep(&mut client, "4", "accept", "C3");
    keep(&mut client, "5", "decide", "C3");
    let by = jumps(&mut client, 2);
    assert_eq!(by.len(), 2, "{by:?}");
    assert!(
        (by[0] - 86_400_000).abs() < 60_000 && (by[1] + 3_600_000).abs() < 60_000,
        "{by:?}"
    );
    move_by(&place, 86_400);
    keep(&mut client, "6", "accept", "C4");
    assert_eq!(jumps(&mut client, 3).len(), 3);
    std::thread::sleep(Duration::from_millis(1_200));
    let order: Vec<(String, u64)> = acts(&mut client, "")
        .iter()
        .map(|act| {
            (
                act["accepted"].as_str().unwrap().to_owned(),
                act["record"].as_u64().unwrap(),
            )
        })
        .collect();
    assert!(order.is_sorted(), "accepted times go back: {order:?}");
    let before = told(&mut client);
    let opened = before
        .iter()
        .filter(|told| told.ends_with("opened DECIDED C1"));
    assert_eq!(opened.count(), 1, "{before:?}");
    assert_eq!(served.stop(), 0);
    // With the clock where it was: a jump that nobody saw, as the process did not run.
    move_by(&place, 0);
    let served = start(&place, &library);
    let mut client = served.connect();
    keep(&mut client, "7", "accept", "C5");
    let after = told(&mut client);
    assert!(after.starts_with(&before), "{after:?}\n{before:?}");
    let order: Vec<String> = acts(&mut client, "")
        .iter()
        .map(|act| act["accepted"].as_str().unwrap().to_owned())
        .collect();
    assert!(order.is_sorted(), "accepted times go back: {order:?}");
    let doctor = place.run("doctor --data ledger --lang en");
    assert!(doctor.out.contains("behind the last record"), "{doctor:?}");
    assert_eq!(served.stop(), 0);
    assert_eq!(verified(&place)["whole"], true);
    let replayed = place.run("replay --data ledger --verify --json");
    assert_eq!(replayed.status, 0, "{replayed:?}");
}
