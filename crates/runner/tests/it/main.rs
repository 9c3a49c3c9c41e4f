//! Packs on a real ledger: what comes into force when, and what stays with what.

mod office;
mod versions;
