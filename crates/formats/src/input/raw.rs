//! The bytes of a source as they lie there, counted, and what decompresses them.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::Damage;
use crate::options::Source;

/// Bytes that tell a compression.
const MAGIC_BYTES: usize = 4;

/// The bytes of a source, counted for the progress bar.
pub(super) struct Raw {
    from: Box<dyn Read + Send>,
    progress: Option<Arc<AtomicU64>>,
}

impl Raw {
    pub(super) fn open(source: &Source, progress: Option<Arc<AtomicU64>>) -> io::Result<Self> {
        let from: Box<dyn Read + Send> = match source {
            Source::Path(path) => Box::new(File::open(path)?),
            Source::Stdin => Box::new(io::stdin()),
        };
        Ok(Self::over(from, progress))
    }

    pub(super) fn over(from: Box<dyn Read + Send>, progress: Option<Arc<AtomicU64>>) -> Self {
        Self { from, progress }
    }
}

impl Read for Raw {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.from.read(buffer) {
            Ok(count) => {
                if let Some(progress) = &self.progress {
                    progress.fetch_add(count as u64, Ordering::Relaxed);
                }
                Ok(count)
            }
            // Interrupted is asked again by every caller and must keep its kind.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(io::Error::new(error.kind(), RawFault(error))),
        }
    }
}

/// A fault of the disk or pipe, told apart from what a decompressor complains of.
#[derive(Debug)]
struct RawFault(io::Error);

impl std::fmt::Display for RawFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for RawFault {}

/// How a source is compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// Tells the compression by the first bytes, and gives back the source with them.
    pub(super) fn detect(mut raw: Raw) -> io::Result<(Self, impl Read + Send + 'static)> {
        let mut first = Vec::with_capacity(MAGIC_BYTES);
        // A pipe may give its first bytes one by one.
        raw.by_ref()
            .take(MAGIC_BYTES as u64)
            .read_to_end(&mut first)?;
        let compression = match first.as_slice() {
            [0x1F, 0x8B, ..] => Self::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD] => Self::Zstd,
            _ => Self::None,
        };
        Ok((compression, Cursor::new(first).chain(raw)))
    }

    /// The content of `raw`.
    pub(super) fn content(
        self,
        raw: impl BufRead + Send + 'static,
    ) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::None => Box::new(raw),
            Self::Gzip => Box::new(Decompressed {
                from: MultiGzDecoder::new(raw),
                bytes: 0,
            }),
            Self::Zstd => {
                let from = zstd::stream::read::Decoder::with_buffer(raw)?;
                Box::new(Decompressed { from, bytes: 0 })
            }
        })
    }
}

/// Counts the content and marks damage.
struct Decompressed<R> {
    from: R,
    bytes: u64,
}

impl<R: Read> Read for Decompressed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.from.read(buffer) {
            Ok(count) => {
                self.bytes += count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) if error.get_ref().is_some_and(|inner| inner.is::<RawFault>()) => Err(error),
            Err(error) => {
                let reason = match error.kind() {
                    io::ErrorKind::UnexpectedEof => {
                        "the file ends within the compressed data".to_owned()
                    }
                    _ => error.to_string(),
                };
                Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    Damage {
                        bytes: self.bytes,
                        reason,
                    },
                ))
            }
        }
    }
}
