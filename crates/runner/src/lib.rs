//! Runs the rules on a ledger: every record folded in its order, every change told once.
//!
//! Owns the words *follow*, *tick*, *told*. What is told is a fold over the ledger: after a restart the same
//! records are folded again and the same is told, under the same numbers. Time moves by the records' accepted
//! times and by ticks that are records themselves.

mod board;
mod journal;
mod runner;

pub use board::{Board, Seen, Told, ToldChange};
pub use runner::{Runner, RunnerError};
