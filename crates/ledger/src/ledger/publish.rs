//! Publishing what was acknowledged: files, then a signed checkpoint.

use cage_proof::{Checkpoint, Note, NoteSigner, ProofFile, Receipt, Tiles};

use super::{Entry, Ledger, LedgerError};
use crate::publish::{LogFolder, PublishError};
use crate::tree::LogFile;

/// What one log is about to publish: written outside of the ledger, so that entries go on meanwhile.
#[derive(Debug)]
pub struct Publication {
    log: usize,
    folder: LogFolder,
    files: Vec<LogFile>,
    note: Note,
    checkpoint: Checkpoint,
}

impl Publication {
    /// The checkpoint that it makes.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Writes files and checkpoint; both are durable when this returns.
    ///
    /// # Errors
    ///
    /// When the system refuses; what was published before stands.
    pub fn write(&self) -> Result<(), PublishError> {
        self.folder.write_files(&self.files)?;
        self.folder.write_checkpoint(&self.note)
    }
}

impl Ledger {
    /// Begins to publish every log that grew. Each publication must come back to [`Ledger::published`] before
    /// the next are begun.
    pub fn begin_publishing(&mut self) -> Vec<Publication> {
        let grown = self.logs.iter_mut().enumerate();
        let grown = grown.filter(|(_, log)| log.tree.size() > log.published);
        grown
            .map(|(number, log)| {
                let checkpoint = Checkpoint::new(&log.origin, log.tree.size(), log.tree.root());
                let signature = log.signer.sign(&checkpoint.to_string());
                Publication {
                    log: number,
                    folder: log.folder.clone(),
                    files: log.tree.files(),
                    note: checkpoint.clone().into_note(vec![signature]),
                    checkpoint,
                }
            })
            .collect()
    }

    /// Takes note of a publication that was written, or was not: then its files come again.
    pub fn published(&mut self, publication: Publication, is_written: bool) {
        if let Some(log) = self.logs.get_mut(publication.log) {
            if is_written {
                log.published = publication.checkpoint.size;
            } else {
                log.tree.put_back(publication.files, log.published);
            }
        }
    }

    /// Publishes every log that grew; the checkpoints that are new.
    ///
    /// # Errors
    ///
    /// When the system refuses; what was published before stands, and the next call tries again.
    pub fn publish(&mut self) -> Result<Vec<Checkpoint>, LedgerError> {
        let mut checkpoints = Vec::new();
        let mut first_error = None;
        for publication in self.begin_publishing() {
            let written = publication.write();
            let checkpoint = publication.checkpoint.clone();
            self.published(publication, written.is_ok());
            match written {
                Ok(()) => checkpoints.push(checkpoint),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        match first_error {
            Some(error) => Err(error.into()),
            None => Ok(checkpoints),
        }
    }

    /// The signed receipt of an entry.
    ///
    /// # Errors
    ///
    /// When the ledger's name cannot name a key.
    pub fn receipt(&self, entry: &Entry) -> Result<Note, LedgerError> {
        let receipt = Receipt {
            origin: entry.origin.to_string(),
            index: entry.index,
            leaf: entry.leaf,
            accepted: entry.accepted,
        };
        Ok(receipt.sign(&self.place.receipt_signer()?))
    }

    /// The proof that an entry is under the published checkpoint; `None` while it is not.
    ///
    /// # Errors
    ///
    /// When the published files cannot be read.
    pub fn proof(&self, origin: &str, index: u64) -> Result<Option<ProofFile>, LedgerError> {
        let Some(log) = self.logs.iter().find(|log| *log.origin == *origin) else {
            return Ok(None);
        };
        proof_in(&log.folder, &log.signer, index)
    }
}

/// The proof that an entry is under the checkpoint in a log's folder; `None` while it is not.
pub(super) fn proof_in(
    folder: &LogFolder,
    signer: &NoteSigner,
    index: u64,
) -> Result<Option<ProofFile>, LedgerError> {
    let Some((checkpoint, note)) = folder.checkpoint(signer)? else {
        return Ok(None);
    };
    if index >= checkpoint.size {
        return Ok(None);
    }
    let tiles = Tiles::new(folder, checkpoint.size);
    let path = tiles.inclusion(index, checkpoint.size).map_err(|error| {
        LedgerError::Publish(PublishError::TakeUp {
            folder: folder.path().to_owned(),
            error: Box::new(error.into()),
        })
    })?;
    Ok(Some(ProofFile {
        extra: None,
        index,
        path,
        note,
    }))
}
