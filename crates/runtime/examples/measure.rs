//! Measures a check and the engine alone: `measure LOG RULES [THREADS [ROUNDS]]`, where RULES is
//! a pack or a `.decl` file.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use cage_formats::Source;
use cage_model::{EventBuffer, Interner, LogSink, SinkError, Wanted};
use cage_runtime::{Arrangement, CheckOptions, check, measure_engine};

struct Nothing;

impl LogSink for Nothing {
    fn wanted(&self) -> Wanted {
        Wanted::Names(Vec::new())
    }

    fn event(&mut self, _event: &EventBuffer, _names: &mut Interner) -> Result<(), SinkError> {
        Ok(())
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (log, rules) = (&arguments[1], &arguments[2]);
    let threads = arguments.get(3).map_or(1, |text| text.parse().unwrap());
    let rounds = arguments.get(4).map_or(5, |text| text.parse().unwrap());
    let program = if rules.ends_with(".decl") {
        cage_pack::decl::read(rules, &std::fs::read(rules).unwrap())
            .unwrap()
            .program
    } else {
        cage_pack::load(Path::new(rules)).unwrap().program
    };
    let program = Arc::new(program);
    let sources = [Source::Path(log.into())];
    let options = CheckOptions {
        threads,
        ..CheckOptions::default()
    };
    if rounds == 0 {
        let outcome = check(program, &sources, &options).unwrap();
        println!("{} findings", outcome.findings.len());
        return;
    }
    let start = Instant::now();
    cage_formats::read(
        &sources[0],
        &options.read,
        &mut Interner::new(),
        &mut Nothing,
    )
    .unwrap();
    println!("read alone       {:?}", start.elapsed());
    let start = Instant::now();
    let outcome = check(Arc::clone(&program), &sources, &options).unwrap();
    println!(
        "check, {threads} threads {:?}: {} events, {} findings, {} out of order",
        start.elapsed(),
        outcome.log.events,
        outcome.findings.len(),
        outcome.log.out_of_order
    );
    for rule in &outcome.rules {
        println!("  {:<60} {:?}", rule.id, rule.activations);
    }
    for notice in &outcome.notices {
        println!("  {:?} {}", notice.rule, notice.text.en);
    }
    let how = (Arrangement::Time, rounds);
    for measure in measure_engine(&program, &sources, &options, how).unwrap() {
        let rate = measure.events as f64 / (measure.fold + measure.end).as_secs_f64();
        println!("{measure:?} {:.2} M events/s", rate / 1e6);
    }
}
