//! `bench profile`: the temporal profile, learned from a log and held against it.

use std::path::PathBuf;

use cage_formats::read;
use cage_mine::{Profile, TraceCollector};
use cage_model::Interner;
use clap::Args;

use super::Measuring;
use super::measure::{Job, Sample, Stopwatch};
use crate::cli::failure::Failure;
use crate::cli::reading::{read_options, source};
use crate::options::ReadArguments;

/// `ironcage bench profile`.
#[derive(Debug, Args)]
pub(crate) struct ProfileBench {
    /// The log.
    #[arg(value_name = "LOG")]
    log: PathBuf,
    #[command(flatten)]
    pub(super) measuring: Measuring,
    #[command(flatten)]
    reading: ReadArguments,
}

/// Deviations from the mean that are tolerated, in hundredths of the standard deviation.
const TOLERANCE_HUNDREDTHS: u64 = 300;

impl ProfileBench {
    pub(super) fn jobs(&self) -> Vec<Job<'_>> {
        vec![Job::new(
            "profile",
            "temporal profile, learn and check",
            || self.profile(),
        )]
    }

    fn profile(&self) -> Result<Sample, Failure> {
        let mut collector = TraceCollector::new("case");
        read(
            &source(&self.log),
            &read_options(&self.reading)?,
            &mut Interner::new(),
            &mut collector,
        )
        .map_err(Failure::unreadable)?;
        let traces = collector.finish();
        let watch = Stopwatch::start();
        let profile = Profile::learn(&traces);
        let deviations = profile.deviations(&traces, TOLERANCE_HUNDREDTHS);
        Ok(watch
            .stop()
            .with("events", traces.events())
            .with("pairs", profile.pairs().count())
            .with("deviations", deviations.len()))
    }
}
