//! `ironcage log`: the logs of a ledger, read from its folder.

use std::fmt::Write as _;
use std::path::PathBuf;

use cage_ledger::{Compared, PlaceError, compare, published_logs};
use clap::{Args, Subcommand};
use serde_json::json;

use super::failure::{Failure, Status};
use super::output::{Voice, print};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage log list --data ledger --json
  ironcage log compare ledger/log/ledger.example/0151/2026/case copy-of-the-log";

/// `ironcage log ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Name, folder, public key and published size of each log.
    List(ListOptions),
    /// Where two published logs first differ; status 1 when they do.
    Compare(CompareOptions),
}

/// `ironcage log list`.
#[derive(Debug, Args)]
pub(crate) struct ListOptions {
    /// The ledger's folder.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

/// `ironcage log compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareOptions {
    /// The folder of a published log: the one with the `checkpoint` in it.
    one: PathBuf,
    /// The folder of the other.
    other: PathBuf,
}

pub(crate) fn run(command: &LogCommand, voice: &Voice) -> Result<Status, Failure> {
    match command {
        LogCommand::List(options) => list(options),
        LogCommand::Compare(options) => side_by_side(options, voice),
    }
}

fn side_by_side(options: &CompareOptions, voice: &Voice) -> Result<Status, Failure> {
    let compared = compare(&options.one, &options.other).map_err(Failure::unreadable)?;
    let (zh, en, status) = match compared {
        Compared::Same { common, sizes } => (
            format!("前 {common} 条相同；共 {} 条和 {} 条", sizes[0], sizes[1]),
            format!(
                "the first {common} entries are the same; {} and {} in all",
                sizes[0], sizes[1]
            ),
            Status::Clean,
        ),
        Compared::Differ { index, leaves, .. } => (
            format!("自第 {index} 条起不同：{} 和 {}", leaves[0], leaves[1]),
            format!(
                "entry {index} is the first that differs: {} and {}",
                leaves[0], leaves[1]
            ),
            Status::Findings,
        ),
    };
    print(&format!("{}\n", voice.choose(&zh, &en)))?;
    Ok(status)
}

fn list(options: &ListOptions) -> Result<Status, Failure> {
    let failed = |error: PlaceError| Failure::unreadable(error);
    let logs = published_logs(&options.data).map_err(failed)?;
    let text = if options.json {
        let listed: Vec<_> = logs
            .iter()
            .map(|log| {
                json!({
                    "origin": &*log.origin, "dir": log.folder.display().to_string(),
                    "vkey": log.key, "size": log.published,
                })
            })
            .collect();
        format!("{:#}\n", json!(listed))
    } else {
        let mut text = String::new();
        for log in &logs {
            let _ = writeln!(text, "{}  {}", log.published, log.key);
        }
        text
    };
    print(&text)?;
    Ok(Status::Clean)
}
