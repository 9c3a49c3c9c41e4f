//! An alignment as the outputs show it.
//!
//! The one place that knows how `cage-flow` words alignments and pictures.

use cage_flow::Alignment;

/// One step of an alignment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    /// What it is.
    pub(crate) kind: StepKind,
    /// The activity or the model's label.
    pub(crate) label: String,
}

/// What a step of an alignment is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StepKind {
    /// Done as the flow says.
    Passed,
    /// The flow says it, the case lacks it (model move).
    Skipped,
    /// The case has it, the flow has no place for it (log move).
    Inserted,
}

/// The visible steps of an alignment in order, and its cost.
pub(crate) fn steps(_alignment: &Alignment) -> (Vec<Step>, u64) {
    (Vec::new(), 0)
}
