//! What a witness keeps on its disk: its key, and the last checkpoint of each log that it cosigned.
//!
//! Every file has a checksum and is replaced whole. A file that was changed closes the witness: taking it for
//! absent would let a log go back to any state.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use cage_ledger::{read_checked, replace_checked, sync_folder};
use cage_proof::{Checkpoint, Hash, KeyError, KeyKind, Note, NoteSigner, cosigned_at};

/// Why a witness's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The operating system refused, or a file was changed.
    #[error("cannot {doing} {}: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file with another content than it must have.
    #[error("{}: {wrong}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        wrong: String,
    },
    /// Another process has the folder.
    #[error("{} is in use by another process; one process at a time may be this witness", .folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder holds no key, and no name was given for a new one.
    #[error("{} holds no witness yet; a name is needed to begin one, such as `witness.example/university`", .folder.display())]
    Nameless {
        /// The folder.
        folder: PathBuf,
    },
    /// A name or key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No randomness.
    #[error("the system gives no random bytes for a key")]
    NoRandomness,
}

/// The folder of a witness. While it lives no other process can open it.
#[derive(Debug)]
pub(crate) struct Folder {
    folder: PathBuf,
    _lock: File,
}

/// The last checkpoint that was cosigned.
#[derive(Clone, Debug)]
pub(crate) struct Last {
    pub(crate) checkpoint: Checkpoint,
    /// With the log's signatures and the witness's own.
    pub(crate) note: Note,
    /// When it was cosigned, in seconds since 1970.
    pub(crate) seconds: u64,
}

impl Folder {
    pub(crate) fn open(folder: &Path) -> Result<Self, StateError> {
        let logs = folder.join("logs");
        fs::create_dir_all(&logs).map_err(|error| io("make", &logs, error))?;
        sync_folder(folder).map_err(|error| io("synchronise", folder, error))?;
        let path = folder.join("lock");
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(false);
        let lock = options
            .open(&path)
            .map_err(|error| io("open", &path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let folder = folder.to_owned();
                return Err(StateError::InUse { folder });
            }
            Err(TryLockError::Error(error)) => return Err(io("lock", &path, error)),
        }
        let folder = folder.to_owned();
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    /// The witness's key; made with this name if there is none.
    pub(crate) fn key(&self, name: Option<&str>) -> Result<NoteSigner, StateError> {
        let path = self.folder.join("key");
        let wrong = |wrong: String| StateError::Content {
            path: path.clone(),
            wrong,
        };
        let read = read_checked(&path).map_err(|error| io("read", &path, error))?;
        let Some(text) = read else {
            return self.new_key(&path, name);
        };
        let text = String::from_utf8(text).map_err(|_| wrong("is no text".to_owned()))?;
        let key = NoteSigner::parse(&text)?;
        let known = key.verifier().name();
        if key.verifier().kind() != KeyKind::Cosignature {
            return Err(wrong(
                "is a key that signs notes, not one that cosigns".to_owned(),
            ));
        }
        match name {
            Some(name) if name != known => Err(wrong(format!(
                "is the key of {known:?}, not of {name:?}; each witness has a folder of its own"
            ))),
            _ => Ok(key),
        }
    }

    fn new_key(&self, path: &Path, name: Option<&str>) -> Result<NoteSigner, StateError> {
        let folder = self.folder.clone();
        let name = name.ok_or(StateError::Nameless { folder })?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| StateError::NoRandomness)?;
        let key = NoteSigner::from_seed(name, KeyKind::Cosignature, &seed)?;
        replace_checked(path, key.to_secret_text().as_bytes(), 0o600)
            .map_err(|error| io("write", path, error))?;
        Ok(key)
    }

    /// The last checkpoint of a log that this key cosigned; `None` before the first.
    pub(crate) fn last(&self, origin: &str, key: &NoteSigner) -> Result<Option<Last>, StateError> {
        let path = self.path_of(origin);
        let read = read_checked(&path).map_err(|error| io("read", &path, error))?;
        let Some(bytes) = read else { return Ok(None) };
        let wrong = |wrong: String| StateError::Content {
            path: path.clone(),
            wrong,
        };
        let read = Checkpoint::of_note(&bytes).map_err(|error| wrong(error.to_string()))?;
        let (checkpoint, note) = read;
        if checkpoint.origin != origin {
            return Err(wrong(format!(
                "is of {:?}, not of {origin:?}",
                checkpoint.origin
            )));
        }
        let keys = [key.verifier().clone()];
        let own = cosigned_at(&note, &keys).map_err(|error| wrong(error.to_string()))?;
        let seconds = own.first().map(|own| own.seconds);
        let seconds = seconds.ok_or_else(|| wrong("this witness did not cosign it".to_owned()))?;
        Ok(Some(Last {
            checkpoint,
            note,
            seconds,
        }))
    }

    /// Keeps a checkpoint in place of the one before it; it is durable when this returns.
    pub(crate) fn keep(&self, last: &Last) -> Result<(), StateError> {
        let path = self.path_of(&last.checkpoint.origin);
        replace_checked(&path, last.note.to_string().as_bytes(), 0o644)
            .map_err(|error| io("write", &path, error))
    }

    fn path_of(&self, origin: &str) -> PathBuf {
        self.folder.join("logs").join(name_of(origin))
    }
}

/// How a log is named in paths: the SHA-256 of its origin in hexadecimal digits.
pub(crate) fn name_of(origin: &str) -> String {
    Hash::sha256(origin.as_bytes()).to_string()
}

fn io(doing: &'static str, path: &Path, error: std::io::Error) -> StateError {
    StateError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}
