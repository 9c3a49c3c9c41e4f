//! Every row of the protocol's table of answers, and what a kill or a change on the disk leaves.

use std::fs;
use std::sync::Arc;

use cage_proof::{Frontier, KeyKind, Note, Policy, TileId, TileReader, Tiles, cosigned_at};

use super::*;

const ORIGIN: &str = "ledger.example/0151/2026/case";
const NOW: u64 = 1_767_225_600;

/// A log of numbered entries, with its tiles.
struct Log {
    leaves: Vec<Hash>,
}

impl TileReader for Log {
    type Error = std::convert::Infallible;

    fn read(&self, tile: TileId) -> Result<Vec<u8>, Self::Error> {
        let below = 256_usize.pow(u32::from(tile.level));
        let from = tile.index as usize * 256 * below;
        let leaves = self.leaves[from..].chunks(below);
        let hashes = leaves.take(usize::from(tile.width)).map(root_of);
        Ok(hashes.flat_map(|hash| hash.0).collect())
    }
}

fn root_of(leaves: &[Hash]) -> Hash {
    let mut tree = Frontier::new();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

impl Log {
    fn of(size: u64) -> Self {
        Self::with_twist(size, u64::MAX)
    }

    /// As [`Log::of`], with other content from this entry on.
    fn with_twist(size: u64, twisted: u64) -> Self {
        let leaf = |index: u64| Hash::leaf(format!("{index} {}", index >= twisted).as_bytes());
        Self {
            leaves: (0..size).map(leaf).collect(),
        }
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(ORIGIN, self.leaves.len() as u64, root_of(&self.leaves))
    }

    fn note(&self, signer: &NoteSigner) -> Note {
        let checkpoint = self.checkpoint();
        let signature = signer.sign(&checkpoint.to_string());
        checkpoint.into_note(vec![signature])
    }

    fn request(&self, old: u64) -> AddCheckpoint {
        let size = self.leaves.len() as u64;
        let proof = match old {
            0 => Vec::new(),
            _ if old > size => Vec::new(),
            _ => Tiles::new(self, size).consistency(old, size).unwrap(),
        };
        let note = self.note(&signer());
        AddCheckpoint { old, proof, note }
    }
}

fn signer() -> NoteSigner {
    NoteSigner::from_seed(ORIGIN, KeyKind::Note, &[1; 32]).unwrap()
}

fn begun(folder: &Path) -> Witness {
    let logs = Watched::of_keys([signer().verifier().clone()]);
    Witness::open(folder, Some("witness.example/university"), logs).unwrap()
}

fn ask(witness: &Witness, request: &AddCheckpoint) -> Answer {
    witness.add_checkpoint(request.to_string().as_bytes(), NOW)
}

#[test]
fn a_growing_log_is_cosigned_and_remembered_over_restarts() {
    let place = tempfile::tempdir().unwrap();
    let mut old = 0;
    for size in [0, 1, 2, 3, 8, 200, 200, 257, 600] {
        let witness = begun(place.path());
        let request = Log::of(size).request(old);
        let Answer::Cosigned(line) = ask(&witness, &request) else {
            panic!("{:?}", ask(&witness, &request));
        };
        let signed = Note::parse(format!("{}{line}", request.note).as_bytes()).unwrap();
        let keys = [witness.key().clone()];
        assert_eq!(cosigned_at(&signed, &keys).unwrap()[0].seconds, NOW);
        let last = witness.last_checkpoint(&name_of(ORIGIN)).unwrap();
        assert_eq!(last, signed.to_string());
        old = size;
    }
}

#[test]
fn every_row_of_the_table_of_answers() {
    let place = tempfile::tempdir().unwrap();
    let witness = begun(place.path());
    assert!(matches!(
        ask(&witness, &Log::of(5).request(0)),
        Answer::Cosigned(_)
    ));
    let other = NoteSigner::from_seed(ORIGIN, KeyKind::Note, &[2; 32]).unwrap();
    let elsewhere = NoteSigner::from_seed("other.example", KeyKind::Note, &[1; 32]).unwrap();
    let changed = |change: &dyn Fn(&mut AddCheckpoint)| {
        let mut request = Log::of(9).request(5);
        change(&mut request);
        ask(&witness, &request)
    };
    let foreign = Checkpoint::new("other.example", 9, Hash::of_nothing());
    let line = elsewhere.sign(&foreign.to_string());
    let foreign = foreign.into_note(vec![line]);
    // 400
    assert!(matches!(
        witness.add_checkpoint(b"old 5\n", NOW),
        Answer::Malformed(_)
    ));
    assert!(matches!(
        ask(&witness, &Log::of(4).request(5)),
        Answer::Malformed(_)
    ));
    let no_checkpoint = changed(&|request| request.note.text = "no checkpoint\n".to_owned());
    assert!(matches!(no_checkpoint, Answer::Malformed(_)));
    // 403
    let by_other = changed(&|request| request.note = Log::of(9).note(&other));
    assert!(matches!(by_other, Answer::Untrusted(_)));
    let forged = changed(&|request| request.note.signatures[0].bytes[9] ^= 1);
    assert!(matches!(forged, Answer::Untrusted(_)));
    // 404
    assert_eq!(
        changed(&|request| request.note = foreign.clone()),
        Answer::Unknown
    );
    // 409
    for old in [0, 4, 6, 9] {
        assert_eq!(
            ask(&witness, &Log::of(9).request(old)),
            Answer::Conflict(5),
            "{old}"
        );
    }
    // 422
    let inconsistent = [
        changed(&|request| request.proof[0].0[3] ^= 1),
        changed(&|request| request.proof.truncate(1)),
        changed(&|request| request.proof.push(Hash::of_nothing())),
        ask(&witness, &Log::with_twist(9, 3).request(5)),
        ask(&witness, &Log::with_twist(5, 3).request(5)),
    ];
    for answer in inconsistent {
        assert!(matches!(answer, Answer::Inconsistent(_)), "{answer:?}");
    }
    // Nothing of all that moved the witness.
    assert!(matches!(
        ask(&witness, &Log::of(9).request(5)),
        Answer::Cosigned(_)
    ));
}

#[test]
fn what_starts_from_nothing_has_no_proof_and_the_root_of_nothing() {
    let empty = Checkpoint::new(ORIGIN, 0, Hash::leaf(b"x"));
    let line = signer().sign(&empty.to_string());
    let empty = empty.into_note(vec![line]);
    let fresh = tempfile::tempdir().unwrap();
    let fresh = begun(fresh.path());
    let with_proof = AddCheckpoint {
        proof: vec![Hash::of_nothing()],
        ..Log::of(9).request(0)
    };
    let wrong_empty = AddCheckpoint {
        old: 0,
        proof: Vec::new(),
        note: empty,
    };
    for request in [with_proof, wrong_empty] {
        assert!(matches!(ask(&fresh, &request), Answer::Inconsistent(_)));
    }
}

#[test]
fn lines_of_strangers_are_passed_over_and_not_kept() {
    let place = tempfile::tempdir().unwrap();
    let witness = begun(place.path());
    let mut request = Log::of(3).request(0);
    let stranger = NoteSigner::from_seed("stranger.example", KeyKind::Note, &[7; 32]).unwrap();
    request
        .note
        .signatures
        .insert(0, stranger.sign("something else"));
    assert!(matches!(ask(&witness, &request), Answer::Cosigned(_)));
    let last = witness.last_checkpoint(&name_of(ORIGIN)).unwrap();
    assert!(!last.contains("stranger"));
    let text = format!(
        "log {}\nwitness w {}\nquorum w\n",
        signer().verifier(),
        witness.key()
    );
    let note = Note::parse(last.as_bytes()).unwrap();
    assert_eq!(Policy::parse(&text).unwrap().check(&note).unwrap().1, ["w"]);
}

/// Forty requests at once, from trees that exclude each other: what was cosigned is one history.
#[test]
fn checking_and_remembering_are_one_step() {
    let place = tempfile::tempdir().unwrap();
    let witness = Arc::new(begun(place.path()));
    let cosigned: usize = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..40_u64)
            .map(|number| {
                let witness = Arc::clone(&witness);
                scope.spawn(move || {
                    let log = Log::with_twist(10 + number, number % 3);
                    matches!(ask(&witness, &log.request(0)), Answer::Cosigned(_))
                })
            })
            .collect();
        asking
            .into_iter()
            .map(|one| usize::from(one.join().unwrap()))
            .sum()
    });
    assert_eq!(cosigned, 1, "all of them started from nothing");
}

