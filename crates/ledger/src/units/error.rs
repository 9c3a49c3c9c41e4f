//! Why the key store cannot be used.

use std::path::PathBuf;

use super::record::LABEL_BYTES_MAX;
use crate::seal::SealError;

/// Why the key store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnitError {
    /// The operating system refused.
    #[error("cannot {doing} the key store {}: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// There is no space for a new key; nothing that was kept has changed, and it can be tried again.
    #[error("no space for a new key in {}: {error}", .path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Not a key store.
    #[error("{} is no key store of version 2", .path.display())]
    Magic {
        /// The file.
        path: PathBuf,
    },
    /// A record that was changed.
    #[error("{}: the record at byte {at} is damaged", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the record begins.
        at: u64,
    },
    /// A key that does not open with the agency's key.
    #[error("{}: the key at byte {at} does not open with the agency's key", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Where the record begins.
        at: u64,
    },
    /// A label too long.
    #[error("a label of {bytes} bytes is too long, at most {LABEL_BYTES_MAX} are")]
    Label {
        /// Its length.
        bytes: usize,
    },
    /// No randomness.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No such unit, or its key was destroyed.
    #[error("the key of this unit is gone")]
    Gone,
}
