//! The HTTP face of a ledger: events come in; receipts, findings and published logs go out.
//!
//! Knows connections, status codes and headers. What an event is, the crate `gateway` knows; what is kept, the
//! crate `ledger`; what was found and what names what, the crate `store`.

#![allow(
    unused_qualifications,
    reason = "the macro that describes handlers writes paths where names would do"
)]

mod acts;
mod answers;
mod asked;
mod body;
mod bundles;
mod erasures;
mod events;
mod figures;
mod findings;
mod health;
mod holds;
mod intake;
mod keep;
mod logs;
mod objects;
mod openapi;
mod problem;
mod quota;
mod rejects;
mod rows;
mod server;
mod sources;
mod state;
mod stream;
mod uploads;
mod witnessed;

pub use intake::{Figuring, Intake, IntakeError, IntakeOptions};
pub use quota::{Quota, QuotaOptions};
pub use rejects::{KeptRejects, RejectFilter, RejectOptions, RejectsError, forget_rejects};
pub use server::Server;
pub use state::Service;
pub use uploads::UploadOptions;

#[cfg(test)]
mod tests;
