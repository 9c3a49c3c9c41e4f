//! How a file is to be read.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::table::mapping::TableMapping;

/// A log format. Compression is not a format: it is detected by content.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// XES 1.0 or 2.0 (IEEE 1849).
    Xes,
    /// OCEL 2.0 as JSON.
    OcelJson,
    /// OCEL 2.0 as XML.
    OcelXml,
    /// OCEL 2.0 as SQLite.
    OcelSqlite,
    /// Comma- or otherwise separated values with a header line.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// CloudEvents 1.0, one JSON object a line.
    CloudEvents,
}

impl fmt::Display for Format {
    /// The format's name in a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Xes => "XES",
            Self::OcelJson => "OCEL 2.0 JSON",
            Self::OcelXml => "OCEL 2.0 XML",
            Self::OcelSqlite => "OCEL 2.0 SQLite",
            Self::Csv => "CSV",
            Self::Parquet => "Parquet",
            Self::CloudEvents => "CloudEvents",
        })
    }
}

/// Where a log comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// A file.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

/// How a file is to be read.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The format; detected by name and content when `None`.
    pub format: Option<Format>,
    /// Pass over broken records and count them instead of refusing the file.
    pub lenient: bool,
    /// Columns of tables.
    pub mapping: TableMapping,
    /// Zone of times written without an offset; UTC when `None`.
    pub zone: Option<jiff::tz::TimeZone>,
    /// For XES: the classifier whose keys, joined with `+`, name the activity; `concept:name`
    /// alone when `None`.
    pub classifier: Option<String>,
    /// Threads that reading may use; with 2 or more a compressed file is decompressed ahead in one
    /// of its own. The result is the same.
    pub threads: usize,
    /// Bytes of the source (as it lies there, compressed or not) consumed so far, for a progress bar.
    pub progress: Option<Arc<AtomicU64>>,
}
