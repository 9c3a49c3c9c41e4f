//! Log files in and out: XES, OCEL 2.0 (JSON, XML, SQLite), CSV and TSV, Parquet, and NDJSON of
//! CloudEvents, each plain, gzipped or zstd-compressed, from a path or from standard input.
//!
//! Owns the words *reader*, *writer*, *mapping*, *reject*. Judges nothing and keeps no log: a
//! reader hands each record to a [`cage_model::LogSink`] and forgets it.
//!
//! Start at [`read`]; [`write()`] is its counterpart. Inside, a reader gets an `Input` (the content,
//! decompressed) and a `Delivery` (where records, notes and rejects go).

mod cloudevents;
mod csv;
mod delivery;
mod detect;
mod error;
#[allow(dead_code, reason = "the readers come next")]
mod input;
mod json;
mod local_time;
mod ocel;
mod options;
mod output;
mod parquet;
mod read;
mod table;
mod temporary;
mod window;
mod write;
mod xes;

pub use cloudevents::{
    EventAttributes, EventFault, EventReader, OBJECT_TYPE, event_text, object_text,
};
pub use error::{ReadError, ReadReport, Skipped, WriteError, WriteReport};
pub use options::{Format, ReadOptions, Source};
pub use read::{read, read_stream};
pub use table::mapping::{MappingError, TableMapping};
pub use temporary::{TemporaryFile, remove_temporary_files};
pub use write::write;
