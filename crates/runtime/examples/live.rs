//! Measures live rules: memory, saving, loading, and events that come late.
//!
//! `live log LOG PACK [SAVED]` folds a log, `live office EVENTS PACK [SAVED]` the acts of a made-up office of
//! 2,500 officers, `live officer EVENTS PACK` those of one officer, and then late ones. `live load SAVED PACK` goes
//! on from what was saved: in a process that has nothing else, so that what it holds is the state.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant as Clock;

use cage_formats::{ReadOptions, Source};
use cage_model::{
    Decimal, EventBuffer, Instant, Interner, LogSink, RawValue, SinkError, Symbol, Time, Wanted,
};
use cage_pack::Program;
use cage_runtime::{Journal, Live};

/// A log in memory, with the interner that it was read with.
struct Log {
    events: Vec<EventBuffer>,
    names: Interner,
    wanted: Wanted,
}

impl LogSink for Log {
    fn wanted(&self) -> Wanted {
        self.wanted.clone()
    }

    fn event(&mut self, event: &EventBuffer, _names: &mut Interner) -> Result<(), SinkError> {
        self.events.push(event.clone());
        Ok(())
    }
}

impl Journal for Log {
    type Error = Infallible;

    fn read(
        &self,
        position: u64,
        names: &mut Interner,
        into: &mut EventBuffer,
    ) -> Result<(), Infallible> {
        into.clone_from(&self.events[position as usize]);
        let mut rename = |symbol: &mut Symbol| *symbol = names.intern(self.names.text(*symbol));
        rename(&mut into.activity);
        into.objects
            .iter_mut()
            .for_each(|row| rename(&mut row.kind));
        into.objects
            .iter_mut()
            .for_each(|row| rename(&mut row.qualifier));
        into.attributes
            .iter_mut()
            .for_each(|row| rename(&mut row.key));
        Ok(())
    }
}

/// The acts of an office, made when they are asked for.
struct Office {
    /// Officers, and cases that are open at once.
    officers: u64,
    open: u64,
    /// Acts from this one on are told of again, from so many acts before.
    late_from: u64,
    late_by: u64,
}

impl Journal for Office {
    type Error = Infallible;

    fn read(
        &self,
        position: u64,
        names: &mut Interner,
        into: &mut EventBuffer,
    ) -> Result<(), Infallible> {
        let steps = [
            "accept", "assign", "review", "expert", "decide", "notice", "pay", "archive",
        ];
        let number = if position >= self.late_from {
            position - self.late_by
        } else {
            position
        };
        let (block, within) = (number / (self.open * 8), number % (self.open * 8));
        let (step, case) = (within / self.open, block * self.open + within % self.open);
        into.clear();
        let unreviewed = case % 211 == 0 && step == 2;
        into.activity = names.intern(if unreviewed {
            "assign"
        } else {
            steps[step as usize]
        });
        into.time = Some(Time::new(moment(number), Some(480)));
        into.arrival = into.time;
        let (of_case, of_officer) = (names.intern("case"), names.intern("officer"));
        into.push_object(of_case, &format!("C0-{case}"), Symbol::EMPTY);
        let other = if step == 4 && case % 173 != 0 { 7 } else { 0 };
        let officer = (case + other) % self.officers;
        into.push_object(of_officer, &format!("P{officer}"), Symbol::EMPTY);
        let band = into.push_text(&(case % 5).to_string());
        into.push_attribute(names.intern("band"), 0, RawValue::Text(band));
        let fee = Decimal {
            mantissa: 1_250,
            scale: 2,
        };
        into.push_attribute(names.intern("fee"), 0, RawValue::Decimal(fee));
        Ok(())
    }
}

/// When an act of the office is done: one every 18 seconds.
fn moment(number: u64) -> Instant {
    Instant(1_700_000_000_000_000 + i64::try_from(number).unwrap() * 18_000_000)
}

/// Bytes that the process holds in memory (Linux).
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split_whitespace().nth(1);
    pages.and_then(|pages| pages.parse().ok()).unwrap_or(0) * 4_096
}

fn mega(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// Folds events up to a position.
fn fold<J: Journal<Error = Infallible>>(
    program: &Arc<Program>,
    journal: &J,
    (events, ticks): (u64, bool),
) -> Live {
    let mut live = Live::new(program).unwrap();
    let (start, mut changes) = (Clock::now(), 0);
    for position in 0..events {
        if ticks {
            changes += live.tick(Time::new(moment(position), Some(480))).len();
        }
        let Ok(changed) = live.event(position, journal);
        changes += changed.len();
    }
    println!(
        "{events} events in {:?}, {changes} changes",
        start.elapsed()
    );
    live
}

fn measure(program: &Arc<Program>, live: &Live, into: Option<&String>) {
    println!("{live:?}: {:.1} MB counted", mega(live.bytes()));
    let (start, mut bytes) = (Clock::now(), Vec::new());
    live.save(&mut bytes).unwrap();
    println!("saved {:.1} MB in {:?}", mega(bytes.len()), start.elapsed());
    let start = Clock::now();
    let loaded = Live::load(program, &bytes[..]).unwrap();
    println!(
        "loaded in {:?}: {:.1} MB counted",
        start.elapsed(),
        mega(loaded.bytes())
    );
    let start = Clock::now();
    assert_eq!(live.root(), loaded.root());
    println!("two roots in {:?}", start.elapsed());
    if let Some(path) = into {
        std::fs::write(path, bytes).unwrap();
    }
}

/// How long an event takes that comes some acts late.
fn late(live: &Live, events: u64) {
    for late_by in [1, 100, 1_000, 10_000, events / 2, events] {
        let journal = Office {
            officers: 1,
            open: 1_024,
            late_from: events,
            late_by,
        };
        let mut live = live.clone();
        let start = Clock::now();
        let Ok(changes) = live.event(events, &journal);
        println!(
            "an event {late_by} acts late: {:?}, {} changes",
            start.elapsed(),
            changes.len()
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, what, of, pack, ..] = &arguments[..] else {
        println!("live log|office|officer|load LOG|EVENTS|SAVED PACK [SAVED]");
        return;
    };
    let program = Arc::new(cage_pack::load(Path::new(pack)).unwrap().program);
    let into = arguments.get(4);
    match what.as_str() {
        "log" => {
            let live = Live::new(&program).unwrap();
            let mut log = Log {
                events: Vec::new(),
                names: Interner::new(),
                wanted: live.wanted(),
            };
            let mut names = Interner::new();
            let source = Source::Path(of.into());
            cage_formats::read(&source, &ReadOptions::default(), &mut names, &mut log).unwrap();
            log.names = names;
            let live = fold(&program, &log, (log.events.len() as u64, false));
            measure(&program, &live, into);
        }
        "load" => {
            let before = resident();
            let live = Live::load(
                &program,
                std::fs::File::open(of)
                    .map(std::io::BufReader::new)
                    .unwrap(),
            )
            .unwrap();
            let held = resident() - before;
            println!("{live:?}: {:.1} MB held by the process", mega(held));
        }
        _ => {
            let events = of.parse().unwrap();
            let office = Office {
                officers: if what == "officer" { 1 } else { 2_500 },
                open: 1_024,
                late_from: u64::MAX,
                late_by: 0,
            };
            let live = fold(&program, &office, (events, true));
            measure(&program, &live, into);
            if what == "officer" {
                late(&live, events);
            }
        }
    }
}
