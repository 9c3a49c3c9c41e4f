//! Checking a whole data folder offline: every byte of it is explained, or named as a fault.
//!
//! Nothing here shares a path with writing: the write-ahead log is read strictly (no torn tail is
//! forgiven), trees are computed anew from it, and every published file is held against them. What an
//! outsider checks, who has the published files alone, is [`verify_log`].

mod against;
mod archive;
mod data;
mod erased;
mod log;
mod segments;
mod signed;

pub use against::{Against, AgainstError, BrokenPromise, Promise, against, log_against};
pub use log::{LogChecked, verify_log};

use std::fmt;
use std::path::{Path, PathBuf};

/// Which check failed, as the ledger's specification numbers them (section 1.7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Check {
    /// V1: the checkpoint, its signature, its origin.
    Checkpoint,
    /// V2: roots from bundles, tiles and checkpoint are one.
    Root,
    /// V3: every tile and bundle that the checkpoint needs.
    Tile,
    /// V4: every other file is explained.
    Unexplained,
    /// V5: archived checkpoints are consistent with the current one.
    Consistency,
    /// V6: leaf records, running numbers, idempotency ids.
    Leaf,
    /// V7: bodies open and are what leaves commit to, or were erased by order; closed segments have the hashes that the
    /// `admin` log says.
    Body,
    /// V8: the write-ahead log.
    Wal,
    /// V9: names, keys and lists of the folder.
    State,
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Checkpoint => "V1",
            Self::Root => "V2",
            Self::Tile => "V3",
            Self::Unexplained => "V4",
            Self::Consistency => "V5",
            Self::Leaf => "V6",
            Self::Body => "V7",
            Self::Wal => "V8",
            Self::State => "V9",
        })
    }
}

/// Something that is not as it must be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{check} {}: {what}", .path.display())]
pub struct Fault {
    /// Which check.
    pub check: Check,
    /// The file, below the data folder.
    pub path: PathBuf,
    /// Record, field and what is wrong with it.
    pub what: String,
}

/// What was checked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verified {
    /// Each log with its size, its published size and root.
    pub logs: Vec<LogChecked>,
    /// Records of the write-ahead log.
    pub records: u64,
    /// Bodies that opened and are what their leaves commit to.
    pub bodies: u64,
    /// Bodies that were erased by order.
    pub erased: u64,
    /// Closed segments of the write-ahead log.
    pub closed_segments: u64,
    /// Those whose hash is in the `admin` log; those behind them were closed last and will be named at the next start.
    pub named_segments: u64,
    /// Orders of erasure, in the order of the records.
    pub orders: Vec<ErasureOrder>,
    /// Files that were read.
    pub files: u64,
    /// Everything that is not as it must be, at most [`Verified::FAULTS_MAX`].
    pub faults: Vec<Fault>,
}

/// An order of erasure, and what it erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErasureOrder {
    /// Number of its record, by which it is called.
    pub record: u64,
    /// Its log.
    pub origin: String,
    /// Its index there.
    pub index: u64,
    /// Bodies whose key it destroyed.
    pub bodies: u64,
}

impl Verified {
    /// Faults that are listed at most.
    pub const FAULTS_MAX: usize = 1_000;

    /// Whether all is as it must be.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, check: Check, path: &Path, what: impl fmt::Display) {
        if self.faults.len() < Self::FAULTS_MAX {
            self.faults.push(Fault {
                check,
                path: path.to_owned(),
                what: what.to_string(),
            });
        }
    }
}

/// Checks a data folder. Nothing in it is changed; a ledger that is being written should be closed or
/// copied first, since what is being written may look unfinished.
#[must_use]
pub fn verify(folder: &Path) -> Verified {
    let mut verified = Verified::default();
    data::verify(folder, &mut verified);
    verified
}

#[cfg(test)]
mod tests;
