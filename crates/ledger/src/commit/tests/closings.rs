//! Closed segments are named in the admin log, so that not even a rewritten write-ahead log is taken for the old one.

use super::*;
use crate::ledger::{Record, is_of_segment, said_of_segment};
use crate::wal::{FrameKind, forgery::forge};

/// What a committer does with these batches; until so many segments are named.
fn run(folder: &Path, batches: std::ops::Range<u32>, named: u64) -> Vec<Kept> {
    let (told, heard) = channel();
    let ledger = Ledger::open(options(folder)).unwrap();
    let (committer, running) =
        Committer::start(ledger, move |kept| told.send(kept).unwrap()).unwrap();
    for batch in batches {
        let drafts = (0..20).map(|place| Draft {
            body: vec![7; 2_000],
            ..draft(place, batch)
        });
        let answer = committer.submit(drafts.collect()).unwrap();
        answer.recv().unwrap().unwrap();
    }
    let began = Instant::now();
    while committer
        .look(|ledger| ledger.unnamed_segment(0).unwrap())
        .map_or(u64::MAX, |(first, _)| first)
        < named
    {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "segments are named"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    committer.stop();
    running.join().unwrap().unwrap();
    heard.try_iter().collect()
}

#[test]
fn closed_segments_are_named_in_their_order_and_left_ones_after_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let kept = run(place.path(), 0..30, 2);
    let entries = kept.iter().filter(|kept| {
        matches!(kept, Kept::Entry(entry, draft)
        if entry.origin.ends_with("/admin") && draft.subject.starts_with("segment\u{1f}"))
    });
    assert!(entries.count() >= 2, "who follows hears of them");
    run(place.path(), 30..31, 4);
    let verified = verify(place.path());
    assert_eq!(verified.faults, []);
    assert!((4..=verified.closed_segments).contains(&verified.named_segments));
    let ledger = Ledger::open(options(place.path())).unwrap();
    let mut named = Vec::new();
    for number in 0..ledger.records() {
        let Record::Entry { leaf, body, .. } = ledger.record(number).unwrap().record else {
            continue;
        };
        if is_of_segment(&leaf) {
            named.push(said_of_segment(&body.unwrap()).unwrap());
        }
    }
    for (number, (segment, hash)) in (0..).zip(named) {
        let bytes = std::fs::read(place.path().join(format!("wal/{number:012}.wal"))).unwrap();
        assert_eq!((segment, hash), (number, cage_proof::Hash::sha256(&bytes)));
    }
}

/// The content of an erased case cannot be held against its leaf any more: only the segment's hash shows a change.
#[test]
fn a_rewritten_segment_is_found_though_everything_in_it_verifies() {
    let place = tempfile::tempdir().unwrap();
    run(place.path(), 0..12, 1);
    let mut ledger = Ledger::open(options(place.path())).unwrap();
    let unit = ledger.units().find("case:0").unwrap().unwrap();
    let order = Draft {
        subject: "order:1".to_owned(),
        ..draft(77, 77)
    };
    ledger.erase(unit, &order, 0).unwrap();
    ledger.publish().unwrap();
    drop(ledger);
    assert_eq!(verify(place.path()).faults, []);
    let mut changed = false;
    forge(&place.path().join("wal"), |segment, kind, payload| {
        if kind == FrameKind::Body && segment == 0 && payload.starts_with(&unit.0) && !changed {
            let last = payload.len() - 1;
            payload[last] ^= 1;
            changed = true;
        }
    });
    assert!(changed);
    // Whoever rewrites segments removes their indexes too: they are derived.
    for segment in 0..8 {
        let index = place.path().join(format!("wal/{segment:012}.index"));
        let _ = std::fs::remove_file(index);
    }
    let faults = verify(place.path()).faults;
    let [fault] = &faults[..] else {
        panic!("{faults:?}");
    };
    let said = "V7 wal/000000000000.wal: the admin log says that its SHA-256 is ";
    assert!(fault.to_string().starts_with(said), "{fault}");
}
