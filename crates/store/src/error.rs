//! Why views cannot be kept or asked.

use std::path::PathBuf;

/// Why views cannot be kept or asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A batch that does not begin where the last one ended: records would be missing.
    #[error("a batch begins at record {first}, but the views end before record {position}")]
    Gap {
        /// Where the batch begins.
        first: u64,
        /// Records that the views hold.
        position: u64,
    },
    /// A change whose number is not the next one: changes would be missing.
    #[error("change {number} follows on change {last}")]
    ChangeGap {
        /// Its number.
        number: u64,
        /// The last change that the views hold.
        last: u64,
    },
    /// Events of a batch that are not in the order of their records, or outside of what the batch says it covers.
    #[error("record {record} is out of order in a batch of the records {first} to {next}")]
    Disorder {
        /// The record.
        record: u64,
        /// Where the batch begins.
        first: u64,
        /// Where it ends; this record is not in it.
        next: u64,
    },
    /// There is no space for the views. What was committed before stands; the same batch can be committed again.
    #[error("there is no space for the views in {}", path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
    },
    /// The file does not hold what was written into it. Views can be built anew.
    #[error("the views in {} are damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was seen.
        why: String,
    },
    /// A question that takes too long to answer.
    #[error("the answer would take longer than {seconds} s; ask for less")]
    TooLong {
        /// How long it may take.
        seconds: u64,
    },
    /// Anything else that the database says.
    #[error("the views in {}: {why}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What it said.
        why: String,
    },
    /// The file system.
    #[error("cannot {doing} {}: {error}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}
