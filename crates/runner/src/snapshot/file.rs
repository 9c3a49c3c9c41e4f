//! The file of a snapshot: a packed body that is written and read piece by piece, the head behind it, and a checksum
//! over all of it. Says nothing of what they hold.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use cage_ledger::replace_file_with;
use sha2::{Digest as _, Sha256};

/// First bytes of a snapshot; the last digit is the format.
const MAGIC: &[u8; 8] = b"ICSNAP\x002";
/// Of zstd: state is mostly small numbers, and time matters more than bytes.
const COMPRESSION: i32 = 1;
/// Bytes of an unpacked body at most.
const BODY_BYTES_MAX: u64 = 8 << 30;
/// Bytes of a head at most.
const HEAD_BYTES_MAX: u32 = 16 << 20;
/// Length of the head, and the checksum.
const END_BYTES: u64 = 4 + 32;
/// Bytes that are read or written at a time.
const BUFFER_BYTES: usize = 1 << 16;

/// A snapshot whose checksum holds.
#[derive(Debug)]
pub(super) struct SnapshotFile {
    file: File,
    /// The head.
    pub(super) head: Vec<u8>,
    body_bytes: u64,
}

/// Replaces a file by a snapshot. `body` writes the body and gives the head.
pub(super) fn write(
    path: &Path,
    body: impl FnOnce(&mut dyn Write) -> io::Result<Vec<u8>>,
) -> io::Result<()> {
    replace_file_with(path, 0o644, |file| {
        let mut out = Hashing {
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            hash: Sha256::new(),
        };
        out.write_all(MAGIC)?;
        let mut packing = zstd::stream::Encoder::new(&mut out, COMPRESSION)?;
        let head = body(&mut packing)?;
        packing.finish()?;
        let length = u32::try_from(head.len()).ok();
        let length = length.filter(|length| *length <= HEAD_BYTES_MAX);
        let length = length.ok_or(io::ErrorKind::InvalidInput)?;
        out.write_all(&head)?;
        out.write_all(&length.to_le_bytes())?;
        let checksum = out.hash.finalize();
        out.file.write_all(&checksum)?;
        out.file.flush()
    })
}

/// Opens a snapshot and holds it against its checksum; the inner error says what is wrong with its content.
pub(super) fn open(path: &Path) -> io::Result<Result<SnapshotFile, &'static str>> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let Some(covered) = bytes.checked_sub(32) else {
        return Ok(Err("is cut off"));
    };
    let mut hash = Hashing {
        file: io::sink(),
        hash: Sha256::new(),
    };
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, &file);
    io::copy(&mut (&mut reader).take(covered), &mut hash)?;
    let mut checksum = [0; 32];
    reader.read_exact(&mut checksum)?;
    if checksum != <[u8; 32]>::from(hash.hash.finalize()) {
        return Ok(Err("was changed: its checksum does not hold"));
    }
    let mut magic = [0; MAGIC.len()];
    file.rewind()?;
    file.read_exact(&mut magic)?;
    let Some(content) = bytes.checked_sub(END_BYTES + MAGIC.len() as u64) else {
        return Ok(Err("is cut off"));
    };
    if magic != *MAGIC {
        return Ok(Err("is no snapshot of this format"));
    }
    let mut length = [0; 4];
    file.seek(SeekFrom::Start(bytes - END_BYTES))?;
    file.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    let body_bytes = content.checked_sub(u64::from(length));
    let Some(body_bytes) = body_bytes.filter(|_| length <= HEAD_BYTES_MAX) else {
        return Ok(Err("has a head that is longer than it"));
    };
    let mut head = vec![0; length as usize];
    file.seek(SeekFrom::Start(MAGIC.len() as u64 + body_bytes))?;
    file.read_exact(&mut head)?;
    Ok(Ok(SnapshotFile {
        file,
        head,
        body_bytes,
    }))
}

impl SnapshotFile {
    /// The body, unpacked as it is read.
    pub(super) fn body(&mut self) -> io::Result<impl Read> {
        self.file.seek(SeekFrom::Start(MAGIC.len() as u64))?;
        let packed = (&self.file).take(self.body_bytes);
        let packed = BufReader::with_capacity(BUFFER_BYTES, packed);
        let unpacked = zstd::stream::Decoder::with_buffer(packed)?;
        Ok(BufReader::with_capacity(BUFFER_BYTES, unpacked).take(BODY_BYTES_MAX))
    }
}

/// Writes on, and hashes what it writes.
struct Hashing<W> {
    file: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
