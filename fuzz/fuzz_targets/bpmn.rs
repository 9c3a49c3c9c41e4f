//! Reads arbitrary bytes as BPMN, and follows what was read.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| cage_fuzz::follow(bytes));
