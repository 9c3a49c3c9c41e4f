//! Copies of a ledger: made while it is written, whole or not at all; and a ledger made from one.
//!
//! Three things are copied in this order: what is published, the write-ahead log, then names and contents. Each is
//! durable before what comes before it here needs it, so a copy never lacks anything that it speaks of. Keys go to a
//! folder of their own, which must be kept apart and not for long: whoever has both reads everything, and a key that
//! was destroyed by order must not live on in a drawer.

mod copy;
mod restore;

pub use copy::{Backup, BackupDone};
pub use restore::{Restored, restore};

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use cage_proof::Hash;
use serde::{Deserialize, Serialize};

use crate::disk::{read_checked, replace_checked};
use crate::ledger::LedgerError;
use crate::place::PlaceError;
use crate::publish::PublishError;

/// The list of a backup's files.
const LIST: &str = "backup.json";
const FORMAT: u64 = 1;

/// Why a backup cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The operating system refused.
    #[error("cannot {doing} {}: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The ledger's folder.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The ledger's published files.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The ledger that was restored does not open.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The folder holds something else.
    #[error("{}: {wrong}", .folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What is wrong and what would be right.
        wrong: String,
    },
    /// A file of a backup that is not as it was written.
    #[error("{}: {wrong}; the backup is damaged, and nothing was restored", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        wrong: String,
    },
    /// What was restored does not verify.
    #[error("what was restored does not verify, so it is not used: {first}")]
    Unsound {
        /// The first fault.
        first: String,
    },
}

/// What a backup says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    format: u64,
    /// The node whose ledger it is.
    node: String,
    /// Size and SHA-256 of each file.
    files: BTreeMap<String, Listed>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    /// Bytes, those of zeros at the end included.
    bytes: u64,
    /// SHA-256 of all but the zeros at the end, which are many in the last segment.
    sha256: String,
}

impl List {
    fn read(folder: &Path) -> Result<Option<Self>, BackupError> {
        let path = folder.join(LIST);
        let damaged = |wrong: String| BackupError::Damaged {
            path: path.clone(),
            wrong,
        };
        let read = read_checked(&path).map_err(|error| damaged(error.to_string()))?;
        let Some(bytes) = read else { return Ok(None) };
        let list: Self =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        match list.format {
            FORMAT => Ok(Some(list)),
            other => Err(damaged(format!("format {other} is not known, {FORMAT} is"))),
        }
    }

    fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(LIST);
        let text = serde_json::to_string_pretty(self).map_err(|error| BackupError::Folder {
            folder: folder.to_owned(),
            wrong: error.to_string(),
        })?;
        replace_checked(&path, text.as_bytes(), 0o600).map_err(|error| io("write", &path, error))
    }
}

impl Listed {
    fn of(content: &[u8]) -> Self {
        let end = content.iter().rposition(|byte| *byte != 0);
        let written = &content[..end.map_or(0, |last| last + 1)];
        Self {
            bytes: content.len() as u64,
            sha256: Hash::sha256(written).to_string(),
        }
    }
}

fn io(doing: &'static str, path: &Path, error: io::Error) -> BackupError {
    BackupError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests;
