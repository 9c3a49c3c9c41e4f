//! Issue 4, faults: a truncated log, an older copy, a swapped segment and a fork with two valid checkpoints, each
//! proved with what somebody kept.

use std::fs;

use cage_proof::EntryKind;

use super::*;
use crate::{Appended, Draft, Ledger, LedgerOptions, Stream, verify};

const NOW: u64 = 1_795_478_400_000;
const ORIGIN: &str = "ledger.example/0151/2026/case";

fn open(folder: &Path) -> Ledger {
    let options = LedgerOptions {
        segment_bytes: 4 << 10,
        ..LedgerOptions::new(folder.to_owned(), "ledger.example", "0151")
    };
    Ledger::open(options).unwrap()
}

/// Appends entries of these numbers one after the other, then publishes; the last one's receipt.
fn append(folder: &Path, numbers: std::ops::Range<u64>) -> Vec<u8> {
    let mut ledger = open(folder);
    let mut receipt = Vec::new();
    for number in numbers {
        let mut idempotency = [0; 16];
        idempotency[..8].copy_from_slice(&number.to_be_bytes());
        let draft = Draft {
            stream: Stream::Case,
            kind: EntryKind::CaseStep,
            claimed: NOW,
            subject: format!("case:{}", number % 5),
            erases: None,
            actor: String::new(),
            action: 1,
            source: 1,
            idempotency,
            body: format!("step {number}").into_bytes(),
        };
        let said = ledger.append(&[draft], NOW + number).unwrap();
        let Appended::New(entry) = &said[0] else {
            panic!("{said:?}");
        };
        receipt = ledger.receipt(entry).unwrap().to_string().into_bytes();
    }
    ledger.publish().unwrap();
    receipt
}

fn checkpoint(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("log").join(ORIGIN).join("checkpoint")).unwrap()
}

fn proof(folder: &Path, index: u64) -> Vec<u8> {
    let proof = open(folder).proof(ORIGIN, index).unwrap().unwrap();
    proof.to_string().into_bytes()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Why the log in a folder breaks a promise, as owner and as outsider; `None` when it keeps it.
fn why(folder: &Path, kept: &[u8]) -> Option<String> {
    let place = Place::read(folder).unwrap();
    let key = place.log_signer(ORIGIN).unwrap().verifier().clone();
    let receipts = [place.receipt_signer().unwrap().verifier().clone()];
    let said = against(folder, kept).unwrap();
    let outside = log_against(&folder.join("log").join(ORIGIN), &key, &receipts, kept);
    assert_eq!(said, outside.unwrap());
    match said {
        Against::Kept { .. } => None,
        Against::Broken(broken) => {
            assert_eq!(broken.kept.as_bytes(), kept);
            assert_eq!(broken.present.as_bytes(), checkpoint(folder));
            Some(broken.why)
        }
    }
}

#[test]
fn a_log_that_only_grew_keeps_every_promise() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let mut kept = Vec::new();
    for from in [0, 1, 2, 7, 8, 255, 256, 300] {
        kept.push(append(folder, from..from + 1));
        let size = open(folder).logs()[0].published;
        kept.extend([checkpoint(folder), proof(folder, size / 2)]);
    }
    for kept in &kept {
        assert_eq!(why(folder, kept), None, "{}", String::from_utf8_lossy(kept));
    }
}

/// The same secret keys, two histories: both checkpoints are signed, and together they prove the fork.
#[test]
fn a_fork_is_proved_by_two_signed_checkpoints() {
    let place = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| place.path().join(name));
    append(&one, 0..10);
    copy_folder(&one, &two);
    let receipt = append(&one, 10..20);
    append(&two, 30..40);
    let (kept, proven) = (checkpoint(&one), proof(&one, 15));
    assert!(
        verify(&one).is_whole() && verify(&two).is_whole(),
        "each alone is whole"
    );
    for kept in [&kept, &proven] {
        let why = why(&two, kept).unwrap();
        assert_eq!(why, "both are of 20 entries and have other roots (a fork)");
    }
    let missing = why(&two, &receipt).unwrap();
    assert!(
        missing.starts_with("entry 19 was acknowledged as "),
        "{missing}"
    );
    append(&two, 40..50);
    let later = why(&two, &kept).unwrap();
    assert!(
        later.starts_with("the first 20 entries had the root "),
        "{later}"
    );
}

#[test]
fn a_truncated_log_and_an_older_copy_are_proved_by_what_was_signed_since() {
    let place = tempfile::tempdir().unwrap();
    let [old, new] = ["old", "new"].map(|name| place.path().join(name));
    append(&new, 0..10);
    copy_folder(&new, &old);
    let receipt = append(&new, 10..25);
    assert!(verify(&old).is_whole(), "an older copy is whole in itself");
    let rolled_back = why(&old, &checkpoint(&new)).unwrap();
    assert_eq!(
        rolled_back,
        "25 entries were signed for, the present log has 10: 15 are missing (a rollback)"
    );
    let missing = why(&old, &receipt).unwrap();
    assert_eq!(
        missing,
        "entry 24 was acknowledged, the present log has 10 entries: it is missing"
    );
}

#[test]
fn what_others_signed_or_nobody_promises_nothing_and_damage_is_no_fork() {
    let place = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| place.path().join(name));
    append(&one, 0..10);
    append(&two, 0..10);
    for kept in [checkpoint(&two), proof(&two, 3)] {
        let said = against(&one, &kept);
        assert!(
            matches!(said, Err(AgainstError::Unsigned { .. })),
            "{said:?}"
        );
    }
    for kept in [&b"nothing"[..], b"", &[0xff; 40]] {
        let said = against(&one, kept);
        assert!(
            matches!(said, Err(AgainstError::Unknown { .. })),
            "{said:?}"
        );
    }
    let kept = checkpoint(&one);
    append(&one, 10..20);
    let tile = one.join("log").join(ORIGIN).join("tile/0/000.p/20");
    let mut bytes = fs::read(&tile).unwrap();
    bytes[70] ^= 1;
    fs::write(&tile, bytes).unwrap();
    let said = against(&one, &kept);
    assert!(matches!(said, Err(AgainstError::Published(_))), "{said:?}");
}

/// Two segments that changed places are named by the verification, file and reason.
#[test]
fn a_swapped_segment_is_named() {
    let place = tempfile::tempdir().unwrap();
    append(place.path(), 0..100);
    let [one, two] = [1, 2].map(|number| place.path().join(format!("wal/{number:012}.wal")));
    let (first, second) = (fs::read(&one).unwrap(), fs::read(&two).unwrap());
    fs::write(&one, second).unwrap();
    fs::write(&two, first).unwrap();
    let fault = verify(place.path()).faults[0].to_string();
    assert!(
        fault.starts_with("V8 wal/000000000001.wal: does not continue the segment before it"),
        "{fault}"
    );
}
