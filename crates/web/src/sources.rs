//! What each source does: how much, how late, with which holes, in which shapes.
//!
//! Figures are a fold over the entries in the order of their records. They lie beside the reject queue, together with the
//! number of the record up to which they were folded; at a start the ledger's later records are folded, so a kill
//! loses nothing. What is no entry (retries, conflicts, refusals) is counted as far as it was stored.

pub(crate) mod answer;
mod figures;
mod metrics;
mod numbers;
mod track;

pub(crate) use answer::{list, one};
pub(crate) use figures::{Event, Figures};
pub(crate) use metrics::metrics;
pub(crate) use numbers::Told;
pub(crate) use track::{Outcome, Sources};
