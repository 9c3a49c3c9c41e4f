//! Reads arbitrary bytes as events that a client sends, in every mode; what is taken is taken alike again.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("incoming", bytes));
