//! The command line, as types: the commands, and the arguments that several of them share. What
//! only one command takes stands with that command.

use std::path::PathBuf;

use cage_formats::Format;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::{
    backup, bench, bundle, check, convert, deadline, demo, discover, doctor, erase, explain, log,
    pack, push, rejects, replay, serve, signer, stats, verify, witness,
};

/// 铁笼: checks administrative event logs against the lawful procedure.
#[derive(Debug, Parser)]
#[command(
    name = "ironcage",
    version,
    about = "铁笼 ironcage: checks administrative event logs against the lawful procedure",
    after_help = "Exit status: 0 clean, 1 findings (only with --fail-on), 2 wrong use, 3 unreadable input.",
    max_term_width = 100
)]
pub(crate) struct Options {
    /// Language of what is printed; taken from LANG when not given, Chinese when that says nothing.
    #[arg(long, global = true, value_enum)]
    pub(crate) lang: Option<Language>,
    /// Say nothing but results and errors; no progress bar.
    #[arg(long, short, global = true, overrides_with = "quiet")]
    pub(crate) quiet: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The languages of the product.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Hold a log against rules and report every deviation.
    #[command(after_help = check::EXAMPLES)]
    Check(check::CheckOptions),
    /// Tell one object's story with each rule's verdict and the alignment.
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::ExplainOptions),
    /// Draft a rule pack from history, in shadow, with the evidence for each rule.
    #[command(after_help = discover::EXAMPLES)]
    Discover(discover::DiscoverOptions),
    /// Write a log in another format.
    #[command(after_help = convert::EXAMPLES)]
    Convert(convert::ConvertOptions),
    /// Count what is in a log.
    #[command(after_help = stats::EXAMPLES)]
    Stats(stats::StatsOptions),
    /// Work on rule packs.
    #[command(subcommand, after_help = pack::EXAMPLES)]
    Pack(pack::PackCommand),
    /// Say by when, day by day, with the notice of each holiday; verify a certificate.
    #[command(after_help = deadline::EXAMPLES)]
    Deadline(deadline::DeadlineOptions),
    /// Simulate a small permit office with planted wrongs, check it, and write a report.
    #[command(after_help = demo::EXAMPLES)]
    Demo(demo::DemoOptions),
    /// Take events over HTTP, keep them so that nobody can change them unseen, answer with receipts.
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::ServeOptions),
    /// Hand whole log files in at a running service.
    #[command(after_help = push::EXAMPLES)]
    Push(push::PushOptions),
    /// Check every byte of a ledger offline, or of a published log with its key.
    #[command(after_help = verify::EXAMPLES)]
    Verify(verify::VerifyOptions),
    /// Say what is wrong with settings, disk and ledger, and what to do.
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::DoctorOptions),
    /// Look at what was refused, correct it, and hand it in again.
    #[command(subcommand, after_help = rejects::EXAMPLES)]
    Rejects(rejects::RejectsCommand),
    /// Make everything that is derived from a ledger anew from the log alone, and compare.
    #[command(after_help = replay::EXAMPLES)]
    Replay(replay::ReplayOptions),
    /// Look at the logs of a ledger.
    #[command(subcommand, after_help = log::EXAMPLES)]
    Log(log::LogCommand),
    /// Erase what is kept under one object, by an order of two persons: its key is destroyed, the log still verifies.
    #[command(after_help = erase::EXAMPLES)]
    Erase(erase::EraseOptions),
    /// Write one file with everything about one case: acts, rules, findings, proofs, and a page for people.
    #[command(after_help = bundle::EXAMPLES)]
    Bundle(bundle::BundleOptions),
    /// Copy a ledger, also while it is written.
    #[command(after_help = backup::BACKUP_EXAMPLES)]
    Backup(backup::BackupOptions),
    /// Make a ledger from a backup: every file compared, everything verified.
    #[command(after_help = backup::RESTORE_EXAMPLES)]
    Restore(backup::RestoreOptions),
    /// Cosign the checkpoints of other installations, so that they cannot rewrite their logs unseen.
    #[command(after_help = witness::EXAMPLES)]
    Witness(witness::WitnessCommand),
    /// Sign the checkpoints of one ledger in a process of its own, so that its service alone cannot rewrite a log.
    #[command(after_help = signer::EXAMPLES)]
    Signer(signer::SignerOptions),
    /// Measure speed and memory on this machine.
    #[command(subcommand, after_help = bench::EXAMPLES)]
    Bench(bench::BenchCommand),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write manual pages into a folder.
    Man {
        /// The folder; made when absent.
        folder: PathBuf,
    },
}

