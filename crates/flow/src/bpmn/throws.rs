//! Who catches an error or an escalation: the nearest handler outwards that fits its code.

use super::diagram::{Diagram, Kind, Trigger};

/// Where a thrown error or escalation arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Catcher {
    /// At an event on the border of a sub-process.
    Boundary(usize),
    /// At an event sub-process.
    EventSubProcess(usize),
}

/// Who catches what each node throws.
pub(super) fn catchers(diagram: &Diagram<'_>) -> Vec<Option<Catcher>> {
    let nodes = 0..diagram.nodes.len();
    nodes.map(|node| catcher(diagram, node)).collect()
}

/// What a node throws that a handler may catch.
pub(super) fn thrown<'d>(diagram: &'d Diagram<'_>, node: usize) -> Option<&'d Trigger> {
    match &diagram.nodes[node].kind {
        Kind::End(trigger @ (Trigger::Error(_) | Trigger::Escalation(_)))
        | Kind::Throw(trigger @ Trigger::Escalation(_)) => Some(trigger),
        _ => None,
    }
}

fn catcher(diagram: &Diagram<'_>, node: usize) -> Option<Catcher> {
    let thrown = thrown(diagram, node)?;
    let mut scope = diagram.nodes[node].scope;
    // What a handler throws goes outwards: its own scope's handlers do not catch it.
    let mut handled_here = true;
    loop {
        if handled_here {
            let nodes = diagram.scopes[scope].nodes.iter();
            let mut handlers = nodes.filter(|handler| handles(diagram, **handler, thrown));
            if let Some(handler) = handlers.next() {
                return Some(Catcher::EventSubProcess(*handler));
            }
        }
        let holder = diagram.scopes[scope].node?;
        let boundaries = &diagram.nodes[holder].boundaries;
        let fitting = |boundary: &&usize| match &diagram.nodes[**boundary].kind {
            Kind::Boundary { trigger, .. } => fits(trigger, thrown),
            _ => false,
        };
        if let Some(boundary) = boundaries.iter().find(fitting) {
            return Some(Catcher::Boundary(*boundary));
        }
        handled_here = !matches!(diagram.nodes[holder].kind, Kind::EventSubProcess(_));
        scope = diagram.scopes[scope].parent?;
    }
}

fn handles(diagram: &Diagram<'_>, handler: usize, thrown: &Trigger) -> bool {
    let Kind::EventSubProcess(scope) = diagram.nodes[handler].kind else {
        return false;
    };
    diagram
        .starts(scope)
        .iter()
        .any(|start| match &diagram.nodes[*start].kind {
            Kind::Start { trigger, .. } => fits(trigger, thrown),
            _ => false,
        })
}

fn fits(caught: &Trigger, thrown: &Trigger) -> bool {
    match (caught, thrown) {
        (Trigger::Error(code), Trigger::Error(thrown))
        | (Trigger::Escalation(code), Trigger::Escalation(thrown)) => {
            code.is_none() || code == thrown
        }
        _ => false,
    }
}
