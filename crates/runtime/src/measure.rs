//! Measures the engine alone: no file, no projection, events in order of time over all objects,
//! as they would come live. For `ironcage bench` and for tuning; judges nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cage_engine::{Engine, EventOrder, ObjectState, Projected, Projector};
use cage_formats::Source;
use cage_model::{Interner, SinkError, Time};
use cage_pack::Program;

use crate::check::{CheckError, CheckOptions};
use crate::feed::{Feed, Fold};
use crate::shards::{Batch, Shard};
use crate::supply::{Files, Supply};

/// What one run of the engine over a log in memory took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EngineMeasure {
    /// Events folded.
    pub events: u64,
    /// Rules judged.
    pub rules: usize,
    /// Time of this thread for the fold, evidence kept.
    pub fold: Duration,
    /// Time of this thread for judging what is open and counting the objects.
    pub end: Duration,
    /// Bytes held for objects after the last event, findings not counted.
    pub state_bytes: usize,
    /// Findings made.
    pub findings: u64,
}

/// Measures the time that this thread runs, where the system says so (Linux); otherwise the time
/// that passes.
struct Clock {
    running: Option<Duration>,
    passed: Instant,
}

impl Clock {
    fn start() -> Self {
        Self {
            running: running(),
            passed: Instant::now(),
        }
    }

    fn elapsed(&self) -> Duration {
        match (running(), self.running) {
            (Some(now), Some(before)) => now.saturating_sub(before),
            _ => self.passed.elapsed(),
        }
    }
}

/// How long this thread has run.
fn running() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Events kept in memory.
#[derive(Default)]
struct Recorder {
    records: Vec<(Option<Time>, u64, Projected)>,
    states: Vec<ObjectState>,
}

impl Fold for Recorder {
    fn event(
        &mut self,
        sequence: u64,
        event: &Projected,
        _names: &Interner,
    ) -> Result<(), SinkError> {
        self.records.push((event.time, sequence, event.clone()));
        Ok(())
    }

    fn state(
        &mut self,
        _sequence: u64,
        state: &ObjectState,
        _names: &Interner,
    ) -> Result<(), SinkError> {
        self.states.push(state.clone());
        Ok(())
    }
}

/// Reads the logs once, then folds their events `rounds` times and gives every measurement.
///
/// # Errors
/// As [`crate::check`].
pub fn measure_engine(
    program: &Arc<Program>,
    sources: &[Source],
    options: &CheckOptions,
    rounds: usize,
) -> Result<Vec<EngineMeasure>, CheckError> {
    let files = Files::new(sources, &options.read)?;
    let engine = Engine::new(Arc::clone(program), EventOrder::Time)?;
    let mut names = engine.names().clone();
    let mut recorder = Recorder::default();
    let projector = Projector::new(program);
    let mut feed = Feed::new(&mut recorder, projector, options.feed(false), &names);
    files.read(&mut names, &mut feed)?;
    let (census, _) = feed.finish();
    recorder.records.sort_by_key(|record| (record.0, record.1));
    let mut batch = Batch::default();
    for state in &recorder.states {
        batch.push_state(0, state);
    }
    for (_, sequence, event) in &recorder.records {
        batch.push(*sequence, event);
    }
    drop(recorder);
    let now = options.as_of.or(census.last);
    let now = now.unwrap_or(Time::new(cage_model::Instant(0), None));
    let mut measures = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let mut shard = Shard::new(engine.clone(), 0, 1);
        let start = Clock::start();
        batch.fold(&mut shard, &names);
        let fold = start.elapsed();
        let start = Clock::start();
        let found = shard.close(now, options.finite, &names);
        let findings = found
            .account
            .rules
            .iter()
            .map(|rule| rule.findings.len() as u64);
        measures.push(EngineMeasure {
            events: census.events,
            rules: program.rules.len(),
            fold,
            end: start.elapsed(),
            state_bytes: found.bytes,
            findings: findings.sum(),
        });
    }
    Ok(measures)
}
