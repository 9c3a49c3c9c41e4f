//! The corpora in `fuzz/corpus` are fed to their targets by a stable compiler at every change, so that what was once found
//! stays mended and no corpus is forgotten.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cage_fuzzing::TARGETS;

/// Bytes of one file of a corpus; they are made by hand or minimised.
const BYTES_MAX: u64 = 8 << 10;

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    entries.map(|entry| stem(entry.unwrap().path())).collect()
}

#[test]
fn every_target_has_a_program_and_a_corpus() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&corpora().join("fuzz_targets")), known);
    assert_eq!(names(&corpora().join("corpus")), known);
}

#[test]
fn what_the_corpora_hold_is_read_as_it_must_be() {
    for (name, target) in TARGETS {
        let mut fed = 0;
        for entry in fs::read_dir(corpora().join("corpus").join(name)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            assert!(
                bytes.len() as u64 <= BYTES_MAX,
                "{}: {} bytes",
                path.display(),
                bytes.len()
            );
            let ended = std::panic::catch_unwind(|| target(&bytes));
            assert!(ended.is_ok(), "{}", path.display());
            fed += 1;
        }
        assert!(fed >= 2, "{name} has a corpus of {fed}");
    }
}

/// Marsaglia's xorshift with a fixed beginning: the same bytes at every run.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

/// Some changes of bytes: one is exchanged, put in, taken out, or a piece is doubled or cut off.
fn changed(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.next(4) {
        let place = random.next(bytes.len());
        let byte = [0, 1, 0x7f, 0x80, 0xff, b'"', b'9', random.next(256) as u8][random.next(8)];
        match random.next(6) {
            0 | 1 if !bytes.is_empty() => bytes[place] = byte,
            2 if !bytes.is_empty() => drop(bytes.remove(place)),
            3 if !bytes.is_empty() => {
                let end = (place + 1 + random.next(32)).min(bytes.len());
                let piece = bytes[place..end].to_vec();
                bytes.splice(place..place, piece);
            }
            4 => bytes.truncate(place),
            _ => bytes.insert(place, byte),
        }
    }
    bytes
}

/// A fuzzer without its eyes, on a stable compiler: a few changes at every run, many in the nightly one.
#[test]
fn changed_corpora_are_read_as_they_must_be() {
    let nightly = std::env::var_os("CAGE_NIGHTLY").is_some();
    let only = std::env::var("CAGE_TARGET").ok();
    let rounds = if nightly { 3_000 } else { 5 };
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for (name, target) in TARGETS {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        for entry in fs::read_dir(corpora().join("corpus").join(name)).unwrap() {
            let whole = fs::read(entry.unwrap().path()).unwrap();
            for _ in 0..rounds {
                let bytes = changed(&whole, &mut random);
                let ended = std::panic::catch_unwind(|| target(&bytes));
                assert!(ended.is_ok(), "{name}: {}", bytes.escape_ascii());
            }
        }
    }
}
