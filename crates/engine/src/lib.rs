//! Folds one event at a time into verdicts and findings, keyed by object.
//!
//! Owns the words *engine*, *monitor*, *activation*, *timer*. Has no clock, no input or output,
//! no randomness, no threads and no floating-point sum: equal programs and equal events give
//! equal results, live or in batch.
//!
//! Start at [`monitor`], the shape that every rule's automaton has.

pub mod lists;
pub mod matching;
pub mod monitor;
pub mod timing;
