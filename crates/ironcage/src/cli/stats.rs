//! `ironcage stats`: what is in a log.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use cage_formats::{ReadReport, read};
use cage_model::{EventBuffer, Interner, Keyed, LogSink, SinkError, Symbol, Time, Wanted};
use clap::Args;
use serde_json::json;

use super::failure::{Failure, Status};
use super::fault::of_reading;
use super::output::{Voice, print};
use super::progress::Progress;
use super::reading::{read_options, source};
use crate::options::ReadArguments;

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Example:
  ironcage stats receipt.xes.gz --json";

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

/// Counts what passes by.
#[derive(Default)]
struct Counter {
    events: u64,
    without_time: u64,
    first: Option<Time>,
    last: Option<Time>,
    activities: BTreeMap<Symbol, u64>,
    objects: BTreeMap<Symbol, Objects>,
}

/// The different objects of one type.
#[derive(Default)]
struct Objects {
    seen: Keyed<Box<str>, ()>,
    references: u64,
}

impl LogSink for Counter {
    fn wanted(&self) -> Wanted {
        Wanted::Names(Vec::new())
    }

    fn event(&mut self, event: &EventBuffer, _names: &mut Interner) -> Result<(), SinkError> {
        self.events += 1;
        *self.activities.entry(event.activity).or_default() += 1;
        match event.time {
            None => self.without_time += 1,
            Some(time) => {
                self.first = Some(self.first.map_or(time, |first| first.min(time)));
                self.last = Some(self.last.map_or(time, |last| last.max(time)));
            }
        }
        for row in &event.objects {
            let objects = self.objects.entry(row.kind).or_default();
            objects.references += 1;
            let id = event.text(row.id);
            if !objects.seen.contains_key(id) {
                objects.seen.insert(id.into(), ());
            }
        }
        Ok(())
    }
}

pub(crate) fn run(options: &StatsOptions, voice: &Voice) -> Result<Status, Failure> {
    let mut reading = read_options(&options.reading)?;
    let progress = Progress::over(std::slice::from_ref(&options.log), voice);
    reading.progress = Some(progress.counter());
    let (mut names, mut counter) = (Interner::new(), Counter::default());
    let report = read(&source(&options.log), &reading, &mut names, &mut counter)
        .map_err(|error| of_reading(&error))?;
    drop(progress);
    let text = if options.json {
        as_json(&counter, &report, &names)
    } else {
        as_text(&counter, &report, &names, voice)
    };
    print(&text).map(|()| Status::Clean)
}

/// Activities with their counts, the most frequent first.
fn by_frequency<'a>(counter: &Counter, names: &'a Interner) -> Vec<(&'a str, u64)> {
    let mut rows: Vec<_> = counter
        .activities
        .iter()
        .map(|(name, count)| (names.text(*name), *count))
        .collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    rows
}

fn as_json(counter: &Counter, report: &ReadReport, names: &Interner) -> String {
    let objects: serde_json::Map<String, serde_json::Value> = counter
        .objects
        .iter()
        .map(|(kind, objects)| (names.text(*kind).to_owned(), objects.seen.len().into()))
        .collect();
    let activities: serde_json::Map<String, serde_json::Value> = by_frequency(counter, names)
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count.into()))
        .collect();
    let value = json!({
        "events": counter.events,
        "objects": objects,
        "activities": activities,
        "first": counter.first.map(|time| time.to_string()),
        "last": counter.last.map(|time| time.to_string()),
        "without_time": counter.without_time,
        "skipped": report.skipped,
        "notes": report.notes,
    });
    format!("{value:#}\n")
}

fn as_text(counter: &Counter, report: &ReadReport, names: &Interner, voice: &Voice) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{:>12}  {}",
        counter.events,
        voice.choose("事件", "events")
    );
    if let (Some(first), Some(last)) = (counter.first, counter.last) {
        let _ = writeln!(text, "{:>12}  {first} – {last}", "");
    }
    if counter.without_time > 0 {
        let label = voice.choose("事件没有时间", "events without a time");
        let _ = writeln!(text, "{:>12}  {label}", counter.without_time);
    }
    let _ = writeln!(text, "\n{}", voice.choose("对象", "objects"));
    for (kind, objects) in &counter.objects {
        let (count, kind) = (objects.seen.len(), names.text(*kind));
        let label = voice.choose("次提及", "mentions");
        let _ = writeln!(
            text,
            "{count:>12}  {kind}  ({} {label})",
            objects.references
        );
    }
    let _ = writeln!(text, "\n{}", voice.choose("活动", "activities"));
    for (name, count) in by_frequency(counter, names) {
        let _ = writeln!(text, "{count:>12}  {name}");
    }
    for note in &report.notes {
        let _ = writeln!(text, "\n{note}");
    }
    for skipped in &report.first_skipped {
        let place = &skipped.place;
        let _ = writeln!(
            text,
            "{}:{}:{}: {}",
            skipped.file, place.line, place.column, skipped.reason
        );
    }
    text
}
