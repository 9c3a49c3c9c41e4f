//! G-03: any change of any byte of a ledger is found, and named.

use std::fs;
use std::path::{Path, PathBuf};

use cage_proof::{EntryKind, Policy};

use super::*;
use crate::units::UnitRef;
use crate::{Draft, Ledger, LedgerOptions, Stream};

const NOW: u64 = 1_795_478_400_000;

fn open(folder: &Path) -> Ledger {
    let options = LedgerOptions {
        segment_bytes: 2_048,
        ..LedgerOptions::new(folder.to_owned(), "ledger.example", "0151")
    };
    Ledger::open(options).unwrap()
}

fn draft(number: u8) -> Draft {
    Draft {
        stream: Stream::Case,
        kind: EntryKind::CaseStep,
        claimed: NOW,
        subject: format!("case:{}", number % 3),
        erases: None,
        actor: "officer".to_owned(),
        action: 1,
        source: u64::from(number % 2),
        idempotency: [number; 16],
        body: vec![number; 20],
    }
}

/// A small ledger with everything in it: several segments, two logs, an erased unit, a tick, entries that
/// are not published yet.
fn small(folder: &Path) -> UnitRef {
    let mut ledger = open(folder);
    for number in 0..9 {
        ledger.append(&[draft(number)], NOW).unwrap();
        if number % 4 == 3 {
            ledger.publish().unwrap();
        }
    }
    let unit = ledger.units().find("case:2").unwrap().unwrap();
    let order = Draft {
        subject: "order:1".to_owned(),
        ..draft(100)
    };
    ledger.erase(unit, &order, NOW + 1).unwrap();
    ledger.tick(NOW + 2).unwrap();
    ledger.publish().unwrap();
    ledger.append(&[draft(101)], NOW + 3).unwrap();
    unit
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn a_whole_ledger_is_whole_and_counted() {
    let place = tempfile::tempdir().unwrap();
    small(place.path());
    let verified = verify(place.path());
    assert_eq!(verified.faults, []);
    assert_eq!(
        (verified.records, verified.bodies, verified.erased),
        (12, 8, 3)
    );
    let sizes: Vec<(u64, u64)> = verified
        .logs
        .iter()
        .map(|log| (log.entries, log.published))
        .collect();
    assert_eq!(sizes, [(10, 9), (1, 1)]);
}

#[test]
fn every_flipped_byte_of_every_file_is_found() {
    let place = tempfile::tempdir().unwrap();
    small(place.path());
    let mut bytes_flipped = 0;
    let paths = files(place.path());
    for kind in [
        "ledger.json",
        "logs",
        "keys/signing",
        "keys/vault",
        "vault/units",
        ".wal",
        ".index",
        "checkpoint",
        "tile/0/000.p/9",
        "tile/entries/000.p/9",
    ] {
        let is_of = |path: &PathBuf| path.to_string_lossy().ends_with(kind);
        assert!(paths.iter().any(is_of), "no {kind} among {paths:?}");
    }
    for path in paths {
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            // The zeros behind the last group are many and alike.
            if at % 512 != 0
                && whole[at..]
                    .iter()
                    .chain(&whole[at.saturating_sub(64)..at])
                    .all(|byte| *byte == 0)
            {
                continue;
            }
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&path, &changed).unwrap();
            let verified = verify(place.path());
            assert!(
                !verified.is_whole(),
                "byte {at} of {} was changed unseen",
                path.display()
            );
            bytes_flipped += 1;
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(bytes_flipped > 5_000, "{bytes_flipped}");
    assert!(verify(place.path()).is_whole());
}

/// Issue 4: random bytes of a larger ledger, one at a time: 10,000 with `cargo xtask nightly`, some at every run.
#[test]
fn random_flipped_bytes_of_a_larger_ledger_are_found() {
    let nightly = std::env::var_os("CAGE_NIGHTLY").is_some();
    let (entries, flips) = if nightly { (3_000, 10_000) } else { (300, 60) };
    let place = tempfile::tempdir().unwrap();
    let options = LedgerOptions {
        segment_bytes: 256 << 10,
        ..LedgerOptions::new(place.path().to_owned(), "ledger.example", "0151")
    };
    let mut ledger = Ledger::open(options).unwrap();
    for from in (0..entries).step_by(50) {
        let drafts = (from..from + 50).map(|number: u32| {
            let mut idempotency = [0; 16];
            idempotency[..4].copy_from_slice(&number.to_be_bytes());
            Draft {
                subject: format!("case:{}", number % 97),
                idempotency,
                body: vec![number as u8; 300],
                ..draft(0)
            }
        });
        ledger.append(&drafts.collect::<Vec<_>>(), NOW).unwrap();
        if from % 700 == 0 {
            ledger.publish().unwrap();
        }
    }
    ledger.publish().unwrap();
    drop(ledger);
    assert_eq!(verify(place.path()).faults, []);
    let files = files(place.path());
    let sizes = files.iter().map(|path| fs::metadata(path).unwrap().len());
    let sizes: Vec<u64> = sizes.collect();
    let all: u64 = sizes.iter().sum();
    // Marsaglia's xorshift with a fixed beginning: the same bytes at every run.
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..flips {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let (mut at, mut file) = (random % all, 0);
        while at >= sizes[file] {
            at -= sizes[file];
            file += 1;
        }
        let path = &files[file];
        let bit = 1 << (random >> 61);
        flip(path, at, bit);
        let shown = path.display();
        assert!(
            !verify(place.path()).is_whole(),
            "byte {at} of {shown}, bit {bit}"
        );
        flip(path, at, bit);
    }
    assert_eq!(verify(place.path()).faults, []);
}

fn flip(path: &Path, at: u64, bit: u8) {
    use std::os::unix::fs::FileExt as _;
    let mut options = fs::OpenOptions::new();
    let file = options.read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ bit], at).unwrap();
}

