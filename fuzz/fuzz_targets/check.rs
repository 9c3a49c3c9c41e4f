//! Judges a tiny random log by a tiny random pack: threads and cuts into files change nothing.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("check", bytes));
