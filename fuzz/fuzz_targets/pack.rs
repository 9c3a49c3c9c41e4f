//! Reads arbitrary text as a pack in one file, formats it, and does with it what a pack is for.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("pack.toml");
    std::fs::write(&file, text).expect("a temporary file");
    let loaded = cage_pack::load(&file);
    let formatted = cage_pack::format(text);
    if let Ok(formatted) = &formatted {
        let again = cage_pack::format(formatted).expect("what is formatted is TOML");
        assert_eq!(formatted, &again, "formatting again changes nothing");
    }
    let Ok(loaded) = loaded else {
        return;
    };
    let formatted = formatted.expect("what loads is TOML");
    std::fs::write(&file, &formatted).expect("a temporary file");
    let again = cage_pack::load(&file).expect("what is formatted loads as before");
    assert_eq!(loaded.program.rules.len(), again.program.rules.len());
    let _ = cage_pack::doc(&loaded);
    let _ = cage_runtime::test_pack(&loaded);
    let log = folder.path().join("log.csv");
    std::fs::write(&log, cage_fuzz::LOG).expect("a temporary file");
    cage_fuzz::judge(
        &Arc::new(loaded.program),
        &[&log],
        text.len().is_multiple_of(2),
    );
});
