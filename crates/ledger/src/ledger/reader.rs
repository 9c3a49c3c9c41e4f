//! Reading a ledger without its lock, also while another process writes it: bundles, replays, backups.
//!
//! Sees whole groups alone and changes nothing in the folder. A group may be seen a moment before it is
//! acknowledged; what was acknowledged when the reader was opened or refreshed is always seen. Closed segments are taken
//! from their indexes as in [`Ledger::open`](super::Ledger::open), so a reading costs little however long the history is.

mod walk;

use std::path::Path;
use std::sync::Arc;

use cage_proof::{Leaf, ProofFile};

use super::publish::proof_in;
use super::{LedgerError, LogState, Stored};
use crate::place::Place;
use crate::publish::LogFolder;
use crate::units::{KeyOf, UnitRef, UnitStore};
use crate::witnesses::{Witnessing, kept_policy};
use walk::Read;

/// A ledger that is only looked at.
#[derive(Debug)]
pub struct Reader {
    place: Place,
    units: UnitStore,
    read: Read,
}

impl Reader {
    /// Reads the ledger in a folder as it is now.
    ///
    /// # Errors
    ///
    /// When the folder holds no ledger, or something that was acknowledged is damaged or missing.
    pub fn open(folder: &Path) -> Result<Self, LedgerError> {
        let place = Place::read(folder)?;
        let mut read = Read::default();
        read.on(&place)?;
        // Names and keys are durable before the first entry that needs them, so they are read after the entries.
        let place = Place::read(folder)?;
        let path = folder.join("vault").join("units");
        let units = UnitStore::look(&path, place.vault_key())?;
        let reader = Self { place, units, read };
        reader.registered()?;
        Ok(reader)
    }

    /// Reads what came since; the number of new records.
    ///
    /// # Errors
    ///
    /// As [`Reader::open`].
    pub fn refresh(&mut self) -> Result<u64, LedgerError> {
        let before = self.records();
        self.read.on(&self.place)?;
        self.place = Place::read(self.place.folder())?;
        self.units.look_on()?;
        self.registered()?;
        Ok(self.records().saturating_sub(before))
    }

    /// Every log that has entries must have a name.
    fn registered(&self) -> Result<(), LedgerError> {
        let log = self.read.sizes.len();
        if log > self.place.origins().len() {
            return Err(LedgerError::Record {
                record: self.records(),
                wrong: format!("log {log} is not registered"),
            });
        }
        Ok(())
    }

    /// The data folder.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Number of records, over all logs and ticks.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.read.records.len()
    }

    /// The record of this number, from 0.
    ///
    /// # Errors
    ///
    /// When there is none, or it does not verify any more.
    pub fn record(&self, number: u64) -> Result<Stored, LedgerError> {
        let folder = self.place.folder().join("wal");
        self.read.records.read(&folder, &self.units, number)
    }

    /// The record that came under this idempotency id.
    ///
    /// # Errors
    ///
    /// When a record that may be it does not verify any more.
    pub fn by_id(&self, id: &[u8; 16]) -> Result<Option<u64>, LedgerError> {
        let folder = self.place.folder().join("wal");
        self.read.records.by_id(&folder, id)
    }

    /// The salt of an entry's commitment, for whoever is shown its body; `None` when it was erased. `unit` is
    /// the one of the entry's subject: `leaf.case`, except for an erasure.
    ///
    /// # Errors
    ///
    /// When the key store cannot be read.
    pub fn salt(&self, unit: UnitRef, leaf: &Leaf) -> Result<Option<[u8; 32]>, LedgerError> {
        Ok(match self.units.key(unit)? {
            KeyOf::Alive(key) => Some(key.body_salt(&leaf.idempotency)),
            KeyOf::Destroyed | KeyOf::Unknown => None,
        })
    }

    /// What a unit stands for, for example `case:C1`; `None` when it never was or its key was destroyed.
    ///
    /// # Errors
    ///
    /// When the key store cannot be read.
    pub fn label(&self, unit: UnitRef) -> Result<Option<String>, LedgerError> {
        Ok(self.units.label(unit)?)
    }

    /// The unit of a label, if there is one with a key: what the leaves have as their `case`.
    ///
    /// # Errors
    ///
    /// When the key store cannot be read.
    pub fn unit_of(&self, label: &str) -> Result<Option<UnitRef>, LedgerError> {
        Ok(self.units.find(label)?)
    }

    /// Units whose key was destroyed, as of the last look: what is derived must be from after as many.
    #[must_use]
    pub fn destroyed(&self) -> usize {
        self.units.destroyed()
    }

    /// The logs in the order of their numbers, with the sizes that were read and those that are published now.
    ///
    /// # Errors
    ///
    /// When a published checkpoint cannot be read.
    pub fn logs(&self) -> Result<Vec<LogState>, LedgerError> {
        let policy = kept_policy(self.place.folder()).ok().flatten();
        let mut logs = Vec::new();
        for (number, origin) in self.place.origins().iter().enumerate() {
            let key = &self.place.log_key(origin)?;
            let folder = LogFolder::at(self.place.log_folder(origin));
            let published = folder.checkpoint(key)?;
            let witnessing = policy.as_ref().zip(published.as_ref());
            logs.push(LogState {
                origin: Arc::from(origin.as_str()),
                folder: folder.path().to_owned(),
                key: key.to_string(),
                size: self.read.sizes.get(number).copied().unwrap_or(0),
                witnessing: witnessing.map(|(policy, (_, note))| {
                    Witnessing::of(policy, key, note, &Witnessing::default(), 0)
                }),
                published: published.map_or(0, |(checkpoint, _)| checkpoint.size),
            });
        }
        Ok(logs)
    }

    /// The proof that an entry is under the published checkpoint; `None` while it is not, or when there is no
    /// such log.
    ///
    /// # Errors
    ///
    /// When the published files cannot be read.
    pub fn proof(&self, origin: &str, index: u64) -> Result<Option<ProofFile>, LedgerError> {
        if !self.place.origins().iter().any(|known| known == origin) {
            return Ok(None);
        }
        let folder = LogFolder::at(self.place.log_folder(origin));
        proof_in(&folder, &self.place.log_key(origin)?, index)
    }
}
