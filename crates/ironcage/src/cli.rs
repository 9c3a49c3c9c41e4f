//! The commands, one module each with its options, and what they share.

pub(crate) mod bench;
mod builtin;
pub(crate) mod check;
pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod discover;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod failure;
pub(crate) mod fault;
pub(crate) mod interrupt;
mod journal;
pub(crate) mod judging;
pub(crate) mod log;
pub(crate) mod output;
pub(crate) mod pack;
pub(crate) mod progress;
pub(crate) mod push;
pub(crate) mod reading;
pub(crate) mod replay;
pub(crate) mod rules;
pub(crate) mod serve;
pub(crate) mod station;
pub(crate) mod stats;
pub(crate) mod verify;
pub(crate) mod witness;
pub(crate) mod witnessing;
