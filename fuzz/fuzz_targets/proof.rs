//! Reads arbitrary bytes as everything that proves a ledger; what is read is written back as it was.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("proof", bytes));
