//! `ironcage push`: hands whole log files in at a running service, and shows how far it is.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use ureq::Agent;
use ureq::http::Response;

use super::agent::agent;
use super::failure::{Failure, Status};
use super::fault::cannot_read;
use super::output::{Voice, message};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Example:
  ironcage push log.xes.gz --url http://127.0.0.1:8480";

/// How often the service is asked how far it is.
const ASKED_EVERY: Duration = Duration::from_millis(250);

/// `ironcage push`.
#[derive(Debug, Args)]
pub(crate) struct PushOptions {
    /// Log files: XES, OCEL 2.0, CSV, Parquet or CloudEvents, also gzipped. What was handed in before is known.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where the service listens.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480")]
    url: String,
    /// Columns of a table, as a TOML file; guessed when not given.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
}

/// What the service says of an upload.
#[derive(Debug, Deserialize)]
struct Progress {
    id: String,
    state: String,
    bytes_read: u64,
    events: u64,
    #[serde(default)]
    objects: u64,
    accepted: u64,
    known: u64,
    refused: u64,
    reason: Option<String>,
    #[serde(default)]
    notes: Vec<String>,
}

pub(crate) fn run(options: &PushOptions, voice: &Voice) -> Result<Status, Failure> {
    let agent = agent();
    let mut refused = 0;
    for file in &options.files {
        refused += push(&agent, file, options, voice)?;
    }
    Ok(if refused == 0 {
        Status::Clean
    } else {
        Status::Findings
    })
}

/// Hands in one file: how many of its records were refused.
fn push(agent: &Agent, file: &Path, options: &PushOptions, voice: &Voice) -> Result<u64, Failure> {
    let content = File::open(file).map_err(|error| cannot_read(file, &error))?;
    let bytes = content.metadata().map_or(0, |data| data.len());
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let base = options.url.trim_end_matches('/');
    let mut request = agent
        .post(format!("{base}/v1/uploads"))
        .query("name", &name);
    if let Some(mapping) = &options.mapping {
        let text =
            std::fs::read_to_string(mapping).map_err(|error| cannot_read(mapping, &error))?;
        request = request.query("mapping", text);
    }
    let bar = bar(bytes, voice);
    let mut progress = answer(request.send(content), base)?;
    while progress.state == "reading" {
        bar.set_position(progress.bytes_read);
        std::thread::sleep(ASKED_EVERY);
        let url = format!("{base}/v1/uploads/{}", progress.id);
        progress = answer(agent.get(url).call(), base)?;
    }
    bar.finish_and_clear();
    for note in &progress.notes {
        message(note);
    }
    if let Some(reason) = progress.reason {
        return Err(Failure::unreadable(format!("{}: {reason}", file.display())));
    }
    let Progress {
        events,
        objects,
        accepted,
        known,
        refused,
        ..
    } = progress;
    let (of_objects_zh, of_objects_en) = match objects {
        0 => (String::new(), String::new()),
        objects => (
            format!("、{objects} 条对象说明"),
            format!(" and {objects} descriptions of objects"),
        ),
    };
    voice.say(
        &format!("{name}：{events} 个事件{of_objects_zh}，新入账 {accepted}，已有 {known}，拒收 {refused}"),
        &format!("{name}: {events} events{of_objects_en}, {accepted} new, {known} known, {refused} refused"),
    );
    Ok(refused)
}

fn answer(
    answered: Result<Response<ureq::Body>, ureq::Error>,
    base: &str,
) -> Result<Progress, Failure> {
    let failed = |error: String| Failure::unreadable(format!("{base}: {error}"));
    let mut response = answered.map_err(|error| failed(error.to_string()))?;
    let text = response.body_mut().read_to_string();
    let text = text.map_err(|error| failed(error.to_string()))?;
    if !response.status().is_success() {
        let problem: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let detail = problem["detail"].as_str().unwrap_or(&text);
        return Err(failed(format!("{}: {detail}", response.status())));
    }
    serde_json::from_str(&text)
        .map_err(|error| failed(format!("no answer of an ironcage: {error}")))
}

fn bar(bytes: u64, voice: &Voice) -> ProgressBar {
    if voice.quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(bytes);
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
