//! What can be wrong with a file, said so that a person can mend it.

use std::io;
use std::path::PathBuf;

use cage_model::{Place, SinkError};

use crate::options::Format;

/// Why a file could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be opened or read: missing, a directory, no permission, disk fault.
    #[error("cannot read {file}: {reason}")]
    Unreadable {
        /// The file, or `standard input`.
        file: String,
        /// In plain words, for example `it is a directory`.
        reason: String,
        /// The fault below, where there is one.
        #[source]
        source: Option<io::Error>,
    },
    /// The compressed stream is damaged or ends too early.
    #[error("{file}: the compressed data is damaged or cut off after {bytes} bytes: {reason}")]
    Compression {
        /// The file.
        file: String,
        /// Bytes of content read before the damage.
        bytes: u64,
        /// What the decompressor said.
        reason: String,
    },
    /// The content breaks its format, or a limit of ours.
    #[error("{file}{}: {message}", place.suffix())]
    Content {
        /// The file.
        file: String,
        /// Line and column, counted from 1.
        place: Place,
        /// What is wrong, with the offending text, and what would be right.
        message: String,
    },
    /// Nothing in the file: zero bytes, or no event.
    #[error("{file} holds no event: {reason}")]
    Empty {
        /// The file.
        file: String,
        /// In plain words.
        reason: String,
    },
    /// The format could not be told from name and content.
    #[error("{file}: cannot tell which format this is ({reason}); name it with --format")]
    UnknownFormat {
        /// The file.
        file: String,
        /// What was looked at.
        reason: String,
    },
    /// The consumer stopped the reading.
    #[error(transparent)]
    Stopped(SinkError),
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file could not be created or written: its folder is missing, no permission, disk full.
    #[error("cannot write {}: {reason}", file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// In plain words.
        reason: String,
        /// The fault below.
        #[source]
        source: io::Error,
    },
    /// The name's ending tells no format.
    #[error("{}: this ending names no log format; {KNOWN_ENDINGS}", file.display())]
    UnknownFormat {
        /// The file.
        file: PathBuf,
    },
    /// The format cannot hold something that the log has.
    #[error("{format} cannot hold {what}")]
    Unrepresentable {
        /// The target format.
        format: Format,
        /// What would be lost.
        what: String,
    },
}

/// A record that was passed over in lenient reading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// The file.
    pub file: String,
    /// Where the record began.
    pub place: Place,
    /// What was wrong with it.
    pub reason: String,
}

/// What a reader has to say besides the records.
#[derive(Clone, Debug)]
pub struct ReadReport {
    /// The format as given or detected.
    pub format: Format,
    /// Events delivered.
    pub events: u64,
    /// Records passed over (lenient reading only).
    pub skipped: u64,
    /// The first of them, at most [`ReadReport::SKIPPED_KEPT`].
    pub first_skipped: Vec<Skipped>,
    /// What was detected and assumed: delimiter, encoding, date format, column mapping, defects
    /// that were mended. One sentence each, in English.
    pub notes: Vec<String>,
}

impl ReadReport {
    /// How many skipped records are kept word for word.
    pub const SKIPPED_KEPT: usize = 100;
}

/// What a writer has to say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WriteReport {
    /// What the target format could not hold and the file therefore lacks. One sentence each, in
    /// English.
    pub notes: Vec<String>,
}

/// The endings of log files, for messages.
pub(crate) const KNOWN_ENDINGS: &str = "use .xes, .csv, .tsv, .parquet, .jsonocel (or .json), \
     .xmlocel (or .xml), .sqlite or .ndjson; .gz or .zst may follow";
