//! What can be said of a flow without running it: that it can begin and end, what nothing leads
//! to, and where at most one token moves.

use std::collections::BTreeSet;

use super::diagram::{Diagram, Kind, Trigger};
use crate::error::ModelError;
use crate::source::Source;

/// Checks a process and its sub-processes, and notes what can never happen.
pub(super) fn check(
    source: &Source<'_>,
    diagram: &mut Diagram<'_>,
    scope: usize,
) -> Result<(), ModelError> {
    let mut pending = vec![scope];
    while let Some(scope) = pending.pop() {
        let nodes = diagram.scopes[scope].nodes.clone();
        check_scope(source, diagram, scope, &nodes)?;
        let inner = nodes
            .iter()
            .filter_map(|node| match diagram.nodes[*node].kind {
                Kind::SubProcess(inner) | Kind::EventSubProcess(inner) => Some(inner),
                _ => None,
            });
        pending.extend(inner);
    }
    Ok(())
}

fn check_scope(
    source: &Source<'_>,
    diagram: &mut Diagram<'_>,
    scope: usize,
    nodes: &[usize],
) -> Result<(), ModelError> {
    let Some(first) = nodes.first() else {
        return Ok(()); // An empty sub-process is a step that nobody sees.
    };
    let mut from = diagram.starts(scope);
    if from.is_empty() {
        from = diagram.implicit_starts(scope);
    }
    let Some(begin) = from.first() else {
        let message = format!(
            "the flow has no beginning: there is no start event, and every node, such as {}, has \
             one before it",
            diagram.called(*first)
        );
        return Err(source.error(diagram.nodes[*first].xml, message));
    };
    let reached = reach(diagram, &from);
    if !nodes
        .iter()
        .any(|node| reached.contains(node) && is_end(diagram, *node))
    {
        let message = format!(
            "the flow has no end: from {} every way leads on for ever; add an end event",
            diagram.called(*begin)
        );
        return Err(source.error(diagram.nodes[*begin].xml, message));
    }
    let event = |node: usize| matches!(diagram.nodes[node].kind, Kind::EventSubProcess(_));
    let idle: Vec<String> = nodes
        .iter()
        .filter(|node| !reached.contains(node) && !event(**node))
        .map(|node| diagram.called(*node))
        .collect();
    if !idle.is_empty() {
        let names = idle.join(", ");
        let note = format!("nothing leads to {names}, so it can never happen");
        diagram.notes.push(note);
    }
    Ok(())
}

/// Whether a token ends at a node: an end event, or a node that nothing follows.
fn is_end(diagram: &Diagram<'_>, node: usize) -> bool {
    let node = &diagram.nodes[node];
    let jumps = matches!(node.kind, Kind::Throw(Trigger::Link(_)));
    node.outgoing.is_empty() && !jumps && !matches!(node.kind, Kind::EventSubProcess(_))
}

/// The nodes that can be reached from some, within their scope.
fn reach(diagram: &Diagram<'_>, from: &[usize]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut pending = from.to_vec();
    while let Some(node) = pending.pop() {
        if reached.insert(node) {
            pending.extend(diagram.next(node));
        }
    }
    reached
}

/// Whether at most one token is ever directly inside a scope: nothing in it runs in parallel.
/// Then the end of that token is the end of the scope.
pub(super) fn holds_one_token(diagram: &Diagram<'_>, scope: usize) -> bool {
    if diagram.starts(scope).is_empty() && diagram.implicit_starts(scope).len() > 1 {
        return false;
    }
    diagram.scopes[scope].nodes.iter().all(|index| {
        let node = &diagram.nodes[*index];
        match node.kind {
            Kind::EventSubProcess(_) => false,
            Kind::Exclusive | Kind::EventBased => true,
            Kind::Boundary { interrupting, .. } if !interrupting => false,
            _ => node.outgoing.len() < 2,
        }
    })
}
