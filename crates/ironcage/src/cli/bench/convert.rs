//! `bench convert`: the whole log written and read back, as XES and as CSV.

use std::path::{Path, PathBuf};

use cage_formats::{Format, ReadOptions, Source, read, write};
use cage_model::{Interner, Log};
use clap::Args;

use super::Measuring;
use super::measure::{Job, Sample, Stopwatch};
use crate::cli::failure::Failure;
use crate::cli::reading::{read_options, source};
use crate::options::ReadArguments;

/// `ironcage bench convert`.
#[derive(Debug, Args)]
pub(crate) struct ConvertBench {
    /// The log.
    #[arg(value_name = "LOG")]
    log: PathBuf,
    #[command(flatten)]
    pub(super) measuring: Measuring,
    #[command(flatten)]
    reading: ReadArguments,
}

impl ConvertBench {
    pub(super) fn jobs(&self) -> Vec<Job<'_>> {
        vec![
            Job::new("read", "read into memory", || {
                let reading = read_options(&self.reading)?;
                let watch = Stopwatch::start();
                let log = read_log(&source(&self.log), &reading)?;
                Ok(watch.stop().with("events", log.events.len()))
            }),
            Job::new("xes", "write XES and read it back", || {
                self.round_trip(Format::Xes, "log.xes")
            }),
            Job::new("csv", "write CSV and read it back", || {
                self.round_trip(Format::Csv, "log.csv")
            }),
        ]
    }

    fn round_trip(&self, format: Format, name: &str) -> Result<Sample, Failure> {
        let log = read_log(&source(&self.log), &read_options(&self.reading)?)?;
        let folder = tempfile::tempdir().map_err(Failure::unreadable)?;
        let file = folder.path().join(name);
        let watch = Stopwatch::start();
        write(&log, &file, Some(format)).map_err(Failure::unreadable)?;
        let back = read_log(&Source::Path(file.clone()), &ReadOptions::default())?;
        let sample = watch.stop();
        if back.events.len() != log.events.len() {
            return Err(Failure::unreadable(format!(
                "{} events were written and {} read back",
                log.events.len(),
                back.events.len()
            )));
        }
        Ok(sample
            .with("events", log.events.len())
            .with("file_mb", size_megabytes(&file)))
    }
}

fn read_log(source: &Source, reading: &ReadOptions) -> Result<Log, Failure> {
    let (mut names, mut log) = (Interner::new(), Log::new());
    read(source, reading, &mut names, &mut log).map_err(Failure::unreadable)?;
    Ok(log.finish(names))
}

fn size_megabytes(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |about| about.len() >> 20)
}
