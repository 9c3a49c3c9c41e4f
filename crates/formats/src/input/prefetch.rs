//! Decompresses ahead in a thread of its own. The bytes are the same with it and without.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

const CHUNK_BYTES: usize = 256 << 10;
const CHUNKS_AHEAD: usize = 4;

/// The reading side.
pub(super) struct Prefetch {
    chunks: Receiver<io::Result<Vec<u8>>>,
    used: SyncSender<Vec<u8>>,
    chunk: Vec<u8>,
    passed: usize,
}

impl Prefetch {
    /// Starts the thread; it ends with the stream, or when this is dropped. Where no thread can be
    /// started the process is out of them and the panic of the standard library says so.
    pub(super) fn start(stream: Box<dyn Read + Send>) -> Self {
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        let (used, returned) = sync_channel(CHUNKS_AHEAD + 2);
        std::thread::spawn(move || decompress(stream, &sender, &returned));
        Self {
            chunks,
            used,
            chunk: Vec::new(),
            passed: 0,
        }
    }
}

fn decompress(
    mut stream: Box<dyn Read + Send>,
    sender: &SyncSender<io::Result<Vec<u8>>>,
    returned: &Receiver<Vec<u8>>,
) {
    loop {
        let mut chunk = returned.try_recv().unwrap_or_default();
        chunk.clear();
        let fault = stream
            .by_ref()
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut chunk)
            .err();
        let ended = fault.is_some() || chunk.len() < CHUNK_BYTES;
        // A send fails when nobody reads any more, and then there is nothing left to do.
        let heard = chunk.is_empty() || sender.send(Ok(chunk)).is_ok();
        if let Some(fault) = fault {
            let _ = sender.send(Err(fault));
        }
        if ended || !heard {
            return;
        }
    }
}

impl Read for Prefetch {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.passed == self.chunk.len() {
            match self.chunks.recv() {
                Ok(Ok(chunk)) => {
                    let used = std::mem::replace(&mut self.chunk, chunk);
                    // A full queue only means that a chunk is not used again.
                    let _ = self.used.try_send(used);
                    self.passed = 0;
                }
                Ok(Err(fault)) => return Err(fault),
                // The thread has said all: the end.
                Err(_) => return Ok(0),
            }
        }
        let count = buffer.len().min(self.chunk.len() - self.passed);
        buffer[..count].copy_from_slice(&self.chunk[self.passed..self.passed + count]);
        self.passed += count;
        Ok(count)
    }
}
