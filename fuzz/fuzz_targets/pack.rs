//! Reads arbitrary text as a pack in one file, formats it, and does with it what a pack is for.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("pack", bytes));
