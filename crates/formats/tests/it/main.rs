//! Tests of the crate from outside, in one binary.

mod shared;
mod xes_files;
