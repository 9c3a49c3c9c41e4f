//! Real XES files: what they hold, counted by others.

use cage_formats::{ReadOptions, write};

use crate::dump::{dump, first_difference};
use crate::shared::{load, shared};

/// Cases and events as `SOURCES.md` beside the data counts them.
#[test]
fn real_logs_have_the_cases_and_events_that_others_count() {
    for (name, cases, events) in [
        ("logs/running-example.xes", 6, 42),
        ("logs/roadtraffic100traces.xes", 100, 390),
        ("logs/receipt.xes.gz", 1_434, 8_577),
        ("logs/sepsis.xes.gz", 1_050, 15_214),
        ("logs/road_traffic_fines.xes.gz", 150_370, 561_470),
    ] {
        let Some(path) = shared(name) else {
            continue;
        };
        let (log, report) = load(path, &ReadOptions::default()).unwrap();
        let case = log.names.get("case").unwrap();
        let found = log
            .objects
            .iter()
            .filter(|object| object.kind == case)
            .count();
        assert_eq!(
            (found, log.events.len(), report.events),
            (cases, events, events as u64),
            "{name}"
        );
        assert_eq!(report.notes, Vec::<String>::new(), "{name}");
    }
}

/// What was written reads back as the same log, plain and compressed.
#[test]
fn real_logs_come_back_from_writing() {
    let folder = tempfile::tempdir().unwrap();
    for (name, ending) in [
        ("logs/running-example.xes", "xes"),
        ("logs/roadtraffic100traces.xes", "xes.gz"),
        ("logs/receipt.xes.gz", "xes.zst"),
        ("logs/sepsis.xes.gz", "xes.gz"),
    ] {
        let Some(path) = shared(name) else {
            continue;
        };
        let (log, _) = load(path, &ReadOptions::default()).unwrap();
        let written = folder.path().join(format!("log.{ending}"));
        let report = write(&log, &written, None).unwrap();
        assert_eq!(report.notes, Vec::<String>::new(), "{name}");
        let (mut back, report) = load(written, &ReadOptions::default()).unwrap();
        if log.header.root.is_empty() {
            // The standard demands a version, so the writer states one.
            back.header.root.clear();
        }
        assert_eq!(report.notes, Vec::<String>::new(), "{name}");
        assert_eq!(first_difference(&dump(&back), &dump(&log)), None, "{name}");
    }
}
