//! How long the temporal profile takes: learning and checking over the road traffic log.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)] // The macros make functions; a bench may stop and say why.

use std::path::PathBuf;

use cage_formats::{ReadOptions, Source, read};
use cage_mine::{Profile, TraceCollector, Traces};
use cage_model::Interner;
use criterion::{Criterion, criterion_group, criterion_main};

fn traces() -> Option<Traces> {
    let root = std::env::var_os("CAGE_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let path = root.join("logs/road_traffic_fines.xes.gz");
    if !path.exists() {
        println!("skipped: no {}", path.display());
        return None;
    }
    let (mut names, mut collector) = (Interner::new(), TraceCollector::new("case"));
    let options = ReadOptions::default();
    read(&Source::Path(path), &options, &mut names, &mut collector).unwrap();
    Some(collector.finish())
}

fn profile(criterion: &mut Criterion) {
    let Some(traces) = traces() else { return };
    let learned = Profile::learn(&traces);
    let mut count = 0u64;
    learned.check(&traces, 300, &mut |_| count += 1);
    println!(
        "{} events, {} cases, {} pairs of activities, {count} deviations beyond three sigma",
        traces.events(),
        traces.len(),
        learned.pairs().count()
    );
    let mut group = criterion.benchmark_group("profile");
    group.sample_size(10);
    group.bench_function("learn", |bencher| bencher.iter(|| Profile::learn(&traces)));
    group.bench_function("check", |bencher| {
        bencher.iter(|| {
            let mut count = 0u64;
            learned.check(&traces, 300, &mut |_| count += 1);
            count
        });
    });
    group.finish();
}

criterion_group!(benches, profile);
criterion_main!(benches);
