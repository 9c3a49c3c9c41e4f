//! Reads arbitrary bytes as OCEL 2.0 XML.

#![no_main]

use cage_formats::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| cage_fuzz::feed(bytes, Format::OcelXml, true));
