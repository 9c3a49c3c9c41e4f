//! Checks of whole logs through the public face of the crate.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot set itself up has failed; one without its data says so"
)]

mod data;
mod declare;
mod fines;
mod flows;
mod hands;
mod threads;
