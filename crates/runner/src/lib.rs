//! Runs the packs in force on a ledger: every record folded in its order, every change told once.
//!
//! Owns the words *in force*, *activation*, *follow*, *tick*, *told*, *forget*, *hold*. What is told is a fold over the ledger: after
//! a restart the same records are folded again and the same is told, under the same numbers. Which packs judge is
//! said by the ledger too. Time moves by the records' accepted times and by ticks that are records themselves.
//!
//! What is erased by order is forgotten here too: [`Order`] says what an order is, [`Derived`] what of it is left.
//!
//! Start at [`Runner`]; a pack comes into force by [`activation`].

mod activation;
mod erasure;
mod follow;
mod force;
mod forget;
mod hold;
mod identities;
mod journal;
mod news;
mod others;
mod runner;
mod snapshot;
mod source;
mod version;
mod watch;

pub use activation::{ActivationError, PACK_ACTIVATED, activation};
pub use erasure::{
    Bearings, ERASURE_ORDERED, Order, OrderError, OrderFault, Ordered, OrderedObject, Planned,
    Read, names_id, orders,
};
pub use follow::CLOCK_JUMPED;
pub use forget::Derived;
pub use hold::{HOLD_PLACED, HOLD_RELEASED, Hold, HoldError, HoldOrder, Release, holds};
pub use news::{NewEntry, News};
pub use runner::{InForce, Runner, RunnerError};
pub use snapshot::{SnapshotError, StateRoot, kept_states};
pub use source::{RecordSource, owner};
pub use watch::Watch;
