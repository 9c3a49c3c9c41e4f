//! The HTTP face of a ledger: events come in; receipts, findings and published logs go out.
//!
//! Knows connections, status codes and headers. What an event is, the crate `gateway` knows; what is kept, the
//! crate `ledger`.

mod events;
mod findings;
mod health;
mod logs;
mod server;
mod state;
mod witnessed;

pub use server::{ServeError, Server};
pub use state::Service;
