//! Reads arbitrary bytes as PNML, and follows what was read.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("pnml", bytes));
