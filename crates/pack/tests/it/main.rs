//! The pack language from outside: packs as folders, their faults as messages.

mod artefacts;
mod calendar;
mod examples;
mod faults;
mod flows;
mod kinds;

use std::path::PathBuf;

use cage_pack::{Diagnostic, Loaded, load};

/// Loads a pack that is one file.
fn load_text(text: &str) -> Result<Loaded, Vec<Diagnostic>> {
    load_files(&[("rules.toml", text)])
}

/// Loads a pack of several files.
fn load_files(files: &[(&str, &str)]) -> Result<Loaded, Vec<Diagnostic>> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for (name, text) in files {
        let path = folder.path().join(name);
        let parent = path.parent().expect("inside the folder");
        std::fs::create_dir_all(parent).expect("the folder is ours");
        std::fs::write(path, text).expect("the folder is ours");
    }
    load(folder.path())
}

/// The workspace's root.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every message with its place, one a line.
fn listed(found: &[Diagnostic]) -> String {
    let lines = found.iter().map(|one| {
        let meant = one.suggestion.as_ref().map(|meant| format!(" -> {meant}"));
        format!(
            "{}:{}:{}+{} {}{}",
            one.file,
            one.line,
            one.column,
            one.length,
            one.message,
            meant.unwrap_or_default()
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
