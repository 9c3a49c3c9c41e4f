//! Whatever the records and however they are committed, the views say what the model says.

use std::collections::BTreeSet;

use cage_model::{Date, FindingId, Grade, Instant};
use cage_store::{
    Commit, Direction, EventFilter, FigureFilter, FindingFilter, ObjectFilter, ObjectKey,
    Project as _, Query, Standing, StoreError,
};
use proptest::prelude::*;

use crate::model::{World, object, open, rule, world};

const ALL: usize = 1_000_000;

/// Cuts somewhere in the records.
fn cuts() -> impl Strategy<Value = BTreeSet<u64>> {
    prop::collection::btree_set(0..200_u64, 0..60)
}

fn filters(world: &World) -> Vec<EventFilter> {
    let mut filters = vec![EventFilter::default()];
    let with = |objects: &[ObjectKey]| EventFilter {
        objects: objects.to_vec(),
        ..EventFilter::default()
    };
    filters.extend((0..3).flat_map(|kind| (0..10).map(move |id| with(&[object(kind, id)]))));
    filters.extend(world.events().map(|(_, event)| with(&event.objects)));
    filters.push(with(&[object(0, 0), object(1, 0)]));
    filters.push(with(&[object(0, 0), object(1, 0), object(2, 3)]));
    filters.push(with(&[ObjectKey::new("nobody", "C1")]));
    for (kind, source, from, to) in [
        (Some("accept"), None, None, None),
        (Some("送检"), Some("window/1"), None, None),
        (None, Some("window/0"), Some(-1), Some(1)),
        (None, None, Some(1), None),
        (Some("absent"), None, None, None),
    ] {
        let of = EventFilter {
            objects: Vec::new(),
            kind: kind.map(str::to_owned),
            source: source.map(str::to_owned),
            from: from.map(Date),
            to: to.map(Date),
        };
        filters.push(EventFilter {
            objects: vec![object(0, 0)],
            ..of.clone()
        });
        filters.push(of);
    }
    filters
}

fn objects_equal(world: &World, query: &dyn Query) {
    for kind in 0..3 {
        for id in 0..10 {
            let key = object(kind, id);
            let filter = EventFilter {
                objects: vec![key.clone()],
                ..EventFilter::default()
            };
            let named = world.matching(&filter, Direction::Up);
            let row = query.object(&key).unwrap();
            let Some(row) = row else {
                assert!(named.is_empty(), "{key:?} is missing");
                continue;
            };
            let findings = world.findings().into_iter();
            let open =
                findings.filter(|row| row.standing == Standing::Open && row.last.object == key);
            assert_eq!(
                (row.first, row.last, row.events, row.open_findings),
                (
                    named[0],
                    named[named.len() - 1],
                    named.len() as u64,
                    open.count() as u64
                )
            );
        }
    }
}

fn findings_equal(world: &World, query: &dyn Query) {
    let all = world.findings();
    for (filter, wanted) in [
        (FindingFilter::default(), all.clone()),
        (
            FindingFilter {
                standing: Some(Standing::Withdrawn),
                ..FindingFilter::default()
            },
            all.iter()
                .filter(|row| row.standing == Standing::Withdrawn)
                .cloned()
                .collect(),
        ),
        (
            FindingFilter {
                pack: Some("p1".to_owned()),
                rule: Some(rule(1).rule),
                ..FindingFilter::default()
            },
            all.iter()
                .filter(|row| row.last.rule == rule(1))
                .cloned()
                .collect(),
        ),
        (
            FindingFilter {
                grade: Some(Grade::Block),
                from: Some(Instant(0)),
                ..FindingFilter::default()
            },
            all.iter()
                .filter(|row| row.last.rule.grade == Grade::Block && row.last.at >= Instant(0))
                .cloned()
                .collect(),
        ),
        (
            FindingFilter {
                object_type: Some(object(0, 1).kind),
                object_id: Some(object(0, 1).id),
                ..FindingFilter::default()
            },
            all.iter()
                .filter(|row| row.last.object == object(0, 1))
                .cloned()
                .collect(),
        ),
    ] {
        let mut found = query.findings(&filter, None, Direction::Down, ALL).unwrap();
        found.reverse();
        assert_eq!(found, wanted, "{filter:?}");
    }
    for row in &all {
        assert_eq!(query.finding(row.last.finding).unwrap().as_ref(), Some(row));
        let changes = world.changes().into_iter();
        let history: Vec<_> = changes
            .filter(|change| change.finding == row.last.finding)
            .collect();
        assert_eq!(query.history(row.last.finding, 0, ALL).unwrap(), history);
    }
    assert_eq!(query.finding(FindingId([99; 16])).unwrap(), None);
    let mut figures = query
        .finding_figures(&FigureFilter::default(), ALL)
        .unwrap();
    figures.sort_by(|one, other| (one.day, &one.rule).cmp(&(other.day, &other.rule)));
    assert_eq!(figures, world.finding_figures());
}

