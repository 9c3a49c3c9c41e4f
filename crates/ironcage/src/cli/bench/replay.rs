//! `bench replay`: a ledger of a year's acts judged anew, and started from its snapshot.

use std::path::PathBuf;
use std::sync::Arc;

use cage_gateway::one;
use cage_ledger::{Ledger, LedgerOptions, Reader};
use cage_model::{Instant, Time};
use cage_runner::{Runner, activation};
use cage_store::{Batch, Commit, Position, Project, Query, SqliteViews, StoreError};
use cage_web::IntakeOptions;
use clap::Args;

use super::Measuring;
use super::measure::{Job, Sample, Stopwatch};
use super::office::{SECONDS_APART, act};
use crate::cli::failure::Failure;
use crate::cli::output::Voice;
use crate::cli::rules::load_pack;
use crate::cli::station::{OFFSET_MINUTES, Station, owner};

/// `ironcage bench replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayBench {
    /// A rule pack that the acts are judged by.
    #[arg(long, value_name = "FOLDER")]
    pack: PathBuf,
    /// A folder for the ledger; one that an earlier run wrote there is used again.
    #[arg(long, value_name = "FOLDER")]
    on: PathBuf,
    /// How many acts.
    #[arg(long, value_name = "N", default_value_t = 1_737_769)]
    events: u64,
    #[command(flatten)]
    pub(super) measuring: Measuring,
}

/// Acts of one group.
const GROUP: u64 = 2_000;
/// Groups between two publications: a service publishes every second.
const PUBLISHED_EVERY: u64 = 50;
/// 2025-01-02 09:00 at +08:00, in milliseconds since 1970.
const BEGIN: u64 = 1_735_779_600_000;

