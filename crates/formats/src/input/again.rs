//! A source that is read more than once, because what comes late in it is needed early.

use std::path::PathBuf;

use super::Input;
use crate::error::ReadError;
use crate::options::{ReadOptions, Source};
use crate::temporary::TemporaryFile;

/// Opens the same content again; standard input was copied to a temporary file for it.
pub(crate) struct Again {
    path: PathBuf,
    name: String,
    threads: usize,
    _temporary: Option<TemporaryFile>,
}

impl Input {
    /// This input from its beginning, and the means to open it again.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`] when standard input cannot be copied to a temporary file.
    pub(crate) fn with_again(self, options: &ReadOptions) -> Result<(Self, Again), ReadError> {
        let (name, threads) = (self.name.clone(), options.threads);
        if let Some(path) = self.file.clone() {
            return Ok((
                self,
                Again {
                    path,
                    name,
                    threads,
                    _temporary: None,
                },
            ));
        }
        let copy = self.into_file()?;
        let (path, temporary) = (copy.path, copy.temporary);
        let again = Again {
            path,
            name,
            threads,
            _temporary: temporary,
        };
        Ok((again.open()?, again))
    }
}

impl Again {
    /// The content from its beginning. What is read again does not count as progress.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub(crate) fn open(&self) -> Result<Input, ReadError> {
        let options = ReadOptions {
            threads: self.threads,
            ..ReadOptions::default()
        };
        let mut input = Input::open(&Source::Path(self.path.clone()), &options)?;
        input.name.clone_from(&self.name);
        Ok(input)
    }
}
