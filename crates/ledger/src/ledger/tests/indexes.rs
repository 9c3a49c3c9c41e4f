//! Opening from the indexes of closed segments: the same ledger as from the segments, and never a wrong one.

use super::*;
use crate::ledger::index::index_path;
use crate::verify;

/// A ledger of many segments, all published but the last entries.
fn long(folder: &Path) -> Ledger {
    let mut ledger = open(folder);
    for from in (0..400).step_by(8) {
        ledger.append(&drafts(from..from + 8), NOW + from).unwrap();
        if from % 40 == 0 {
            ledger.tick(NOW + from).unwrap();
        }
        if from == 320 {
            ledger.publish().unwrap();
        }
    }
    ledger
}

fn segments(folder: &Path) -> u64 {
    let names = fs::read_dir(folder.join("wal")).unwrap();
    let names = names.map(|entry| entry.unwrap().path());
    names
        .filter(|path| path.extension().is_some_and(|end| end == "wal"))
        .count() as u64
}

/// Everything that a ledger answers.
fn said(ledger: &mut Ledger) -> (Vec<Stored>, Vec<LogState>, Vec<Appended>) {
    let records = (0..ledger.records()).map(|number| ledger.record(number).unwrap());
    let (records, logs) = (records.collect(), ledger.logs());
    let again = ledger.append(&drafts(0..400), NOW).unwrap();
    (records, logs, again)
}

#[test]
fn a_ledger_opened_from_indexes_is_the_one_that_was_closed() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = long(place.path());
    let before = said(&mut ledger);
    drop(ledger);
    assert!(segments(place.path()) > 5);
    let mut ledger = open(place.path());
    assert_eq!(ledger.indexes_made(), []);
    assert_eq!(said(&mut ledger), before);
    let entry = ledger.append(&[draft(400)], 0).unwrap();
    let Record::Entry { leaf, .. } = ledger.record(new(&entry[0]).record).unwrap().record else {
        panic!("an entry");
    };
    assert_eq!((leaf.sequence, leaf.accepted), (401, NOW + 392));
    ledger.publish().unwrap();
    drop(ledger);
    assert_eq!(verify(place.path()).faults, []);
}

#[test]
fn a_missing_damaged_or_foreign_index_is_made_again_and_said() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = long(place.path());
    let before = said(&mut ledger);
    drop(ledger);
    let wal = place.path().join("wal");
    let path = index_path(&wal, 2);
    let right = fs::read(&path).unwrap();
    let mut flipped = right.clone();
    flipped[100] ^= 4;
    let other = fs::read(index_path(&wal, 1)).unwrap();
    for (content, why) in [
        (None, IndexFault::Missing),
        (Some(Vec::new()), IndexFault::Damaged),
        (Some(right[..200].to_vec()), IndexFault::Damaged),
        (Some(flipped), IndexFault::Damaged),
        (Some(other), IndexFault::Foreign),
    ] {
        match content {
            Some(content) => {
                fs::write(&path, content).unwrap();
                assert_eq!(
                    verify(place.path()).faults[0].path,
                    Path::new("wal/000000000002.index")
                );
            }
            None => fs::remove_file(&path).unwrap(),
        }
        fs::write(path.with_extension("new"), b"half").unwrap();
        let mut ledger = open(place.path());
        assert_eq!(ledger.indexes_made(), [IndexMade { segment: 2, why }]);
        assert_eq!(fs::read(&path).unwrap(), right);
        assert_eq!(said(&mut ledger), before);
        drop(ledger);
        assert!(verify(place.path()).is_whole());
    }
}

/// An index with a right checksum that says what is not so is not believed against the published tiles.
#[test]
fn an_index_that_says_other_roots_is_not_believed() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = long(place.path());
    ledger.publish().unwrap();
    let before = said(&mut ledger);
    drop(ledger);
    let wal = place.path().join("wal");
    let node = open(place.path()).place().node();
    let last = segments(place.path()) - 2;
    let (mut index, end) =
        SegmentIndex::decode(&fs::read(index_path(&wal, last)).unwrap(), node).unwrap();
    for (_, root) in index.logs.values_mut() {
        root.0[0] ^= 1;
    }
    index.write(&wal, node, &end).unwrap();
    let mut ledger = open(place.path());
    let made = IndexMade {
        segment: last,
        why: IndexFault::Root,
    };
    assert_eq!(ledger.indexes_made(), [made]);
    assert_eq!(said(&mut ledger), before);
}

