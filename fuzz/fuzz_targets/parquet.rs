//! Reads arbitrary bytes as Parquet.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("parquet", bytes));
