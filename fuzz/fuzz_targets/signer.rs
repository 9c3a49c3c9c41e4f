//! Reads arbitrary bytes as what is said over a signer's socket.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("signer", bytes));
