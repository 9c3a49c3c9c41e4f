//! `ironcage bench`: speed and memory on this machine, each job in a process of its own.

mod align;
mod check;
mod convert;
mod finding;
mod ingest;
mod measure;
mod office;
mod profile;
mod replay;
mod stream;

use clap::{Args, Subcommand};

use super::failure::{Failure, Status};
use super::output::Voice;
use measure::{Job, measure};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage bench check road_traffic_fines.xes.gz --decl benches/road-traffic-15.decl
  ironcage bench check receipt.xes.gz --pack benches/receipt-four-eyes.toml
  ironcage bench align receipt.xes.gz --flow receipt.pnml --noise 50 --json
  ironcage bench ingest --pack benches/office-20.toml
  ironcage bench replay --pack benches/office-20.toml --on /var/tmp --runs 3
  ironcage bench stream --events 50000000";

/// `ironcage bench ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Reading, the engine alone, the whole check on one thread and on two, and a guard.
    Check(check::CheckBench),
    /// Optimal alignments of a log with a model, plain and with noise.
    Align(align::AlignBench),
    /// The temporal profile: learn and check.
    Profile(profile::ProfileBench),
    /// Reading and writing the whole log as XES and as CSV.
    Convert(convert::ConvertBench),
    /// Events over HTTP into a ledger on this disk, judged as they come, and the disk alone.
    Ingest(ingest::IngestBench),
    /// A year's acts in a ledger: written, read, judged anew, started from what the last start left.
    Replay(replay::ReplayBench),
    /// A generated stream through a check: memory that stays, time that grows with the events.
    Stream(stream::StreamBench),
}

/// How it is measured; the same for every bench.
#[derive(Debug, Args)]
#[command(next_help_heading = "Measuring")]
pub(crate) struct Measuring {
    /// How often each job is run; medians are printed.
    #[arg(long, value_name = "N", default_value = "5")]
    runs: std::num::NonZeroUsize,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
    /// Run one job in this process and print what it took; this is how the jobs are run.
    #[arg(long, hide = true)]
    only: Option<String>,
}

pub(crate) fn run(command: &BenchCommand, voice: &Voice) -> Result<Status, Failure> {
    let (measuring, jobs): (&Measuring, Vec<Job<'_>>) = match command {
        BenchCommand::Check(bench) => (&bench.measuring, bench.jobs(voice)),
        BenchCommand::Align(bench) => (&bench.measuring, bench.jobs()),
        BenchCommand::Profile(bench) => (&bench.measuring, bench.jobs()),
        BenchCommand::Convert(bench) => (&bench.measuring, bench.jobs()),
        BenchCommand::Ingest(bench) => (&bench.measuring, bench.jobs(voice)),
        BenchCommand::Replay(bench) => (&bench.measuring, bench.jobs(voice)),
        BenchCommand::Stream(bench) => (&bench.measuring, bench.jobs()),
    };
    measure(measuring, &jobs, voice).map(|()| Status::Clean)
}
