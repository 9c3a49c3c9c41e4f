//! What tables have in common, be they text (CSV) or binary (Parquet): what each column means, how
//! its values are typed, and how a row becomes an event.

pub(crate) mod cell;
pub(crate) mod mapping;
pub(crate) mod names;
pub(crate) mod plan;
pub(crate) mod row;
pub(crate) mod saved;
pub(crate) mod sheet;
pub(crate) mod time;