#[test]
fn a_time_that_went_back_is_not_signed() {
    let place = tempfile::tempdir().unwrap();
    let witness = begun(place.path());
    let keys = [witness.key().clone()];
    for (old, size, clock, signed) in [(0, 4, NOW, NOW), (4, 5, NOW - 100, NOW)] {
        let request = Log::of(size).request(old);
        let Answer::Cosigned(line) = witness.add_checkpoint(request.to_string().as_bytes(), clock)
        else {
            panic!("size {size}");
        };
        let note = Note::parse(format!("{}{line}", request.note).as_bytes()).unwrap();
        assert_eq!(cosigned_at(&note, &keys).unwrap()[0].seconds, signed);
    }
}

#[test]
fn one_process_has_the_folder_and_its_key_keeps_its_name() {
    let place = tempfile::tempdir().unwrap();
    let nameless = Witness::open(place.path(), None, Vec::new());
    assert!(matches!(nameless, Err(StateError::Nameless { .. })));
    let first = begun(place.path());
    let second = Witness::open(place.path(), None, Vec::new());
    assert!(matches!(second, Err(StateError::InUse { .. })));
    let key = first.key().clone();
    drop(first);
    let other = Witness::open(place.path(), Some("other.example"), Vec::new());
    assert!(matches!(other, Err(StateError::Content { .. })));
    let again = Witness::open(place.path(), None, Vec::new()).unwrap();
    assert_eq!(*again.key(), key);
}

