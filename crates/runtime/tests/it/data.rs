//! Where the real logs are, and how they are checked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cage_formats::Source;
use cage_pack::Program;
use cage_runtime::{CheckOptions, Outcome, RuleOutcome, check};

/// A real log or model; `None`, with a message, where the data is not there.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CAGE_SHARED_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// A check of one log.
pub(crate) fn checked(program: Program, log: &Path, options: &CheckOptions) -> Outcome {
    let sources = [Source::Path(log.to_owned())];
    check(Arc::new(program), &sources, options).unwrap()
}

/// The program of `.decl` lines.
pub(crate) fn decl(text: &str) -> Program {
    let model = cage_pack::decl::read("rules.decl", text.as_bytes());
    model
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
        .program
}

/// The program of a flow file.
pub(crate) fn flow(path: &Path) -> Program {
    let name = path.file_name().unwrap().to_string_lossy();
    let model = cage_pack::flow::read(&name, &std::fs::read(path).unwrap());
    model
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
        .program
}

/// The program of a pack in one file, given without its head.
pub(crate) fn pack(rules: &str) -> Program {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pack.toml");
    let text = format!("[pack]\nid = \"test\"\nversion = \"1\"\n{rules}");
    std::fs::write(&path, &text).unwrap();
    cage_pack::load(&path)
        .unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
        .program
}

/// Activations of a rule: total, satisfied, violated, pending, undecided.
pub(crate) fn activations(rule: &RuleOutcome) -> [u64; 5] {
    let tally = rule.activations;
    [
        tally.activated,
        tally.satisfied,
        tally.violated,
        tally.pending,
        tally.undecided,
    ]
}

/// Objects of a rule, likewise.
pub(crate) fn objects(rule: &RuleOutcome) -> [u64; 5] {
    let tally = rule.objects;
    [
        tally.activated,
        tally.satisfied,
        tally.violated,
        tally.pending,
        tally.undecided,
    ]
}
