//! Reads arbitrary bytes as BPMN, and follows what was read.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("bpmn", bytes));
