//! Temporary files: copies of what can be read only once, and files that are not whole yet.
//!
//! Each is removed when it is dropped. A process that ends at a signal drops nothing, so all of
//! them are known here and [`remove_temporary_files`] takes them away.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

/// The files that exist at the moment.
static OPEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A temporary file, removed when dropped.
#[derive(Debug)]
pub struct TemporaryFile {
    // Dropped, and so removed, before it is forgotten.
    file: NamedTempFile,
    known: Known,
}

/// An entry of [`OPEN`].
#[derive(Debug)]
struct Known(PathBuf);

impl Drop for Known {
    fn drop(&mut self) {
        open().retain(|path| *path != self.0);
    }
}

/// Removes every temporary file of this process, before it ends without dropping them. Whatever
/// uses one of them fails afterwards.
pub fn remove_temporary_files() {
    for path in open().drain(..) {
        // What is gone already needs no removing.
        let _ = std::fs::remove_file(path);
    }
}

fn open() -> MutexGuard<'static, Vec<PathBuf>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TemporaryFile {
    /// An empty file in the system's folder for such files.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn new() -> io::Result<Self> {
        Self::make(NamedTempFile::new)
    }

    /// An empty file in a folder, hidden.
    pub(crate) fn within(folder: &Path) -> io::Result<Self> {
        Self::make(|| {
            tempfile::Builder::new()
                .prefix(".writing-")
                .tempfile_in(folder)
        })
    }

    fn make(make: impl FnOnce() -> io::Result<NamedTempFile>) -> io::Result<Self> {
        // No signal may come between making the file and knowing of it.
        let mut open = open();
        let file = make()?;
        let path = file.path().to_owned();
        open.push(path.clone());
        Ok(Self {
            file,
            known: Known(path),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.known.0
    }

    /// The same file, opened once more.
    pub(crate) fn reopen(&self) -> io::Result<File> {
        self.file.reopen()
    }

    /// Gives it a name of its own, under which it stays.
    pub(crate) fn persist(self, target: &Path) -> io::Result<()> {
        let named = self.file.into_temp_path();
        named.persist(target).map_err(|error| error.error)
    }
}

impl Write for TemporaryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
