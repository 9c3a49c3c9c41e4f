//! Packs, Declare models and mappings of tables: read, written, and used for what they are for.

use std::sync::Arc;

use cage_formats::TableMapping;

use crate::judging::{LOG, judge};

/// Reads text as a pack in one file, formats it, and does with it what a pack is for.
///
/// # Panics
/// When formatting is not stable, or changes what is loaded.
pub(crate) fn pack(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
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
    std::fs::write(&log, LOG).expect("a temporary file");
    judge(
        &Arc::new(loaded.program),
        &[&log],
        text.len().is_multiple_of(2),
    );
}

/// Reads bytes as a Declare model, and judges a small log by what was read.
pub(crate) fn decl(bytes: &[u8]) {
    let Ok(model) = cage_pack::decl::read("model.decl", bytes) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log.csv");
    std::fs::write(&log, LOG).expect("a temporary file");
    let finite = bytes.len().is_multiple_of(2);
    judge(&Arc::new(model.program), &[&log], finite);
}

/// Reads text as a saved mapping; one that is taken must be written so that it reads back.
///
/// # Panics
/// When that does not hold.
pub(crate) fn mapping(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(mapping) = TableMapping::from_toml(text) {
        let again =
            TableMapping::from_toml(&mapping.to_toml()).expect("what is written can be read");
        assert_eq!(again.case, mapping.case);
        assert_eq!(again.objects, mapping.objects);
    }
}
