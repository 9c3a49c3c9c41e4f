//! Witnesses, from both sides: cosigning the checkpoints of other installations, and asking others to cosign ours.
//!
//! Owns the words *witness*, *watched log*, *cosign*. Follows C2SP tlog-witness. A witness sees sizes and
//! hashes alone, and remembers one checkpoint of each log: the last one that it cosigned. It never cosigns
//! what does not extend that one.
//!
//! Start at [`Witness`]; [`WitnessServer`] puts it on HTTP, and [`HttpLink`] reaches one.

mod link;
mod server;
mod state;
mod witness;

pub use link::{HttpLink, LinkError};
pub use server::WitnessServer;
pub use state::StateError;
pub use witness::{Answer, Watched, Witness};
