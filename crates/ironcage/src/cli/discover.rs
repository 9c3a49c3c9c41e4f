//! `ironcage discover`: a draft pack from history.

use std::path::{Path, PathBuf};

use cage_formats::read;
use cage_mine::{Options, TraceCollector, discover, draft};
use cage_model::Interner;
use clap::Args;

use super::failure::{Failure, Status, two};
use super::fault::of_reading;
use super::output::{Voice, make_folder, write};
use super::progress::Progress;
use super::reading::{read_options, source};
use crate::options::ReadArguments;

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Example:
  ironcage discover receipt.xes.gz -o drafts/receipt && ironcage pack check drafts/receipt";

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

pub(crate) fn run(options: &DiscoverOptions, voice: &Voice) -> Result<Status, Failure> {
    refuse_occupied(&options.output)?;
    let mut reading = read_options(&options.reading)?;
    let progress = Progress::over(std::slice::from_ref(&options.log), voice);
    reading.progress = Some(progress.counter());
    let (mut names, mut collector) = (Interner::new(), TraceCollector::new(&options.per));
    read(&source(&options.log), &reading, &mut names, &mut collector)
        .map_err(|error| of_reading(&error))?;
    drop(progress);
    let without_time = collector.without_time();
    let traces = collector.finish();
    if traces.is_empty() {
        let (log, per) = (options.log.display(), &options.per);
        return Err(Failure::Unreadable(two(
            format!("{log}：没有事件提到 {per} 类型的对象；`ironcage stats` 会列出有哪些类型"),
            format!(
                "{log}: no event names an object of type {per}; see `ironcage stats` for the types there are"
            ),
        )));
    }
    let discovered = discover(
        &traces,
        &Options {
            support_percent: options.support,
            confidence_percent: options.confidence,
            noise_percent: options.noise,
            ..Options::default()
        },
    );
    let id = options.output.file_name().map_or_else(
        || "draft".to_owned(),
        |name| {
            name.to_string_lossy()
                .to_lowercase()
                .replace([' ', '.', '_'], "-")
        },
    );
    let files = draft(&discovered, &traces, &options.per, &id);
    for file in &files {
        let path = options.output.join(&file.path);
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        write(&path, &file.content)?;
    }
    if without_time > 0 {
        voice.say(
            &format!("{without_time} 个事件没有时间，未计入"),
            &format!("{without_time} events state no time and were left out"),
        );
    }
    let shown = options.output.display();
    let (cases, variants) = (traces.len(), discovered.variants);
    let (rules, people) = (discovered.constraints.len(), discovered.separations.len());
    let (times, queues) = (discovered.durations.len(), discovered.queues.len());
    voice.say(
        &format!(
            "{cases} 个案件、{variants} 种走法；草拟约束 {rules} 条、时长 {times} 条、人员 {people} 条、\
             排队 {queues} 条和一张流程图，写入 {shown}（均为试运行，待人审定）"
        ),
        &format!(
            "{cases} cases in {variants} variants; drafted {rules} constraints, {times} durations, \
             {people} rules on people, {queues} queues and a flow into {shown} (all in shadow, for a \
             person to decide)"
        ),
    );
    Ok(Status::Clean)
}

/// A draft never mixes with what somebody wrote.
fn refuse_occupied(folder: &Path) -> Result<(), Failure> {
    let shown = folder.display();
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(Failure::wrong_use(
            format!("{shown} 不是空文件夹；草稿请另指一个新文件夹"),
            format!("{shown} is not empty; name a new folder for the draft"),
        )),
        Err(_) if folder.is_file() => Err(Failure::wrong_use(
            format!("{shown} 是文件；请指定文件夹"),
            format!("{shown} is a file; name a folder"),
        )),
        _ => Ok(()),
    }
}
