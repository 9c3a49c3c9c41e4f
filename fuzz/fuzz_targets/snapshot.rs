//! Goes on from a snapshot that was changed.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("snapshot", bytes));
