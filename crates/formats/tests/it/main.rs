//! Tests of the crate from outside, in one binary.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod cloudevents;
mod csv;
mod dump;
mod hostile;
mod inputs;
mod ocel;
mod shared;
mod show;
mod single_event;
mod tables;
mod xes_against_dom;
mod xes_defects;
mod xes_files;
mod xes_laws;
mod xes_meaning;
