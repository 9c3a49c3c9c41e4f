//! The ledger as its users see it: what is acknowledged is kept, once, in order, provable, erasable.

mod indexes;

use std::fs;
use std::path::Path;

use cage_proof::{EntryKind, Policy, Receipt};

use super::*;
use crate::Stream;
use crate::units::UnitRef;

/// 2026-11-24T00:00:00Z.
const NOW: u64 = 1_795_478_400_000;

fn options(folder: &Path) -> LedgerOptions {
    LedgerOptions {
        segment_bytes: 16 << 10,
        ..LedgerOptions::new(folder.to_owned(), "ledger.example", "0151")
    }
}

fn open(folder: &Path) -> Ledger {
    Ledger::open(options(folder)).unwrap()
}

fn draft(number: u64) -> Draft {
    let mut idempotency = [0; 16];
    idempotency[..8].copy_from_slice(&number.to_be_bytes());
    Draft {
        stream: Stream::Case,
        kind: EntryKind::CaseStep,
        claimed: NOW - 1_000,
        subject: format!("case:{}", number % 7),
        erases: None,
        actor: "officer:Wang".to_owned(),
        action: number % 3,
        source: 9,
        idempotency,
        body: format!("step {number}").into_bytes(),
    }
}

fn drafts(numbers: std::ops::Range<u64>) -> Vec<Draft> {
    numbers.map(draft).collect()
}

fn new(appended: &Appended) -> &Entry {
    match appended {
        Appended::New(entry) => entry,
        other => panic!("{other:?}"),
    }
}

#[test]
fn entries_come_back_in_order_with_their_bodies_after_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    for from in (0..200).step_by(20) {
        let appended = ledger.append(&drafts(from..from + 20), NOW + from).unwrap();
        for (number, appended) in appended.iter().enumerate() {
            assert_eq!(new(appended).index, from + number as u64);
        }
    }
    ledger.tick(NOW + 5_000).unwrap();
    drop(ledger);
    let ledger = open(place.path());
    assert_eq!((ledger.records(), ledger.dropped()), (201, 0));
    for number in 0..200 {
        let Record::Entry {
            index, leaf, body, ..
        } = ledger.record(number).unwrap().record
        else {
            panic!("record {number} is an entry");
        };
        let expected = draft(number);
        assert_eq!(
            (index, leaf.sequence, body),
            (number, number + 1, Some(expected.body))
        );
        assert_eq!(
            ledger.units().label(UnitRef(leaf.case)).unwrap(),
            Some(expected.subject)
        );
    }
    assert_eq!(
        ledger.record(200).unwrap().record,
        Record::Tick(NOW + 5_000)
    );
    assert!(ledger.record(201).is_err());
}

/// Section 2.6, T-21: a retry gets its entry, other content under the same id is refused, over restarts too.
#[test]
fn a_retry_is_known_and_other_content_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    let first = new(&ledger.append(&[draft(1)], NOW).unwrap()[0]).clone();
    for restart in [false, true] {
        if restart {
            drop(ledger);
            ledger = open(place.path());
        }
        let changes: [fn(&mut Draft); 4] = [
            |draft| draft.body.push(b'!'),
            |draft| draft.action += 1,
            |draft| draft.claimed += 1,
            |draft| draft.subject.push('0'),
        ];
        let said = ledger.append(&[draft(1)], NOW + 7).unwrap();
        assert_eq!(said, [Appended::Known(first.clone())]);
        for change in changes {
            let mut other = draft(1);
            change(&mut other);
            let said = ledger.append(&[other], NOW + 7).unwrap();
            assert_eq!(said, [Appended::Refused(Refused::Conflict(first.clone()))]);
        }
    }
    let mut other = draft(2);
    other.body.push(b'!');
    let said = ledger.append(&[draft(2), draft(2), other], NOW).unwrap();
    let second = new(&said[0]).clone();
    assert_eq!(said[1], Appended::Known(second.clone()));
    assert_eq!(said[2], Appended::Refused(Refused::Conflict(second)));
    assert_eq!(ledger.records(), 2);
}

#[test]
fn what_is_too_long_is_refused_and_the_others_are_kept() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(LedgerOptions::new(
        place.path().to_owned(),
        "l.example",
        "1",
    ))
    .unwrap();
    let mut long = draft(2);
    long.body = vec![0; Draft::BODY_BYTES_MAX + 1];
    let said = ledger.append(&[draft(1), long, draft(3)], NOW).unwrap();
    assert_eq!((new(&said[0]).index, new(&said[2]).index), (0, 1));
    assert_eq!(
        said[1],
        Appended::Refused(Refused::TooLong { bytes: 65_537 })
    );
}

