//! Copies made while entries come, restored and verified; damaged ones are named.

use std::sync::atomic::AtomicU64;

use cage_proof::EntryKind;

use super::*;
use crate::{Appended, Committer, Draft, Ledger, LedgerOptions, Record, Stream, UnitRef};

const NOW: u64 = 1_795_478_400_000;

fn options(folder: &Path) -> LedgerOptions {
    LedgerOptions {
        segment_bytes: 16 << 10,
        ..LedgerOptions::new(folder.to_owned(), "ledger.example", "0151")
    }
}

fn draft(number: u64) -> Draft {
    let mut idempotency = [0; 16];
    idempotency[..8].copy_from_slice(&number.to_be_bytes());
    Draft {
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
    }
}

fn both(data: &Path, to: &Path, keys: &Path) -> BackupDone {
    let backup = Backup::of(data).unwrap();
    let done = backup.write(to, &AtomicU64::new(0)).unwrap();
    backup.write_keys(keys).unwrap();
    done
}

/// Five copies while entries come: each has everything that was acknowledged before it began.
#[test]
fn copies_of_a_ledger_that_is_written_are_whole_and_restore() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let ledger = Ledger::open(options(&at("ledger"))).unwrap();
    let (committer, running) = Committer::start(ledger, |_| {}).unwrap();
    let append = |numbers: std::ops::Range<u64>| {
        let answer = committer.submit(numbers.map(draft).collect()).unwrap();
        let answer = answer.recv().unwrap().unwrap();
        assert!(answer.iter().all(|said| matches!(said, Appended::New(_))));
    };
    append(0..300);
    std::thread::sleep(std::time::Duration::from_millis(1_200));
    let mut kept = 0;
    for round in 0..5_u64 {
        append(1_000 * (round + 1)..1_000 * (round + 1) + 100);
        std::thread::scope(|scope| {
            let copying = scope.spawn(|| both(&at("ledger"), &at("copy"), &at("keys")));
            (0..20).for_each(|n| append(10_000 * (round + 1) + n..10_000 * (round + 1) + n + 1));
            kept += copying.join().unwrap().kept;
        });
        let to = at(&format!("restored-{round}"));
        let restored = restore(&at("copy"), &at("keys"), &to, &AtomicU64::new(0)).unwrap();
        assert!(restored.verified.records >= 300 + 100 * (round + 1));
        let mut again = Ledger::open(options(&to)).unwrap();
        again.append(&[draft(99_999)], NOW).unwrap();
        again.publish().unwrap();
        drop(again);
        assert_eq!(crate::verify(&to).faults, []);
    }
    assert!(kept > 0, "full tiles are copied once");
    committer.stop();
    running.join().unwrap().unwrap();
}

#[test]
fn an_interrupted_copy_goes_on_and_a_foreign_folder_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let mut ledger = Ledger::open(options(&at("ledger"))).unwrap();
    ledger
        .append(&(0..300).map(draft).collect::<Vec<_>>(), NOW)
        .unwrap();
    ledger.publish().unwrap();
    let half = copy::unfinished(&at("copy")).join("log");
    std::fs::create_dir_all(&half).unwrap();
    both(&at("ledger"), &at("copy"), &at("keys"));
    let again = both(&at("ledger"), &at("copy"), &at("keys"));
    assert!(again.kept >= 4, "{again:?}");
    std::fs::create_dir_all(at("other")).unwrap();
    std::fs::write(at("other").join("letter"), b"x").unwrap();
    let backup = Backup::of(&at("ledger")).unwrap();
    assert!(backup.write(&at("other"), &AtomicU64::new(0)).is_err());
    let mut stranger = Ledger::open(options(&at("stranger"))).unwrap();
    stranger.append(&[draft(1)], NOW).unwrap();
    let stranger = Backup::of(&at("stranger")).unwrap();
    assert!(stranger.write(&at("copy"), &AtomicU64::new(0)).is_err());
    let into = restore(&at("copy"), &at("keys"), &at("ledger"), &AtomicU64::new(0));
    assert!(into.unwrap_err().to_string().contains("not empty"));
}

/// One changed byte of any file is named, and nothing is restored.
#[test]
fn a_damaged_backup_is_named_by_file_and_refused() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let mut ledger = Ledger::open(options(&at("ledger"))).unwrap();
    ledger
        .append(&(0..20).map(draft).collect::<Vec<_>>(), NOW)
        .unwrap();
    ledger.publish().unwrap();
    both(&at("ledger"), &at("copy"), &at("keys"));
    let mut paths = vec![at("copy").join(LIST), at("keys").join(LIST)];
    for folder in ["copy", "keys"] {
        let list = List::read(&at(folder)).unwrap().unwrap();
        paths.extend(list.files.keys().map(|below| at(folder).join(below)));
    }
    assert!(paths.len() > 10);
    for path in paths {
        let whole = std::fs::read(&path).unwrap();
        for at_byte in [0, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at_byte] ^= 1;
            std::fs::write(&path, changed).unwrap();
            let said = restore(&at("copy"), &at("keys"), &at("new"), &AtomicU64::new(0));
            let said = said.unwrap_err().to_string();
            assert!(said.contains(path.to_str().unwrap()), "{said}");
        }
        std::fs::remove_file(&path).unwrap();
        let gone = restore(&at("copy"), &at("keys"), &at("new"), &AtomicU64::new(0));
        assert!(gone.is_err(), "{}", path.display());
        assert!(!at("new").exists());
        std::fs::write(&path, whole).unwrap();
    }
    restore(&at("copy"), &at("keys"), &at("new"), &AtomicU64::new(0)).unwrap();
}

/// Keys that were copied before an erasure do not bring back what was erased.
#[test]
fn what_was_erased_stays_erased_with_older_keys() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let mut ledger = Ledger::open(options(&at("ledger"))).unwrap();
    ledger.append(&[draft(1), draft(2)], NOW).unwrap();
    let order = Draft {
        subject: "order:1".to_owned(),
        ..draft(100)
    };
    ledger
        .append(
            &[
                Draft {
                    body: b"before".to_vec(),
                    ..draft(50)
                },
                order.clone(),
            ],
            NOW,
        )
        .unwrap();
    ledger.publish().unwrap();
    both(&at("ledger"), &at("copy"), &at("keys"));
    let unit: UnitRef = ledger.units().find("case:1").unwrap().unwrap();
    let order = Draft {
        idempotency: [9; 16],
        ..order
    };
    ledger.erase(unit, &order, NOW).unwrap();
    ledger.publish().unwrap();
    let later = Backup::of(&at("ledger")).unwrap();
    later.write(&at("copy"), &AtomicU64::new(0)).unwrap();
    restore(&at("copy"), &at("keys"), &at("new"), &AtomicU64::new(0)).unwrap();
    let restored = Ledger::open(options(&at("new"))).unwrap();
    let Record::Entry { body, .. } = restored.record(0).unwrap().record else {
        panic!("record 0 is an entry");
    };
    assert_eq!(body, None);
}
