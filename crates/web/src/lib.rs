//! The HTTP face of a ledger: events come in; receipts, findings and published logs go out.
//!
//! Knows connections, status codes and headers. What an event is, the crate `gateway` knows; what is kept, the
//! crate `ledger`; what was found and what names what, the crate `store`.

#![allow(
    unused_qualifications,
    reason = "the macro that describes handlers writes paths where names would do"
)]

mod acts;
mod asked;
mod events;
mod figures;
mod findings;
mod health;
mod logs;
mod objects;
mod openapi;
mod problem;
mod rows;
mod server;
mod state;
mod stream;
mod witnessed;

pub use server::{ServeError, Server};
pub use state::Service;

#[cfg(test)]
mod tests;
