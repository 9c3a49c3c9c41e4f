//! Reads arbitrary text as a saved mapping; one that is taken must be written so that it reads back.

#![no_main]

use cage_formats::TableMapping;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(mapping) = TableMapping::from_toml(text) {
        let again =
            TableMapping::from_toml(&mapping.to_toml()).expect("what is written can be read");
        assert_eq!(again.case, mapping.case);
        assert_eq!(again.objects, mapping.objects);
    }
});
