//! What comes in: CloudEvents to entries of the ledger, with a reason for each one that is refused.
//!
//! Owns the words *incoming event*, *rejection*, *vocabulary*, *gate*. Knows JSON and headers, and no sockets: the crate `web`
//! carries bytes here and answers back. What an event means is decided by rules, not here.

mod cloudevent;
mod gate;
mod headers;
mod limits;
mod minify;
mod noted;
mod own;
mod reader;
mod shape;
mod tree;
mod vocabulary;

pub use cloudevent::{Incoming, Rejection, batch, lines, one};
pub use gate::{Admission, Gate, Undeclared};
pub use headers::structured;
pub use noted::Noted;
pub use own::{OWN_SOURCE, OwnEvent, SOURCE_CONFLICT, conflict, own_event};
pub use shape::{Shape, shape_number, shape_of};
pub use vocabulary::{Declarations, Drifted, Vocabulary};

/// The JSON Schema (2020-12) of an event, as `docs/schema/event.schema.json` has it.
pub const EVENT_SCHEMA: &str = include_str!("../../../docs/schema/event.schema.json");
