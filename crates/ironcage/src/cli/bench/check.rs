//! `bench check`: reading, the engine alone, the check, a guard.

use std::hint::black_box;
use std::path::PathBuf;

use cage_formats::read;
use cage_model::{
    Date, EventBuffer, Interner, LogSink, ObjectBuffer, SinkError, Type, Value, Wanted,
};
use cage_pack::expr::{Environment, Expected, Known, Place, Role, Scope, compile};
use cage_runtime::{Arrangement, CheckOptions, measure_engine};
use clap::Args;

use super::Measuring;
use super::measure::{Job, Sample, Stopwatch};
use crate::cli::failure::Failure;
use crate::cli::fault::of_checking;
use crate::cli::output::Voice;
use crate::cli::reading::{read_options, source};
use crate::cli::rules::load_rules;
use crate::options::{ReadArguments, RuleArguments};

/// `ironcage bench check`.
#[derive(Debug, Args)]
pub(crate) struct CheckBench {
    /// The log, for example the road traffic fines.
    #[arg(value_name = "LOG")]
    log: PathBuf,
    #[command(flatten)]
    rules: RuleArguments,
    #[command(flatten)]
    pub(super) measuring: Measuring,
    #[command(flatten)]
    reading: ReadArguments,
}

/// A guard over two attributes, as the issue of speed states it.
const GUARD: &str = "when.amount >= 50.0 && when.article == 157";
/// How often the guard is asked in one run.
const GUARD_ROUNDS: u64 = 20_000_000;
/// How often the engine folds the log in one process.
const ENGINE_ROUNDS: usize = 5;

impl CheckBench {
    pub(super) fn jobs<'a>(&'a self, voice: &'a Voice) -> Vec<Job<'a>> {
        vec![
            Job::new("read", "read, all attributes typed", || self.read()),
            Job::new(
                "engine",
                "the engine alone, in order of time over all cases",
                || self.engine(Arrangement::Time, voice),
            ),
            Job::new("engine_by_case", "the same, case by case", || {
                self.engine(Arrangement::Objects, voice)
            }),
            Job::new("check", "check, file to counts and evidence", || {
                self.check(1, voice)
            }),
            Job::new("check_two_threads", "the same on two threads", || {
                self.check(2, voice)
            }),
            Job::new("guard", format!("guard {GUARD}"), guard),
        ]
    }

    fn read(&self) -> Result<Sample, Failure> {
        let reading = read_options(&self.reading)?;
        let watch = Stopwatch::start();
        let mut taster = Taster::default();
        read(
            &source(&self.log),
            &reading,
            &mut Interner::new(),
            &mut taster,
        )
        .map_err(Failure::unreadable)?;
        Ok(watch
            .stop()
            .with("events", taster.events)
            .with("attributes", taster.attributes))
    }

    /// The fold of events in memory, evidence kept; the median of some rounds in one process.
    fn engine(&self, arrangement: Arrangement, voice: &Voice) -> Result<Sample, Failure> {
        let rules = load_rules(&self.rules, voice)?;
        let options = CheckOptions {
            read: read_options(&self.reading)?,
            ..CheckOptions::default()
        };
        let sources = [source(&self.log)];
        let how = (arrangement, ENGINE_ROUNDS);
        let mut rounds = measure_engine(&rules.program, &sources, &options, how)
            .map_err(|error| of_checking(&error))?;
        rounds.sort_by_key(|round| round.fold);
        let Some(round) = rounds.get(rounds.len() / 2) else {
            return Err(Failure::usage("the engine was not run"));
        };
        let (fold, passed) = (round.fold.as_secs_f64(), round.passed.as_secs_f64());
        let per_object = round.state_bytes as f64 / round.objects.max(1) as f64;
        Ok(Sample::of(fold, passed)
            .with("events", round.events)
            .with("rules", round.rules)
            .with("open_cases", round.objects)
            .with("findings", round.findings)
            .with("state_mb", megabytes(round.state_bytes))
            .with("state_bytes_each", per_object.round())
            .with("findings_mb", megabytes(round.finding_bytes))
            .with("end_seconds", round.end.as_secs_f64()))
    }

    fn check(&self, threads: usize, voice: &Voice) -> Result<Sample, Failure> {
        let rules = load_rules(&self.rules, voice)?;
        let options = CheckOptions {
            read: read_options(&self.reading)?,
            threads,
            ..CheckOptions::default()
        };
        let watch = Stopwatch::start();
        let outcome = cage_runtime::check(rules.program, &[source(&self.log)], &options)
            .map_err(|error| of_checking(&error))?;
        Ok(watch
            .stop()
            .with("events", outcome.log.events)
            .with("rules", outcome.rules.len())
            .with("findings", outcome.findings.len()))
    }
}

/// Rounded to a tenth.
fn megabytes(bytes: usize) -> f64 {
    (bytes as f64 / 100_000.0).round() / 10.0
}

/// Takes every record whole and keeps none.
#[derive(Default)]
struct Taster {
    events: u64,
    attributes: u64,
}

impl LogSink for Taster {
    fn wanted(&self) -> Wanted {
        Wanted::All
    }

    fn event(&mut self, event: &EventBuffer, _names: &mut Interner) -> Result<(), SinkError> {
        self.events += 1;
        self.attributes += black_box(event).attributes.len() as u64;
        Ok(())
    }

    fn object(&mut self, object: &ObjectBuffer, _names: &mut Interner) -> Result<(), SinkError> {
        self.attributes += black_box(object).attributes.len() as u64;
        Ok(())
    }
}

/// A guard with its slots set anew before each evaluation.
fn guard() -> Result<Sample, Failure> {
    let mut names = Interner::new();
    let (mut fields, mut captured) = (Vec::new(), Vec::new());
    let mut environment = Environment::new(&mut names, &mut fields, &mut captured);
    let known = vec![
        Known::attribute("amount", Some(Type::Float)),
        Known::attribute("article", Some(Type::Integer)),
    ];
    environment
        .roles
        .push(Role::declared("when", Place::Current, known));
    let expression = compile(GUARD, Expected::Condition, &mut environment)
        .map_err(|problems| Failure::usage(format!("{problems:?}")))?;
    let watch = Stopwatch::start();
    for round in 0..GUARD_ROUNDS {
        let slots = [
            Value::Float(20.0 + (round & 63) as f64),
            Value::Integer(150 + (round & 15) as i64),
        ];
        let scope = Scope {
            current: black_box(&slots),
            earlier: &[],
            object: &[],
            date: Date(0),
            names: &names,
        };
        black_box(expression.test(&scope));
    }
    let sample = watch.stop();
    let nanoseconds = sample.cpu_seconds() * 1e9 / GUARD_ROUNDS as f64;
    Ok(sample.with("nanoseconds_each", nanoseconds))
}
