//! Log files in and out: XES, OCEL 2.0 (JSON, XML, SQLite), CSV and TSV, Parquet, and NDJSON of
//! CloudEvents, each plain, gzipped or zstd-compressed, from a path or from standard input.
//!
//! Owns the words *reader*, *writer*, *mapping*, *reject*. Judges nothing and keeps no log: a
//! reader hands each record to a [`cage_model::LogSink`] and forgets it.
//!
//! Start at [`read`]; [`write`] is its counterpart.

mod error;
mod options;

pub use error::{ReadError, ReadReport, Skipped, WriteError};
pub use options::{Format, ReadOptions, Source, TableMapping};
