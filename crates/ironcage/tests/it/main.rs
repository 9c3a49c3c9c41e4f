//! The binary from the outside: what a person types, and what comes back.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod bad_input;
mod check;
mod convert;
mod deadline;
mod demo;
mod every_format;
mod help;
mod interrupt;
mod logs;
mod office;
mod outputs;
mod pack;
mod readme;
mod serve;
mod stories;
mod support;
