//! `ironcage rejects`: the queue of what was refused, of a running service or of a data folder.
//!
//! Looking is possible without a service. Whoever settles something leaves an entry in the ledger, so that goes
//! through the service alone.

mod queue;
mod words;

use std::io::Read as _;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::failure::{Failure, Status};
use super::fault::cannot_read;
use super::output::{Voice, print};
use queue::{Answered, Filter, Queue, Service};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage rejects list --data ledger
  ironcage rejects show 12
  ironcage rejects correct 12 corrected.json --by P7
  ironcage rejects replay --all --by P7";

/// `ironcage rejects ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum RejectsCommand {
    /// List what was refused: number, source, which field, and why.
    List(ListOptions),
    /// Show one with its text.
    Show(ShowOptions),
    /// Hand in a corrected event, which says what it corrects.
    Correct(CorrectOptions),
    /// Hand in again as it was: after a pack that declares it came into force, for example.
    Replay(ReplayOptions),
    /// Set one aside, with the reason.
    Dismiss(DismissOptions),
}

/// Where the queue is looked at.
#[derive(Debug, Args)]
pub(crate) struct WhereOptions {
    /// Where the service listens.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480")]
    url: String,
    /// Look at the queue of this ledger's folder instead, without a service.
    #[arg(long, value_name = "FOLDER", conflicts_with = "url")]
    data: Option<PathBuf>,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

/// Who settles something, and where.
#[derive(Debug, Args)]
pub(crate) struct SettlingOptions {
    /// Where the service listens.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480")]
    url: String,
    /// Who does it; it is kept in the ledger.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Print the answers as JSON.
    #[arg(long)]
    json: bool,
}

/// `ironcage rejects list`.
#[derive(Debug, Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    at: WhereOptions,
    /// Of this source alone.
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// In this state alone.
    #[arg(long, value_enum)]
    state: Option<StateName>,
    /// Only numbers behind this one.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

/// What became of something that was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum StateName {
    /// Nothing yet.
    Open,
    /// It was handed in again as it was.
    Replayed,
    /// It was corrected and handed in.
    Corrected,
    /// It was set aside.
    Dismissed,
}

impl StateName {
    const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Replayed => "replayed",
            Self::Corrected => "corrected",
            Self::Dismissed => "dismissed",
        }
    }
}

/// `ironcage rejects show`.
#[derive(Debug, Args)]
pub(crate) struct ShowOptions {
    /// Its number.
    number: u64,
    #[command(flatten)]
    at: WhereOptions,
}

/// `ironcage rejects correct`.
#[derive(Debug, Args)]
pub(crate) struct CorrectOptions {
    /// Its number.
    number: u64,
    /// The corrected event, a JSON file; "-" for standard input.
    event: PathBuf,
    #[command(flatten)]
    settling: SettlingOptions,
}

/// `ironcage rejects replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayOptions {
    /// Numbers.
    #[arg(
        value_name = "NUMBER",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    numbers: Vec<u64>,
    /// All that are open.
    #[arg(long)]
    all: bool,
    /// With --all: of this source alone.
    #[arg(long, value_name = "SOURCE", requires = "all")]
    source: Option<String>,
    #[command(flatten)]
    settling: SettlingOptions,
}

/// `ironcage rejects dismiss`.
#[derive(Debug, Args)]
pub(crate) struct DismissOptions {
    /// Its number.
    number: u64,
    /// Why; it is kept in the ledger.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    settling: SettlingOptions,
}

pub(crate) fn run(command: &RejectsCommand, voice: &Voice) -> Result<Status, Failure> {
    match command {
        RejectsCommand::List(options) => list(options, voice),
        RejectsCommand::Show(options) => show(options, voice),
        RejectsCommand::Correct(options) => correct(options, voice),
        RejectsCommand::Replay(options) => replay(options, voice),
        RejectsCommand::Dismiss(options) => dismiss(options, voice),
    }
}

