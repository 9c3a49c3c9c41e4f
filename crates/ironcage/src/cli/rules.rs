//! The rules a log is held against: a pack, a Declare model, or a flow.

use std::path::Path;
use std::sync::Arc;

use cage_model::limits;
use cage_pack::decl::{self, DeclProblem};
use cage_pack::{Diagnostic, Loaded, Pack, Program, Seriousness, flow};

use super::failure::Failure;
use super::fault::cannot_read;
use super::output::{Voice, message};
use crate::options::RuleArguments;

/// Rules, ready to run.
#[derive(Debug)]
pub(crate) struct Rules {
    /// What the engine runs.
    pub(crate) program: Arc<Program>,
    /// The pack as its author wrote it; `None` for a model that is no pack.
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
        let loaded = load_pack(path, voice)?;
        if loaded.pack.data {
            return Err(states_no_rule(path));
        }
        return Ok(Rules::from(loaded));
    }
    match (&arguments.decl, &arguments.flow) {
        (Some(path), _) => load_decl(path, voice),
        (None, Some(path)) => load_flow(path, voice),
        (None, None) => Err(Failure::usage(
            "name the rules with --pack, --decl or --flow",
        )),
    }
}

/// A pack of data judges nothing by itself.
fn states_no_rule(path: &Path) -> Failure {
    let shown = path.display();
    Failure::wrong_use(
        format!(
            "{shown} 是供其他规则包引用的数据，本身没有规则；请在规则包的 pack.toml 中写入 uses"
        ),
        format!(
            "{shown} is data for other packs and states no rule; name it in uses of a pack.toml"
        ),
    )
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

/// A path that is not there, or cannot be opened, is unreadable input, not a fault of what is in
/// it.
pub(crate) fn readable(path: &Path) -> Result<(), Failure> {
    match cage_pack::unopenable(path) {
        None => Ok(()),
        Some((path, error)) => Err(cannot_read(&path, &error)),
    }
}

/// The closing line of a refusal.
pub(crate) fn refused(path: &Path, found: &[Diagnostic]) -> Failure {
    let errors = found
        .iter()
        .filter(|one| one.seriousness == Seriousness::Error)
        .count();
    let noun = if errors == 1 { "error" } else { "errors" };
    let shown = path.display();
    Failure::wrong_use(
        format!("{shown}：{errors} 处错误"),
        format!("{shown}: {errors} {noun}"),
    )
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
    let (name, bytes) = model_file(path)?;
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

fn load_flow(path: &Path, voice: &Voice) -> Result<Rules, Failure> {
    let (name, bytes) = model_file(path)?;
    match flow::read(&name, &bytes) {
        Ok(model) => {
            say_all(&model.warnings, voice);
            Ok(Rules {
                program: Arc::new(model.program),
                pack: None,
            })
        }
        Err(found) => {
            say_all(&found, voice);
            Err(refused(path, &found))
        }
    }
}

/// Name and bytes of a model file; of what is larger than a model may be, one byte too many.
fn model_file(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| {
            let most = limits::MODEL_FILE_BYTES_MAX + 1;
            file.take(most).read_to_end(&mut bytes)
        })
        .map_err(|error| cannot_read(path, &error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok((name.into_owned(), bytes))
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
