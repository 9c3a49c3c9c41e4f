//! Reads arbitrary bytes as XES.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("xes", bytes));
