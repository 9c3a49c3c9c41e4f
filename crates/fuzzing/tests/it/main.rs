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
