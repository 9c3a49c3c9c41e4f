//! Notes as the specification of the ledger prints them, and what is none.

use super::*;
use crate::key::NoteSigner;

/// Key of the example log, from the seed 00..1f.
pub(crate) const LOG_KEY: &str =
    "ledger.example/0151/2026/case+fe42aa08+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
/// Key of the example witness, from the seed 20..3f.
pub(crate) const WITNESS_KEY: &str =
    "witness.example/university+2a13fb01+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";
/// The example checkpoint of the entries a, b, c with the log's signature and the witness's.
pub(crate) const CHECKPOINT: &str = "ledger.example/0151/2026/case
3
NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=

— ledger.example/0151/2026/case /kKqCFBBltMS/AstPI2VRvWG93l5MwcFaHuDMaBaUuqbLXMJA+u0Gj+0Dqt3zdYnqokNI1UST9zOdRrEVDRZrdfBswU=
— witness.example/university KhP7AQAAAABpVbkAyqzjnMRxr2akoZjalmeRjyBeXxKg16al5saYeVptu0Qs4IJ0WpCEjA9ArzAmsgq09iLq2uzy4YE137Zv8txzCQ==
";

pub(crate) fn log() -> NoteSigner {
    let seed = std::array::from_fn(|place| place as u8);
    NoteSigner::from_seed("ledger.example/0151/2026/case", KeyKind::Note, &seed).unwrap()
}

pub(crate) fn witness() -> NoteSigner {
    let seed = std::array::from_fn(|place| 0x20 + place as u8);
    NoteSigner::from_seed("witness.example/university", KeyKind::Cosignature, &seed).unwrap()
}

#[test]
fn the_published_checkpoint_is_read_verified_and_written_alike() {
    let note = Note::parse(CHECKPOINT.as_bytes()).unwrap();
    assert_eq!(note.to_string(), CHECKPOINT);
    let keys = [log().verifier().clone()];
    assert_eq!(note.signed_by(&keys).unwrap(), [&keys[0]]);
    assert_eq!(log().sign(&note.text), note.signatures[0]);
}

#[test]
fn a_changed_text_is_noticed_and_a_strange_key_is_none() {
    let keys = [log().verifier().clone()];
    let changed = CHECKPOINT.replacen("\n3\n", "\n4\n", 1);
    let forged = Note::parse(changed.as_bytes()).unwrap().signed_by(&keys);
    assert!(matches!(forged, Err(NoteError::Forged { .. })));
    let other = NoteSigner::from_seed("ledger.example/other", KeyKind::Note, &[9; 32]).unwrap();
    let strange = Note::parse(CHECKPOINT.as_bytes()).unwrap();
    let error = strange.signed_by(&[other.verifier().clone()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "none of the keys ledger.example/other signed this"
    );
}

#[test]
fn every_bit_of_a_note_counts() {
    let keys = [log().verifier().clone()];
    let bytes = CHECKPOINT.as_bytes();
    let end = CHECKPOINT.find("— witness").unwrap();
    for at in 0..end {
        for bit in 0..8 {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1 << bit;
            let read = Note::parse(&changed).map(|note| note.signed_by(&keys).is_ok());
            assert!(read != Ok(true), "byte {at}, bit {bit} was changed unseen");
        }
    }
}

#[test]
fn what_is_no_note_is_refused_with_the_reason() {
    let line = "— n AAAAAAE=\n";
    for (note, reason) in [
        (String::new(), "empty line is missing"),
        ("text\n".to_owned(), "empty line is missing"),
        (format!("text\n{line}"), "empty line is missing"),
        ("text\n\n— n AAAAAAE=".to_owned(), "newline after"),
        ("text\n\n".to_owned(), "newline after"),
        ("text\n\n- n AAAAAAE=\n".to_owned(), "is no signature line"),
        ("text\n\n— n AAAAAA==\n".to_owned(), "is no signature line"),
        ("text\n\n— n AAAAAAF=\n".to_owned(), "is no signature line"),
        (
            "text\n\n— n+m AAAAAAE=\n".to_owned(),
            "is no signature line",
        ),
        ("te\rxt\n\n— n AAAAAAE=\n".to_owned(), "byte 2 is no text"),
        (
            format!("text\n\n{}", line.repeat(101)),
            "101 signature lines",
        ),
        ("x".repeat(NOTE_BYTES_MAX + 1), "is not read"),
    ] {
        let error = Note::parse(note.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(reason), "{note:.40}: {error}");
    }
    let error = Note::parse(b"te\xffxt\n\n").unwrap_err();
    assert_eq!(error, NoteError::Text { at: 2 });
}
