//! Judges small logs by programs that were read from arbitrary bytes.

use std::path::Path;
use std::sync::Arc;

use cage_formats::{Format, ReadOptions, Source};
use cage_pack::Program;
use cage_runtime::{CheckOptions, Outcome, check, explain};

/// A small log with the activities a, b and c, for rules that name them.
pub(crate) const LOG: &str = "\
case,activity,time,n,who
1,a,2026-03-01T09:00:00+08:00,1,x
1,b,2026-03-02T09:00:00+08:00,2,y
1,c,2026-03-02T09:00:00+08:00,,x
2,b,0001-01-01T00:00:00Z,9223372036854775807,
2,a,9999-12-31T23:59:59Z,NaN,x
3,a,2026-03-01T09:00:00+08:00,0,z
3,a,2026-02-01T09:00:00+08:00,-1,z
";

/// Judges the log files, by one thread and by three. Threads change nothing, and every activation
/// has exactly one verdict.
///
/// # Panics
/// When that does not hold.
pub(crate) fn judge(program: &Arc<Program>, files: &[&Path], finite: bool) -> Option<Outcome> {
    let one = judged(program, files, finite, 1);
    let three = judged(program, files, finite, 3);
    assert_eq!(
        one.as_ref().map(tell),
        three.as_ref().map(tell),
        "one thread and three"
    );
    let one = one?;
    for rule in &one.rules {
        let tally = rule.activations;
        let told = tally.satisfied + tally.violated + tally.pending + tally.undecided;
        assert_eq!(tally.activated, told, "{}", rule.id);
    }
    story(program, files, &one);
    Some(one)
}

/// What an outcome says, as text.
pub(crate) fn tell(outcome: &Outcome) -> String {
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}",
        outcome.rules,
        outcome.findings,
        outcome.flows.len(),
        outcome.as_of
    )
}

fn judged(
    program: &Arc<Program>,
    files: &[&Path],
    finite: bool,
    threads: usize,
) -> Option<Outcome> {
    let options = options(finite, threads);
    check(Arc::clone(program), &sources(files), &options).ok()
}

/// The first object's story can be told.
fn story(program: &Arc<Program>, files: &[&Path], outcome: &Outcome) {
    let first = outcome.objects.iter().find_map(|table| {
        let id = table.ids.first()?;
        Some((outcome.names.text(table.kind), outcome.names.text(*id)))
    });
    if let Some((kind, id)) = first {
        let options = options(false, 1);
        let _ = explain(Arc::clone(program), &sources(files), &options, kind, id);
    }
}

fn sources(files: &[&Path]) -> Vec<Source> {
    files
        .iter()
        .map(|path| Source::Path(path.to_path_buf()))
        .collect()
}

fn options(finite: bool, threads: usize) -> CheckOptions {
    CheckOptions {
        read: ReadOptions {
            format: Some(Format::Csv),
            ..ReadOptions::default()
        },
        finite,
        threads,
        worst: 2,
        ..CheckOptions::default()
    }
}
