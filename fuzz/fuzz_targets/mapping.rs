//! Reads arbitrary text as a saved mapping; one that is taken must be written so that it reads back.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("mapping", bytes));