fn equal(world: &World, query: &dyn Query) {
    for filter in filters(world) {
        for direction in [Direction::Down, Direction::Up] {
            let found = query.events(&filter, None, direction, ALL).unwrap();
            assert_eq!(found, world.matching(&filter, direction), "{filter:?}");
        }
    }
    let figures = query.event_figures(&EventFilter::default(), ALL).unwrap();
    assert_eq!(figures, world.event_figures());
    // Every figure leads to the events behind it.
    for figure in figures {
        let filter = EventFilter {
            objects: Vec::new(),
            kind: Some(figure.kind),
            source: Some(figure.source),
            from: Some(figure.day),
            to: Some(figure.day),
        };
        let events = query.events(&filter, None, Direction::Up, ALL).unwrap();
        assert_eq!(events.len() as u64, figure.events);
    }
    objects_equal(world, query);
    findings_equal(world, query);
    assert_eq!(query.changes(0, ALL).unwrap(), world.changes());
    assert_eq!(query.packs().unwrap(), world.packs());
    let clocks: Vec<_> = (0..3)
        .flat_map(|kind| (0..10).map(move |id| object(kind, id)))
        .collect();
    let mut found: Vec<_> = clocks
        .iter()
        .flat_map(|object| query.clocks_of(object).unwrap())
        .collect();
    found.sort();
    assert_eq!(found, world.clocks());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn views_say_what_a_plain_list_says(world in world(120), one in cuts(), other in cuts()) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("views.sqlite");
        let (mut views, _) = open(&path);
        world.commit(&mut views, &one);
        equal(&world, &*views.query());
        let roots = views.query().roots().unwrap();
        // Other cuts, with a restart at each of them, give the same views.
        let path = place.path().join("other.sqlite");
        for next in &other {
            let (mut views, _) = open(&path);
            if *next <= world.len() && *next > views.position().records {
                let batch = world.batch(views.position().records, *next);
                views.commit(&batch).unwrap();
            }
        }
        let (mut views, _) = open(&path);
        world.commit(&mut views, &BTreeSet::new());
        equal(&world, &*views.query());
        prop_assert_eq!(views.query().roots().unwrap(), roots);
    }

    /// A commit that fails at its very end leaves nothing behind, and can be made again.
    #[test]
    fn what_fails_half_way_can_be_committed_again(world in world(60), cut in 0..60_u64) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("views.sqlite");
        let (mut views, _) = open(&path);
        let cut = cut.min(world.len());
        views.commit(&world.batch(0, cut)).unwrap();
        let before = views.query().roots().unwrap();
        let other = rusqlite::Connection::open(&path).unwrap();
        let stop = "CREATE TRIGGER stop BEFORE UPDATE ON place BEGIN SELECT RAISE(ABORT, 'stop'); END";
        other.execute_batch(stop).unwrap();
        let batch = world.batch(cut, world.len());
        if !batch.is_empty() {
            let failed = views.commit(&batch).unwrap_err();
            let is_of_the_database = matches!(failed, StoreError::Database { .. });
            prop_assert!(is_of_the_database, "{}", failed);
            prop_assert_eq!(views.position().records, cut);
            prop_assert_eq!(views.query().roots().unwrap(), before);
        }
        other.execute_batch("DROP TRIGGER stop").unwrap();
        views.commit(&batch).unwrap();
        equal(&world, &*views.query());
    }

    /// A runner that starts again from an older snapshot hands in records that are there already.
    #[test]
    fn batches_may_overlap_what_was_committed(world in world(60), pairs in prop::collection::vec((0..60_u64, 0..60_u64), 1..12)) {
        let place = tempfile::tempdir().unwrap();
        let (mut views, _) = open(&place.path().join("views.sqlite"));
        for (one, other) in pairs {
            let (first, next) = (one.min(other).min(world.len()), one.max(other).min(world.len()));
            let position = views.position();
            let batch = world.batch(first, next);
            match views.commit(&batch) {
                Ok(Commit::Known(at)) => prop_assert!(next <= position.records && at == position),
                Ok(Commit::Written(at)) => {
                    prop_assert!(first <= position.records && at.records == next);
                    prop_assert_eq!(views.commit(&batch).unwrap(), Commit::Known(at));
                }
                Err(StoreError::Gap { .. }) => prop_assert!(first > position.records),
                Err(error) => panic!("{error}"),
            }
        }
        let first = views.position().records;
        views.commit(&world.batch(first, world.len())).unwrap();
        equal(&world, &*views.query());
    }
}

