//! Case bundles: one file with the acts of a case, the rules and findings, and proofs that need nothing else.
//!
//! Owns the words *bundle*, *member*, *manifest*. A bundle is a zip archive in one fixed form ([`Members`]): every byte
//! of it has its meaning, so every changed byte is found. What a person reads (`index.html`) is a rendering; evidence
//! is the leaves, their proofs, and bodies with their salts.
//!
//! Start at [`bundle`] and [`check`].

mod check;
mod container;
mod gather;
mod manifest;
mod page;
mod told;

pub use check::{BundleFault, Checked, check};
pub use container::{BYTES_MAX, ContainerError, Members};
pub use gather::{Asked, BundleError, Sources, bundle};
pub use manifest::{EntryState, Manifest, ManifestEntry};
