//! The command line, as types.

use std::path::PathBuf;

use cage_formats::Format;
use clap::{Args, Parser, Subcommand, ValueEnum};

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
    #[arg(long, short, global = true)]
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
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckOptions),
    /// Tell one object's story with each rule's verdict and the alignment.
    #[command(after_help = "Example:\n  ironcage explain fines.xes.gz --pack packs/fines --object case:N77802")]
    Explain(ExplainOptions),
    /// Draft a rule pack from history, in shadow, with the evidence for each rule.
    #[command(after_help = "Example:\n  ironcage discover receipt.xes.gz -o drafts/receipt")]
    Discover(DiscoverOptions),
    /// Write a log in another format.
    #[command(after_help = "Example:\n  ironcage convert receipt.xes.gz receipt.parquet")]
    Convert(ConvertOptions),
    /// Count what is in a log.
    Stats(StatsOptions),
    /// Work on rule packs.
    #[command(subcommand)]
    Pack(PackCommand),
    /// Simulate a small permit office with planted wrongs, check it, and write a report.
    Demo(DemoOptions),
    /// Measure speed and memory on this machine.
    #[command(subcommand)]
    Bench(BenchCommand),
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

const CHECK_EXAMPLES: &str = "\
Examples:
  ironcage check fines.xes.gz --pack packs/road-traffic-fines --html report.html
  ironcage check sepsis.xes.gz --decl sepsis.decl --finite --json -
  ironcage check receipt.xes.gz --flow receipt.bpmn
  zcat events.csv.gz | ironcage check - --format csv --pack packs/fines --fail-on red";

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

/// `ironcage check`.
#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The logs; "-" is standard input. Several are judged as one.
    #[arg(required = true, value_name = "LOG")]
    pub(crate) logs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleArguments,
    #[command(flatten)]
    pub(crate) judging: JudgingArguments,
    /// Write the counts as JSON; "-" is standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the report as one self-contained HTML file.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write every finding; the ending chooses .csv, .jsonl, .xlsx or .parquet.
    #[arg(long, value_name = "FILE")]
    pub(crate) findings: Vec<PathBuf>,
    /// Exit with 1 when there are findings of at least this severity.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// Objects with the most findings whose whole story the report tells.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) worst: usize,
    #[command(flatten)]
    pub(crate) reading: ReadArguments,
}

/// How a log is judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judging")]
pub(crate) struct JudgingArguments {
    /// The moment of judgement, for example 2026-03-31 or 2026-03-31T17:00:00+08:00; the log's last
    /// event when not given.
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
    pub(crate) threads: Option<usize>,
}

/// The order in which an object's events are judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum OrderName {
    /// By event time; equal instants by their order in the file.
    Time,
    /// By their order in the file.
    File,
}

/// What makes a check fail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum)]
pub(crate) enum FailOn {
    /// Any finding, and any activation that could not be decided.
    Undecided,
    /// Any violation.
    Any,
    /// A violation of a yellow or red rule.
    Yellow,
    /// A violation of a red rule.
    Red,
}

/// `ironcage explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainOptions {
    /// The logs; "-" is standard input.
    #[arg(required = true, value_name = "LOG")]
    pub(crate) logs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleArguments,
    /// The object, as TYPE:ID, for example case:N77802.
    #[arg(long, value_name = "TYPE:ID")]
    pub(crate) object: String,
    #[command(flatten)]
    pub(crate) judging: JudgingArguments,
    #[command(flatten)]
    pub(crate) reading: ReadArguments,
}

/// `ironcage discover`.
#[derive(Debug, Args)]
pub(crate) struct DiscoverOptions {
    /// The log.
    #[arg(value_name = "LOG")]
    pub(crate) log: PathBuf,
    /// The folder of the draft pack; must not exist, or be empty.
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// The object type whose events form a trace.
    #[arg(long, default_value = "case")]
    pub(crate) per: String,
    /// Least share of cases, in percent, in which a constraint is triggered.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=100))]
    pub(crate) support: u64,
    /// Least share of activations, in percent, that fulfil a constraint.
    #[arg(long, default_value_t = 95, value_parser = clap::value_parser!(u64).range(0..=100))]
    pub(crate) confidence: u64,
    /// Share, in percent, below which the flow leaves behaviour out; 0 fits every case.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) noise: u32,
    #[command(flatten)]
    pub(crate) reading: ReadArguments,
}

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

