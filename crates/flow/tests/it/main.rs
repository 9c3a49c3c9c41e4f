//! The flow crate from outside: real nets, peers' answers, independent methods.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // Helpers of tests may stop the test.

mod laws;
mod nets;
mod notations;
mod peers;
mod reference;
mod shared;