/// G-02: everybody with a receipt and the log's key can prove that the entry is in.
#[test]
fn a_receipt_and_a_proof_hold_with_the_public_keys_alone() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    let entries = ledger.append(&drafts(0..300), NOW).unwrap();
    let receipt = ledger.receipt(new(&entries[123])).unwrap().to_string();
    let key = [ledger.place().receipt_signer().unwrap().verifier().clone()];
    let receipt = Receipt::verify(receipt.as_bytes(), &key).unwrap();
    assert_eq!((receipt.index, receipt.accepted), (123, NOW));
    assert!(
        ledger.proof(&receipt.origin, 123).unwrap().is_none(),
        "not published yet"
    );
    let published = ledger.publish().unwrap();
    assert_eq!(published[0].size, 300);
    let proof = ledger.proof(&receipt.origin, 123).unwrap().unwrap();
    proof.prove(receipt.leaf).unwrap();
    let policy = Policy::of_log(ledger.place().log_keys().unwrap()[0].clone());
    assert_eq!(
        policy.check(&proof.note).unwrap().0.origin,
        "ledger.example/0151/2026/case"
    );
    assert!(ledger.publish().unwrap().is_empty(), "nothing grew");
    drop(ledger);
    let ledger = open(place.path());
    assert_eq!(ledger.logs()[0].published, 300);
    ledger
        .proof(&receipt.origin, 123)
        .unwrap()
        .unwrap()
        .prove(receipt.leaf)
        .unwrap();
}

/// Each year has its log, by the agency's clock and not by UTC.
#[test]
fn an_entry_goes_to_the_log_of_its_stream_and_year() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    let new_year_in_guiyang = 1_798_761_600_000 - 8 * 3_600_000; // 2027-01-01T00:00:00+08:00
    ledger.append(&[draft(1)], new_year_in_guiyang - 1).unwrap();
    ledger.append(&[draft(2)], new_year_in_guiyang).unwrap();
    ledger
        .append(
            &[Draft {
                stream: Stream::Access,
                kind: EntryKind::Access,
                ..draft(3)
            }],
            new_year_in_guiyang,
        )
        .unwrap();
    ledger.publish().unwrap();
    let logs: Vec<(String, u64)> = ledger
        .logs()
        .iter()
        .map(|log| (log.origin.to_string(), log.published))
        .collect();
    let expected = ["2026/case", "2027/case", "2027/access"]
        .map(|end| (format!("ledger.example/0151/{end}"), 1));
    assert_eq!(logs, expected);
}

/// The turn of the year: the old log ends with its seal, the new one begins with what it ended with; verification holds
/// both, and misses an anchor that is not there.
#[test]
fn a_year_is_sealed_and_the_next_is_anchored_in_it() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    let new_year = 1_798_761_600_000 - 8 * 3_600_000; // 2027-01-01T00:00:00+08:00
    ledger.append(&drafts(0..5), new_year - 1).unwrap();
    assert_eq!(ledger.next_of_turn(new_year - 1).unwrap(), None);
    let mut turned = Vec::new();
    while let Some(draft) = ledger.next_of_turn(new_year).unwrap() {
        turned.push(draft.kind);
        ledger.append(&[draft], new_year).unwrap();
        // A restart in between changes nothing.
        drop(ledger);
        ledger = open(place.path());
    }
    assert_eq!(turned, [EntryKind::Seal, EntryKind::Anchor]);
    ledger.append(&drafts(5..7), new_year + 1).unwrap();
    ledger.publish().unwrap();
    let sizes: Vec<u64> = ledger.logs().iter().map(|log| log.size).collect();
    assert_eq!(sizes, [6, 3]);
    drop(ledger);
    assert_eq!(crate::verify(place.path()).faults, []);
    let bare = tempfile::tempdir().unwrap();
    let mut ledger = open(bare.path());
    ledger.append(&[draft(1)], new_year - 1).unwrap();
    ledger.append(&[draft(2)], new_year).unwrap();
    ledger.publish().unwrap();
    drop(ledger);
    let faults = crate::verify(bare.path()).faults;
    assert!(
        faults[0].what.contains("does not begin with an anchor"),
        "{faults:?}"
    );
}

