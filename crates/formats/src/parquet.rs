//! Apache Parquet: tables in columns, with types of their own.
//!
//! What columns mean is decided in `table`, as for CSV; a mapping that our writer keeps in the
//! file's own metadata says it when the user does not. Only the columns that somebody wants are
//! read, a row group at a time.

mod batch;
mod meaning;
mod reader;
mod writer;

pub(crate) use reader::read;
pub(crate) use writer::write;

/// Where in a file's metadata our writer keeps the mapping.
const MAPPING_KEY: &str = "ironcage.mapping";
