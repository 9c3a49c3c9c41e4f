//! The rules a log is held against: a pack, or a Declare model.

use std::path::Path;
use std::sync::Arc;

use cage_model::limits;
use cage_pack::decl::{self, DeclProblem};
use cage_pack::{Diagnostic, Loaded, Pack, Program, Seriousness};

use super::failure::Failure;
use super::output::{Voice, message};
use crate::options::RuleArguments;

/// Rules, ready to run.
#[derive(Debug)]
pub(crate) struct Rules {
    /// What the engine runs.
    pub(crate) program: Arc<Program>,
    /// The pack as its author wrote it; `None` for a model that is no pack.
    #[expect(dead_code, reason = "the report will cite its laws")]
    pub(crate) pack: Option<Pack>,
}

impl From<Loaded> for Rules {
    fn from(loaded: Loaded) -> Self {
        Self {
            program: Arc::new(loaded.program),
            pack: Some(loaded.pack),
        }
    }
}

/// Loads the rules that the command line names. Everything that is wrong with them has been said
/// when this fails.
pub(crate) fn load_rules(arguments: &RuleArguments, voice: &Voice) -> Result<Rules, Failure> {
    if let Some(path) = &arguments.pack {
        return load_pack(path, voice).map(Rules::from);
    }
    match &arguments.decl {
        Some(path) => load_decl(path, voice),
        None => Err(Failure::usage("name the rules with --pack or --decl")),
    }
}

/// Loads a pack, and says its warnings and errors on standard error.
pub(crate) fn load_pack(path: &Path, voice: &Voice) -> Result<Loaded, Failure> {
    readable(path)?;
    match cage_pack::load(path) {
        Ok(loaded) => {
            say_all(&loaded.warnings, voice);
            Ok(loaded)
        }
        Err(found) => {
            say_all(&found, voice);
            Err(refused(path, &found))
        }
    }
}

/// A path that is not there is unreadable input, not a fault of what is in it.
pub(crate) fn readable(path: &Path) -> Result<(), Failure> {
    match std::fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::unreadable(format!(
            "cannot read {}: {error}",
            path.display()
        ))),
    }
}

/// The closing line of a refusal.
pub(crate) fn refused(path: &Path, found: &[Diagnostic]) -> Failure {
    let errors = found
        .iter()
        .filter(|one| one.seriousness == Seriousness::Error)
        .count();
    let noun = if errors == 1 { "error" } else { "errors" };
    Failure::usage(format!("{}: {errors} {noun}", path.display()))
}

/// Diagnostics with their carets; warnings only when not quiet.
pub(crate) fn say_all(found: &[Diagnostic], voice: &Voice) {
    for one in found {
        if one.seriousness == Seriousness::Error || !voice.quiet {
            message(&one.render(voice.colour_messages));
        }
    }
}

fn load_decl(path: &Path, voice: &Voice) -> Result<Rules, Failure> {
    let bytes = model_bytes(path)?;
    let name = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let lines = String::from_utf8_lossy(&bytes);
    let told = |problems: &[DeclProblem], seriousness| -> Vec<Diagnostic> {
        problems
            .iter()
            .map(|problem| diagnostic(&name, &lines, problem, seriousness))
            .collect()
    };
    match decl::read(&name, &bytes) {
        Ok(model) => {
            say_all(&told(&model.warnings, Seriousness::Warning), voice);
            Ok(Rules {
                program: Arc::new(model.program),
                pack: None,
            })
        }
        Err(problems) => {
            let found = told(&problems, Seriousness::Error);
            say_all(&found, voice);
            Err(refused(path, &found))
        }
    }
}

/// The bytes of a model file; what is larger than a model may be is not read.
fn model_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| {
            let most = limits::MODEL_FILE_BYTES_MAX + 1;
            file.take(most).read_to_end(&mut bytes)
        })
        .map_err(|error| Failure::unreadable(format!("cannot read {}: {error}", path.display())))?;
    Ok(bytes)
}

/// A problem of a `.decl` file, shown as those of packs are.
fn diagnostic(
    file: &str,
    text: &str,
    problem: &DeclProblem,
    seriousness: Seriousness,
) -> Diagnostic {
    let line = text.lines().nth(problem.line.saturating_sub(1));
    Diagnostic {
        seriousness,
        file: file.to_owned(),
        line: problem.line,
        column: problem.column,
        length: problem.length,
        message: problem.message.clone(),
        suggestion: problem.suggestion.clone(),
        excerpt: line.unwrap_or_default().chars().take(400).collect(),
    }
}
