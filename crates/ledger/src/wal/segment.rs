//! Segments: files of a fixed size, full of zeros before their first use.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

use super::WalError;
use crate::disk::{is_without_space, sync_folder};

/// Where the first frame begins.
pub(super) const HEADER_BYTES: u64 = 64;
const MAGIC: [u8; 8] = *b"ICWAL\0\0\x01";
const NAME_DIGITS: usize = 12;
/// Zeros are written in pieces of this size.
const ZEROS: usize = 1 << 20;
/// So many are synchronised at once.
const ZEROS_AT_ONCE: u64 = 8 << 20;
/// The zeros of the next segment; what an interrupted preparation left is cleared at the start.
pub(super) const PREPARED: &str = "next.new";

/// The first 64 bytes of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SegmentHeader {
    /// The node whose log this is.
    pub node: [u8; 16],
    /// Number of the segment, from 0.
    pub number: u64,
    /// Number of its first group.
    pub first_group: u64,
    /// When it was made, milliseconds since 1970.
    pub created: u64,
    /// Bytes of the whole segment.
    pub bytes: u64,
}

/// Why a file is no segment of this log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SegmentFault {
    /// Too short for a header.
    #[error("{bytes} bytes are no segment")]
    Short {
        /// Its length.
        bytes: u64,
    },
    /// Another kind of file, or another version.
    #[error("does not begin as a segment of version 1")]
    Magic,
    /// The header's checksum.
    #[error("the header's checksum does not hold")]
    Checksum,
    /// The header's zeros.
    #[error("the header is not filled up with zeros")]
    Padding,
    /// Cut off, or longer.
    #[error("has {found} bytes, the header says {wanted}")]
    Length {
        /// What the file has.
        found: u64,
        /// What the header says.
        wanted: u64,
    },
    /// More groups before it than any log has.
    #[error("says that its first group is {first}, which no log reaches")]
    Groups {
        /// What the header says.
        first: u64,
    },
    /// Another node's.
    #[error("belongs to another node")]
    Node,
    /// Its name says another number.
    #[error("says it is segment {number}, its name says another")]
    Number {
        /// What the header says.
        number: u64,
    },
    /// Its first group is not the one that follows.
    #[error("begins with group {found}, {wanted} had to follow")]
    FirstGroup {
        /// What the header says.
        found: u64,
        /// What had to follow.
        wanted: u64,
    },
}

/// Group numbers end far before they overflow.
const FIRST_GROUP_MAX: u64 = 1 << 62;

impl SegmentHeader {
    pub(super) fn encode(&self) -> [u8; HEADER_BYTES as usize] {
        let mut bytes = [0; HEADER_BYTES as usize];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..24].copy_from_slice(&self.node);
        bytes[24..32].copy_from_slice(&self.number.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.first_group.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.created.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.bytes.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..60]);
        bytes[60..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads the header of a segment's bytes, all of which are given.
    ///
    /// # Errors
    ///
    /// See [`SegmentFault`].
    pub fn decode(bytes: &[u8]) -> Result<Self, SegmentFault> {
        Self::decode_head(bytes, bytes.len() as u64)
    }

    /// Reads the header of a segment of so many bytes from its beginning.
    pub(super) fn decode_head(beginning: &[u8], bytes: u64) -> Result<Self, SegmentFault> {
        let short = SegmentFault::Short { bytes };
        let head = beginning
            .first_chunk::<{ HEADER_BYTES as usize }>()
            .ok_or(short)?;
        if head[..8] != MAGIC {
            return Err(SegmentFault::Magic);
        }
        let number = |at: usize| {
            let bytes = head[at..].first_chunk::<8>().copied().unwrap_or_default();
            u64::from_le_bytes(bytes)
        };
        let mut node = [0; 16];
        node.copy_from_slice(&head[8..24]);
        let header = Self {
            node,
            number: number(24),
            first_group: number(32),
            created: number(40),
            bytes: number(48),
        };
        let right = header.encode();
        if head[60..] != right[60..] {
            return Err(SegmentFault::Checksum);
        }
        if *head != right {
            return Err(SegmentFault::Padding);
        }
        if header.first_group > FIRST_GROUP_MAX {
            return Err(SegmentFault::Groups {
                first: header.first_group,
            });
        }
        if bytes != header.bytes {
            return Err(SegmentFault::Length {
                found: bytes,
                wanted: header.bytes,
            });
        }
        Ok(header)
    }
}

