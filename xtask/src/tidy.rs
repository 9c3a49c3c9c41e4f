//! Rules of the repository that no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

use crate::gate::root;
use crate::say;

/// Lines of one source file, tests of their own left out.
const FILE_LINES_MAX: usize = 520;

/// Which of our crates a crate may use. The order is the direction of data; an edge that is not
/// here is a decision, to be made on purpose.
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("proof", &[]),
    ("ledger", &["proof"]),
    ("gateway", &["model", "pack", "proof", "ledger", "formats"]),
    ("store", &["model"]),
    (
        "runner",
        &[
            "model", "proof", "pack", "engine", "formats", "runtime", "report", "ledger",
            "gateway", "store",
        ],
    ),
    (
        "web",
        &[
            "listen", "model", "proof", "ledger", "gateway", "store", "formats", "runner",
            "casefile",
        ],
    ),
    ("listen", &[]),
    ("witness", &["proof", "ledger", "listen"]),
    ("casefile", &["model", "pack", "proof", "ledger", "store"]),
    ("law", &["model"]),
    ("flow", &["model"]),
    ("formats", &["model"]),
    ("pack", &["model", "law", "flow"]),
    ("engine", &["model", "law", "flow", "pack"]),
    (
        "runtime",
        &["model", "law", "flow", "pack", "engine", "formats"],
    ),
    ("mine", &["model", "law", "flow", "pack", "formats"]),
    (
        "report",
        &["model", "law", "flow", "pack", "formats", "runtime"],
    ),
    ("city", &["model", "law", "formats"]),
    (
        "fuzzing",
        &[
            "model", "flow", "formats", "pack", "runtime", "proof", "ledger", "gateway", "store",
            "runner", "casefile",
        ],
    ),
    (
        "ironcage",
        &[
            "model", "law", "flow", "pack", "engine", "formats", "runtime", "mine", "report",
            "city", "proof", "ledger", "gateway", "store", "runner", "web", "witness", "casefile",
        ],
    ),
];

/// Checks everything and lists every fault at once.
pub(crate) fn run() -> Result<(), String> {
    let mut faults = Vec::new();
    check_edges(&mut faults);
    let mut files = Vec::new();
    for folder in ["crates", "xtask", "fuzz"] {
        collect_sources(&root().join(folder), &mut files);
    }
    files.sort();
    for file in &files {
        let text =
            fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let shown = file.strip_prefix(root()).unwrap_or(file);
        check_source(shown, &text, &mut faults);
    }
    if faults.is_empty() {
        say(&format!("tidy: {} files, nothing to mend", files.len()));
        return Ok(());
    }
    Err(format!(
        "tidy: {} faults\n{}",
        faults.len(),
        faults.join("\n")
    ))
}

fn collect_sources(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            if path
                .file_name()
                .is_some_and(|name| name != "target" && name != "corpus")
            {
                collect_sources(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn check_source(path: &Path, text: &str, faults: &mut Vec<String>) {
    let shown = path.display();
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        faults.push(format!("{shown}: {lines} lines, at most {FILE_LINES_MAX}"));
    }
    // A file of tests beside its module is explained by that module's header.
    let beside_a_module = path.file_name().is_some_and(|name| name == "tests.rs");
    if !text.starts_with("//!") && !text.starts_with("#![") && !beside_a_module {
        faults.push(format!(
            "{shown}: no header that says what the file is for (//! ...)"
        ));
    }
    if path.file_name().is_some_and(|name| name == "mod.rs") {
        faults.push(format!(
            "{shown}: modules are name.rs beside name/, not mod.rs"
        ));
    }
    // Written in two halves, so that this file does not find itself.
    for word in [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
    ] {
        for (number, line) in text.lines().enumerate() {
            if line.contains(word) {
                faults.push(format!("{shown}:{}: a stray {word}", number + 1));
            }
        }
    }
}

fn check_edges(faults: &mut Vec<String>) {
    for (name, allowed) in EDGES {
        let manifest = root().join("crates").join(name).join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&manifest) else {
            faults.push(format!(
                "crates/{name}: named in the list of edges but absent"
            ));
            continue;
        };
        let normal = text.split("[dev-dependencies]").next().unwrap_or(&text);
        for line in normal.lines() {
            let Some(used) = line
                .strip_prefix("cage-")
                .and_then(|rest| rest.split(['.', ' ']).next())
            else {
                continue;
            };
            if !allowed.contains(&used) {
                faults.push(format!(
                    "crates/{name}: may not use cage-{used} (see EDGES in tidy.rs)"
                ));
            }
        }
    }
    let Ok(entries) = fs::read_dir(root().join("crates")) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !EDGES.iter().any(|(known, _)| *known == name) {
            faults.push(format!(
                "crates/{name}: not in the list of edges (EDGES in tidy.rs)"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_a_source_file_are_all_named() {
        let mut faults = Vec::new();
        let text = format!(
            "fn main() {{}}\n// {} later\n{}",
            concat!("TO", "DO"),
            "\n".repeat(900)
        );
        check_source(Path::new("crates/x/src/mod.rs"), &text, &mut faults);
        assert_eq!(faults.len(), 4, "{faults:?}");
        faults.clear();
        check_source(
            Path::new("crates/x/src/good.rs"),
            "//! Good.\n",
            &mut faults,
        );
        assert!(faults.is_empty());
    }
}
