//! Measures the engine alone: no file, no projection, events in order of time over all objects,
//! as they would come live, or object by object. For `ironcage bench` and for tuning; judges nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cage_engine::{Engine, EventOrder, ObjectState, Projected, Projector};
use cage_formats::Source;
use cage_model::{Interner, SinkError, Time};
use cage_pack::Program;
use rustix::time::{ClockId, clock_gettime};

use crate::check::{CheckError, CheckOptions};
use crate::feed::{Feed, Fold};
use crate::shards::{Batch, Shard};
use crate::supply::{Files, Supply};

/// In which order the events of a log are folded. The findings do not depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrangement {
    /// In the order of time over all objects, as they would come live.
    Time,
    /// Object by object, so that each one's state is at hand: what is saved is the wait for memory.
    Objects,
}

/// What one run of the engine over a log in memory took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EngineMeasure {
    /// Events folded.
    pub events: u64,
    /// Rules judged.
    pub rules: usize,
    /// Time of this thread for the fold, evidence kept.
    pub fold: Duration,
    /// Time that passed meanwhile.
    pub passed: Duration,
    /// Time of this thread for judging what is open and counting the objects.
    pub end: Duration,
    /// Objects, each open from its first event to the end.
    pub objects: u64,
    /// Bytes held for objects after the last event, findings not counted.
    pub state_bytes: usize,
    /// Bytes held for the findings that the fold made.
    pub finding_bytes: usize,
    /// Findings made, those of the end included.
    pub findings: u64,
}

/// Measures the time that this thread runs, and the time that passes.
struct Clock {
    running: Duration,
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
        running().saturating_sub(self.running)
    }
}

/// How long this thread has run.
fn running() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(spent.tv_sec.unsigned_abs(), spent.tv_nsec as u32)
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
    (arrangement, rounds): (Arrangement, usize),
) -> Result<Vec<EngineMeasure>, CheckError> {
    let files = Files::new(sources, &options.read)?;
    let engine = Engine::new(Arc::clone(program), EventOrder::Time)?;
    let mut names = engine.names().clone();
    let mut recorder = Recorder::default();
    let empty = Projector::new(program);
    let mut feed = Feed::new(&mut recorder, empty, options.feed(false), &names);
    files.read(&mut names, &mut feed)?;
    let (census, projector) = feed.finish();
    let types = 0..program.object_types.len() as u16;
    let objects = types.map(|one| u64::from(projector.count(one))).sum();
    recorder.records.sort_by_key(|(time, sequence, event)| {
        let object = match arrangement {
            Arrangement::Time => None,
            Arrangement::Objects => event.objects.first().copied(),
        };
        (object, *time, *sequence)
    });
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
        let (fold, passed) = (start.elapsed(), start.passed.elapsed());
        let finding_bytes = shard.finding_bytes();
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
            passed,
            end: start.elapsed(),
            objects,
            state_bytes: found.bytes,
            finding_bytes,
            findings: findings.sum(),
        });
    }
    Ok(measures)
}
