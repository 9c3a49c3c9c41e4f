//! The files of a ledger, behind their checksums: segments of the write-ahead log, indexes, the key store, bundles of cases.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use cage_casefile::Members;
use cage_gateway::one;
use cage_ledger::raw::{reencoded_index, scripted_segment};
use cage_ledger::{Ledger, LedgerOptions, Place, SecretKey, UnitStore, verify};

/// Opens and verifies a ledger whose only segment a script makes. No frames may make that panic.
///
/// # Panics
/// When there is no temporary folder.
pub(crate) fn segment(script: &[u8]) {
    static BEGUN: LazyLock<tempfile::TempDir> = LazyLock::new(begun);
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy(BEGUN.path(), folder.path());
    let place = Place::read(folder.path()).expect("a place");
    let path = folder.path().join("wal/000000000000.wal");
    fs::write(path, scripted_segment(place.node(), script)).expect("a segment");
    let verified = verify(folder.path());
    drop(place);
    let Ok(ledger) = Ledger::open(options(folder.path())) else {
        return;
    };
    for record in 0..ledger.records() {
        let _ = ledger.record(record);
    }
    let _ = (ledger.logs(), verified.is_whole());
}

fn options(folder: &Path) -> LedgerOptions {
    LedgerOptions {
        segment_bytes: 16 << 10,
        ..LedgerOptions::new(folder.to_owned(), "ledger.example", "0151")
    }
}

/// A ledger with one entry, so that its logs are known.
fn begun() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = br#"{"specversion":"1.0","id":"1","source":"s","type":"a"}"#;
    let draft = one(text).expect("an event").draft;
    let mut ledger = Ledger::open(options(folder.path())).expect("a ledger");
    ledger
        .append(&[draft], 1_780_000_000_000)
        .expect("an entry");
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

/// Reads bytes as the content of a segment's index; what was read is read again from what it writes.
///
/// # Panics
/// When that does not hold.
pub(crate) fn index(content: &[u8]) {
    if let Some(bytes) = reencoded_index(content) {
        let content = bytes.split_last_chunk::<32>().expect("a checksum").0;
        let again = reencoded_index(content).expect("what is written can be read");
        assert_eq!(again, bytes);
    }
}

/// Reads bytes as a key store, as they are and as records whose checksums hold: a length (two bytes), a state, then the
/// content of each.
pub(crate) fn units(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("units");
    let mut records = b"ICUNITS\0\0\0\0\0\0\0\0\x02".to_vec();
    let mut script = bytes;
    while let Some(([low, high, state], rest)) = script.split_first_chunk::<3>() {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let (content, rest) = rest.split_at(rest.len().min(length));
        script = rest;
        let length = (content.len() as u32).to_le_bytes();
        let checksum = crc32c::crc32c_append(crc32c::crc32c(&length), &[*state]);
        let checksum = crc32c::crc32c_append(checksum, content);
        records.extend(length);
        records.extend(checksum.to_le_bytes());
        records.push(*state);
        records.extend(content);
    }
    for content in [bytes, &records] {
        fs::write(&path, content).expect("a file");
        let _ = UnitStore::read(&path, SecretKey::new([7; 32]));
        if let Ok(store) = UnitStore::open(&path, SecretKey::new([7; 32])) {
            let _ = (store.len(), store.find("a"));
        }
    }
}

/// Reads bytes as a bundle of a case: one that is read is written back as it was.
///
/// # Panics
/// When that does not hold.
pub(crate) fn casefile(bytes: &[u8]) {
    if let Ok(members) = Members::read(bytes) {
        assert_eq!(members.write().as_deref(), Ok(bytes));
        let _ = cage_casefile::check(bytes, None);
    }
    // The same behind the archive: members of a name and a content each.
    let mut members = Members::default();
    let mut script = bytes;
    while let Some(([name, low, high], rest)) = script.split_first_chunk::<3>() {
        let (known, rest) = match NAMES.get(usize::from(*name)) {
            Some(known) => ((*known).to_owned(), rest),
            None => {
                let (text, rest) = rest.split_at(rest.len().min(usize::from(*name)));
                (String::from_utf8_lossy(text).into_owned(), rest)
            }
        };
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let (content, rest) = rest.split_at(rest.len().min(length));
        script = rest;
        members.0.insert(known, content.to_vec());
    }
    if let Ok(bytes) = members.write() {
        let read = Members::read(&bytes);
        match members.0.is_empty() {
            true => assert!(read.is_err(), "nothing is no bundle"),
            false => assert_eq!(read.as_ref(), Ok(&members)),
        }
        let _ = cage_casefile::check(&bytes, None);
    }
}

/// Members that every bundle has.
const NAMES: [&str; 6] = [
    "manifest.json",
    "manifest.note",
    "keys/receipt",
    "index.html",
    "findings.json",
    "records/case/0.leaf",
];
