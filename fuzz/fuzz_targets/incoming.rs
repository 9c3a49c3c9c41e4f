//! Reads arbitrary bytes as events that a client sends, in every mode; what is taken is taken alike again.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(event) = cage_gateway::one(bytes) {
        let again = cage_gateway::one(&event.draft.body);
        assert_eq!(again, Ok(event), "the body is the event");
    }
    let _ = (cage_gateway::batch(bytes), cage_gateway::lines(bytes));
    let headers = [
        ("specversion", "1.0"),
        ("id", "1"),
        ("source", "s"),
        ("type", "t"),
    ];
    let _ = cage_gateway::binary(headers.into_iter(), bytes);
});
