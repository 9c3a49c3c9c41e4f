//! How long optimal alignments take: the variants of two real logs, plain and with half of their
//! events disturbed, on nets mined from those logs; and wide parallel nets, where states multiply.
//!
//! Every measurement includes making the aligner, as a first check of a log does.

#![allow(missing_docs, clippy::unwrap_used)] // The macros make functions; a bench may stop.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cage_flow::{Aligner, Consume, Label, Limits, Net, Place, Transition, read_model};
use criterion::{Criterion, criterion_group, criterion_main};
use oorandom::Rand32;

fn shared(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var_os("CAGE_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    std::fs::read(root.join(path)).ok()
}

/// A net mined from a log, and the log's variants as labels of the net.
fn real(name: &str) -> Option<(Arc<Net>, Vec<Vec<Label>>)> {
    let path = format!("logs/alignments/{name}.pnml");
    let net = Arc::new(read_model(&path, &shared(&path)?).unwrap().net);
    let costs = shared(&format!("logs/alignments/{name}.costs.json"))?;
    let costs: serde_json::Value = serde_json::from_slice(&costs).unwrap();
    let label = |name: &serde_json::Value| {
        let found = net.labels.iter().position(|label| *name == **label);
        found.map_or(Label::FOREIGN, |index| Label(index as u32))
    };
    let variants = costs["per_variant"].as_array().unwrap().iter();
    let variants = variants.map(|variant| {
        let names = variant["variant"].as_array().unwrap();
        names.iter().map(label).collect()
    });
    let variants = variants.collect();
    Some((net, variants))
}

/// Each event is disturbed with a chance of one half: left out, moved behind the next one, or
/// followed by another activity.
fn disturb(trace: &[Label], labels: usize, chance: &mut Rand32) -> Vec<Label> {
    let mut noisy = Vec::new();
    for label in trace {
        match chance.rand_range(0..6) {
            0 => {}
            1 => {
                let last = noisy.pop();
                noisy.push(*label);
                noisy.extend(last);
            }
            2 => noisy.extend([*label, Label(chance.rand_range(0..labels as u32))]),
            _ => noisy.push(*label),
        }
    }
    noisy
}

fn costs(net: &Arc<Net>, traces: &[Vec<Label>]) -> u64 {
    let mut aligner = Aligner::new(Arc::clone(net), Limits::default()).unwrap();
    let cost = |trace: &Vec<Label>| u64::from(aligner.cost(trace).unwrap().optimal().unwrap());
    traces.iter().map(cost).sum()
}

fn moves(net: &Arc<Net>, traces: &[Vec<Label>]) -> usize {
    let mut aligner = Aligner::new(Arc::clone(net), Limits::default()).unwrap();
    let moves = |trace: &Vec<Label>| aligner.align(trace).unwrap().optimal().unwrap().moves.len();
    traces.iter().map(moves).sum()
}

fn logs(c: &mut Criterion) {
    for name in ["receipt_im02", "road_traffic_im02"] {
        let Some((net, variants)) = real(name) else {
            continue;
        };
        let mut chance = Rand32::new(0x000F_10E5);
        let noisy: Vec<Vec<Label>> = variants
            .iter()
            .map(|trace| disturb(trace, net.labels.len(), &mut chance))
            .collect();
        let mut group = c.benchmark_group(name);
        group.measurement_time(Duration::from_secs(3));
        group.bench_function("costs", |b| b.iter(|| costs(&net, &variants)));
        group.bench_function("alignments", |b| b.iter(|| moves(&net, &variants)));
        group.bench_function("costs, noisy", |b| b.iter(|| costs(&net, &noisy)));
        group.bench_function("alignments, noisy", |b| b.iter(|| moves(&net, &noisy)));
        group.finish();
    }
}

/// Parallel branches between a first and a last step, each a loop over one activity that may also
/// be left out: the shape that miners give to logs without order.
fn wide(branches: u32) -> Arc<Net> {
    let mut net = Net {
        labels: (0..branches + 2).map(|label| label.to_string()).collect(),
        places: 4 + 3 * branches,
        initial: vec![Place(0)],
        finals: vec![vec![Place(3)]],
        ..Net::default()
    };
    let inside = |branch: u32, part: u32| Place(4 + 3 * branch + part);
    let all = |part: u32| (0..branches).map(|branch| inside(branch, part)).collect();
    let mut add = |label: Option<u32>, takes: Vec<Place>, produce: Vec<Place>| {
        net.transitions.push(Transition {
            label: label.map(Label),
            element: None,
            consume: Consume::All(takes),
            produce,
            reset: Vec::new(),
        });
    };
    add(Some(branches), vec![Place(0)], vec![Place(1)]);
    add(None, vec![Place(1)], all(0));
    for branch in 0..branches {
        let [before, done, after] = [0, 1, 2].map(|part| inside(branch, part));
        add(Some(branch), vec![before], vec![done]);
        add(None, vec![before], vec![after]);
        add(None, vec![done], vec![before]);
        add(None, vec![done], vec![after]);
    }
    add(None, all(2), vec![Place(2)]);
    add(Some(branches + 1), vec![Place(2)], vec![Place(3)]);
    Arc::new(net)
}

fn parallel(c: &mut Criterion) {
    let mut group = c.benchmark_group("parallel");
    group
        .measurement_time(Duration::from_secs(3))
        .sample_size(10);
    for branches in [4, 6, 8] {
        let net = wide(branches);
        let mut chance = Rand32::new(0x000F_10E5);
        let traces: Vec<Vec<Label>> = (0..20)
            .map(|_| {
                let mut trace = vec![Label(branches)];
                trace.extend((0..12).map(|_| Label(chance.rand_range(0..branches))));
                trace.push(Label(branches + 1));
                disturb(&trace, net.labels.len(), &mut chance)
            })
            .collect();
        group.bench_function(format!("{branches} branches, noisy"), |b| {
            b.iter(|| costs(&net, &traces));
        });
    }
    group.finish();
}

criterion_group!(benches, logs, parallel);
criterion_main!(benches);
