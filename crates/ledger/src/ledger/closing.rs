//! Closed segments of the write-ahead log, named in the `admin` log by their SHA-256.
//!
//! Sealed bodies lie in the segments. A body whose key was destroyed opens no more, so only this entry still shows that
//! its segment is what it was; and the chain of groups, which whoever rewrites all segments could make anew, ends in the
//! signed log. The entries come in the order of the segments, each soon after its segment was closed.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use cage_proof::{EntryKind, Hash, Leaf};
use sha2::{Digest as _, Sha256};

use super::year::{LEDGER_SOURCE, about, draft};
use super::{Ledger, LedgerError};
use crate::Draft;
use crate::place::Stream;
use crate::wal::{segment_name, segment_path};

/// Code of the act.
const CLOSED: u64 = 3;
const TYPE: &str = "segment.closed";
const OBJECT: &str = "segment";

impl Ledger {
    /// The first closed segment, from this number on, whose hash is not in the `admin` log, and its file.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub(crate) fn unnamed_segment(&self, from: u64) -> Result<Option<(u64, PathBuf)>, LedgerError> {
        let folder = self.wal.folder();
        for segment in from..self.records.open_segment() {
            let id = closed_segment(segment, Hash::of_nothing()).idempotency;
            if self.records.by_id(folder, &id)?.is_none() {
                return Ok(Some((segment, segment_path(folder, segment))));
            }
        }
        Ok(None)
    }
}

/// The entry that says what a closed segment is.
pub(crate) fn closed_segment(segment: u64, hash: Hash) -> Draft {
    let file = segment_name(segment);
    let attributes = serde_json::json!({ "segment": segment, "sha256": hash.to_string() });
    draft(
        Stream::Admin,
        (EntryKind::Admin, CLOSED),
        (TYPE, OBJECT, &file),
        &attributes,
    )
}

/// Whether an entry says what a closed segment is.
pub(crate) fn is_of_segment(leaf: &Leaf) -> bool {
    (leaf.kind, leaf.source, leaf.action) == (EntryKind::Admin, LEDGER_SOURCE, CLOSED)
}

/// Number and hash of the segment that such an entry's body names.
pub(crate) fn said_of_segment(body: &[u8]) -> Option<(u64, Hash)> {
    let event: serde_json::Value = serde_json::from_slice(body).ok()?;
    let attributes = &event["data"]["attributes"];
    let segment = attributes["segment"].as_u64()?;
    let hash = Hash::from_hexadecimal(attributes["sha256"].as_str()?)?;
    (about(&event) == Some(segment_name(segment).as_str())).then_some((segment, hash))
}

/// The SHA-256 of a file, read in pieces.
pub(crate) fn hash_of_file(path: &std::path::Path) -> std::io::Result<Hash> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; 256 << 10];
    let mut hash = Sha256::new();
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(Hash(hash.finalize().into())),
            read => hash.update(&piece[..read]),
        }
    }
}
