//! Where writers write: a temporary file beside the target, compressed as the name says, which
//! takes the target's place only when everything is written.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::WriteError;
use crate::temporary::TemporaryFile;
use flate2::write::GzEncoder;

const BUFFER_BYTES: usize = 256 << 10;
/// Faster than the usual 6, at a tenth more bytes.
const GZIP_LEVEL: u32 = 4;
const ZSTD_LEVEL: i32 = 3;

/// A file being written.
pub(crate) struct Output {
    target: PathBuf,
    temporary: TemporaryFile,
    place: Target,
}

/// What takes the finished file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    /// A name in a folder.
    Name,
    /// A device or pipe: it gets the bytes and stays what it is.
    Device,
}

/// The stream into an [`Output`].
pub(crate) enum Stream {
    Plain(BufWriter<File>),
    Gzip(BufWriter<GzEncoder<File>>),
    Zstd(BufWriter<zstd::Encoder<'static, File>>),
}

impl Output {
    /// Makes the temporary file.
    ///
    /// # Errors
    /// [`WriteError::Unwritable`] when the folder is missing or not writable.
    pub(crate) fn create(target: &Path) -> Result<Self, WriteError> {
        let about = std::fs::metadata(target);
        if about.as_ref().is_ok_and(|about| about.is_dir()) {
            let error = io::Error::from(io::ErrorKind::IsADirectory);
            return Err(unwritable(target, error));
        }
        let place = match about {
            Ok(about) if !about.is_file() => Target::Device,
            _ => Target::Name,
        };
        let made = match place {
            Target::Device => TemporaryFile::new(),
            Target::Name => TemporaryFile::within(&folder_of(&resolved(target))),
        };
        Ok(Self {
            target: target.to_owned(),
            temporary: made.map_err(|error| unwritable(target, error))?,
            place,
        })
    }

    /// Whether the target is a name in a folder, beside which other files can stand.
    pub(crate) fn has_neighbours(&self) -> bool {
        self.place == Target::Name
    }

    /// The path of the temporary file, for writers that open files themselves.
    #[allow(dead_code, reason = "for the writers of SQLite and Parquet")]
    pub(crate) fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// The file of the target's name with `ending` behind it.
    pub(crate) fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.target.clone().into_os_string();
        path.push(ending);
        path.into()
    }

    /// Whether the target's name, an ending of compression left out, ends in this.
    pub(crate) fn is_named(&self, ending: &str) -> bool {
        let name = self.target.to_string_lossy().to_ascii_lowercase();
        let inner = [".gz", ".gzip", ".zst", ".zstd"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending));
        inner.unwrap_or(&name).ends_with(ending)
    }

    /// Writes the content through `write`, compressed as the target's name says.
    ///
    /// # Errors
    /// [`WriteError::Unwritable`] for faults of the disk; what `write` gives otherwise.
    pub(crate) fn stream(
        &self,
        write: impl FnOnce(&mut Stream) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let written = self.temporary.reopen().and_then(|file| {
            let mut stream = Stream::over(file, &self.target)?;
            write(&mut stream)?;
            stream.finish()
        });
        written.map_err(|error| self.fault(error))
    }

    /// The error for a fault while writing.
    pub(crate) fn fault(&self, error: io::Error) -> WriteError {
        unwritable(&self.target, error)
    }

    /// Puts the file in the target's place.
    ///
    /// # Errors
    /// [`WriteError::Unwritable`]; the target is then as before.
    pub(crate) fn finish(self) -> Result<(), WriteError> {
        let target = self.target;
        let finished = match self.place {
            Target::Name => share(self.temporary.path(), &target)
                .and_then(|()| self.temporary.persist(&resolved(&target))),
            Target::Device => hand_over(&self.temporary, &target),
        };
        finished.map_err(|error| unwritable(&target, error))
    }
}

/// Writes the finished bytes to a device or pipe.
fn hand_over(temporary: &TemporaryFile, target: &Path) -> io::Result<()> {
    let mut device = File::options().write(true).open(target)?;
    io::copy(&mut temporary.reopen()?, &mut device)?;
    device.flush()
}

/// The file that a link points at: it is that file which is replaced.
fn resolved(target: &Path) -> PathBuf {
    std::fs::canonicalize(target).unwrap_or_else(|_| target.to_owned())
}

fn folder_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Gives a new file the permissions that any new file of this user has (or those of the file it
/// replaces): temporary files are made for their owner alone.
#[cfg(unix)]
fn share(temporary: &Path, target: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    const ORDINARY: u32 = 0o644;
    let permissions = match std::fs::metadata(target) {
        Ok(about) => about.permissions(),
        Err(_) => std::fs::Permissions::from_mode(ORDINARY),
    };
    std::fs::set_permissions(temporary, permissions)
}

#[cfg(not(unix))]
fn share(_temporary: &Path, _target: &Path) -> io::Result<()> {
    Ok(())
}

impl Stream {
    fn over(file: File, target: &Path) -> io::Result<Self> {
        let ending = target.extension().map(|ending| ending.to_ascii_lowercase());
        Ok(match ending.as_ref().and_then(|ending| ending.to_str()) {
            Some("gz" | "gzip") => {
                let level = flate2::Compression::new(GZIP_LEVEL);
                Self::Gzip(BufWriter::with_capacity(
                    BUFFER_BYTES,
                    GzEncoder::new(file, level),
                ))
            }
            Some("zst" | "zstd") => {
                let encoder = zstd::Encoder::new(file, ZSTD_LEVEL)?;
                Self::Zstd(BufWriter::with_capacity(BUFFER_BYTES, encoder))
            }
            _ => Self::Plain(BufWriter::with_capacity(BUFFER_BYTES, file)),
        })
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(writer) => writer.into_inner()?.flush(),
            Self::Gzip(writer) => writer.into_inner()?.finish().map(|_| ()),
            Self::Zstd(writer) => writer.into_inner()?.finish().map(|_| ()),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(writer) => writer.write(bytes),
            Self::Gzip(writer) => writer.write(bytes),
            Self::Zstd(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(writer) => writer.flush(),
            Self::Gzip(writer) => writer.flush(),
            Self::Zstd(writer) => writer.flush(),
        }
    }
}

fn unwritable(file: &Path, error: io::Error) -> WriteError {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => error.to_string(),
    };
    WriteError::Unwritable {
        file: file.to_owned(),
        reason,
        source: error,
    }
}
