//! Receipts: the log's signed promise that an entry is in, given before the next checkpoint exists.
//!
//! A receipt without inclusion 60 seconds later is evidence against the operator.

use crate::hash::Hash;
use crate::key::{NoteSigner, VerifierKey};
use crate::note::{Note, NoteError};
use crate::path::canonical;
use crate::proof::{ProofError, verify_inclusion};
use crate::tree::Frontier;

const HEADER: &str = "ironcage/receipt/v1";
const BATCH_HEADER: &str = "ironcage/receipts/v1";

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

/// One signature under many receipts: what a batch gets. It names their number and the root (RFC 6962) over
/// their texts, so that each can be shown alone with its path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReceiptBatch {
    /// How many.
    pub count: u64,
    /// Root over their texts, in their order.
    pub root: Hash,
}

impl ReceiptBatch {
    /// The batch of these receipts.
    #[must_use]
    pub fn of(receipts: &[Receipt]) -> Self {
        let mut tree = Frontier::new();
        for receipt in receipts {
            tree.push(Hash::leaf(receipt.text().as_bytes()));
        }
        Self {
            count: tree.size(),
            root: tree.root(),
        }
    }

    /// The note, signed by the log's receipt key.
    #[must_use]
    pub fn sign(&self, signer: &NoteSigner) -> Note {
        let text = format!(
            "{BATCH_HEADER}\n{}\n{}\n",
            self.count,
            self.root.to_base64()
        );
        let signatures = vec![signer.sign(&text)];
        Note { text, signatures }
    }

    /// Reads a batch that one of these keys signed.
    ///
    /// # Errors
    ///
    /// When it is none, or none of theirs.
    pub fn verify(bytes: &[u8], keys: &[VerifierKey]) -> Result<Self, ReceiptError> {
        let note = Note::parse(bytes)?;
        note.signed_by(keys)?;
        let lines: Vec<&str> = note.text.split('\n').collect();
        let line = |number: usize| ReceiptError::Line { line: number };
        let &[header, count, root, ""] = lines.as_slice() else {
            return Err(line(lines.len().min(4)));
        };
        if header != BATCH_HEADER {
            return Err(line(1));
        }
        Ok(Self {
            count: canonical(count)
                .filter(|_| !count.is_empty())
                .ok_or(line(2))?,
            root: Hash::from_base64(root).ok_or(line(3))?,
        })
    }

    /// Whether this receipt is the one at `place` of the batch, by its path.
    ///
    /// # Errors
    ///
    /// Says why not.
    pub fn covers(&self, receipt: &Receipt, place: u64, path: &[Hash]) -> Result<(), ProofError> {
        let leaf = Hash::leaf(receipt.text().as_bytes());
        verify_inclusion(leaf, place, self.count, self.root, path)
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
    fn a_batch_has_one_signature_and_each_of_its_receipts_can_be_shown_alone() {
        let signer = NoteSigner::from_seed("l.example/receipts", KeyKind::Note, &[5; 32]).unwrap();
        let receipts: Vec<Receipt> = (0..3)
            .map(|index| Receipt {
                origin: "l.example".to_owned(),
                index,
                leaf: Hash::leaf(&[index as u8]),
                accepted: 9,
            })
            .collect();
        let batch = ReceiptBatch::of(&receipts);
        let note = batch.sign(&signer).to_string();
        let keys = [signer.verifier().clone()];
        let read = ReceiptBatch::verify(note.as_bytes(), &keys).unwrap();
        assert_eq!(read, batch);
        let [a, b, c] = [0, 1, 2].map(|place| Hash::leaf(receipts[place].text().as_bytes()));
        read.covers(&receipts[1], 1, &[a, c]).unwrap();
        read.covers(&receipts[2], 2, &[Hash::node(a, b)]).unwrap();
        assert!(read.covers(&receipts[0], 1, &[a, c]).is_err());
        let changed = note.replacen("\n3\n", "\n4\n", 1);
        assert!(ReceiptBatch::verify(changed.as_bytes(), &keys).is_err());
        let single = receipts[0].sign(&signer).to_string();
        let other = ReceiptBatch::verify(single.as_bytes(), &keys);
        assert_eq!(other, Err(ReceiptError::Line { line: 4 }));
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
