//! How a file is to be read.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

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

/// Where a log comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// A file.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

/// How the columns of a table (CSV, Parquet) become events. What is left `None` is found by name
/// (`case:concept:name`, `case_id`, `案件编号`, ...) and reported.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TableMapping {
    /// The column of the case identifier.
    pub case: Option<String>,
    /// The column of the activity.
    pub activity: Option<String>,
    /// The column of the time.
    pub time: Option<String>,
    /// The column of the arrival time.
    pub arrival: Option<String>,
    /// The column of the event identifier.
    pub id: Option<String>,
    /// Further object columns: (column, object type, qualifier).
    pub objects: Vec<(String, String, String)>,
    /// Columns to read with a given type instead of the detected one.
    pub types: Vec<(String, cage_model::Type)>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// The field delimiter; detected when `None`.
    pub delimiter: Option<u8>,
    /// Character encoding by its label (`utf-8`, `gb18030`, `windows-1252`); detected when `None`.
    pub encoding: Option<String>,
    /// Format of times in strftime notation; detected when `None`.
    pub time_format: Option<String>,
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
    /// Bytes of the source consumed so far, for a progress bar.
    pub progress: Option<Arc<AtomicU64>>,
}
