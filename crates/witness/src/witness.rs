//! The witness itself: one decision for each request, remembered on the disk before anybody hears of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use cage_proof::{
    AddCheckpoint, Checkpoint, Hash, NoteSigner, VerifierKey, cosign, verify_consistency,
};

use crate::state::{Folder, Last, StateError, name_of};

/// A log that a witness watches: its origin and the keys that may sign for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Watched {
    /// The log's name.
    pub origin: String,
    /// Its keys; more than one while keys are being changed.
    pub keys: Vec<VerifierKey>,
}

impl Watched {
    /// Groups keys by the log that they are of: a log's key has the log's name.
    #[must_use]
    pub fn of_keys(keys: impl IntoIterator<Item = VerifierKey>) -> Vec<Self> {
        let mut logs: BTreeMap<String, Vec<VerifierKey>> = BTreeMap::new();
        for key in keys {
            logs.entry(key.name().to_owned()).or_default().push(key);
        }
        let logs = logs.into_iter();
        logs.map(|(origin, keys)| Self { origin, keys }).collect()
    }
}

/// What a witness says to a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It cosigned; the signature line with its newline (200).
    Cosigned(String),
    /// The request cannot be read, or asks to shrink the log (400).
    Malformed(String),
    /// No key of the log signed, or a signature fails (403).
    Untrusted(String),
    /// The log is not watched (404).
    Unknown,
    /// The proof does not start at the size that was cosigned last, which is this one (409).
    Conflict(u64),
    /// What is shown is not consistent with what was cosigned last (422).
    Inconsistent(String),
    /// The answer could not be remembered, so there is none (500).
    Failed(String),
}

/// A witness with its key, its watched logs and its memory.
#[derive(Debug)]
pub struct Witness {
    key: NoteSigner,
    folder: Folder,
    logs: BTreeMap<String, Log>,
}

#[derive(Debug)]
struct Log {
    keys: Vec<VerifierKey>,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
enum Memory {
    Nothing,
    Last(Box<Last>),
    /// Something could not be made durable: what the disk holds is open until the next start.
    Unsure(String),
}

impl Witness {
    /// Opens a witness in a folder. An empty folder is begun with this name and a new key; for a folder that is
    /// not empty the name is optional.
    ///
    /// # Errors
    ///
    /// When the folder cannot be used, is in use, or has a file that was changed.
    pub fn open(folder: &Path, name: Option<&str>, logs: Vec<Watched>) -> Result<Self, StateError> {
        let folder = Folder::open(folder)?;
        let key = folder.key(name)?;
        let mut watched = BTreeMap::new();
        for Watched { origin, keys } in logs {
            let memory = match folder.last(&origin, &key)? {
                Some(last) => Memory::Last(Box::new(last)),
                None => Memory::Nothing,
            };
            let memory = Mutex::new(memory);
            watched.insert(origin, Log { keys, memory });
        }
        Ok(Self {
            key,
            folder,
            logs: watched,
        })
    }

    /// The witness's public key.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// The body of an `add-checkpoint` request at this time, in seconds since 1970. Checking and remembering are
    /// one step, and what is answered as cosigned is durable.
    #[must_use]
    pub fn add_checkpoint(&self, request: &[u8], seconds: u64) -> Answer {
        let request = match AddCheckpoint::parse(request) {
            Ok(request) => request,
            Err(error) => return Answer::Malformed(error.to_string()),
        };
        let checkpoint = match Checkpoint::parse(&request.note.text) {
            Ok(checkpoint) => checkpoint,
            Err(error) => return Answer::Malformed(error.to_string()),
        };
        let Some(log) = self.logs.get(&checkpoint.origin) else {
            return Answer::Unknown;
        };
        if let Err(error) = request.note.signed_by(&log.keys) {
            return Answer::Untrusted(error.to_string());
        }
        if request.old > checkpoint.size {
            let (old, new) = (request.old, checkpoint.size);
            return Answer::Malformed(format!(
                "old size {old} is larger than the checkpoint's, {new}"
            ));
        }
        // The lock is held from the comparison until the new state is durable.
        let mut memory = log.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, not_before) = match &*memory {
            Memory::Nothing => ((0, Hash::of_nothing()), 0),
            Memory::Last(last) => {
                let Checkpoint { size, root, .. } = last.checkpoint;
                ((size, root), last.seconds)
            }
            Memory::Unsure(why) => return Answer::Failed(why.clone()),
        };
        if request.old != known.0 {
            return Answer::Conflict(known.0);
        }
        if let Err(why) = extends(known, &checkpoint, &request.proof) {
            return Answer::Inconsistent(why);
        }
        let mut note = request.note;
        // A clock that went back must not make a later cosignature look older.
        let seconds = seconds.max(not_before);
        let line = cosign(&self.key, &note.text, seconds);
        let keys = &log.keys;
        note.signatures
            .retain(|line| keys.iter().any(|key| line.claims(key)));
        note.signatures.push(line.clone());
        let last = Last {
            checkpoint,
            note,
            seconds,
        };
        if let Err(error) = self.folder.keep(&last) {
            let why = error.to_string();
            *memory = Memory::Unsure(why.clone());
            return Answer::Failed(why);
        }
        *memory = Memory::Last(Box::new(last));
        Answer::Cosigned(format!("{line}\n"))
    }

    /// The last checkpoint that was cosigned of the log whose origin has this SHA-256 in hexadecimal digits.
    #[must_use]
    pub fn last_checkpoint(&self, origin_digest: &str) -> Option<String> {
        let mut logs = self.logs.iter();
        let (_, log) = logs.find(|(origin, _)| name_of(origin) == origin_digest)?;
        let memory = log.memory.lock().unwrap_or_else(PoisonError::into_inner);
        match &*memory {
            Memory::Last(last) => Some(last.note.to_string()),
            Memory::Nothing | Memory::Unsure(_) => None,
        }
    }
}

/// Whether a checkpoint extends the tree of the known size and root, as the proof shows.
fn extends(known: (u64, Hash), checkpoint: &Checkpoint, proof: &[Hash]) -> Result<(), String> {
    if checkpoint.size == 0 && checkpoint.root != Hash::of_nothing() {
        return Err("the root of a log without entries is SHA-256 of nothing".to_owned());
    }
    let new = (checkpoint.size, checkpoint.root);
    verify_consistency(known, new, proof).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
