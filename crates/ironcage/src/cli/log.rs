//! `ironcage log`: the logs of a ledger, read from its folder.

use std::fmt::Write as _;
use std::path::PathBuf;

use cage_ledger::{PlaceError, published_logs};
use clap::{Args, Subcommand};
use serde_json::json;

use super::failure::{Failure, Status};
use super::output::print;

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Example:
  ironcage log list --data ledger --json";

/// `ironcage log ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Name, folder, public key and published size of each log.
    List(ListOptions),
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

pub(crate) fn run(command: &LogCommand) -> Result<Status, Failure> {
    let LogCommand::List(options) = command;
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
