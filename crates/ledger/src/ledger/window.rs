//! A piece of a segment that is held in memory, so that records read one after the other cost one read of the file for
//! many of them.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::wal::{Frame, segment_path};

/// Bytes that are read at once when records are read one after the other, and otherwise.
const IN_ORDER_BYTES: usize = 64 << 10;
const ALONE_BYTES: usize = 2 << 10;

/// Bytes of a frame's payload at most: more is damage, and is not made room for.
const FRAME_BYTES_MAX: u32 = 1 << 20;

/// The piece that was read last.
#[derive(Debug)]
pub(super) struct Window {
    segment: u64,
    file: File,
    start: u64,
    bytes: Vec<u8>,
    /// Records that were durable when the piece was read: what came later may lie where it still has zeros.
    records: u64,
    /// The record behind the one that was read last.
    next: u64,
}

/// The bytes of one frame, from its head to its padding, and where they stand.
pub(super) struct OneFrame {
    pub(super) segment: u64,
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
}

impl Window {
    /// A window on a segment, with nothing in it.
    pub(super) fn open(folder: &Path, segment: u64) -> std::io::Result<Self> {
        Ok(Self {
            segment,
            file: File::open(segment_path(folder, segment))?,
            start: 0,
            bytes: Vec::new(),
            records: 0,
            next: 0,
        })
    }

    /// The segment.
    pub(super) fn segment(&self) -> u64 {
        self.segment
    }

    /// The frames of a record: the entry or tick at this byte, and what stands behind it. `records` is how many
    /// are durable.
    pub(super) fn frames(
        &mut self,
        (record, offset): (u64, u64),
        records: u64,
    ) -> std::io::Result<[OneFrame; 2]> {
        if record >= self.records {
            self.bytes.clear();
            self.records = records;
        }
        let ahead = if record == self.next {
            IN_ORDER_BYTES
        } else {
            ALONE_BYTES
        };
        self.next = record + 1;
        let first = self.frame(offset, ahead)?;
        let second = self.frame(offset + first.bytes.len() as u64, ahead)?;
        Ok([first, second])
    }

    fn frame(&mut self, offset: u64, ahead: usize) -> std::io::Result<OneFrame> {
        let head = self.piece(offset, 4, ahead)?;
        let length = head
            .first_chunk::<4>()
            .map_or(0, |length| u32::from_le_bytes(*length));
        if length > FRAME_BYTES_MAX {
            let wrong = format!("byte {offset}: a frame of {length} bytes is none of ours");
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, wrong));
        }
        let length = Frame::bytes(length as usize) as usize;
        let bytes = self.piece(offset, length, ahead)?.to_vec();
        Ok(OneFrame {
            segment: self.segment,
            offset,
            bytes,
        })
    }

    /// Bytes of the file; where they are not at hand, as many are read as are wanted ahead.
    fn piece(&mut self, offset: u64, length: usize, ahead: usize) -> std::io::Result<&[u8]> {
        let is_there =
            offset >= self.start && offset + length as u64 <= self.start + self.bytes.len() as u64;
        if !is_there {
            self.read(offset, length.max(ahead))?;
        }
        let from = (offset - self.start) as usize;
        let piece = self.bytes.get(from..from + length);
        piece.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }

    fn read(&mut self, offset: u64, length: usize) -> std::io::Result<()> {
        self.bytes.resize(length, 0);
        self.start = offset;
        let mut filled = 0;
        while filled < length {
            match self
                .file
                .read_at(&mut self.bytes[filled..], offset + filled as u64)
            {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.bytes.clear();
                    return Err(error);
                }
            }
        }
        self.bytes.truncate(filled);
        Ok(())
    }
}
