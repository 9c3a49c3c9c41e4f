//! Holding closed segments of the write-ahead log against the hashes that the `admin` log says.

use std::path::{Path, PathBuf};

use cage_proof::Hash;

use super::{Check, Verified};
use crate::ledger::said_of_segment;
use crate::wal::segment_name;

/// The closed segments, as far as they were read.
#[derive(Debug, Default)]
pub(super) struct Segments {
    hashes: Vec<Hash>,
    /// Segments that entries named; always the first ones.
    named: u64,
}

impl Segments {
    /// A segment that was read to its end.
    pub(super) fn closed(&mut self, bytes: &[u8]) {
        self.hashes.push(Hash::sha256(bytes));
    }

    /// An entry that names a segment and whose body was erased: it cannot be compared.
    pub(super) fn unreadable(&mut self) {
        self.named += 1;
    }

    /// An entry that names a segment: the next one, which is closed, and its hash.
    pub(super) fn said(&mut self, body: &[u8], verified: &mut Verified) -> Result<(), String> {
        let wanted = self.named;
        let (segment, hash) = said_of_segment(body).ok_or("does not say what a segment is")?;
        if segment != wanted {
            return Err(format!(
                "names segment {segment} where segment {wanted} had to be"
            ));
        }
        let found = usize::try_from(segment).ok();
        let found = found.and_then(|segment| self.hashes.get(segment));
        let found = found.ok_or(format!("names segment {segment}, which is not closed"))?;
        self.named += 1;
        if *found != hash {
            let path: PathBuf = Path::new("wal").join(segment_name(segment));
            let what = format!("the admin log says that its SHA-256 is {hash}, it is {found}");
            verified.fault(Check::Body, &path, what);
        }
        Ok(())
    }

    pub(super) fn finish(&self, verified: &mut Verified) {
        verified.closed_segments = self.hashes.len() as u64;
        verified.named_segments = self.named;
    }
}