#[test]
fn every_missing_cut_or_longer_file_and_every_strange_one_is_found() {
    let place = tempfile::tempdir().unwrap();
    small(place.path());
    let unneeded = |path: &Path| {
        // A partial tile of an earlier size may go once a later one is published, an index is made again, and the lock
        // is no truth.
        let leftover = path.to_string_lossy().contains(".p/") && !is_needed(path);
        let is_index = path
            .extension()
            .is_some_and(|extension| extension == "index");
        leftover || is_index || path.ends_with("lock")
    };
    for path in files(place.path()) {
        let whole = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(
            verify(place.path()).is_whole(),
            unneeded(&path),
            "{} removed",
            path.display()
        );
        if whole.len() > 1 {
            fs::write(&path, &whole[..whole.len() - 1]).unwrap();
            assert!(!verify(place.path()).is_whole(), "{} cut", path.display());
        }
        fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
        assert!(
            !verify(place.path()).is_whole(),
            "{} longer",
            path.display()
        );
        fs::write(&path, &whole).unwrap();
    }
    for name in [
        "notes.txt",
        "keys/other",
        "wal/000000000009.wal",
        "log/other",
        "log/ledger.example/0151/2026/case/tile/0/001",
    ] {
        let path = place.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, b"x").unwrap();
        assert!(!verify(place.path()).is_whole(), "{name}");
        fs::remove_file(&path).unwrap();
    }
    assert!(verify(place.path()).is_whole());
}

/// The tiles and bundles of the published sizes, 9 and 1.
fn is_needed(path: &Path) -> bool {
    [
        "000.p/9",
        "2026/admin/tile/0/000.p/1",
        "2026/admin/tile/entries/000.p/1",
    ]
    .iter()
    .any(|end| path.ends_with(end))
}

/// A key that was destroyed without an order, and an order that was not carried out, are faults.
#[test]
fn erasure_needs_an_order_and_an_order_needs_erasure() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("vault/units");
    let mut ledger = open(place.path());
    ledger.append(&[draft(1), draft(2)], NOW).unwrap();
    let key = ledger.place().vault_key();
    let unit = ledger.units().find("case:1").unwrap().unwrap();
    let before = fs::read(&path).unwrap();
    drop(ledger);
    crate::UnitStore::open(&path, key)
        .unwrap()
        .destroy(unit)
        .unwrap();
    let faults = verify(place.path()).faults;
    assert!(
        faults[0]
            .to_string()
            .contains("no entry orders its erasure"),
        "{faults:?}"
    );
    fs::write(&path, &before).unwrap();
    let mut ledger = open(place.path());
    let order = Draft {
        subject: "order:1".to_owned(),
        ..draft(100)
    };
    ledger.erase(unit, &order, NOW).unwrap();
    drop(ledger);
    assert!(verify(place.path()).is_whole());
    let after = fs::read(&path).unwrap();
    fs::write(&path, [&before[..], &after[before.len()..]].concat()).unwrap();
    let faults = verify(place.path()).faults;
    assert!(
        faults[0].to_string().contains("whose erasure was ordered"),
        "{faults:?}"
    );
}

/// An outsider has the published files and a key, nothing else.
#[test]
fn published_files_verify_with_the_public_key_alone() {
    let place = tempfile::tempdir().unwrap();
    small(place.path());
    let ledger = open(place.path());
    let state = &ledger.logs()[0];
    let policy = Policy::of_log(ledger.place().log_keys().unwrap()[0].clone());
    let verified = verify_log(&state.folder, &policy);
    assert_eq!(verified.faults, []);
    assert_eq!(
        (verified.logs[0].entries, verified.logs[0].published),
        (9, 9)
    );
    for path in files(&state.folder) {
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x20;
            fs::write(&path, &changed).unwrap();
            assert!(
                !verify_log(&state.folder, &policy).is_whole(),
                "byte {at} of {}",
                path.display()
            );
        }
        fs::write(&path, &whole).unwrap();
    }
}
