//! Alignments: the cheapest way to read a trace as a run of the model.

use crate::net::{Label, TransitionId};

/// A cheapest alignment of a trace and a run (Adriansyah 2014): unit cost for each log move and each
/// visible model move, silent moves free.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Alignment {
    /// The moves from the start to a final marking.
    pub moves: Vec<Move>,
    /// Their cost.
    pub cost: u32,
}

/// One move of an alignment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    /// The event at this index of the trace and a transition of the model agree.
    Both {
        /// Index in the trace.
        event: u32,
        /// The transition.
        transition: TransitionId,
        /// Its label.
        label: Label,
    },
    /// The event at this index of the trace has no place in the model here.
    Log {
        /// Index in the trace.
        event: u32,
    },
    /// The model does a visible step that the trace lacks here.
    Model {
        /// The transition.
        transition: TransitionId,
        /// Its label.
        label: Label,
    },
    /// The model does a silent step.
    Silent {
        /// The transition.
        transition: TransitionId,
    },
}
