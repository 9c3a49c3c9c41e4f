//! Reads arbitrary bytes as the content of a segment's index.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("index", bytes));
