//! How long four eyes over all pairs take: four pairs of activities on the receipt log, events
//! projected beforehand, findings kept.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)] // The macros make functions; a bench may stop and say why.

use std::path::PathBuf;
use std::sync::Arc;

use cage_engine::{Engine, EventOrder, Projected, Projector};
use cage_formats::{ReadOptions, Source, read};
use cage_model::{EventBuffer, Interner, LogSink, SinkError, Time};
use criterion::{Criterion, criterion_group, criterion_main};

#[derive(Default)]
struct Kept(Vec<EventBuffer>);

impl LogSink for Kept {
    fn event(&mut self, event: &EventBuffer, _names: &mut Interner) -> Result<(), SinkError> {
        self.0.push(event.clone());
        Ok(())
    }
}

fn program() -> cage_pack::Program {
    let pack = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../benches/receipt-four-eyes.toml"
    );
    cage_pack::load(std::path::Path::new(pack)).unwrap().program
}

fn hands(criterion: &mut Criterion) {
    let root = std::env::var_os("CAGE_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let path = root.join("logs/receipt.xes.gz");
    if !path.exists() {
        println!("skipped: no {}", path.display());
        return;
    }
    let program = Arc::new(program());
    let engine = Engine::new(Arc::clone(&program), EventOrder::Time).unwrap();
    let (mut names, mut kept) = (engine.names().clone(), Kept::default());
    read(
        &Source::Path(path),
        &ReadOptions::default(),
        &mut names,
        &mut kept,
    )
    .unwrap();
    let mut projector = Projector::new(&program);
    let mut projected = Vec::new();
    for (position, event) in kept.0.iter().enumerate() {
        let mut one = Projected::default();
        projector.event(event, &mut names, &mut one);
        one.position = position as u64;
        projected.push(one);
    }
    let last: Time = kept.0.iter().filter_map(|event| event.time).max().unwrap();
    criterion.bench_function("four eyes, four pairs, receipt", |bencher| {
        bencher.iter(|| {
            let mut engine = engine.clone();
            for event in &projected {
                for (object_type, object) in &event.objects {
                    engine.step(&event.event(), *object_type, *object, &names);
                }
            }
            engine.close(last, false, &names)
        });
    });
}

criterion_group!(benches, hands);
criterion_main!(benches);
