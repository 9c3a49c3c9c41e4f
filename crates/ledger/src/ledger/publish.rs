//! Publishing what was acknowledged: files, then a signed checkpoint.

use cage_proof::{Checkpoint, Note, ProofFile, Receipt, Tiles};

use super::{Entry, Ledger, LedgerError};
use crate::publish::PublishError;

impl Ledger {
    /// Publishes every log that grew; the checkpoints that are new.
    ///
    /// # Errors
    ///
    /// When the system refuses; what was published before stands, and the next call tries again.
    pub fn publish(&mut self) -> Result<Vec<Checkpoint>, LedgerError> {
        let mut published = Vec::new();
        for log in &mut self.logs {
            if log.tree.size() == log.published {
                continue;
            }
            let files = log.tree.files();
            if let Err(error) = log.folder.write_files(&files) {
                log.tree.put_back(files, log.published);
                return Err(error.into());
            }
            let checkpoint = Checkpoint::new(&log.origin, log.tree.size(), log.tree.root());
            let signature = log.signer.sign(&checkpoint.to_string());
            log.folder
                .write_checkpoint(&checkpoint.clone().into_note(vec![signature]))?;
            log.published = checkpoint.size;
            published.push(checkpoint);
        }
        Ok(published)
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
        let Some((checkpoint, note)) = log.folder.checkpoint(&log.signer)? else {
            return Ok(None);
        };
        if index >= checkpoint.size {
            return Ok(None);
        }
        let tiles = Tiles::new(&log.folder, checkpoint.size);
        let path = tiles.inclusion(index, checkpoint.size).map_err(|error| {
            LedgerError::Publish(PublishError::TakeUp {
                folder: log.folder.path().to_owned(),
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
}
