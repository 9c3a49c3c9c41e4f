//! Reads arbitrary bytes as events that a client sends, in every mode; what is taken is taken alike again.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(event) = cage_gateway::one(bytes) {
        let again = cage_gateway::one(&event.draft.body);
        let again = again.map(|event| event.draft);
        assert_eq!(again, Ok(event.draft), "the body is the event");
    }
    let _ = (cage_gateway::batch(bytes), cage_gateway::lines(bytes));
    let headers = [
        ("specversion", "1.0"),
        ("id", "1"),
        ("source", "s"),
        ("type", "t"),
    ];
    let _ = cage_gateway::structured(headers.into_iter(), bytes).map(|text| cage_gateway::one(&text));
});
