//! Reads arbitrary bytes as OCEL 2.0 XML.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cage_fuzzing::run("ocel_xml", bytes));
