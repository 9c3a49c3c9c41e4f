//! One record that cannot be read any more: the service does not go on as if it were not there, and whoever operates it is
//! told which record it is and what to do.

use std::fs;
use std::os::unix::fs::FileExt as _;

use cage_ledger::{Ledger, LedgerOptions};
use serde_json::Value;

use super::{ONE, Served, event};
use crate::support::{Place, command};

/// A ledger of many small segments, whose bodies are sealed, in a folder that `serve` goes on with.
fn begun(place: &Place, count: u64) {
    let options = LedgerOptions {
        segment_bytes: 16 << 10,
        ..LedgerOptions::new(place.path().join("ledger"), "ledger.example", "0151")
    };
    let mut ledger = Ledger::open(options).unwrap();
    for number in 0..count {
        let draft = cage_gateway::one(event(number).to_string().as_bytes())
            .unwrap()
            .draft;
        ledger
            .append(&[draft], cage_ledger::milliseconds_now())
            .unwrap();
    }
    ledger.publish().unwrap();
}

/// Changes one byte of the middle of a closed segment.
fn damage(place: &Place, segment: &str, at: u64) {
    let path = place.path().join("ledger/wal").join(segment);
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

/// A closed segment is not read whole by a start, so the rules meet the damage: they stop, and so does the service. With a
/// snapshot that is past it nothing needs the record, and the service goes on; only who asks for it is told.
#[test]
fn a_damaged_record_of_long_ago_is_named_and_the_way_out_is_said() {
    let place = Place::new();
    begun(&place, 200);
    let served = Served::start(&place);
    served
        .connect()
        .post(ONE, &event(1_000).to_string())
        .unwrap();
    assert_eq!(served.stop(), 0);
    let kept = place.run("backup --data ledger --to copy --keys-to keys");
    assert_eq!(kept.status, 0, "{kept:?}");
    damage(&place, "000000000002.wal", 8_000);
    // Past it: everything but the record itself is there.
    let served = Served::start(&place);
    let mut client = served.connect();
    assert_eq!(client.post(ONE, &event(1_001).to_string()).unwrap().0, 200);
    let broken: Vec<u64> = (0..200)
        .filter(|record| client.get(&format!("/v1/events/{record}")).0 == 500)
        .collect();
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert_eq!(client.get("/readyz").0, 200);
    assert_eq!(served.stop(), 0);
    // What is derived is lost: the rules must read it, and cannot.
    fs::remove_dir_all(place.path().join("ledger/derived")).unwrap();
    place.refuse(
        "serve --data ledger --open --listen 127.0.0.1:0",
        3,
        &["segment 2, byte ", "ironcage doctor"],
    );
    let doctor = place.run("doctor --data ledger --lang en");
    assert_eq!(doctor.status, 1, "{doctor:?}");
    let record = format!("record {} cannot be read", broken[0]);
    for word in [record.as_str(), "segment 2, byte ", "ironcage restore"] {
        assert!(doctor.out.contains(word), "{word}\n{}", doctor.out);
    }
    let verified = command(place.path())
        .args(["verify", "ledger", "--json"])
        .output()
        .unwrap();
    let verified: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(verified["whole"], false);
    // The way out that it says.
    let restored = place.run("restore --from copy --keys-from keys --data new");
    assert_eq!(restored.status, 0, "{restored:?}");
    fs::rename(place.path().join("ledger"), place.path().join("damaged")).unwrap();
    fs::rename(place.path().join("new"), place.path().join("ledger")).unwrap();
    let served = Served::start(&place);
    let (status, answer) = served
        .connect()
        .post(ONE, &event(1_001).to_string())
        .unwrap();
    assert_eq!(status, 200, "{answer}");
    assert_eq!(served.stop(), 0);
}

/// A whole segment of another history, with sound checksums of its own, is no segment of this log.
#[test]
fn a_swapped_or_a_missing_segment_is_named() {
    let place = Place::new();
    let other = Place::new();
    begun(&place, 120);
    begun(&other, 120);
    let path = |place: &Place, name: &str| place.path().join("ledger/wal").join(name);
    let (name, next) = ("000000000001.wal", "000000000002.wal");
    let own = fs::read(path(&place, name)).unwrap();
    for (what, bytes) in [
        ("of another node", fs::read(path(&other, name)).unwrap()),
        (
            "the next one in its place",
            fs::read(path(&place, next)).unwrap(),
        ),
        ("nothing but zeros", vec![0; own.len()]),
        ("only half of it", own[..own.len() / 2].to_vec()),
        (
            "its end filled with zeros",
            [&own[..own.len() / 2], &vec![0; own.len() / 2]].concat(),
        ),
    ] {
        fs::write(path(&place, name), bytes).unwrap();
        let answer = place.run("verify ledger --lang en");
        assert_eq!(answer.status, 1, "{what}: {answer:?}");
        assert!(answer.out.contains(name), "{what}: {}", answer.out);
        let started = place.run("serve --data ledger --open --listen 127.0.0.1:0");
        assert_eq!(started.status, 3, "{what}: {started:?}");
        let doctor = place.run("doctor --data ledger --lang en");
        assert_eq!(doctor.status, 1, "{what}: {doctor:?}");
    }
    fs::remove_file(path(&place, name)).unwrap();
    let answer = place.run("verify ledger --lang en");
    assert!(
        answer.status == 1 && answer.out.contains("segment 1 had to come here"),
        "{answer:?}"
    );
    fs::write(path(&place, name), own).unwrap();
    let answer = place.run("verify ledger --lang en");
    assert_eq!(answer.status, 0, "{answer:?}");
}

/// The end of the last segment, as a crash may leave it: a group that was written in part, or of which only the length is
/// there. It was never acknowledged; it is cleared, and everything before it is there.
#[test]
fn a_torn_or_zeroed_end_is_cleared_and_the_rest_is_there() {
    let place = Place::new();
    let served = Served::start(&place);
    for number in 0..5 {
        served
            .connect()
            .post(ONE, &event(number).to_string())
            .unwrap();
    }
    served.kill();
    let path = place.path().join("ledger/wal/000000000000.wal");
    let whole = fs::read(&path).unwrap();
    let end = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let next = end.next_multiple_of(8);
    // The last group that was written begins where the segment is now; a longer one is torn at every kind of place.
    for torn in [1, 7, 8, 15, 16, 17, 40, 200] {
        let mut bytes = whole.clone();
        let from = whole[64..64 + torn].to_vec();
        bytes[next..next + torn].copy_from_slice(&from);
        fs::write(&path, bytes).unwrap();
        let served = Served::start(&place);
        for number in 0..5 {
            let (status, answer) = served
                .connect()
                .post(ONE, &event(number).to_string())
                .unwrap();
            assert_eq!(
                (status, answer["known"].as_u64()),
                (200, Some(1)),
                "{torn} bytes: {answer}"
            );
        }
        served.kill();
        let answer = place.run("verify ledger --lang en");
        assert_eq!(answer.status, 0, "{torn} bytes: {answer:?}");
    }
}