fn list(options: &ListOptions, voice: &Voice) -> Result<Status, Failure> {
    let queue = Queue::at(&options.at.url, options.at.data.as_deref())?;
    let filter = Filter {
        source: options.source.as_deref(),
        state: options.state.map(StateName::word),
        after: options.after,
    };
    let listed = queue.list(&filter, options.limit)?;
    let text = if options.at.json {
        format!(
            "{:#}\n",
            json!({ "rejects": listed.rejects, "counts": listed.counts })
        )
    } else {
        words::list(&listed.rejects, voice)
    };
    print(&text)?;
    if !options.at.json && listed.has_more {
        voice.say(
            "还有更多：用 --after 或 --limit",
            "there are more: use --after or --limit",
        );
    }
    Ok(Status::Clean)
}

fn show(options: &ShowOptions, voice: &Voice) -> Result<Status, Failure> {
    let queue = Queue::at(&options.at.url, options.at.data.as_deref())?;
    let Some(reject) = queue.one(options.number)? else {
        let number = options.number;
        return Err(Failure::wrong_use(
            format!("没有第 {number} 件，或因太旧已清除"),
            format!("there is no reject {number}, or it is so old that it was dropped"),
        ));
    };
    let text = if options.at.json {
        format!("{reject:#}\n")
    } else {
        words::one(&reject, voice)
    };
    print(&text)?;
    Ok(Status::Clean)
}

fn correct(options: &CorrectOptions, voice: &Voice) -> Result<Status, Failure> {
    let mut text = String::new();
    let read = if options.event.as_os_str() == "-" {
        std::io::stdin().lock().read_to_string(&mut text)
    } else {
        std::fs::read_to_string(&options.event).map(|read| {
            text = read;
            text.len()
        })
    };
    read.map_err(|error| cannot_read(&options.event, &error))?;
    if text.trim().is_empty() {
        return Err(Failure::wrong_use(
            "没有内容：原样重交请用 rejects replay".to_owned(),
            "there is nothing in it; rejects replay hands in what was refused as it was".to_owned(),
        ));
    }
    let service = Service::new(&options.settling.url);
    let answered = service.replay(options.number, options.settling.by.as_deref(), &text)?;
    told(&[(options.number, answered)], &options.settling, voice)
}

fn replay(options: &ReplayOptions, voice: &Voice) -> Result<Status, Failure> {
    let service = Service::new(&options.settling.url);
    let numbers = if options.all {
        let filter = Filter {
            source: options.source.as_deref(),
            state: Some("open"),
            after: 0,
        };
        let listed = Queue::Of(Service::new(&options.settling.url)).list(&filter, usize::MAX)?;
        listed
            .rejects
            .iter()
            .filter_map(|reject| reject["number"].as_u64())
            .collect()
    } else {
        options.numbers.clone()
    };
    let mut all = Vec::new();
    for number in numbers {
        all.push((
            number,
            service.replay(number, options.settling.by.as_deref(), "")?,
        ));
    }
    told(&all, &options.settling, voice)
}

fn dismiss(options: &DismissOptions, voice: &Voice) -> Result<Status, Failure> {
    let service = Service::new(&options.settling.url);
    let by = options.settling.by.as_deref();
    let answered = service.dismiss(options.number, &options.reason, by)?;
    told(&[(options.number, answered)], &options.settling, voice)
}

/// Says what became of each; status 1 when one is still open.
fn told(
    all: &[(u64, Answered)],
    options: &SettlingOptions,
    voice: &Voice,
) -> Result<Status, Failure> {
    let settled = all
        .iter()
        .filter(|(_, answered)| answered.is_settled())
        .count();
    if options.json {
        let answers: Vec<Value> = all
            .iter()
            .map(|(number, answered)| {
                json!({ "reject": number, "settled": answered.is_settled(), "answer": answered.body })
            })
            .collect();
        print(&format!("{:#}\n", json!(answers)))?;
    } else {
        for (number, answered) in all {
            print(&words::answered(*number, answered, voice))?;
        }
        let count = all.len();
        voice.say(
            &format!("共 {count} 件，办结 {settled}"),
            &format!("{settled} of {count} settled"),
        );
    }
    Ok(if settled == all.len() {
        Status::Clean
    } else {
        Status::Findings
    })
}
