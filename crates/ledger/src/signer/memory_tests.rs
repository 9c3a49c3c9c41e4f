//! The memory of a signer.

use cage_proof::{Frontier, KeyKind};

use super::*;

const ORIGIN: &str = "ledger.example/0151/2026/case";

fn signer(data: &Path) -> Signer {
    let key = NoteSigner::from_seed(ORIGIN, KeyKind::Note, &[3; 32]).unwrap();
    Signer::open(data, key).unwrap()
}

fn checkpoint(entries: &[&str]) -> Checkpoint {
    let mut tree = Frontier::new();
    let leaves = entries.iter().map(|entry| Hash::leaf(entry.as_bytes()));
    leaves.for_each(|leaf| tree.push(leaf));
    Checkpoint::new(ORIGIN, tree.size(), tree.root())
}

#[test]
fn only_what_extends_the_last_is_signed_over_restarts_too() {
    let place = tempfile::tempdir().unwrap();
    let two = checkpoint(&["a", "b"]);
    let three = checkpoint(&["a", "b", "c"]);
    let proof = [Hash::leaf(b"c")];
    let signature = signer(place.path()).sign(&two, &[]).unwrap();
    assert_eq!(signer(place.path()).sign(&two, &[]).unwrap(), signature);
    for (refused, proof) in [
        (checkpoint(&["a"]), &[][..]),
        (checkpoint(&["a", "x"]), &[]),
        (checkpoint(&["a", "x", "c"]), &proof),
        (three.clone(), &[]),
        (checkpoint(&[]), &[]),
    ] {
        let answer = signer(place.path()).sign(&refused, proof);
        assert!(
            matches!(answer, Err(SignerError::Refused { .. })),
            "{refused}"
        );
    }
    signer(place.path()).sign(&three, &proof).unwrap();
    assert_eq!(signer(place.path()).size(), 3);
}

#[test]
fn a_changed_state_signs_nothing() {
    let place = tempfile::tempdir().unwrap();
    signer(place.path()).sign(&checkpoint(&["a"]), &[]).unwrap();
    let path = state_path(place.path(), ORIGIN);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&path, changed).unwrap();
        assert!(read_state(&path, ORIGIN).is_err(), "byte {at}");
    }
}
