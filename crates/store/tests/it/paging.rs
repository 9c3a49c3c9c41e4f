//! Pages in turn while rows come in: nothing is lost, nothing comes twice.

use std::collections::BTreeSet;

use cage_store::{Direction, EventFilter, FindingFilter, FindingPlace, Project as _};
use proptest::prelude::*;

use crate::model::{object, open, world};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pages_show_everything_once_while_rows_come_in(world in world(150), limit in 1..6_usize, step in 1..30_u64) {
        let place = tempfile::tempdir().unwrap();
        let (mut views, _) = open(&place.path().join("views.sqlite"));
        let half = world.len() / 2;
        views.commit(&world.batch(0, half)).unwrap();
        let query = views.query();
        let mut changed = query.changed();
        let filter = EventFilter { objects: vec![object(0, 0)], ..EventFilter::default() };
        let all = FindingFilter::default();
        let then = query.events(&filter, None, Direction::Down, 1_000).unwrap();
        let findings_then: Vec<u64> = query.findings(&all, None, Direction::Down, 1_000).unwrap().iter().map(|row| row.opened).collect();
        let (mut up, mut down, mut down_findings, mut feed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        // One page of each, then some more records, until nothing more comes.
        loop {
            let first = views.position().records;
            let next = (first + step).min(world.len());
            let told_before = views.position().changes;
            views.commit(&world.batch(first, next)).unwrap();
            prop_assert_eq!(changed.has_changed().unwrap(), views.position().changes > told_before);
            prop_assert_eq!(*changed.borrow_and_update(), views.position().changes);
            let more_up = query.events(&filter, up.last().copied(), Direction::Up, limit).unwrap();
            let more_down = match down.last() {
                Some(last) => query.events(&filter, Some(*last), Direction::Down, limit).unwrap(),
                None => then.iter().copied().take(limit).collect(),
            };
            let place = down_findings.last().copied().or(findings_then.first().map(|first| first + 1));
            let more_findings = match place {
                Some(place) => query.findings(&all, Some(FindingPlace(place)), Direction::Down, limit).unwrap(),
                None => Vec::new(),
            };
            let more_feed = query.changes(feed.len() as u64, limit).unwrap();
            let is_over = more_up.is_empty() && more_down.is_empty() && more_findings.is_empty() && more_feed.is_empty();
            up.extend(more_up);
            down.extend(more_down);
            down_findings.extend(more_findings.iter().map(|row| row.opened));
            feed.extend(more_feed);
            if is_over && next == world.len() {
                break;
            }
        }
        prop_assert_eq!(up, world.matching(&filter, Direction::Up));
        prop_assert_eq!(down, then, "newest first, from where the list began");
        prop_assert_eq!(down_findings, findings_then);
        prop_assert_eq!(feed, world.changes());
    }

    /// A reader sees each commit whole or not at all.
    #[test]
    fn a_snapshot_has_whole_commits(world in world(80), cuts in prop::collection::btree_set(0..80_u64, 1..10)) {
        let place = tempfile::tempdir().unwrap();
        let (mut views, _) = open(&place.path().join("views.sqlite"));
        let query = views.query();
        let whole: BTreeSet<u64> = cuts.iter().copied().chain([0, world.len()]).collect();
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| loop {
                let records = query.position().unwrap().records;
                assert!(whole.contains(&records), "{records}");
                if records == world.len() {
                    break;
                }
            });
            world.commit(&mut views, &cuts);
            reading.join().unwrap();
        });
    }
}
