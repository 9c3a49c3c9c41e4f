//! Opens a ledger whose write-ahead log has arbitrary frames.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("segment", bytes));