impl ReplayBench {
    pub(super) fn jobs(&self, voice: &Voice) -> Vec<Job<'_>> {
        let voice = *voice;
        vec![
            Job::new("parse", "the acts read from JSON, and no more", || {
                self.parse()
            }),
            Job::new(
                "write",
                "the acts into a ledger, without rules",
                move || self.write(&voice),
            ),
            Job::new("read", "every record read, opened and compared", || {
                self.read()
            }),
            Job::new("fold", "everything judged anew, without views", || {
                self.replay(Views::Nowhere)
            }),
            Job::new(
                "replay",
                "everything judged anew, with views, from the first record",
                || self.replay(Views::Kept),
            ),
            Job::new(
                "build",
                "a first start, which makes views and snapshot",
                || self.start(Derived::None),
            ),
            Job::new("start", "a start with what the last one left", || {
                self.start(Derived::Kept)
            }),
        ]
    }

    fn folder(&self) -> PathBuf {
        self.on.join(format!("replay-{}", self.events))
    }

    fn options(&self) -> LedgerOptions {
        LedgerOptions::new(self.folder(), "bench.invalid", "bench")
    }

    fn parse(&self) -> Result<Sample, Failure> {
        let mut taken = 0_u64;
        let mut cpu = 0.0;
        let mut wall = 0.0;
        for group in 0..self.events.div_ceil(GROUP) {
            let text = batch(group * GROUP..((group + 1) * GROUP).min(self.events));
            let watch = Stopwatch::start();
            let read = cage_gateway::batch(text.as_bytes()).map_err(Failure::unreadable)?;
            taken += read.iter().filter(|event| event.is_ok()).count() as u64;
            let sample = watch.stop();
            cpu += sample.cpu_seconds();
            wall += sample.wall_seconds();
        }
        Ok(Sample::of(cpu, wall).with("events", taken))
    }

    fn write(&self, voice: &Voice) -> Result<Sample, Failure> {
        let folder = self.folder();
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(Failure::unreadable)?;
        }
        let loaded = load_pack(&self.pack, voice)?;
        let mut ledger = Ledger::open(self.options()).map_err(Failure::unreadable)?;
        let contents = cage_ledger::ContentStore::of(&folder);
        let event = activation(&loaded, &contents, BEGIN).map_err(Failure::unreadable)?;
        let watch = Stopwatch::start();
        let first = ledger.append(&[event.draft()], BEGIN);
        first.map_err(Failure::unreadable)?;
        let mut text = String::new();
        for group in 0..self.events.div_ceil(GROUP) {
            let mut drafts = Vec::with_capacity(GROUP as usize);
            let mut now = BEGIN;
            for number in group * GROUP..((group + 1) * GROUP).min(self.events) {
                now = BEGIN + number * SECONDS_APART * 1_000;
                text.clear();
                act(&mut text, 1, number, Some(&time_of(number)));
                let incoming = one(text.as_bytes()).map_err(Failure::unreadable)?;
                drafts.push(incoming.draft);
            }
            ledger
                .append(&drafts, now + 1_000)
                .map_err(Failure::unreadable)?;
            if (group + 1).is_multiple_of(PUBLISHED_EVERY) {
                ledger.publish().map_err(Failure::unreadable)?;
            }
        }
        ledger.publish().map_err(Failure::unreadable)?;
        Ok(watch.stop().with("events", self.events))
    }

    fn read(&self) -> Result<Sample, Failure> {
        let watch = Stopwatch::start();
        let reader = Reader::open(&self.folder()).map_err(Failure::unreadable)?;
        for record in 0..reader.records() {
            reader.record(record).map_err(Failure::unreadable)?;
        }
        Ok(watch.stop().with("records", reader.records()))
    }

    fn replay(&self, views: Views) -> Result<Sample, Failure> {
        let work = tempfile::tempdir_in(&self.on).map_err(Failure::unreadable)?;
        let watch = Stopwatch::start();
        let reader = Reader::open(&self.folder()).map_err(Failure::unreadable)?;
        let file = work.path().join("views.sqlite");
        let owner = owner(reader.place(), reader.records());
        let (kept, _) = SqliteViews::open(&file, &owner).map_err(Failure::unreadable)?;
        let views: Box<dyn Project> = match views {
            Views::Kept => Box::new(kept),
            Views::Nowhere => Box::new(Unwritten {
                position: kept.position(),
                kept,
            }),
        };
        let contents = cage_ledger::ContentStore::of(&self.folder());
        let mut runner = Runner::new(contents, views, OFFSET_MINUTES);
        let until = reader.records();
        runner
            .fold_ahead(&reader, until, &mut |_| {})
            .map_err(Failure::unreadable)?;
        let sample = watch.stop();
        let bytes =
            std::fs::metadata(work.path().join("views.sqlite")).map_or(0, |file| file.len());
        Ok(sample
            .with("records", runner.records())
            .with("changes", runner.changes())
            .with("megabytes_of_views", bytes >> 20))
    }

    /// One start and stop: what it took until the service could answer.
    fn start(&self, derived: Derived) -> Result<Sample, Failure> {
        let folder = self.folder().join("derived");
        match (derived, folder.exists()) {
            (Derived::None, true) => {
                std::fs::remove_dir_all(&folder).map_err(Failure::unreadable)?;
            }
            (Derived::None, false) | (Derived::Kept, true) => {}
            // Where this job runs alone, somebody must have built them.
            (Derived::Kept, false) => drop(self.start(Derived::None)?),
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(Failure::unreadable)?;
        runtime.block_on(async {
            let watch = Stopwatch::start();
            let ledger = Ledger::open(self.options()).map_err(Failure::unreadable)?;
            let records = ledger.records();
            let Station {
                committer,
                writer,
                following,
                service,
            } = Station::start(ledger, &[], &IntakeOptions::default())?;
            let sample = watch.stop().with("records", records);
            committer.stop();
            let ended = tokio::task::spawn_blocking(move || writer.join()).await;
            drop(service);
            following
                .await
                .map_err(Failure::unreadable)?
                .map_err(Failure::unreadable)?;
            match ended {
                Ok(Ok(Ok(()))) => Ok(sample),
                _ => Err(Failure::unreadable("the ledger's writer failed")),
            }
        })
    }
}

/// What is there of views and snapshots before a start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Derived {
    None,
    Kept,
}

/// Whether views are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Views {
    Kept,
    Nowhere,
}

/// Views that take everything and write nothing.
#[derive(Debug)]
struct Unwritten {
    kept: SqliteViews,
    position: Position,
}

impl Project for Unwritten {
    fn position(&self) -> Position {
        self.position
    }

    fn commit(&mut self, batch: &Batch) -> Result<Commit, StoreError> {
        self.position.records = batch.next();
        Ok(Commit::Written(self.position))
    }

    fn forget(&mut self, jump: u64) -> Result<(), StoreError> {
        self.position = Position {
            records: 0,
            changes: jump,
        };
        Ok(())
    }

    fn query(&self) -> Arc<dyn Query> {
        self.kept.query()
    }
}

/// Acts as one batch of CloudEvents.
fn batch(numbers: std::ops::Range<u64>) -> String {
    let mut text = String::new();
    for number in numbers {
        text.push(if text.is_empty() { '[' } else { ',' });
        act(&mut text, 1, number, Some(&time_of(number)));
    }
    text.push(']');
    text
}

/// When an act happened.
fn time_of(number: u64) -> String {
    let at = BEGIN + number * SECONDS_APART * 1_000;
    Time::new(Instant(at as i64 * 1_000), Some(OFFSET_MINUTES)).to_string()
}