/// A changed file must not be taken for a log that was never seen.
#[test]
fn every_changed_byte_of_the_folder_closes_the_witness() {
    let place = tempfile::tempdir().unwrap();
    let first = begun(place.path());
    assert!(matches!(
        ask(&first, &Log::of(5).request(0)),
        Answer::Cosigned(_)
    ));
    drop(first);
    for path in [
        place.path().join("key"),
        place.path().join("logs").join(name_of(ORIGIN)),
    ] {
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            let logs = Watched::of_keys([signer().verifier().clone()]);
            assert!(
                Witness::open(place.path(), None, logs).is_err(),
                "byte {at}"
            );
        }
        fs::write(&path, whole).unwrap();
    }
    let again = begun(place.path());
    assert_eq!(ask(&again, &Log::of(9).request(0)), Answer::Conflict(5));
}

/// Killed before the renaming: the half-written file beside the state disturbs nobody.
#[test]
fn what_a_kill_left_beside_the_state_does_not_disturb() {
    let place = tempfile::tempdir().unwrap();
    let first = begun(place.path());
    assert!(matches!(
        ask(&first, &Log::of(5).request(0)),
        Answer::Cosigned(_)
    ));
    drop(first);
    let half = place
        .path()
        .join("logs")
        .join(format!("{}.new", name_of(ORIGIN)));
    fs::write(half, b"half").unwrap();
    let again = begun(place.path());
    assert!(matches!(
        ask(&again, &Log::of(9).request(5)),
        Answer::Cosigned(_)
    ));
}

#[test]
fn nothing_is_answered_that_cannot_be_remembered() {
    let place = tempfile::tempdir().unwrap();
    let witness = begun(place.path());
    let logs = place.path().join("logs");
    fs::remove_dir(&logs).unwrap();
    assert!(matches!(
        ask(&witness, &Log::of(5).request(0)),
        Answer::Failed(_)
    ));
    fs::create_dir(&logs).unwrap();
    // What the disk holds is unknown until it is read again.
    assert!(matches!(
        ask(&witness, &Log::of(5).request(0)),
        Answer::Failed(_)
    ));
    assert_eq!(witness.last_checkpoint(&name_of(ORIGIN)), None);
}
