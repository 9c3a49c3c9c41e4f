//! Reads arbitrary bytes as a Declare model, and judges a small log by what was read.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(model) = cage_pack::decl::read("model.decl", bytes) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log.csv");
    std::fs::write(&log, cage_fuzz::LOG).expect("a temporary file");
    let finite = bytes.len().is_multiple_of(2);
    cage_fuzz::judge(&Arc::new(model.program), &[&log], finite);
});
