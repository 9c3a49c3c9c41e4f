//! The content of a source, decompressed: a stream with a look at its beginning, or a file.
//!
//! Compression is told by content, never by name. Damage is reported with how far the content was
//! sound. Knows nothing of formats.

mod again;
mod prefetch;
mod raw;

use std::fmt;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use self::prefetch::Prefetch;
use self::raw::{Compression, Raw};
use crate::error::ReadError;
use crate::options::{ReadOptions, Source};
use crate::temporary::TemporaryFile;

/// Bytes at the beginning of the content that [`Input::head`] shows.
const HEAD_BYTES: usize = 64 << 10;
const RAW_BUFFER_BYTES: usize = 128 << 10;

/// The content of a source, read once from start to end.
pub(crate) struct Input {
    name: String,
    /// The regular file behind it, compressed or not.
    file: Option<PathBuf>,
    /// The regular, uncompressed file behind it, where there is one.
    plain_file: Option<PathBuf>,
    head: Vec<u8>,
    head_passed: usize,
    head_fault: Option<io::Error>,
    stream: Box<dyn Read + Send>,
}

/// A file that can be read at any place; removed at the end when it is temporary.
pub(crate) struct LocalFile {
    path: PathBuf,
    /// Kept so that it is removed with this.
    temporary: Option<TemporaryFile>,
}

impl LocalFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Input {
    /// Opens a source and looks at its beginning.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`] for what cannot be opened, [`ReadError::Empty`] for 0 bytes,
    /// [`ReadError::Compression`] when not even the first byte could be decompressed.
    pub(crate) fn open(source: &Source, options: &ReadOptions) -> Result<Self, ReadError> {
        let (name, regular) = describe(source)?;
        let raw = Raw::open(source, options.progress.clone())
            .map_err(|error| unreadable(&name, error))?;
        Self::over(name, regular, raw, options)
    }

    /// Takes content that somebody else reads; `name` stands for it in messages.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub(crate) fn of_stream(
        name: &str,
        content: Box<dyn Read + Send>,
        options: &ReadOptions,
    ) -> Result<Self, ReadError> {
        let raw = Raw::over(content, options.progress.clone());
        Self::over(name.to_owned(), None, raw, options)
    }

    fn over(
        name: String,
        regular: Option<PathBuf>,
        raw: Raw,
        options: &ReadOptions,
    ) -> Result<Self, ReadError> {
        let (compression, raw) =
            Compression::detect(raw).map_err(|error| read_fault(&name, error))?;
        let raw = BufReader::with_capacity(RAW_BUFFER_BYTES, raw);
        let plain_file = regular.clone().filter(|_| compression == Compression::None);
        let mut stream = compression
            .content(raw)
            .map_err(|error| read_fault(&name, error))?;
        if compression != Compression::None && options.threads > 1 {
            stream = Box::new(Prefetch::start(stream));
        }
        let mut head = Vec::new();
        let head_fault = (&mut stream)
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)
            .err();
        match head_fault {
            Some(fault) if head.is_empty() => return Err(read_fault(&name, fault)),
            None if head.is_empty() => {
                let reason = match compression {
                    Compression::None => "it has 0 bytes".to_owned(),
                    _ => "it has 0 bytes after decompression".to_owned(),
                };
                return Err(ReadError::Empty { file: name, reason });
            }
            _ => {}
        }
        Ok(Self {
            name,
            file: regular,
            plain_file,
            head,
            head_passed: 0,
            head_fault,
            stream,
        })
    }

    /// The source's name for messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The file of the same name with `ending` behind it.
    pub(crate) fn beside(&self, ending: &str) -> Option<PathBuf> {
        let mut path = self.file.clone()?.into_os_string();
        path.push(ending);
        Some(path.into())
    }

    /// The first bytes of the content, up to 64 KiB; they are still to be read.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Passes over bytes of the head, so that reading begins behind them.
    pub(crate) fn pass_over(&mut self, bytes: usize) {
        self.head_passed = (self.head_passed + bytes).min(self.head.len());
    }

    /// The same content as a file, for formats that are read at many places: the file itself, or a
    /// temporary copy of what is compressed or comes from standard input.
    pub(crate) fn into_file(mut self) -> Result<LocalFile, ReadError> {
        if let Some(path) = self.plain_file.take() {
            return Ok(LocalFile {
                path,
                temporary: None,
            });
        }
        let name = self.name.clone();
        let spool = |error: io::Error| ReadError::Unreadable {
            file: name.clone(),
            reason: format!("no temporary copy can be made: {error}"),
            source: Some(error),
        };
        let mut temporary = TemporaryFile::new().map_err(spool)?;
        let mut buffer = vec![0; RAW_BUFFER_BYTES];
        loop {
            let count = match self.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) => return Err(read_fault(&self.name, error)),
            };
            io::Write::write_all(&mut temporary, &buffer[..count]).map_err(spool)?;
        }
        let path = temporary.path().to_owned();
        Ok(LocalFile {
            path,
            temporary: Some(temporary),
        })
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let head = &self.head[self.head_passed..];
        if !head.is_empty() {
            let count = head.len().min(buffer.len());
            buffer[..count].copy_from_slice(&head[..count]);
            self.head_passed += count;
            return Ok(count);
        }
        match self.head_fault.take() {
            Some(fault) => Err(fault),
            None => self.stream.read(buffer),
        }
    }
}

/// The name for messages, and the path of a regular file.
fn describe(source: &Source) -> Result<(String, Option<PathBuf>), ReadError> {
    let Source::Path(path) = source else {
        return Ok(("standard input".to_owned(), None));
    };
    let name = path.display().to_string();
    let about = std::fs::metadata(path).map_err(|error| unreadable(&name, error))?;
    if about.is_dir() {
        let reason = "it is a directory; name the log files in it".to_owned();
        return Err(ReadError::Unreadable {
            file: name,
            reason,
            source: None,
        });
    }
    Ok((name, about.is_file().then(|| path.clone())))
}

fn unreadable(name: &str, error: io::Error) -> ReadError {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory; name the log files in it".to_owned(),
        _ => error.to_string(),
    };
    ReadError::Unreadable {
        file: name.to_owned(),
        reason,
        source: Some(error),
    }
}

/// The compressed data is damaged; travels as an [`io::Error`] through readers that know only those.
#[derive(Debug)]
struct Damage {
    /// Bytes of content before it.
    bytes: u64,
    reason: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "damaged after {} bytes: {}", self.bytes, self.reason)
    }
}

impl std::error::Error for Damage {}

/// The error to report for one that reading an [`Input`] gave.
pub(crate) fn read_fault(name: &str, error: io::Error) -> ReadError {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Damage>())
    {
        Some(damage) => ReadError::Compression {
            file: name.to_owned(),
            bytes: damage.bytes,
            reason: damage.reason.clone(),
        },
        None => unreadable(name, error),
    }
}
