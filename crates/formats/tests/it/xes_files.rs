//! Real XES files: what they hold, counted by others.

use cage_formats::ReadOptions;

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
