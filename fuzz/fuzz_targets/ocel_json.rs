//! Reads arbitrary bytes as OCEL 2.0 JSON.

#![no_main]

use cage_formats::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| cage_fuzz::feed(bytes, Format::OcelJson, true));