#[test]
fn accepted_times_never_go_back() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    ledger.append(&[draft(1)], NOW).unwrap();
    let back = ledger.append(&[draft(2)], NOW - 60_000).unwrap();
    assert_eq!(new(&back[0]).accepted, NOW);
    drop(ledger);
    let mut ledger = open(place.path());
    let back = ledger.append(&[draft(3)], 0).unwrap();
    assert_eq!(new(&back[0]).accepted, NOW);
}

/// G-17: after the key is destroyed the entry stands, its content is gone, and the log still verifies.
#[test]
fn an_erased_subject_stays_in_the_log_without_its_content() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    ledger.append(&drafts(0..14), NOW).unwrap();
    let unit = ledger.units().find("case:3").unwrap().unwrap();
    let keys = fs::read(place.path().join("vault/units")).unwrap();
    let order = Draft {
        subject: "order:1".to_owned(),
        ..draft(99)
    };
    ledger.erase(unit, &order, NOW).unwrap();
    assert!(ledger.erase(unit, &order, NOW).is_err(), "it is gone");
    ledger.publish().unwrap();
    drop(ledger);
    // A key store from before, as a backup would bring it back, forgets the key at the start.
    fs::write(place.path().join("vault/units"), keys).unwrap();
    let mut ledger = open(place.path());
    for number in 0..14 {
        let Record::Entry { body, .. } = ledger.record(number).unwrap().record else {
            panic!()
        };
        assert_eq!(body.is_none(), number % 7 == 3, "record {number}");
    }
    let said = ledger.append(&[draft(3)], NOW).unwrap();
    assert!(matches!(said[0], Appended::Refused(Refused::Erased(_))));
    assert_eq!(ledger.records(), 15);
}

/// Section 2.8: fewer entries than were signed, or others than were published: the ledger stays closed.
#[test]
fn a_rolled_back_or_forked_log_is_not_opened() {
    let place = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    ledger.append(&drafts(0..10), NOW).unwrap();
    drop(ledger);
    copy_folder(place.path(), copy.path());
    let mut ledger = open(place.path());
    ledger.append(&drafts(10..20), NOW).unwrap();
    ledger.publish().unwrap();
    drop(ledger);
    copy_folder(&copy.path().join("wal"), &place.path().join("wal"));
    let error = Ledger::open(options(place.path())).err().unwrap();
    assert!(
        matches!(
            error,
            LedgerError::Rollback {
                signed: 20,
                found: 10,
                ..
            }
        ),
        "{error}"
    );
    let mut ledger = open(copy.path());
    ledger.append(&drafts(30..45), NOW).unwrap();
    drop(ledger);
    copy_folder(&copy.path().join("wal"), &place.path().join("wal"));
    let error = Ledger::open(options(place.path())).err().unwrap();
    assert!(
        matches!(error, LedgerError::Fork { index: 10, .. }),
        "{error}"
    );
}

/// Section 2.4: a group that was torn is dropped whole; what was acknowledged is there.
#[test]
fn a_torn_group_is_dropped_and_the_ledger_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    ledger.append(&drafts(0..10), NOW).unwrap();
    let before = fs::read(place.path().join("wal/000000000000.wal")).unwrap();
    ledger.append(&drafts(10..15), NOW).unwrap();
    drop(ledger);
    let path = place.path().join("wal/000000000000.wal");
    let mut bytes = fs::read(&path).unwrap();
    let end = before.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[end + 300..].fill(0);
    fs::write(&path, bytes).unwrap();
    let mut ledger = open(place.path());
    assert_eq!(ledger.records(), 10);
    assert!(ledger.dropped() > 0);
    let again = ledger.append(&drafts(5..15), NOW).unwrap();
    assert!(
        again[..5]
            .iter()
            .all(|said| matches!(said, Appended::Known(_)))
    );
    assert_eq!(new(&again[5]).index, 10);
}

