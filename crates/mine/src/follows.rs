//! The directly-follows graph: how often one activity came straight after another.

use std::collections::BTreeMap;

use crate::traces::Variant;

/// Counts over cases' neighbouring events, starts and ends.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DirectlyFollows {
    /// (first, second) to how often.
    pub edges: BTreeMap<(u32, u32), u64>,
    /// Activity to how often a case starts with it.
    pub starts: BTreeMap<u32, u64>,
    /// Activity to how often a case ends with it.
    pub ends: BTreeMap<u32, u64>,
}

/// Counts the directly-follows relation over variants.
#[must_use]
pub fn directly_follows(variants: &[Variant]) -> DirectlyFollows {
    let mut graph = DirectlyFollows::default();
    for Variant { sequence, cases } in variants {
        for pair in sequence.windows(2) {
            *graph.edges.entry((pair[0], pair[1])).or_default() += cases;
        }
        if let (Some(first), Some(last)) = (sequence.first(), sequence.last()) {
            *graph.starts.entry(*first).or_default() += cases;
            *graph.ends.entry(*last).or_default() += cases;
        }
    }
    graph
}
