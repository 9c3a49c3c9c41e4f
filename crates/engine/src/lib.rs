//! Folds one event at a time into verdicts and findings, keyed by object.
//!
//! Owns the words *engine*, *monitor*, *activation*, *timer*. Has no clock, no input or output,
//! no randomness, no threads and no floating-point sum: equal programs and equal events give
//! equal results, live or in batch.
//!
//! Start at [`Engine`], then [`monitor`], the shape that every rule's automaton has.

mod account;
mod arena;
mod build;
mod chunks;
mod columns;
mod demand;
mod engine;
#[cfg(test)]
#[allow(dead_code, reason = "each monitor's tests use a part of it")]
mod harness;
pub mod key;
pub mod lists;
pub mod matching;
pub mod monitor;
mod objects;
mod projection;
mod sink;
pub mod slab;
pub mod state;
pub mod timing;
mod variants;

pub use account::{Account, DERIVED_TEXTS, Months, RuleAccount, each_symbol};
pub use build::Unsupported;
pub use engine::{Engine, EventOrder, Folded, Reminder, Said, Standing};
pub use monitor::relation::Latecomers;
pub use projection::{Candidate, Event, ObjectState, Projected, Projector};
pub use variants::Variants;
