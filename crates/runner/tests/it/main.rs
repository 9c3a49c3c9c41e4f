//! Packs on a real ledger: what comes into force when, and what stays with what.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps nothing")]

mod office;
mod snapshots;
mod versions;
