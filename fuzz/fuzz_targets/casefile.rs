//! Reads arbitrary bytes as a bundle of a case.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("casefile", bytes));
