//! Publishing what was acknowledged: files, then a signed checkpoint, then the witnesses' signatures on it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use cage_proof::{
    Checkpoint, Note, NoteSignature, ProofFile, Receipt, TileId, TileReader, Tiles, VerifierKey,
};

use super::{Entry, Ledger, LedgerError, Log};
use crate::publish::{LogFolder, PublishError};
use crate::signer::{LogSigner, SignerError};
use crate::tree::LogFile;
use crate::witnesses::{Greeting, Witnesses, Witnessing};

/// What a witness said of one log at the start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Greeted {
    /// The log.
    pub origin: String,
    /// The witness.
    pub witness: String,
    /// What it said.
    pub greeting: Greeting,
}

/// What one log is about to publish: written outside of the ledger, so that entries go on meanwhile.
#[derive(Debug)]
pub struct Publication {
    log: usize,
    folder: LogFolder,
    files: Vec<LogFile>,
    signer: Arc<Mutex<LogSigner>>,
    checkpoint: Checkpoint,
    /// Hour of the checkpoint that is published, when it was published since the start.
    hour_before: Option<u64>,
    hour: u64,
    /// Milliseconds since 1970.
    begun: u64,
}

impl Publication {
    /// The checkpoint that it makes.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The log's folder.
    pub(crate) fn folder(&self) -> &LogFolder {
        &self.folder
    }

    /// Writes the files, durably, and has the checkpoint signed by the log's key.
    ///
    /// # Errors
    ///
    /// When the system refuses, or the checkpoint does not extend the one that was signed last.
    pub fn prepare(&self) -> Result<Note, PublishError> {
        self.folder.write_files(&self.files)?;
        let mut signer = self.signer.lock().unwrap_or_else(PoisonError::into_inner);
        let line = match self.signed(&mut signer) {
            Err(PublishError::Signer(SignerError::Behind { .. })) => self.signed(&mut signer)?,
            signed => signed?,
        };
        Ok(self.checkpoint.clone().into_note(vec![line]))
    }

    fn signed(&self, signer: &mut LogSigner) -> Result<NoteSignature, PublishError> {
        let size = self.checkpoint.size;
        let old = signer.size().min(size);
        let tiles = Tiles::new(&self.folder, size);
        let proof = tiles.consistency(old, size);
        let proof = proof.map_err(|error| tiles_failed(&self.folder, error))?;
        Ok(signer.sign(&self.checkpoint, &proof)?)
    }

    /// Replaces the published checkpoint, durably; the last one of each hour is kept for the log's life.
    ///
    /// # Errors
    ///
    /// When the system refuses; what was published before stands.
    pub fn finish(&self, note: &Note) -> Result<(), PublishError> {
        if self.hour_before != Some(self.hour) {
            self.folder.archive_checkpoint()?;
        }
        self.folder.write_checkpoint(note)
    }
}

impl Ledger {
    /// Begins to publish every log that grew, at this time in milliseconds since 1970. Each publication must
    /// come back to [`Ledger::published`] before the next are begun.
    pub fn begin_publishing(&mut self, now: u64) -> Vec<Publication> {
        let hour = hour_of(now, self.options.offset_minutes);
        let grown = self.logs.iter_mut().enumerate();
        let grown = grown.filter(|(_, log)| log.tree.size() > log.published);
        grown
            .map(|(number, log)| Publication {
                log: number,
                folder: log.folder.clone(),
                files: log.tree.files(),
                signer: Arc::clone(&log.signer),
                checkpoint: Checkpoint::new(&log.origin, log.tree.size(), log.tree.root()),
                hour_before: log.archived_hour,
                hour,
                begun: now,
            })
            .collect()
    }

    /// Takes note of a publication that stands with this note, or was not written: then its files come again.
    pub fn published(&mut self, publication: Publication, note: Option<&Note>) {
        let Some(log) = self.logs.get_mut(publication.log) else {
            return;
        };
        match note {
            Some(note) => {
                log.published = publication.checkpoint.size;
                log.archived_hour = Some(publication.hour);
                let origin = publication.checkpoint.origin;
                self.note_witnesses(&origin, note, publication.begun);
            }
            None => log.tree.put_back(publication.files, log.published),
        }
    }

    /// Takes note of who cosigned the published checkpoint of a log.
    pub(crate) fn note_witnesses(&mut self, origin: &str, note: &Note, now: u64) {
        let Some(witnesses) = &self.witnesses else {
            return;
        };
        if let Some(log) = self.logs.iter_mut().find(|log| *log.origin == *origin) {
            log.witnessing =
                Witnessing::of(witnesses.policy(), &log.key, note, &log.witnessing, now);
        }
    }

