//! What comes in over HTTP, and everything that proves a ledger.

use cage_ledger::{SignerReply, SignerRequest};
use cage_proof::{
    AddCheckpoint, Bundle, BundleId, Checkpoint, Leaf, Note, Policy, ProofFile, TileId, VerifierKey,
};

/// Reads bytes as events that a client sends, in every mode; what is taken is taken alike again.
///
/// # Panics
/// When that does not hold.
pub(crate) fn incoming(bytes: &[u8]) {
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
    let _ =
        cage_gateway::structured(headers.into_iter(), bytes).map(|text| cage_gateway::one(&text));
}

/// Reads bytes as everything that proves a ledger; what is read is written back as it was.
///
/// # Panics
/// When that does not hold.
pub(crate) fn proof(bytes: &[u8]) {
    if let Ok(leaf) = Leaf::decode(bytes) {
        assert_eq!(leaf.encode(), bytes);
    }
    if let Ok(bundle) = Bundle::decode(bytes.to_vec()) {
        assert_eq!(bundle.as_bytes(), bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string(), text);
    }
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.to_string(), text);
    }
    if let Ok(proof) = ProofFile::parse(bytes) {
        assert_eq!(proof.to_string(), text);
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Some(tile) = TileId::parse(text) {
        assert_eq!(tile.to_string(), text);
    }
    if let Some(bundle) = BundleId::parse(text) {
        assert_eq!(bundle.to_string(), text);
    }
    let _ = (Policy::parse(text), VerifierKey::parse(text));
}

/// Reads bytes as what is said over a signer's socket; what is read is written back as it was.
///
/// # Panics
/// When that does not hold.
pub(crate) fn signer(bytes: &[u8]) {
    if let Ok(request) = SignerRequest::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes);
    }
    if let Ok(reply) = SignerReply::parse(bytes) {
        let text = reply.to_string();
        let again = SignerReply::parse(text.as_bytes()).map(|read| read.to_string());
        assert_eq!(again, Ok(text));
    }
}
