//! Tests of the crate from outside, in one binary.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod cloudevents;
mod csv;
mod dump;
mod ocel;
mod shared;
mod show;
mod tables;
mod xes_files;
