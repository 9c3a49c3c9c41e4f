//! Where records come from, as often as they are needed.

use std::io;
use std::path::PathBuf;

use cage_formats::{ReadError, ReadOptions, ReadReport, Source};
use cage_model::{Interner, LogSink};
use tempfile::NamedTempFile;

use crate::check::CheckError;

/// A log that can be read more than once, each time the same.
pub(crate) trait Supply {
    /// The names of its files, as given.
    fn files(&self) -> Vec<String>;

    /// Reads everything, file by file.
    fn read(
        &self,
        names: &mut Interner,
        sink: &mut dyn LogSink,
    ) -> Result<Vec<ReadReport>, CheckError>;
}

/// Files, and standard input kept in a temporary file.
pub(crate) struct Files<'s> {
    sources: &'s [Source],
    options: &'s ReadOptions,
    spooled: Option<NamedTempFile>,
}

const STANDARD_INPUT: &str = "standard input";

impl<'s> Files<'s> {
    pub(crate) fn new(sources: &'s [Source], options: &'s ReadOptions) -> Result<Self, CheckError> {
        let spooled = if sources.contains(&Source::Stdin) {
            Some(spool().map_err(CheckError::Spool)?)
        } else {
            None
        };
        Ok(Self {
            sources,
            options,
            spooled,
        })
    }

    fn read_one(
        &self,
        source: &Source,
        names: &mut Interner,
        sink: &mut dyn LogSink,
    ) -> Result<ReadReport, ReadError> {
        match (source, &self.spooled) {
            (Source::Stdin, Some(file)) => {
                let path: PathBuf = file.path().to_owned();
                let shown = path.display().to_string();
                let read = cage_formats::read(&Source::Path(path), self.options, names, sink);
                read.map_err(|error| renamed(error, &shown))
            }
            _ => cage_formats::read(source, self.options, names, sink),
        }
    }
}

fn spool() -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    io::copy(&mut io::stdin().lock(), &mut file)?;
    Ok(file)
}

/// Errors speak of standard input, not of the file that keeps it.
fn renamed(mut error: ReadError, shown: &str) -> ReadError {
    match &mut error {
        ReadError::Unreadable { file, .. }
        | ReadError::Compression { file, .. }
        | ReadError::Content { file, .. }
        | ReadError::Empty { file, .. }
        | ReadError::UnknownFormat { file, .. } => {
            if file == shown {
                STANDARD_INPUT.clone_into(file);
            }
        }
        ReadError::Stopped(_) => {}
    }
    error
}

impl Supply for Files<'_> {
    fn files(&self) -> Vec<String> {
        let name = |source: &Source| match source {
            Source::Path(path) => path.display().to_string(),
            Source::Stdin => STANDARD_INPUT.to_owned(),
        };
        self.sources.iter().map(name).collect()
    }

    fn read(
        &self,
        names: &mut Interner,
        sink: &mut dyn LogSink,
    ) -> Result<Vec<ReadReport>, CheckError> {
        let mut reports = Vec::with_capacity(self.sources.len());
        for source in self.sources {
            reports.push(self.read_one(source, names, sink)?);
        }
        Ok(reports)
    }
}