    /// Publishes every log that grew; the checkpoints that are new. Witnesses are not asked.
    ///
    /// # Errors
    ///
    /// When the system refuses; what was published before stands, and the next call tries again.
    pub fn publish(&mut self) -> Result<Vec<Checkpoint>, LedgerError> {
        let mut checkpoints = Vec::new();
        let mut first_error = None;
        for publication in self.begin_publishing(self.last_accepted) {
            let written = publication
                .prepare()
                .and_then(|note| publication.finish(&note).map(|()| note));
            let checkpoint = publication.checkpoint.clone();
            self.published(publication, written.as_ref().ok());
            match written {
                Ok(_) => checkpoints.push(checkpoint),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        match first_error {
            Some(error) => Err(error.into()),
            None => Ok(checkpoints),
        }
    }

    /// Asks the witnesses for their last checkpoints of our logs, and asks them to cosign from now on. What each
    /// said, log by log.
    ///
    /// # Errors
    ///
    /// When a witness holds what a log does not extend: the ledger stays closed then.
    pub fn join(&mut self, witnesses: Witnesses) -> Result<Vec<Greeted>, LedgerError> {
        let path = self.place.folder().to_owned();
        let kept = witnesses.keep(&path);
        kept.map_err(|error| SignerError::Io {
            doing: "write the witnesses in",
            path,
            error,
        })?;
        let mut greeted = Vec::new();
        for log in &mut self.logs {
            let published = log.folder.checkpoint(&log.key)?.map(|(_, note)| note);
            let size = log.tree.size();
            let tiles = log.tiles_now();
            for (witness, greeting) in witnesses.greet(&tiles, &log.key, size, published.as_ref()) {
                let origin = log.origin.to_string();
                if let Greeting::Contradiction(why) = greeting {
                    return Err(LedgerError::Contradicted {
                        origin,
                        witness,
                        why,
                    });
                }
                greeted.push(Greeted {
                    origin,
                    witness,
                    greeting,
                });
            }
        }
        let witnesses = Arc::new(witnesses);
        self.witnesses = Some(Arc::clone(&witnesses));
        for (origin, _, note) in self.checkpoints()? {
            self.note_witnesses(&origin, &note, self.last_accepted);
        }
        Ok(greeted)
    }

    /// The witnesses that must cosign.
    #[must_use]
    pub fn witnesses(&self) -> Option<&Arc<Witnesses>> {
        self.witnesses.as_ref()
    }

    /// The published checkpoints, with origin and folder of each log.
    pub(crate) fn checkpoints(&self) -> Result<Vec<(String, LogFolder, Note)>, LedgerError> {
        let mut found = Vec::new();
        for log in &self.logs {
            if let Some((checkpoint, note)) = log.folder.checkpoint(&log.key)? {
                found.push((checkpoint.origin, log.folder.clone(), note));
            }
        }
        Ok(found)
    }

    /// Holds every log against what was signed last for it.
    pub(super) fn compare_signed(&mut self) -> Result<(), LedgerError> {
        for log in &mut self.logs {
            let tiles = log.tiles_now();
            let signer = log.signer.lock().unwrap_or_else(PoisonError::into_inner);
            let (signed, found) = (signer.size(), log.tree.size());
            let origin = || log.origin.to_string();
            if signed > found {
                let origin = origin();
                return Err(LedgerError::Rollback {
                    origin,
                    signed,
                    found,
                });
            }
            if signed < log.published {
                return Err(signer.outdated(log.published).into());
            }
            let Some((_, last_root)) = signer.last() else {
                continue;
            };
            let root = match signed {
                _ if signed == found => log.tree.root(),
                _ => Tiles::new(&tiles, found)
                    .root_at(signed)
                    .map_err(|error| tiles_failed(&log.folder, error))?,
            };
            if root != last_root {
                return Err(LedgerError::Fork {
                    origin: origin(),
                    index: signed.saturating_sub(1),
                });
            }
        }
        Ok(())
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
        proof_in(&log.folder, &log.key, index)
    }
}

/// The proof that an entry is under the checkpoint in a log's folder; `None` while it is not.
pub(super) fn proof_in(
    folder: &LogFolder,
    key: &VerifierKey,
    index: u64,
) -> Result<Option<ProofFile>, LedgerError> {
    let Some((checkpoint, note)) = folder.checkpoint(key)? else {
        return Ok(None);
    };
    if index >= checkpoint.size {
        return Ok(None);
    }
    let tiles = Tiles::new(folder, checkpoint.size);
    let path = tiles.inclusion(index, checkpoint.size);
    let path = path.map_err(|error| tiles_failed(folder, error))?;
    Ok(Some(ProofFile {
        extra: None,
        index,
        path,
        note,
    }))
}

impl Log {
    /// The tiles of every size up to what is durable, though not all of them are written yet.
    fn tiles_now(&mut self) -> TilesNow {
        let files = self.tree.files();
        let unwritten = files
            .iter()
            .map(|file| (file.path.clone(), file.bytes.clone()));
        let unwritten = unwritten.collect();
        self.tree.put_back(files, self.published);
        TilesNow {
            folder: self.folder.clone(),
            unwritten,
        }
    }
}

/// The published tiles of a log, and those that its next publication will write.
#[derive(Debug)]
pub(crate) struct TilesNow {
    folder: LogFolder,
    unwritten: BTreeMap<String, Vec<u8>>,
}

impl TileReader for TilesNow {
    type Error = PublishError;

    fn read(&self, tile: TileId) -> Result<Vec<u8>, PublishError> {
        match self.unwritten.get(&tile.to_string()) {
            Some(bytes) => Ok(bytes.clone()),
            None => self.folder.read(tile),
        }
    }
}

fn tiles_failed(folder: &LogFolder, error: cage_proof::TileError<PublishError>) -> PublishError {
    PublishError::TakeUp {
        folder: folder.path().to_owned(),
        error: Box::new(error.into()),
    }
}

/// Milliseconds of an hour.
const HOUR: u64 = 3_600_000;

/// Hours since 1970 on the agency's clock.
fn hour_of(milliseconds: u64, offset_minutes: i16) -> u64 {
    milliseconds.saturating_add_signed(i64::from(offset_minutes) * 60_000) / HOUR
}
