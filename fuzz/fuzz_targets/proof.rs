//! Reads arbitrary bytes as everything that proves a ledger; what is read is written back as it was.

#![no_main]

use cage_proof::{
    AddCheckpoint, Bundle, BundleId, Checkpoint, Leaf, Note, Policy, ProofFile, TileId, VerifierKey,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
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
});
