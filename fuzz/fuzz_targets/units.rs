//! Reads arbitrary bytes as a key store.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("units", bytes));
