//! Views that cannot be used are moved beside and begun anew.

use std::fs;

use cage_store::{Owner, Project as _, SqliteViews, Start};

use crate::model::{World, open, owner};

fn some_records(views: &mut SqliteViews, count: u64) {
    let mut batch = World(Vec::new()).batch(0, 0);
    for record in 0..count {
        let event = cage_store::NewEvent {
            record,
            accepted: cage_model::Instant(0),
            claimed: None,
            source: "s",
            kind: "k",
        };
        let id = format!("C{record}");
        batch.event(&event, [("case", id.as_str())]);
    }
    views.commit(&batch).unwrap();
}

#[test]
fn what_is_not_ours_is_moved_beside_by_name() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("views.sqlite");
    let (mut views, start) = open(&path);
    assert_eq!(start, Start::Begun);
    some_records(&mut views, 500);
    drop(views);
    assert_eq!(open(&path).1, Start::Found);
    let other = |change: fn(&mut Owner)| {
        let mut other = owner(1_000);
        change(&mut other);
        other
    };
    for (number, (asked, expected)) in [
        (
            other(|owner| owner.ledger = "elsewhere".to_owned()),
            "of ledger.example/0151, not of elsewhere",
        ),
        (
            other(|owner| owner.records = 499),
            "they hold 500 records, the ledger has 499",
        ),
        (other(|owner| owner.offset_minutes = 0), "480 minutes east"),
    ]
    .into_iter()
    .enumerate()
    {
        let (views, start) = SqliteViews::open(&path, &asked).unwrap();
        let Start::Anew { moved_to, why } = start else {
            panic!("{start:?}")
        };
        assert!(why.contains(expected), "{why}");
        assert_eq!(views.position().records, 0);
        assert!(
            moved_to.ends_with(format!("views.sqlite.unused-{}", number + 1)) && moved_to.exists()
        );
        drop(views);
        let (mut views, _) =
            SqliteViews::anew(&path, &owner(1_000), "for the next round".to_owned()).unwrap();
        fs::remove_file(
            place
                .path()
                .join(format!("views.sqlite.unused-{}", number + 2)),
        )
        .unwrap();
        some_records(&mut views, 500);
    }
}

#[test]
fn what_is_damaged_is_moved_beside() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("views.sqlite");
    let (mut views, _) = open(&path);
    some_records(&mut views, 3_000);
    drop(views);
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() > 100_000);
    let mut cases: Vec<Vec<u8>> = vec![
        b"not a database, though it is long enough to be one".repeat(50),
        Vec::new(),
    ];
    cases.push(whole[..whole.len() / 2].to_vec());
    for page in [0, 1, 8, 20] {
        let mut damaged = whole.clone();
        damaged[page * 4_096..(page + 1) * 4_096].fill(0xa5);
        cases.push(damaged);
    }
    for (number, damaged) in cases.into_iter().enumerate() {
        fs::write(&path, &damaged).unwrap();
        let (mut views, start) = open(&path);
        let Start::Anew { moved_to, why } = start else {
            panic!("case {number}: {start:?}")
        };
        assert!(!why.is_empty());
        assert_eq!(fs::read(moved_to).unwrap(), damaged, "nothing is lost");
        some_records(&mut views, 10);
        assert_eq!(views.query().position().unwrap().records, 10);
        drop(views);
        assert!(!path.with_extension("sqlite-wal").exists(), "tidied up");
        fs::remove_file(&path).unwrap();
    }
}

/// Notes of moved clocks do not grow for ever: when they outgrow what is open, that is noted and they are dropped.
#[test]
fn notes_of_clocks_are_replaced_by_the_whole() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("views.sqlite");
    let (mut views, _) = open(&path);
    let long = "x".repeat(500);
    for commit in 0..40_u64 {
        let mut batch = cage_store::Batch::new(commit);
        batch.through(commit);
        batch.clocks = (0..500)
            .map(|object| cage_store::ObjectClocks {
                object: cage_store::ObjectKey::new("case", format!("{long}{object}")),
                pack: "p".to_owned(),
                clocks: vec![cage_store::Clock {
                    rule: "R".to_owned(),
                    trigger: Some(commit),
                    due: cage_model::Instant(commit as i64),
                    reminder: None,
                }],
            })
            .collect();
        views.commit(&batch).unwrap();
    }
    let all = |views: &SqliteViews| {
        let query = views.query();
        query.clocks(&cage_store::ClockFilter::default(), 1_000)
    };
    let before = all(&views).unwrap();
    assert!(before.len() == 500 && before[0].clocks[0].trigger == Some(39));
    drop(views);
    let notes = rusqlite::Connection::open(&path).unwrap();
    let count = "SELECT COUNT(*) FROM clock_note";
    let count: i64 = notes.query_row(count, [], |row| row.get(0)).unwrap();
    assert!(count < 20, "{count} notes of 40 commits");
    drop(notes);
    let (views, start) = open(&path);
    assert_eq!((start, all(&views).unwrap()), (Start::Found, before));
}
