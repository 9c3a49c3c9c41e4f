//! What anyone needs to check a ledger of ironcage: hashes, tiles, signed notes, checkpoints, proofs.
//!
//! Owns the words *leaf*, *tile*, *bundle*, *checkpoint*, *cosignature*, *policy*, *receipt*. Follows
//! RFC 6962 for the tree and the C2SP specifications tlog-tiles, tlog-checkpoint, signed-note,
//! tlog-cosignature, tlog-witness, tlog-policy and tlog-proof for the files, so that tools which we did
//! not write can check our logs, and this crate theirs. The second tree by SM3 and SM2 has the same form.
//!
//! Never reads or writes a file, never asks the time, and knows nothing of cases or rules: an auditor can
//! read it whole. What keeps a log on a disk is the crate `ledger`.
//!
//! Start at [`Checkpoint`], [`Tiles`] and [`Note`].

mod algorithm;
mod base64;
mod bundle;
mod checkpoint;
mod cosignature;
mod hash;
mod key;
mod leaf;
mod note;
mod path;
mod policy;
mod proof;
mod proof_file;
mod receipt;
mod sm2;
mod tile;
mod tree;
mod witness;

pub use algorithm::Algorithm;
pub use bundle::{Bundle, BundleError, BundleId};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::{Cosigned, cosign, cosigned_at};
pub use hash::{Hash, hexadecimal};
pub use key::{KeyError, KeyKind, NoteSigner, VerifierKey};
pub use leaf::{BulkSegment, EntryKind, Leaf, LeafError, commitment};
pub use note::{Note, NoteError, NoteSignature};
pub use policy::{Policy, PolicyError, PolicyWitness, Witnessed};
pub use proof::{ProofError, verify_consistency, verify_inclusion};
pub use proof_file::{ProofFile, ProofFileError};
pub use receipt::{Receipt, ReceiptBatch, ReceiptError};
pub use sm2::{Sm2Key, Sm2Signer};
pub use tile::{TILE_WIDTH, TileError, TileId, TileReader, Tiles, tiles_of};
pub use tree::Frontier;
pub use witness::{AddCheckpoint, AddCheckpointError};
