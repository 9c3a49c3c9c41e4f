//! Reads arbitrary bytes as CloudEvents.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("cloudevents", bytes));
