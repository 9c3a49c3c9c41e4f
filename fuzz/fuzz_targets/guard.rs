//! Compiles arbitrary text as an expression of each kind, and runs it on data of every type.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("guard", bytes));
