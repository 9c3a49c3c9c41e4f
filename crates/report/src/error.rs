//! Why something could not be written.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why a report or a findings file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file's ending names no format that findings are written in.
    #[error(
        "{}: cannot tell the format of the findings; the name must end in .csv, .jsonl, .xlsx or .parquet",
        file.display()
    )]
    UnknownFormat {
        /// The file.
        file: PathBuf,
    },
    /// The file could not be created or written.
    #[error("cannot write {}: {reason}", file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// In plain words.
        reason: String,
        /// The fault below, where it is one of input and output.
        #[source]
        source: Option<io::Error>,
    },
}

impl ReportError {
    /// A fault of input and output on a file.
    pub(crate) fn io(file: &std::path::Path, source: io::Error) -> Self {
        Self::Unwritable {
            file: file.to_owned(),
            reason: source.to_string(),
            source: Some(source),
        }
    }

    /// A fault that a library of a format reports.
    pub(crate) fn format(file: &std::path::Path, fault: &(dyn Error + 'static)) -> Self {
        // Libraries wrap the faults of the disk in their own.
        let mut below = Some(fault);
        while let Some(error) = below {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Self::io(file, same(error));
            }
            below = error.source();
        }
        Self::Unwritable {
            file: file.to_owned(),
            reason: fault.to_string(),
            source: None,
        }
    }
}

/// The same fault once more.
fn same(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(
        || io::Error::new(error.kind(), error.to_string()),
        io::Error::from_raw_os_error,
    )
}
