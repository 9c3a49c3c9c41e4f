//! Reads arbitrary bytes as tables of text.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("csv", bytes));
