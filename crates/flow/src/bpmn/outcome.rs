//! What follows a node: which of its sequence flows get a token together.

use super::diagram::{Diagram, Kind};

/// Flows chosen freely of which every subset becomes one transition; with more, the choice is
/// made flow by flow.
const SUBSETS_OF_MAX: usize = 6;

/// The ways on from a node, as indices of flows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// Nothing follows: the token ends here.
    End,
    /// One of these sets.
    Sets(Vec<Vec<usize>>),
    /// Some flows always, and any of the others.
    Free {
        always: Vec<usize>,
        optional: Vec<usize>,
        /// Taken when none of the optional ones is.
        otherwise: Option<usize>,
    },
}

/// The ways on from a node.
pub(super) fn outcome(diagram: &Diagram<'_>, index: usize) -> Outcome {
    let node = &diagram.nodes[index];
    if node.outgoing.is_empty() {
        return Outcome::End;
    }
    let conditional = |flow: &usize| diagram.flows[*flow].conditional;
    let (always, optional): (Vec<usize>, Vec<usize>) = match node.kind {
        Kind::Exclusive | Kind::EventBased => {
            let sets = node.outgoing.iter().map(|flow| vec![*flow]);
            return Outcome::Sets(sets.collect());
        }
        Kind::Inclusive => (Vec::new(), node.outgoing.clone()),
        Kind::Task | Kind::SubProcess(_) if node.outgoing.iter().any(conditional) => {
            let flows = node.outgoing.iter().copied();
            flows.partition(|flow| !conditional(flow) && node.default != Some(*flow))
        }
        _ => return Outcome::Sets(vec![node.outgoing.clone()]),
    };
    let otherwise = node.default.filter(|flow| optional.contains(flow));
    let optional: Vec<usize> = optional
        .into_iter()
        .filter(|flow| Some(*flow) != otherwise)
        .collect();
    if optional.len() > SUBSETS_OF_MAX {
        return Outcome::Free {
            always,
            optional,
            otherwise,
        };
    }
    Outcome::Sets(subsets(&always, &optional, otherwise))
}

fn subsets(always: &[usize], optional: &[usize], otherwise: Option<usize>) -> Vec<Vec<usize>> {
    let mut sets = Vec::new();
    for mask in 1_u32..1 << optional.len() {
        let taken = optional.iter().enumerate();
        let taken = taken.filter(|(bit, _)| mask >> bit & 1 == 1);
        let taken = taken.map(|(_, flow)| *flow);
        sets.push(always.iter().copied().chain(taken).collect());
    }
    let none: Vec<usize> = always.iter().copied().chain(otherwise).collect();
    if !none.is_empty() {
        sets.push(none);
    }
    sets
}

/// The places that the outcome of a node needs: whether one where it is still to be chosen, and
/// how many for the steps of a long choice.
pub(super) fn needs(diagram: &Diagram<'_>, index: usize) -> (bool, usize) {
    match outcome(diagram, index) {
        Outcome::End => (false, 0),
        Outcome::Sets(sets) => (sets.len() > 1, 0),
        Outcome::Free { optional, .. } => (false, 2 * (optional.len() + 1)),
    }
}
