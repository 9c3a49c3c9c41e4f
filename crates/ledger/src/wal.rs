//! The write-ahead log: what was acknowledged is here, in order, and every change of it shows.
//!
//! One log for all streams of a node, in segments of a fixed size that are filled with zeros before they
//! are used. Entries are written in groups; a group is there whole or not at all (see [`Writer::append`]
//! and the torn-tail rule of [`recover`]). The bytes are those of the ledger's specification, section 2.4.

mod follow;
mod frame;
mod recover;
mod scan;
pub(crate) mod script;
mod segment;
mod writer;

pub use follow::{ReadTo, read_on};
pub use frame::{Frame, FrameFault, FrameKind};
pub use recover::{Recovered, SegmentEnd, TakeUp, recover};
pub use scan::{Group, ScanFault, Scanned, scan};
pub use segment::{SegmentFault, SegmentHeader};
pub(crate) use segment::{is_being_made, name_of as segment_name, path_of as segment_path};
pub use writer::{Medium, OpenMedium, Writer, WriterOptions};

use std::path::PathBuf;

/// Where a group of the write-ahead log stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct GroupPlace {
    /// Number of the segment.
    pub segment: u64,
    /// Byte of the segment where its first frame begins.
    pub offset: u64,
    /// Number of the group, counted over all segments.
    pub group: u64,
}

/// Why the write-ahead log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WalError {
    /// The operating system refused.
    #[error("{doing} {}: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// There is no space for a new segment; the log is as it was, and the same can be tried again.
    #[error("no space for {}: {error}", .path.display())]
    NoSpace {
        /// The segment that could not be made.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file that is no segment, or one of another node.
    #[error("{}: {fault}", .path.display())]
    Segment {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: SegmentFault,
    },
    /// Something acknowledged was changed or lost: never a torn tail.
    #[error(
        "{}, byte {offset}: group {group} does not verify ({fault}), but later groups do; it was acknowledged and is damaged",
        .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the group begins.
        offset: u64,
        /// Which group.
        group: u64,
        /// What is wrong with it.
        fault: ScanFault,
    },
    /// Segments do not follow one another.
    #[error("{}: segment {wanted} is missing, segment {found} comes next", .folder.display())]
    Gap {
        /// The folder.
        folder: PathBuf,
        /// What had to come.
        wanted: u64,
        /// What came.
        found: u64,
    },
    /// A group longer than a segment.
    #[error("a group of {bytes} bytes does not fit a segment of {segment}")]
    TooLarge {
        /// Its bytes.
        bytes: u64,
        /// Bytes of a segment.
        segment: u64,
    },
    /// A synchronisation failed before; what the disk holds is not known until it is read again.
    #[error(
        "the log is closed for writing: an earlier write could not be made durable; start again"
    )]
    Closed,
}

#[cfg(test)]
pub(crate) mod forgery;
#[cfg(test)]
mod tests;
