//! `ironcage pack diff`: what changes when one version of a pack takes the place of another, in the packs and on a log.

use std::path::PathBuf;
use std::sync::Arc;

use cage_pack::PackDifference;
use cage_report::{Judged, amendment, amendment_json, amendment_text, pack_changes_text};
use cage_runtime::Outcome;
use clap::Args;

use crate::cli::check::table_options;
use crate::cli::failure::{Failure, Status};
use crate::cli::fault::of_checking;
use crate::cli::judging::prepare;
use crate::cli::output::{Voice, print, write};
use crate::cli::rules::{Rules, load_pack};
use crate::options::{JudgingArguments, ReadArguments};

/// `ironcage pack diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffOptions {
    /// The pack as it is.
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The pack as it would be.
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// A log that both judge; several are judged as one.
    #[arg(long, value_name = "LOG", num_args = 1..)]
    on: Vec<PathBuf>,
    /// Findings that are shown of those that change.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Write everything that changes as JSON; "-" is standard output.
    #[arg(long, value_name = "FILE", requires = "on")]
    json: Option<PathBuf>,
    /// Exit with 1 when a finding changes, or without a log when the packs differ.
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    judging: JudgingArguments,
    #[command(flatten)]
    reading: ReadArguments,
}

pub(super) fn run(options: &DiffOptions, voice: &Voice) -> Result<Status, Failure> {
    if options.on.iter().any(|log| log.as_os_str() == "-") {
        return Err(Failure::wrong_use(
            "--on 的日志要读两遍，不能是标准输入；请写文件名".to_owned(),
            "the log of --on is read twice, so it cannot be standard input; name a file".to_owned(),
        ));
    }
    let before = load_pack(&options.before, voice)?;
    let after = load_pack(&options.after, voice)?;
    let difference = PackDifference::of(&before.files, &after.files);
    let status = |changes: bool| match changes && options.exit_code {
        true => Status::Findings,
        false => Status::Clean,
    };
    if options.on.is_empty() {
        print(&pack_changes_text(&difference, &table_options(voice)))?;
        return Ok(status(!difference.changes.is_empty()));
    }
    let (before, after) = (Rules::from(before), Rules::from(after));
    let (old, new) = (
        judge(&before, options, voice)?,
        judge(&after, options, voice)?,
    );
    let (Some(before), Some(after)) = (judged(&before, &old), judged(&after, &new)) else {
        return Err(Failure::unreadable("a pack was read without its texts"));
    };
    let amendment = amendment(before, after, &difference);
    if let Some(file) = &options.json {
        write(file, &amendment_json(&amendment))?;
    }
    if options
        .json
        .as_ref()
        .is_none_or(|file| file.as_os_str() != "-")
    {
        print(&amendment_text(
            &amendment,
            options.limit,
            &table_options(voice),
        ))?;
    }
    Ok(status(amendment.changes_something()))
}

fn judge(rules: &Rules, options: &DiffOptions, voice: &Voice) -> Result<Outcome, Failure> {
    let (reading, judging) = (&options.reading, &options.judging);
    let program = &rules.program;
    let prepared = prepare(&options.on, reading, judging, program, voice)?;
    let program = Arc::clone(program);
    cage_runtime::check(program, &prepared.sources, &prepared.options)
        .map_err(|error| of_checking(&error))
}

fn judged<'a>(rules: &'a Rules, outcome: &'a Outcome) -> Option<Judged<'a>> {
    let pack = rules.pack.as_ref()?;
    Some(Judged { pack, outcome })
}
