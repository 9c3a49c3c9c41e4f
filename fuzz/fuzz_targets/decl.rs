//! Reads arbitrary bytes as a Declare model, and judges a small log by what was read.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("decl", bytes));
