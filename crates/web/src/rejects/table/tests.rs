//! The queue's bounds: per source, over all, in bytes; and that the same is one row.

use super::*;

fn reject(source: &str, text: &str) -> NewReject {
    NewReject {
        source: source.to_owned(),
        id: None,
        pointer: "/time".to_owned(),
        reason: "must be a time".to_owned(),
        place: String::new(),
        length: text.len() as u64,
        head: text.as_bytes().to_vec(),
    }
}

fn table(folder: &Path, rows: u64, rows_per_source: u64, bytes: u64) -> Table {
    let options = RejectOptions {
        rows,
        rows_per_source,
        bytes,
        per_second: 1_000,
    };
    Table::open(&folder.join("rejects.sqlite"), options).unwrap()
}

fn texts(table: &Table) -> Vec<String> {
    let wanted = Wanted {
        limit: 1_000,
        ..Wanted::default()
    };
    let rejects = list(&table.connection, &wanted).unwrap();
    let text = |reject: &Reject| String::from_utf8(reject.head.clone()).unwrap();
    rejects.iter().map(text).collect()
}

#[test]
fn the_same_text_is_one_row_that_counts_how_often_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = table(folder.path(), 10, 10, 1_000);
    let twice = [reject("a", "x"), reject("a", "y"), reject("a", "x")];
    assert_eq!(table.add(&twice, &BTreeMap::new(), 5).unwrap(), [1, 2, 1]);
    assert_eq!(table.add(&twice[..1], &BTreeMap::new(), 9).unwrap(), [1]);
    assert_eq!(
        table
            .add(&[reject("b", "x")], &BTreeMap::new(), 9)
            .unwrap()
            .len(),
        1
    );
    let first = get(&table.connection, 1).unwrap().unwrap();
    assert_eq!((first.first_at, first.last_at, first.times), (5, 9, 3));
    let counts = counts(&table.connection).unwrap();
    assert_eq!((counts["a"].refused, counts["b"].refused), (4, 1));
}

/// A flood by one source pushes out its own rejects, nobody else's.
#[test]
fn a_source_has_so_many_and_the_oldest_goes() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = table(folder.path(), 100, 3, 1_000_000);
    queue
        .add(&[reject("quiet", "q")], &BTreeMap::new(), 1)
        .unwrap();
    for number in 0..20 {
        let flood = [reject("loud", &format!("l{number}"))];
        queue.add(&flood, &BTreeMap::new(), 2).unwrap();
    }
    let dropped = BTreeMap::from([("loud".to_owned(), 7)]);
    queue.add(&[], &dropped, 3).unwrap();
    assert_eq!(texts(&queue), ["q", "l17", "l18", "l19"]);
    let expected = Counts {
        refused: 27,
        dropped: 24,
    };
    assert_eq!(counts(&queue.connection).unwrap()["loud"], expected);
    let (rows, bytes) = (queue.rows, queue.bytes);
    drop(queue);
    let again = table(folder.path(), 100, 3, 1_000_000);
    assert_eq!(
        (again.rows, again.bytes),
        (rows, bytes),
        "what was counted is there"
    );
}

#[test]
fn rows_and_bytes_are_bounded_over_all_sources() {
    for (rows, bytes) in [(70, 1_000_000), (1_000, 700)] {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = table(folder.path(), rows, 50, bytes);
        for number in 0..400 {
            let text = format!("{number:010}");
            let one = [reject(&format!("s{number}"), &text)];
            queue.add(&one, &BTreeMap::new(), 1).unwrap();
            let held: u64 = texts(&queue).iter().map(|text| text.len() as u64).sum();
            assert!(queue.rows <= rows && held <= bytes && held == queue.bytes);
        }
        assert_eq!(texts(&queue).last().unwrap(), "0000000399");
    }
}

#[test]
fn one_is_settled_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = table(folder.path(), 10, 10, 1_000);
    queue.add(&[reject("a", "x")], &BTreeMap::new(), 5).unwrap();
    let settling = Settling {
        number: 1,
        state: State::Dismissed,
        at: 8,
        by: Some("P7".to_owned()),
        note: "a test of the device".to_owned(),
    };
    assert!(queue.settle(&settling).unwrap() && !queue.settle(&settling).unwrap());
    let settled = get(&queue.connection, 1).unwrap().unwrap();
    assert_eq!(
        (settled.state, settled.settled_at),
        (State::Dismissed, Some(8))
    );
    let open = Wanted {
        limit: 10,
        state: Some(State::Open),
        ..Wanted::default()
    };
    assert!(list(&queue.connection, &open).unwrap().is_empty());
}
