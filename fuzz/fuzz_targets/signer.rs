//! Reads arbitrary bytes as what is said over a signer's socket; what is read is written back as it was.

#![no_main]

use cage_ledger::{SignerReply, SignerRequest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = SignerRequest::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes);
    }
    if let Ok(reply) = SignerReply::parse(bytes) {
        let text = reply.to_string();
        assert_eq!(SignerReply::parse(text.as_bytes()).map(|read| read.to_string()), Ok(text));
    }
});