fn copy_folder(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Bundles and replays look while the ledger is written: the same records, never half a group, nothing changed.
#[test]
fn a_reader_beside_the_writer_sees_whole_groups_and_follows() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    ledger.append(&drafts(0..5), NOW).unwrap();
    let mut reader = Reader::open(place.path()).unwrap();
    assert_eq!(reader.records(), 5);
    for from in (5..400).step_by(5) {
        ledger.append(&drafts(from..from + 5), NOW + from).unwrap();
        if from % 50 == 0 {
            ledger.tick(NOW + from).unwrap();
            ledger.publish().unwrap();
            reader.refresh().unwrap();
            assert_eq!(reader.records(), ledger.records());
        }
    }
    ledger
        .append(
            &[Draft {
                stream: Stream::Access,
                ..draft(1_000)
            }],
            NOW + 500,
        )
        .unwrap();
    assert!(reader.refresh().unwrap() > 0);
    assert_eq!(reader.refresh().unwrap(), 0);
    for number in 0..ledger.records() {
        assert_eq!(
            reader.record(number).unwrap(),
            ledger.record(number).unwrap()
        );
    }
    let logs = reader.logs().unwrap();
    assert_eq!(
        (logs[0].size, logs[0].published, logs[1].size),
        (400, 355, 1)
    );
    let unit = reader.unit_of("case:3").unwrap().unwrap();
    assert_eq!(reader.label(unit).unwrap().as_deref(), Some("case:3"));
    let number = reader.by_id(&draft(3).idempotency).unwrap().unwrap();
    let Record::Entry {
        leaf, body, index, ..
    } = reader.record(number).unwrap().record
    else {
        panic!("record {number} is an entry");
    };
    let salt = reader.salt(unit, &leaf).unwrap().unwrap();
    assert_eq!(
        cage_proof::commitment(&salt, &body.unwrap()),
        leaf.commitment
    );
    let proof = reader.proof(&logs[0].origin, index).unwrap().unwrap();
    proof.prove(cage_proof::Hash::leaf(&leaf.encode())).unwrap();
    assert!(
        reader.proof(&logs[0].origin, 399).unwrap().is_none(),
        "not published yet"
    );
    let order = Draft {
        subject: "order:1".to_owned(),
        ..draft(2_000)
    };
    ledger.erase(unit, &order, NOW + 501).unwrap();
    reader.refresh().unwrap();
    let Record::Entry { body, .. } = reader.record(number).unwrap().record else {
        panic!("record {number} is an entry");
    };
    assert_eq!((body, reader.salt(unit, &leaf).unwrap()), (None, None));
}

/// Half a group at the end is not there yet; a damaged group before others is damage.
#[test]
fn a_reader_passes_over_what_is_being_written_and_names_damage() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    for from in 0..10 {
        ledger.append(&[draft(from)], NOW).unwrap();
    }
    let path = place.path().join("wal/000000000000.wal");
    let whole = fs::read(&path).unwrap();
    let end = whole.iter().rposition(|byte| *byte != 0).unwrap();
    let mut torn = whole.clone();
    torn[end - 100..].fill(0);
    fs::write(&path, &torn).unwrap();
    assert_eq!(Reader::open(place.path()).unwrap().records(), 9);
    assert_eq!(fs::read(&path).unwrap(), torn, "nothing is mended");
    let mut damaged = whole.clone();
    damaged[end / 2] ^= 1;
    fs::write(&path, &damaged).unwrap();
    let error = Reader::open(place.path()).unwrap_err().to_string();
    assert!(
        error.contains("it was acknowledged and is damaged"),
        "{error}"
    );
    let next = place.path().join("wal/000000000001.wal");
    for being_made in [vec![], vec![0; 100], vec![0; 16 << 10]] {
        fs::write(&path, &whole).unwrap();
        fs::write(&next, being_made).unwrap();
        assert_eq!(Reader::open(place.path()).unwrap().records(), 10);
    }
}

/// What a client sends cannot end the writer: a name that is too long, an actor who was erased.
#[test]
fn long_names_are_refused_and_an_erased_actor_may_act_again() {
    let place = tempfile::tempdir().unwrap();
    let mut ledger = open(place.path());
    ledger.append(&[draft(1)], NOW).unwrap();
    let officer = ledger.units().find("officer:Wang").unwrap().unwrap();
    let order = Draft {
        subject: "order:1".to_owned(),
        actor: String::new(),
        ..draft(50)
    };
    ledger.erase(officer, &order, NOW).unwrap();
    let [mut subject, mut actor] = [2, 3].map(draft);
    subject.subject = "x".repeat(5_000);
    actor.actor = "x".repeat(5_000);
    let drafts = [subject, actor, draft(5)];
    let said = ledger.append(&drafts, NOW).unwrap();
    let long = Appended::Refused(Refused::LongName { bytes: 5_000 });
    assert_eq!(said[..2], [long.clone(), long]);
    assert_eq!(new(&said[2]).index, 1);
    let again = ledger.units().find("officer:Wang").unwrap().unwrap();
    assert_ne!(
        again, officer,
        "what is said of somebody after the erasure has another key"
    );
}
