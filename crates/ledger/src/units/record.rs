//! One record of the key store as bytes, and where bytes are read from.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use super::UnitRef;
use crate::seal::SEAL_BYTES;

/// Length, checksum and state before each record's content.
pub(super) const HEAD_BYTES: usize = 9;
/// Reference, hash of the label and wrapped key.
pub(super) const FIXED_BYTES: usize = 16 + 16 + 32 + SEAL_BYTES;
/// A label is at most this long.
pub(super) const LABEL_BYTES_MAX: usize = 4_096;
/// Content of a record at most.
pub(super) const CONTENT_BYTES_MAX: usize = FIXED_BYTES + SEAL_BYTES + LABEL_BYTES_MAX;
pub(super) const ALIVE: u8 = 1;
pub(super) const DESTROYED: u8 = 2;

/// A record whose checksum holds.
pub(super) struct Record {
    pub(super) at: u64,
    pub(super) state: u8,
    pub(super) content: Vec<u8>,
}

impl Record {
    /// The record of these bytes, from its head to its end.
    pub(super) fn of(at: u64, bytes: &[u8]) -> Option<Self> {
        let (head, content) = bytes.split_first_chunk::<HEAD_BYTES>()?;
        let [l0, l1, l2, l3, c0, c1, c2, c3, state] = *head;
        let right = checksum([l0, l1, l2, l3], state, content);
        let whole = content.len() >= FIXED_BYTES + SEAL_BYTES
            && content.len() == content_bytes(head)
            && matches!(state, ALIVE | DESTROYED)
            && u32::from_le_bytes([c0, c1, c2, c3]) == right;
        whole.then(|| Self {
            at,
            state,
            content: content.to_vec(),
        })
    }

    pub(super) fn unit(&self) -> UnitRef {
        UnitRef(self.content.first_chunk().copied().unwrap_or_default())
    }

    pub(super) fn label_hash(&self) -> [u8; 16] {
        let hash = self.content.get(16..).and_then(<[u8]>::first_chunk);
        hash.copied().unwrap_or_default()
    }
}

pub(super) fn write_record(state: u8, content: &[u8], out: &mut Vec<u8>) {
    let length = (content.len() as u32).to_le_bytes();
    out.extend(length);
    out.extend(checksum(length, state, content).to_le_bytes());
    out.push(state);
    out.extend(content);
}

/// What a record's head says of the length of its content.
pub(super) fn content_bytes(head: &[u8; HEAD_BYTES]) -> usize {
    let [l0, l1, l2, l3, ..] = *head;
    u32::from_le_bytes([l0, l1, l2, l3]) as usize
}

fn checksum(length: [u8; 4], state: u8, content: &[u8]) -> u32 {
    let head = crc32c::crc32c_append(crc32c::crc32c(&length), &[state]);
    crc32c::crc32c_append(head, content)
}

/// A file that is read from a place on, whatever else reads it.
pub(super) struct At {
    pub(super) file: File,
    pub(super) at: u64,
}

impl std::io::Read for At {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read_at(into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// The first bytes of something that is spread evenly: a hash of it.
pub(super) fn prefix(bytes: &[u8; 16]) -> u32 {
    bytes.first_chunk().copied().map_or(0, u32::from_le_bytes)
}
