//! Where records come from, as often as they are needed.

use std::io;
use std::path::Path;

use cage_formats::{ReadError, ReadOptions, ReadReport, Source, TemporaryFile};
use cage_model::{Interner, LogSink};

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

/// Files, and what can be read only once (standard input, pipes) kept in temporary files.
pub(crate) struct Files<'s> {
    sources: &'s [Source],
    options: &'s ReadOptions,
    /// For each source its copy, where it has one.
    copies: Vec<Option<TemporaryFile>>,
}

const STANDARD_INPUT: &str = "standard input";

impl<'s> Files<'s> {
    pub(crate) fn new(sources: &'s [Source], options: &'s ReadOptions) -> Result<Self, CheckError> {
        let copies = sources.iter().map(copy).collect::<Result<_, _>>()?;
        Ok(Self {
            sources,
            options,
            copies,
        })
    }

    fn read_one(
        &self,
        (source, copy): (&Source, Option<&TemporaryFile>),
        names: &mut Interner,
        sink: &mut dyn LogSink,
    ) -> Result<ReadReport, ReadError> {
        let Some(copy) = copy else {
            return cage_formats::read(source, self.options, names, sink);
        };
        let path = copy.path().to_owned();
        let shown = path.display().to_string();
        let read = cage_formats::read(&Source::Path(path), self.options, names, sink);
        read.map_err(|error| renamed(error, &shown, &name(source)))
    }
}

/// A copy of what can be read only once.
fn copy(source: &Source) -> Result<Option<TemporaryFile>, CheckError> {
    let spool = |source: &mut dyn io::Read| -> io::Result<TemporaryFile> {
        let mut file = TemporaryFile::new()?;
        io::copy(source, &mut file)?;
        Ok(file)
    };
    let copied = match source {
        Source::Stdin => spool(&mut io::stdin().lock()),
        Source::Path(path) if is_pipe(path) => {
            std::fs::File::open(path).and_then(|mut pipe| spool(&mut pipe))
        }
        Source::Path(_) => return Ok(None),
    };
    copied.map(Some).map_err(|error| CheckError::Spool {
        source_name: name(source),
        error,
    })
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|about| about.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_path: &Path) -> bool {
    false
}

fn name(source: &Source) -> String {
    match source {
        Source::Path(path) => path.display().to_string(),
        Source::Stdin => STANDARD_INPUT.to_owned(),
    }
}

/// Errors speak of the source, not of the file that keeps its copy.
fn renamed(mut error: ReadError, shown: &str, source: &str) -> ReadError {
    match &mut error {
        ReadError::Unreadable { file, .. }
        | ReadError::Compression { file, .. }
        | ReadError::Content { file, .. }
        | ReadError::Empty { file, .. }
        | ReadError::UnknownFormat { file, .. } => {
            if file == shown {
                source.clone_into(file);
            }
        }
        ReadError::Stopped(_) => {}
    }
    error
}

impl Supply for Files<'_> {
    fn files(&self) -> Vec<String> {
        self.sources.iter().map(name).collect()
    }

    fn read(
        &self,
        names: &mut Interner,
        sink: &mut dyn LogSink,
    ) -> Result<Vec<ReadReport>, CheckError> {
        let mut reports = Vec::with_capacity(self.sources.len());
        for (source, copy) in self.sources.iter().zip(&self.copies) {
            reports.push(self.read_one((source, copy.as_ref()), names, sink)?);
        }
        Ok(reports)
    }
}
