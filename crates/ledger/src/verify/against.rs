//! V5: what somebody kept from before, held against the log as it is now.
//!
//! A checkpoint, a `.tlog-proof` file or a receipt, each signed by the log, is a promise about what the log holds for
//! ever. Where the present log breaks it, the two signed texts side by side are the proof, and need no trust in
//! whoever shows them.

use std::path::Path;

use cage_proof::{
    Checkpoint, Hash, Note, ProofFile, Receipt, Tiles, VerifierKey, verify_consistency,
    verify_inclusion,
};

use crate::place::{Place, PlaceError};
use crate::publish::{LogFolder, PublishError};

/// What somebody kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Promise {
    /// A checkpoint: the first so many entries have this root.
    Checkpoint(Checkpoint),
    /// A proof: this entry is under this checkpoint.
    Proof(u64, Checkpoint),
    /// A receipt: the entry of this index has this hash.
    Receipt(Receipt),
}

/// How a promise and the present log stand to one another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Against {
    /// The present log keeps it.
    Kept {
        /// The promise.
        promise: Promise,
        /// Entries of the present log.
        size: u64,
    },
    /// The present log breaks it.
    Broken(BrokenPromise),
}

/// Two signed texts that cannot both be true of one log that only grows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokenPromise {
    /// The log.
    pub origin: String,
    /// Why not both can be true.
    pub why: String,
    /// What was kept, as it was signed.
    pub kept: String,
    /// The present checkpoint, as it was signed.
    pub present: String,
}

/// Why nothing can be said of what was kept.
#[derive(Debug, thiserror::Error)]
pub enum AgainstError {
    /// It is none of the three.
    #[error("it is no checkpoint, no .tlog-proof file and no receipt: {why}")]
    Unknown {
        /// What is wrong with it as a note.
        why: String,
    },
    /// It speaks of another log, or is not signed by this one's key: it promises nothing here.
    #[error(
        "it is not signed by the key of {origin:?}, so it promises nothing about this log: {why}"
    )]
    Unsigned {
        /// The log that it speaks of.
        origin: String,
        /// What is wrong with the signature.
        why: String,
    },
    /// The data folder.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The published files of the present log.
    #[error(transparent)]
    Published(#[from] PublishError),
}

/// Holds what was kept against the logs of a data folder.
///
/// # Errors
///
/// When what was kept is nothing that one of these logs signed, or the published files cannot be read.
pub fn against(folder: &Path, kept: &[u8]) -> Result<Against, AgainstError> {
    let place = Place::read(folder)?;
    let receipts = [place.receipt_signer()?.verifier().clone()];
    let (origin, kept) = read(kept)?;
    let Some(origin) = place.origins().iter().find(|known| **known == origin) else {
        let why = "there is no such log in the folder".to_owned();
        return Err(AgainstError::Unsigned { origin, why });
    };
    let key = place.log_key(origin)?;
    judge(&place.log_folder(origin), &key, &receipts, kept)
}

/// As [`against`], for whoever has the published files of one log and its public key; `receipts` are the keys of
/// receipts, without which a receipt is not believed.
///
/// # Errors
///
/// As [`against`].
pub fn log_against(
    folder: &Path,
    key: &VerifierKey,
    receipts: &[VerifierKey],
    kept: &[u8],
) -> Result<Against, AgainstError> {
    let (_, kept) = read(kept)?;
    judge(folder, key, receipts, kept)
}

/// Something that was kept, its signature not looked at yet.
enum Unverified {
    Checkpoint(Checkpoint, Note),
    Proof(ProofFile, Checkpoint),
    Receipt(Vec<u8>),
}

/// What it is, and which log it speaks of.
fn read(kept: &[u8]) -> Result<(String, Unverified), AgainstError> {
    if let Ok(proof) = ProofFile::parse(kept)
        && let Ok(checkpoint) = Checkpoint::parse(&proof.note.text)
    {
        return Ok((
            checkpoint.origin.clone(),
            Unverified::Proof(proof, checkpoint),
        ));
    }
    let note = Note::parse(kept).map_err(|error| AgainstError::Unknown {
        why: error.to_string(),
    })?;
    if let Some(("ironcage/receipt/v1", rest)) = note.text.split_once('\n') {
        let origin = rest.lines().next().unwrap_or_default().to_owned();
        return Ok((origin.clone(), Unverified::Receipt(kept.to_vec())));
    }
    let checkpoint = Checkpoint::parse(&note.text).map_err(|error| AgainstError::Unknown {
        why: error.to_string(),
    })?;
    Ok((
        checkpoint.origin.clone(),
        Unverified::Checkpoint(checkpoint, note),
    ))
}

