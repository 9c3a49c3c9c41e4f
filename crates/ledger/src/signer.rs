//! What signs a log's checkpoints: a key that remembers what it signed last, and signs nothing that does not extend it.
//!
//! What was signed is durable before the signature exists, so not even a kill between the two lets another
//! checkpoint of the same size be signed later.

mod link;
mod server;
mod wire;

pub(crate) use link::{LogSigner, SignerLink};
pub use server::{SignerFolder, SignerServer};
pub use wire::{SIGNER_BYTES_MAX, SignerReply, SignerRequest, WireError};

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cage_proof::{
    Checkpoint, Hash, NoteSignature, NoteSigner, ProofError, VerifierKey, verify_consistency,
};

use crate::disk::{read_checked, replace_checked};

/// The folder of the signers' states in a data folder.
pub(crate) const FOLDER: &str = "signer";

/// Why nothing is signed.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The state cannot be read or kept.
    #[error("cannot {doing} {}: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The state is not what it must be.
    #[error("{}: {wrong}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        wrong: String,
    },
    /// The signer is a process of its own, and does not answer.
    #[error("the signer at {} does not sign: {why}", .socket.display())]
    Unreachable {
        /// Where it listens.
        socket: PathBuf,
        /// Why.
        why: String,
    },
    /// The signer has signed a larger tree than this side knew; a new proof starts there.
    #[error("{origin}: the signer signed {signed} entries before")]
    Behind {
        /// The log.
        origin: String,
        /// Size that was signed last.
        signed: u64,
    },
    /// The checkpoint does not extend the one that was signed last.
    #[error(
        "{origin}: a checkpoint of {signed} entries was signed last, and the one of {asked} entries does not extend it: {why}"
    )]
    Refused {
        /// The log.
        origin: String,
        /// Size that was signed last.
        signed: u64,
        /// Size that was to be signed.
        asked: u64,
        /// Why it does not.
        why: ProofError,
    },
}

/// The key of one log with its memory.
#[derive(Debug)]
pub(crate) struct Signer {
    key: NoteSigner,
    path: PathBuf,
    last: Option<Checkpoint>,
}

impl Signer {
    /// The signer of the log that the key is named after; its state lies in a data folder.
    pub(crate) fn open(data: &Path, key: NoteSigner) -> Result<Self, SignerError> {
        let path = state_path(data, key.verifier().name());
        let last = read_state(&path, key.verifier().name())?;
        Ok(Self { key, path, last })
    }

    pub(crate) fn key(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// What was signed last.
    pub(crate) fn last(&self) -> Option<&Checkpoint> {
        self.last.as_ref()
    }

    /// Size from which a proof must start.
    pub(crate) fn size(&self) -> u64 {
        self.last.as_ref().map_or(0, |last| last.size)
    }

    /// The fault of a memory that does not know of a checkpoint that was published.
    pub(crate) fn outdated(&self, published: u64) -> SignerError {
        SignerError::Content {
            path: self.path.clone(),
            wrong: format!(
                "says that {} entries were signed last, but {published} are published; it was removed or replaced",
                self.size()
            ),
        }
    }

    /// Signs a checkpoint that extends what was signed last, as the consistency proof shows.
    pub(crate) fn sign(
        &mut self,
        checkpoint: &Checkpoint,
        proof: &[Hash],
    ) -> Result<NoteSignature, SignerError> {
        let last = self.last.as_ref();
        let old = last.map_or((0, Hash::of_nothing()), |last| (last.size, last.root));
        let new = (checkpoint.size, checkpoint.root);
        verify_consistency(old, new, proof).map_err(|why| SignerError::Refused {
            origin: checkpoint.origin.clone(),
            signed: old.0,
            asked: new.0,
            why,
        })?;
        let text = checkpoint.to_string();
        if self.last.as_ref() != Some(checkpoint) {
            write_state(&self.path, &text)?;
            self.last = Some(checkpoint.clone());
        }
        Ok(self.key.sign(&text))
    }
}

/// The file with the state of a log's signer.
pub(crate) fn state_path(data: &Path, origin: &str) -> PathBuf {
    data.join(FOLDER).join(state_name(origin))
}

/// Its name: the SHA-256 of the origin in hexadecimal digits.
pub(crate) fn state_name(origin: &str) -> String {
    Hash::sha256(origin.as_bytes()).to_string()
}

/// What was signed last for a log; `None` before the first.
pub(crate) fn read_state(path: &Path, origin: &str) -> Result<Option<Checkpoint>, SignerError> {
    let read = read_checked(path).map_err(|error| io("read", path, error))?;
    let Some(bytes) = read else { return Ok(None) };
    let text = String::from_utf8(bytes).unwrap_or_default();
    match Checkpoint::parse(&text) {
        Ok(checkpoint) if checkpoint.origin == origin => Ok(Some(checkpoint)),
        _ => Err(SignerError::Content {
            path: path.to_owned(),
            wrong: format!("is not what was signed last for {origin}"),
        }),
    }
}

/// Keeps what is about to be signed.
pub(crate) fn write_state(path: &Path, text: &str) -> Result<(), SignerError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| io("make", folder, error))?;
    }
    replace_checked(path, text.as_bytes(), 0o600).map_err(|error| io("write", path, error))
}

fn io(doing: &'static str, path: &Path, error: io::Error) -> SignerError {
    SignerError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod memory_tests;
#[cfg(test)]
mod tests;
