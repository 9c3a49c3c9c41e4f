//! Findings files: every finding as one row, in CSV, JSON lines, XLSX or Parquet.
//!
//! The columns are the same in all four; the order is that of the outcome. Nothing a log or a
//! pack contains becomes a formula.

mod csv;
mod jsonl;
mod parquet;
mod row;
mod xlsx;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use cage_runtime::Outcome;

use crate::error::ReportError;
use row::Rows;

/// The format of a findings file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FindingsFormat {
    /// Comma-separated values, UTF-8 with a byte order mark, quoted where needed.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// A workbook with filters and real dates.
    Xlsx,
    /// Apache Parquet.
    Parquet,
}

impl FindingsFormat {
    /// The format that a file's name ends in.
    ///
    /// # Errors
    /// [`ReportError::UnknownFormat`] for any other ending.
    pub fn of(file: &Path) -> Result<Self, ReportError> {
        let ending = file.extension().map(|ending| ending.to_ascii_lowercase());
        match ending.as_ref().and_then(|ending| ending.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl" | "ndjson") => Ok(Self::JsonLines),
            Some("xlsx") => Ok(Self::Xlsx),
            Some("parquet") => Ok(Self::Parquet),
            _ => Err(ReportError::UnknownFormat {
                file: file.to_owned(),
            }),
        }
    }
}

/// Writes every finding of an outcome to a file.
///
/// # Errors
/// When the file cannot be written, with its name and the cause.
pub fn findings(outcome: &Outcome, file: &Path, format: FindingsFormat) -> Result<(), ReportError> {
    let rows = Rows::of(outcome);
    let target = File::create(file).map_err(|fault| ReportError::io(file, fault))?;
    let mut target = BufWriter::new(target);
    match format {
        FindingsFormat::Csv => {
            csv::write(&rows, &mut target).map_err(|fault| ReportError::io(file, fault))?;
        }
        FindingsFormat::JsonLines => {
            jsonl::write(&rows, &mut target).map_err(|fault| ReportError::io(file, fault))?;
        }
        FindingsFormat::Xlsx => {
            xlsx::write(&rows, &mut target).map_err(|fault| ReportError::format(file, &fault))?;
        }
        FindingsFormat::Parquet => {
            parquet::write(&rows, &mut target)
                .map_err(|fault| ReportError::format(file, &fault))?;
        }
    }
    target.flush().map_err(|fault| ReportError::io(file, fault))
}