fn judge(
    folder: &Path,
    key: &VerifierKey,
    receipts: &[VerifierKey],
    kept: Unverified,
) -> Result<Against, AgainstError> {
    let present = Present::read(folder, key)?;
    let unsigned = |why: String| AgainstError::Unsigned {
        origin: key.name().to_owned(),
        why,
    };
    let signed = |checkpoint: &Checkpoint, note: &Note| {
        if checkpoint.origin != key.name() {
            return Err(unsigned(format!("it speaks of {}", checkpoint.origin)));
        }
        let signers = note.signed_by(std::slice::from_ref(key));
        signers.map_err(|error| unsigned(error.to_string()))?;
        Ok(())
    };
    let (promise, text, broken) = match kept {
        Unverified::Checkpoint(checkpoint, note) => {
            signed(&checkpoint, &note)?;
            let broken = present.breaks(&checkpoint)?;
            (Promise::Checkpoint(checkpoint), note.to_string(), broken)
        }
        Unverified::Proof(proof, checkpoint) => {
            signed(&checkpoint, &proof.note)?;
            let broken = match present.breaks(&checkpoint)? {
                Some(why) => Some(why),
                None => present.disproves(&proof)?,
            };
            let text = proof.to_string();
            (Promise::Proof(proof.index, checkpoint), text, broken)
        }
        Unverified::Receipt(bytes) => {
            let receipt = Receipt::verify(&bytes, receipts);
            let receipt = receipt.map_err(|error| unsigned(error.to_string()))?;
            if receipt.origin != key.name() {
                return Err(unsigned(format!("it speaks of {}", receipt.origin)));
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let broken = present.omits(&receipt)?;
            (Promise::Receipt(receipt), text, broken)
        }
    };
    let size = present.checkpoint.size;
    Ok(match broken {
        None => Against::Kept { promise, size },
        Some(why) => Against::Broken(BrokenPromise {
            origin: key.name().to_owned(),
            why,
            kept: text,
            present: present.note.to_string(),
        }),
    })
}

/// The log as it is published now.
struct Present {
    folder: LogFolder,
    checkpoint: Checkpoint,
    note: Note,
}

impl Present {
    fn read(folder: &Path, key: &VerifierKey) -> Result<Self, AgainstError> {
        let folder = LogFolder::at(folder.to_owned());
        let bytes = folder.read_file("checkpoint")?;
        let unsigned = |why: String| AgainstError::Unsigned {
            origin: key.name().to_owned(),
            why: format!("the present checkpoint: {why}"),
        };
        let read = Checkpoint::of_note(&bytes);
        let (checkpoint, note) = read.map_err(|error| unsigned(error.to_string()))?;
        let signers = note.signed_by(std::slice::from_ref(key));
        signers.map_err(|error| unsigned(error.to_string()))?;
        Ok(Self {
            folder,
            checkpoint,
            note,
        })
    }

    /// Why a checkpoint cannot be true beside the present one; `None` when a consistency proof holds.
    fn breaks(&self, kept: &Checkpoint) -> Result<Option<String>, AgainstError> {
        let Checkpoint { size, root, .. } = &self.checkpoint;
        if kept.size > *size {
            let missing = kept.size - size;
            return Ok(Some(format!(
                "{} entries were signed for, the present log has {size}: {missing} are missing (a rollback)",
                kept.size
            )));
        }
        if kept.size == *size {
            return Ok((kept.root != *root)
                .then(|| format!("both are of {size} entries and have other roots (a fork)")));
        }
        if kept.size == 0 {
            let empty = Hash::of_nothing();
            let other = "a log without entries has one root only, and this is another".to_owned();
            return Ok((kept.root != empty).then_some(other));
        }
        let tiles = Tiles::new(&self.folder, *size);
        let failed = |error| self.tiles(error);
        let now = tiles.root_at(kept.size).map_err(failed)?;
        let proof = tiles.consistency(kept.size, *size).map_err(failed)?;
        // First the tiles must prove what they say of the present log, or a damaged tile would look like a fork.
        verify_consistency((kept.size, now), (*size, *root), &proof).map_err(|_| self.damaged())?;
        Ok((now != kept.root).then(|| {
            format!(
                "the first {} entries had the root {}, in the present log they have {now} (a fork)",
                kept.size, kept.root
            )
        }))
    }

    /// Why a proof does not hold for the entry that the present log has at its index.
    fn disproves(&self, proof: &ProofFile) -> Result<Option<String>, AgainstError> {
        let leaf = self.leaf(proof.index)?;
        let holds = proof.prove(leaf);
        Ok(holds.err().map(|error| {
            format!(
                "entry {} of the present log is not the one that was proven: {error}",
                proof.index
            )
        }))
    }

    /// Why a receipt is broken: its entry is missing, or another stands in its place.
    fn omits(&self, receipt: &Receipt) -> Result<Option<String>, AgainstError> {
        let Receipt { index, leaf, .. } = receipt;
        let size = self.checkpoint.size;
        if *index >= size {
            return Ok(Some(format!(
                "entry {index} was acknowledged, the present log has {size} entries: it is missing"
            )));
        }
        let found = self.leaf(*index)?;
        Ok((found != *leaf).then(|| {
            format!(
                "entry {index} was acknowledged as {leaf}, the present log has {found} in its place"
            )
        }))
    }

    /// The hash of an entry, proven under the present checkpoint.
    fn leaf(&self, index: u64) -> Result<Hash, AgainstError> {
        let Checkpoint { size, root, .. } = self.checkpoint;
        let tiles = Tiles::new(&self.folder, size);
        let failed = |error| self.tiles(error);
        let leaf = tiles.leaf(index).map_err(failed)?;
        let path = tiles.inclusion(index, size).map_err(failed)?;
        verify_inclusion(leaf, index, size, root, &path).map_err(|_| self.damaged())?;
        Ok(leaf)
    }

    fn damaged(&self) -> AgainstError {
        AgainstError::Published(PublishError::Root {
            folder: self.folder.path().to_owned(),
            size: self.checkpoint.size,
        })
    }

    fn tiles(&self, error: cage_proof::TileError<PublishError>) -> AgainstError {
        AgainstError::Published(PublishError::TakeUp {
            folder: self.folder.path().to_owned(),
            error: Box::new(error.into()),
        })
    }
}

#[cfg(test)]
mod tests;
