//! A piece of a stream in memory, which grows as far as one record needs.

use std::io::{self, Read};

const FIRST_BYTES: usize = 256 << 10;
/// A buffer that one large record made larger than this gives its memory back.
const KEPT_BYTES: usize = 16 << 20;

/// Bytes of a stream; those before `start` are done with.
pub(crate) struct Window<R> {
    source: R,
    pub(crate) buffer: Vec<u8>,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether the stream has ended: nothing comes behind `end`.
    pub(crate) exhausted: bool,
}

impl<R: Read> Window<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            exhausted: false,
        }
    }

    /// The bytes that are held and not done with.
    pub(crate) fn ahead(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Reads more; the bytes that are done with make room.
    ///
    /// # Errors
    /// Faults of the source.
    pub(crate) fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            if self.buffer.len() > KEPT_BYTES && self.end < FIRST_BYTES {
                self.buffer.truncate(FIRST_BYTES);
                self.buffer.shrink_to_fit();
            }
        }
        if self.buffer.len() - self.end < FIRST_BYTES / 2 {
            let size = (self.buffer.len() * 2).max(FIRST_BYTES);
            self.buffer.resize(size, 0);
        }
        // To the brim, so that a record larger than the buffer is looked at few times.
        while self.end < self.buffer.len() && !self.exhausted {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.exhausted = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