/// The name of a segment's file.
pub(crate) fn name_of(number: u64) -> String {
    format!("{number:0NAME_DIGITS$}.wal")
}

/// The file of a segment.
pub(crate) fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(name_of(number))
}

/// Numbers of the segments in a folder, in order. Other files are passed over here, and found by the
/// verification.
pub(super) fn numbers_in(folder: &Path) -> Result<Vec<u64>, WalError> {
    let failed = |error| io_error("list", folder, error);
    let mut numbers: Vec<u64> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(".wal"));
        let digits = digits.filter(|digits| digits.len() == NAME_DIGITS);
        numbers.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Removes the file of a segment.
pub(super) fn remove(folder: &Path, number: u64) -> Result<(), WalError> {
    let path = path_of(folder, number);
    std::fs::remove_file(&path).map_err(|error| io_error("remove", &path, error))?;
    sync_folder(folder).map_err(|error| io_error("synchronise", folder, error))
}

/// Makes a segment: zeros first, then the header, each durable before the next; the folder last. `zeros` is a file
/// that was prepared by [`prepare`].
pub(super) fn create(
    folder: &Path,
    header: &SegmentHeader,
    zeros: Option<File>,
) -> Result<(PathBuf, File), WalError> {
    let path = path_of(folder, header.number);
    let made = match zeros {
        Some(file) => begin(&file, header).and_then(|()| {
            std::fs::rename(folder.join(PREPARED), &path)?;
            Ok(file)
        }),
        None => fill(&path, header.bytes).and_then(|file| {
            begin(&file, header)?;
            Ok(file)
        }),
    };
    let file = made.map_err(|error| {
        // A segment that is not whole must not be found at the next start; without space, this is
        // what gives the space back.
        let _ = std::fs::remove_file(&path);
        match is_without_space(&error) {
            true => WalError::NoSpace {
                path: path.clone(),
                error,
            },
            false => io_error("make", &path, error),
        }
    })?;
    sync_folder(folder).map_err(|error| io_error("synchronise", folder, error))?;
    Ok((path, file))
}

/// Makes the zeros of the next segment, while the one before it is filled.
pub(super) fn prepare(folder: &Path, bytes: u64) -> std::io::Result<File> {
    let path = folder.join(PREPARED);
    fill(&path, bytes).inspect_err(|_| {
        let _ = std::fs::remove_file(&path);
    })
}

/// Whether a file of the segments' folder is a segment that is being made: zeros, and perhaps a header.
pub(crate) fn is_being_made(name: &str, bytes: &[u8]) -> bool {
    let (head, rest) = bytes.split_at(bytes.len().min(HEADER_BYTES as usize));
    let begun = head.iter().all(|byte| *byte == 0) || SegmentHeader::decode(bytes).is_ok();
    name == PREPARED && begun && rest.iter().all(|byte| *byte == 0)
}

fn begin(file: &File, header: &SegmentHeader) -> std::io::Result<()> {
    use std::os::unix::fs::FileExt as _;
    file.write_all_at(&header.encode(), 0)?;
    file.sync_all()
}

fn fill(path: &Path, bytes: u64) -> std::io::Result<File> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    // Asking for the space first takes none where there is not enough.
    match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) | Ok(()) => {}
        Err(error) => return Err(error.into()),
    }
    let zeros = vec![0; ZEROS];
    let mut left = bytes;
    while left > 0 {
        let piece = left.min(ZEROS as u64);
        file.write_all(&zeros[..piece as usize])?;
        left -= piece;
        // In pieces, so that groups which are written meanwhile need not wait for all of it.
        if left.is_multiple_of(ZEROS_AT_ONCE) {
            file.sync_data()?;
        }
    }
    file.sync_all()?;
    Ok(file)
}

pub(super) fn io_error(doing: &'static str, path: &Path, error: std::io::Error) -> WalError {
    WalError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}