#[test]
fn gaps_and_disorder_are_refused_and_leave_nothing_behind() {
    let place = tempfile::tempdir().unwrap();
    let (mut views, _) = open(&place.path().join("views.sqlite"));
    let world = World(Vec::new());
    let batch = cage_store::Batch::new(3);
    assert!(matches!(
        views.commit(&batch),
        Err(StoreError::Gap {
            first: 3,
            position: 0
        })
    ));
    let event = |record| cage_store::NewEvent {
        record,
        accepted: Instant(0),
        claimed: None,
        source: "s",
        kind: "k",
    };
    let mut batch = cage_store::Batch::new(0);
    batch.event(&event(2), [("case", "C1")]);
    batch.event(&event(2), []);
    assert!(matches!(
        views.commit(&batch),
        Err(StoreError::Disorder { record: 2, .. })
    ));
    let mut batch = world.batch(0, 0);
    batch.event(&event(0), [("case", "C1"), ("case", "C1")]);
    views.commit(&batch).unwrap();
    let row = views
        .query()
        .object(&ObjectKey::new("case", "C1"))
        .unwrap()
        .unwrap();
    assert_eq!((row.first, row.events), (0, 1), "named twice by one event");
}

#[test]
fn objects_are_listed_by_prefix_within_and_over_types() {
    let place = tempfile::tempdir().unwrap();
    let (mut views, _) = open(&place.path().join("views.sqlite"));
    let mut batch = cage_store::Batch::new(0);
    let keys = [
        ("plate", "贵A1"),
        ("case", "贵A"),
        ("case", "贵A10"),
        ("plate", "贵A"),
        ("case", "贵B"),
        ("case", "%"),
    ];
    for (record, key) in (0..).zip(keys) {
        let event = cage_store::NewEvent {
            record,
            accepted: Instant(0),
            claimed: None,
            source: "s",
            kind: "k",
        };
        batch.event(&event, [key]);
    }
    views.commit(&batch).unwrap();
    let query = views.query();
    for (kind, prefix, expected) in [
        (None, "贵A", "case:贵A plate:贵A plate:贵A1 case:贵A10"),
        (Some("case"), "贵A", "case:贵A case:贵A10"),
        (None, "%", "case:%"),
        (
            None,
            "贵",
            "case:贵A plate:贵A plate:贵A1 case:贵A10 case:贵B",
        ),
        (Some("absent"), "", ""),
        (Some("plate"), "", "plate:贵A plate:贵A1"),
    ] {
        for limit in [1, 2, 100] {
            let mut listed = Vec::new();
            let mut filter = ObjectFilter {
                kind: kind.map(str::to_owned),
                prefix: prefix.to_owned(),
                after: None,
            };
            loop {
                let page = query.objects(&filter, limit).unwrap();
                assert!(page.len() <= limit);
                let Some(last) = page.last() else { break };
                filter.after = Some(last.object.clone());
                listed.extend(
                    page.iter()
                        .map(|row| format!("{}:{}", row.object.kind, row.object.id)),
                );
            }
            assert_eq!(listed.join(" "), expected, "{prefix} {limit}");
        }
    }
}
