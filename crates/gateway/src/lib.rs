//! What comes in: CloudEvents to entries of the ledger, with a reason for each one that is refused.
//!
//! Owns the words *incoming event*, *rejection*. Knows JSON and headers, and no sockets: the crate `web`
//! carries bytes here and answers back. What an event means is decided by rules, not here.

mod cloudevent;
mod headers;
mod minify;
mod own;

pub use cloudevent::{Incoming, Rejection, batch, lines, one};
pub use headers::binary;
pub use own::{OWN_SOURCE, OwnEvent, SOURCE_CONFLICT, conflict, own_event};
