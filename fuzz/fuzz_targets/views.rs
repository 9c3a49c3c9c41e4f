//! Starts with views that were changed.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("views", bytes));