/// Section 2.8: another history in segments that nobody reads any more is still found at the start.
#[test]
fn a_fork_in_old_segments_with_indexes_of_its_own_is_not_opened() {
    let place = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    ledger.append(&drafts(0..10), NOW).unwrap();
    drop(ledger);
    copy_folder(place.path(), copy.path());
    for (folder, from) in [(place.path(), 1_000), (copy.path(), 2_000)] {
        let mut ledger = open(folder);
        for number in 0..30 {
            let from = from + number * 8;
            ledger.append(&drafts(from..from + 8), NOW).unwrap();
        }
        ledger.publish().unwrap();
    }
    copy_folder(&copy.path().join("wal"), &place.path().join("wal"));
    fs::copy(
        copy.path().join("vault/units"),
        place.path().join("vault/units"),
    )
    .unwrap();
    let error = Ledger::open(options(place.path())).err().unwrap();
    assert!(
        matches!(error, LedgerError::Fork { index: 10, .. }),
        "{error}"
    );
}

/// Everything that a reader answers.
fn read(reader: &Reader) -> (Vec<Stored>, Vec<LogState>) {
    let records = (0..reader.records()).map(|number| reader.record(number).unwrap());
    (records.collect(), reader.logs().unwrap())
}

/// What old segments hold is not looked at before it is asked for; without their indexes it is.
#[test]
fn a_reader_takes_old_segments_from_their_indexes() {
    let place = tempfile::tempdir().unwrap();
    let ledger = long(place.path());
    let records: Vec<Stored> = (0..ledger.records())
        .map(|number| ledger.record(number).unwrap())
        .collect();
    drop(ledger);
    let reader = Reader::open(place.path()).unwrap();
    let all = read(&reader);
    assert_eq!(all.0, records);
    assert_eq!((all.1[0].size, all.1[0].published), (400, 328));
    assert_eq!(reader.by_id(&draft(5).idempotency).unwrap(), Some(5));
    let wal = place.path().join("wal");
    let path = wal.join("000000000001.wal");
    let whole = fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle..middle + 600].fill(0x5a);
    fs::write(&path, damaged).unwrap();
    let reader = Reader::open(place.path()).unwrap();
    assert_eq!(reader.records(), records.len() as u64);
    let broken = (0..reader.records()).filter(|number| reader.record(*number).is_err());
    assert!((1..10).contains(&broken.count()));
    fs::remove_file(index_path(&wal, 1)).unwrap();
    let error = Reader::open(place.path()).unwrap_err().to_string();
    assert!(error.contains("000000000001.wal"), "{error}");
}

#[test]
fn a_reader_does_not_believe_indexes_that_the_checkpoints_do_not_extend() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = long(place.path());
    ledger.publish().unwrap();
    drop(ledger);
    let all = read(&Reader::open(place.path()).unwrap());
    let wal = place.path().join("wal");
    let node = Place::read(place.path()).unwrap().node();
    for change in [
        (|index: &mut SegmentIndex| index.logs.values_mut().for_each(|log| log.1.0[0] ^= 1))
            as fn(&mut SegmentIndex),
        |index| index.logs.values_mut().for_each(|log| log.0 -= 1),
        |index| index.logs.clear(),
        |index| index.first_record += 1,
    ] {
        let path = index_path(&wal, segments(place.path()) - 2);
        let right = fs::read(&path).unwrap();
        let (mut index, end) = SegmentIndex::decode(&right, node).unwrap();
        change(&mut index);
        index.write(&wal, node, &end).unwrap();
        assert_eq!(read(&Reader::open(place.path()).unwrap()), all);
        fs::write(&path, right).unwrap();
    }
    let checkpoint = place
        .path()
        .join("log/ledger.example/0151/2026/case/checkpoint");
    fs::remove_file(checkpoint).unwrap();
    let reader = Reader::open(place.path()).unwrap();
    assert_eq!(read(&reader).0, all.0);
}
