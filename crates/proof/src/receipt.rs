//! Receipts: the log's signed promise that an entry is in, given before the next checkpoint exists.
//!
//! A receipt without inclusion 60 seconds later is evidence against the operator.

use crate::hash::Hash;
use crate::key::{NoteSigner, VerifierKey};
use crate::note::{Note, NoteError};
use crate::path::canonical;

const HEADER: &str = "ironcage/receipt/v1";

/// What the log promises.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The log.
    pub origin: String,
    /// Index of the entry.
    pub index: u64,
    /// Hash of the entry ([`Hash::leaf`]).
    pub leaf: Hash,
    /// When it was accepted, in milliseconds since 1970.
    pub accepted: u64,
}

/// Why a note is no receipt.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The note or its signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text.
    #[error(
        "a receipt has the lines {HEADER:?}, origin, index, leaf hash and time; line {line} is wrong"
    )]
    Line {
        /// Which, from 1.
        line: usize,
    },
}

impl Receipt {
    /// The note, signed by the log's receipt key.
    #[must_use]
    pub fn sign(&self, signer: &NoteSigner) -> Note {
        let text = self.text();
        let signatures = vec![signer.sign(&text)];
        Note { text, signatures }
    }

    /// Reads a receipt that one of these keys signed.
    ///
    /// # Errors
    ///
    /// When it is none, or none of theirs.
    pub fn verify(bytes: &[u8], keys: &[VerifierKey]) -> Result<Self, ReceiptError> {
        let note = Note::parse(bytes)?;
        note.signed_by(keys)?;
        Self::parse(&note.text)
    }

    fn parse(text: &str) -> Result<Self, ReceiptError> {
        let lines: Vec<&str> = text.split('\n').collect();
        let line = |number: usize| ReceiptError::Line { line: number };
        let &[header, origin, index, leaf, accepted, ""] = lines.as_slice() else {
            return Err(line(lines.len().min(6)));
        };
        if header != HEADER {
            return Err(line(1));
        }
        let number = |text: &str, at| canonical(text).filter(|_| !text.is_empty()).ok_or(line(at));
        Ok(Self {
            origin: origin.to_owned(),
            index: number(index, 3)?,
            leaf: Hash::from_base64(leaf).ok_or(line(4))?,
            accepted: number(accepted, 5)?,
        })
    }

    fn text(&self) -> String {
        let Self {
            origin,
            index,
            leaf,
            accepted,
        } = self;
        format!(
            "{HEADER}\n{origin}\n{index}\n{}\n{accepted}\n",
            leaf.to_base64()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyKind;

    #[test]
    fn a_receipt_is_read_back_by_its_key_alone_and_every_change_is_noticed() {
        let signer =
            NoteSigner::from_seed("ledger.example/receipts", KeyKind::Note, &[5; 32]).unwrap();
        let other =
            NoteSigner::from_seed("ledger.example/receipts", KeyKind::Note, &[6; 32]).unwrap();
        let receipt = Receipt {
            origin: "ledger.example/0151/2026/case".to_owned(),
            index: 7,
            leaf: Hash::leaf(b"entry"),
            accepted: 1_767_225_600_123,
        };
        let note = receipt.sign(&signer).to_string();
        let keys = [signer.verifier().clone()];
        assert_eq!(Receipt::verify(note.as_bytes(), &keys), Ok(receipt));
        assert!(Receipt::verify(note.as_bytes(), &[other.verifier().clone()]).is_err());
        for at in 0..note.len() {
            let mut changed = note.clone().into_bytes();
            changed[at] ^= 4;
            assert!(Receipt::verify(&changed, &keys).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_signed_text_that_is_no_receipt_names_its_line() {
        for (text, line) in [
            ("ironcage/receipt/v2\no\n1\nx\n1\n", 1),
            ("ironcage/receipt/v1\no\n01\nx\n1\n", 3),
            ("ironcage/receipt/v1\no\n1\nx\n1\n", 4),
            ("ironcage/receipt/v1\no\n1\n", 4),
        ] {
            assert_eq!(
                Receipt::parse(text),
                Err(ReceiptError::Line { line }),
                "{text}"
            );
        }
    }
}
