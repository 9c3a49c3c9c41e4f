//! Loads a state of rules that was changed.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("state", bytes));
