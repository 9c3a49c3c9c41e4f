//! Synthetic offices: a seeded simulation of people who apply, queue, handle and decide, with
//! planted wrongs and a list of where they were planted.
//!
//! Owns the words *office*, *wrong*, *truth*. Knows nothing of rules: no rule may read what was
//! planted, and nothing here looks at what rules find. Equal seeds give equal logs.
//!
//! Start at [`PermitOffice`].

mod chance;
mod hours;
mod office;
mod record;
mod wrong;

pub use office::{PermitOffice, Simulated};
pub use wrong::{Planted, Wrong};
