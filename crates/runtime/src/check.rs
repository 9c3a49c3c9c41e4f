//! Holds logs against a program.

use std::sync::Arc;

use cage_engine::{EventOrder, Unsupported};
use cage_formats::{ReadError, ReadOptions, Source};
use cage_model::Time;
use cage_pack::Program;

use crate::notices::{about_reading, notices};
use crate::outcome::{Outcome, Story};
use crate::run::Run;
use crate::summary::summarise;
use crate::supply::{Files, Supply};

/// How logs are checked.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// How the files are read.
    pub read: ReadOptions,
    /// The moment of judgement: events after it are not judged. The log's last event when `None`.
    pub as_of: Option<Time>,
    /// Whether every object is taken to end there, as batch checkers do.
    pub finite: bool,
    /// In which order events are judged.
    pub order: EventOrder,
    /// Threads to use, the reading one included; at least 1.
    pub threads: usize,
    /// How many of the worst objects get their story, which needs the files read once more.
    pub worst: usize,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            read: ReadOptions::default(),
            as_of: None,
            finite: false,
            order: EventOrder::default(),
            threads: 1,
            worst: 0,
        }
    }
}

/// Why a check could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Standard input or a pipe could not be kept for a second reading.
    #[error("cannot keep {source_name} in a temporary file: {error}")]
    Spool {
        /// The pipe, or `standard input`.
        source_name: String,
        /// The fault below.
        #[source]
        error: std::io::Error,
    },
    /// A kind of rule that this version cannot judge.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// The object that was asked for is not in the log.
    #[error("no event or record of the log names {kind}:{id}{}", near(.nearest))]
    NoSuchObject {
        /// The type asked for.
        kind: String,
        /// The id asked for.
        id: String,
        /// The nearest that there is, as `type:id`.
        nearest: Option<String>,
    },
}

fn near(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

/// Holds logs against a program. The files are one log: their order does not matter for the
/// verdicts, only for the order of events of one instant.
///
/// # Errors
/// [`CheckError`] when a file cannot be read or a rule cannot be judged. What the rules find is no
/// error: it is the outcome.
pub fn check(
    program: Arc<Program>,
    sources: &[Source],
    options: &CheckOptions,
) -> Result<Outcome, CheckError> {
    let files = Files::new(sources, &options.read)?;
    check_supply(program, &files, options)
}

/// The same for any log that can be read more than once.
pub(crate) fn check_supply(
    program: Arc<Program>,
    supply: &dyn Supply,
    options: &CheckOptions,
) -> Result<Outcome, CheckError> {
    let mut run = Run::read(program, supply, options)?;
    run.settle_late(supply, options)?;
    let notices = notices(&run, options);
    let mut outcome = summarise(&mut run, supply.files(), notices, options);
    if options.worst > 0 {
        outcome.worst = run.worst(supply, &outcome, options)?;
    }
    Ok(outcome)
}

/// Tells one object's story: only its own events are judged.
///
/// # Errors
/// As [`check`], and [`CheckError::NoSuchObject`].
pub fn explain(
    program: Arc<Program>,
    sources: &[Source],
    options: &CheckOptions,
    kind: &str,
    id: &str,
) -> Result<(Outcome, Story), CheckError> {
    let files = Files::new(sources, &options.read)?;
    explain_supply(program, &files, options, (kind, id))
}

/// The same for any log.
pub(crate) fn explain_supply(
    program: Arc<Program>,
    supply: &dyn Supply,
    options: &CheckOptions,
    (kind, id): (&str, &str),
) -> Result<(Outcome, Story), CheckError> {
    let (mut run, fold) = Run::read_one(program, supply, options, (kind, id))?;
    let mut outcome = summarise(&mut run, supply.files(), Vec::new(), options);
    outcome.notices = about_reading(&run, options);
    let story = fold.tell(0, &run.judged(options), &outcome)?;
    Ok((outcome, story))
}