/// `ironcage stats`.
#[derive(Debug, Args)]
pub(crate) struct StatsOptions {
    /// The log; "-" is standard input.
    pub(crate) log: PathBuf,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) reading: ReadArguments,
}

/// `ironcage pack ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum PackCommand {
    /// Check packs: every error at once, with file, line, column and suggestion.
    Check {
        /// The packs.
        #[arg(required = true, value_name = "DIR")]
        packs: Vec<PathBuf>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Run a pack's own tests with the real engine on a simulated clock.
    Test {
        /// The pack.
        #[arg(value_name = "DIR")]
        pack: PathBuf,
    },
    /// Name the rules that no test of the pack has fired, or has left silent.
    Coverage {
        /// The pack.
        #[arg(value_name = "DIR")]
        pack: PathBuf,
    },
    /// Write a pack's files in their canonical form.
    Fmt {
        /// The pack.
        #[arg(value_name = "DIR")]
        pack: PathBuf,
        /// Change nothing; fail when something would change.
        #[arg(long)]
        check: bool,
    },
    /// Write the pack as a page for lawyers (HTML).
    Doc {
        /// The pack.
        #[arg(value_name = "DIR")]
        pack: PathBuf,
        /// The file to write; "-" is standard output.
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
    /// Write the JSON Schemas of the pack files, for editors.
    Schema {
        /// The folder to write into.
        #[arg(long, short, value_name = "DIR")]
        output: PathBuf,
    },
}

/// `ironcage demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoOptions {
    /// Equal seeds give equal offices.
    #[arg(long, default_value_t = 2015)]
    pub(crate) seed: u64,
    /// How many citizens apply.
    #[arg(long, default_value_t = 1_200)]
    pub(crate) cases: u32,
    /// Plant nothing.
    #[arg(long)]
    pub(crate) honest: bool,
    /// The folder for log, pack, truth and report.
    #[arg(long, short, default_value = "demo", value_name = "DIR")]
    pub(crate) output: PathBuf,
}

/// `ironcage bench ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Reading, the engine alone, the whole check, state and memory, on a log.
    Check {
        /// The log, for example the road traffic fines.
        #[arg(value_name = "LOG")]
        log: PathBuf,
        #[command(flatten)]
        rules: RuleArguments,
        /// How often each job is run; the median is printed.
        #[arg(long, default_value_t = 5)]
        runs: usize,
        #[command(flatten)]
        reading: ReadArguments,
    },
    /// Optimal alignments of a log with a model, plain and with noise.
    Align {
        /// The log.
        #[arg(value_name = "LOG")]
        log: PathBuf,
        /// The model: BPMN or PNML.
        #[arg(long, value_name = "FILE")]
        flow: PathBuf,
        /// Share of events, in percent, that noise inserts, removes or swaps.
        #[arg(long, default_value_t = 50)]
        noise: u32,
        #[command(flatten)]
        reading: ReadArguments,
    },
    /// The temporal profile: learn and check.
    Profile {
        /// The log.
        #[arg(value_name = "LOG")]
        log: PathBuf,
        #[command(flatten)]
        reading: ReadArguments,
    },
    /// Reading and writing the whole log, per format.
    Convert {
        /// The log.
        #[arg(value_name = "LOG")]
        log: PathBuf,
        #[command(flatten)]
        reading: ReadArguments,
    },
    /// Constant memory and linear time over generated events.
    Stream {
        /// How many events.
        #[arg(long, default_value_t = 50_000_000)]
        events: u64,
        /// The format of the generated stream.
        #[arg(long, value_enum, default_value_t = FormatName::Csv)]
        to: FormatName,
    },
}