/// How a log is read; shared by every command that reads one.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadArguments {
    /// The format; told from name and content when not given.
    #[arg(long, value_enum)]
    pub(crate) format: Option<FormatName>,
    /// Pass over broken records and count them, instead of refusing the file.
    #[arg(long)]
    pub(crate) lenient: bool,
    /// Time zone of times written without an offset, for example Asia/Shanghai.
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// XES: the classifier that names the activity; concept:name when not given.
    #[arg(long, value_name = "NAME")]
    pub(crate) classifier: Option<String>,
    /// Tables: a saved column mapping (TOML).
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// Tables: the column of the case identifier.
    #[arg(long, value_name = "NAME")]
    pub(crate) case_column: Option<String>,
    /// Tables: the column of the activity.
    #[arg(long, value_name = "NAME")]
    pub(crate) activity_column: Option<String>,
    /// Tables: the column of the time.
    #[arg(long, value_name = "NAME")]
    pub(crate) time_column: Option<String>,
    /// Tables: the column of the arrival time.
    #[arg(long, value_name = "NAME")]
    pub(crate) arrival_column: Option<String>,
    /// Tables: a further object column, as COLUMN=TYPE or COLUMN=TYPE:QUALIFIER. May be repeated.
    #[arg(long, value_name = "COLUMN=TYPE")]
    pub(crate) object_column: Vec<String>,
    /// Tables: format of times in strftime notation.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) time_format: Option<String>,
    /// Tables: the field delimiter (one character, or "tab").
    #[arg(long, value_name = "CHARACTER")]
    pub(crate) delimiter: Option<String>,
    /// Tables: the character encoding, for example gb18030.
    #[arg(long, value_name = "LABEL")]
    pub(crate) encoding: Option<String>,
}

/// Formats by the names people use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum FormatName {
    /// XES 1.0 or 2.0.
    Xes,
    /// OCEL 2.0 JSON.
    OcelJson,
    /// OCEL 2.0 XML.
    OcelXml,
    /// OCEL 2.0 SQLite.
    OcelSqlite,
    /// Comma-separated and the like.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// CloudEvents, one JSON object a line.
    Cloudevents,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Xes => Self::Xes,
            FormatName::OcelJson => Self::OcelJson,
            FormatName::OcelXml => Self::OcelXml,
            FormatName::OcelSqlite => Self::OcelSqlite,
            FormatName::Csv => Self::Csv,
            FormatName::Parquet => Self::Parquet,
            FormatName::Cloudevents => Self::CloudEvents,
        }
    }
}

/// Which rules a log is held against.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
#[group(required = true, multiple = false)]
pub(crate) struct RuleArguments {
    /// A rule pack: its folder, or a single file.
    #[arg(long, value_name = "DIR")]
    pub(crate) pack: Option<PathBuf>,
    /// A Declare model.
    #[arg(long, value_name = "FILE")]
    pub(crate) decl: Option<PathBuf>,
    /// A flow: BPMN 2.0 or PNML.
    #[arg(long, value_name = "FILE")]
    pub(crate) flow: Option<PathBuf>,
}

/// How a log is judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judging")]
pub(crate) struct JudgingArguments {
    /// The moment of judgement, for example 2026-03-31 (the whole day, in the pack's zone) or
    /// 2026-03-31T17:00:00+08:00; the log's last event when not given.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
    /// Take every object to end there, as batch checkers do: what is still owed is a violation.
    #[arg(long)]
    pub(crate) finite: bool,
    /// The order in which an object's events are judged.
    #[arg(long, value_enum, default_value_t = OrderName::Time)]
    pub(crate) order: OrderName,
    /// Threads; the result is the same for any number.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
}

/// The order in which an object's events are judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum OrderName {
    /// By event time; equal instants by their order in the file.
    Time,
    /// By their order in the file.
    File,
}
