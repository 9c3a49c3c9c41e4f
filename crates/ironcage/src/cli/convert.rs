//! `ironcage convert`: a log in another format.

use std::path::PathBuf;

use cage_formats::{read, write};
use cage_model::{Interner, Log};
use clap::Args;

use super::failure::{Failure, Status};
use super::fault::{of_reading, of_writing};
use super::output::{Voice, message};
use super::progress::Progress;
use super::reading::{read_options, source};
use crate::options::{FormatName, ReadArguments};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage convert receipt.xes.gz receipt.parquet
  ironcage convert export.csv export.xes.gz --encoding gb18030 --case-column 案件编号";

/// `ironcage convert`.
#[derive(Debug, Args)]
pub(crate) struct ConvertOptions {
    /// The log to read; "-" is standard input.
    pub(crate) input: PathBuf,
    /// The file to write; the ending chooses the format, .gz or .zst compresses.
    pub(crate) output: PathBuf,
    /// The format to write, when the ending does not say.
    #[arg(long, value_enum)]
    pub(crate) to: Option<FormatName>,
    /// Replace an existing file.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) reading: ReadArguments,
}

pub(crate) fn run(options: &ConvertOptions, voice: &Voice) -> Result<Status, Failure> {
    if options.output.is_file() && !options.force {
        let shown = options.output.display();
        return Err(Failure::wrong_use(
            format!("{shown} 已经存在；请换一个文件名，或用 --force 覆盖"),
            format!("{shown} exists; name another file, or give --force to replace it"),
        ));
    }
    let mut reading = read_options(&options.reading)?;
    let progress = Progress::over(std::slice::from_ref(&options.input), voice);
    reading.progress = Some(progress.counter());
    let (mut names, mut log) = (Interner::new(), Log::new());
    let report = read(&source(&options.input), &reading, &mut names, &mut log)
        .map_err(|error| of_reading(&error))?;
    drop(progress);
    let log = log.finish(names);
    let written = write(&log, &options.output, options.to.map(Into::into))
        .map_err(|error| of_writing(&error))?;
    if !voice.quiet {
        for note in report.notes.iter().chain(&written.notes) {
            message(note);
        }
    }
    for skipped in &report.first_skipped {
        message(&format!(
            "{}{}: {}",
            skipped.file,
            skipped.place.suffix(),
            skipped.reason
        ));
    }
    let (events, path) = (log.events.len(), options.output.display());
    voice.say(
        &format!("{events} 个事件已写入 {path}"),
        &format!("{events} events written to {path}"),
    );
    Ok(Status::Clean)
}
