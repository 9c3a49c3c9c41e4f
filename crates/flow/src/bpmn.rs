//! BPMN 2.0 files: read, checked, and translated to a net.
//!
//! Owns what each element means; `docs/flows.md` says it in words. Whatever is in a process is
//! read, ignored knowingly, or refused with its line: nothing is dropped by mistake.
//!
//! The way of a file: [`collect`] takes the elements, [`resolve`] follows their references,
//! [`choose`] picks the processes, [`structure`] checks that they can begin and end, and
//! [`translate`] makes the net.

mod activity;
mod choose;
mod collect;
mod diagram;
mod drawing;
mod event;
mod joins;
mod lanes;
mod outcome;
mod places;
mod repeat;
mod resolve;
mod structure;
mod throws;
mod translate;
mod urgent;
mod vocabulary;

use std::collections::BTreeSet;

use crate::error::ModelError;
use crate::model::{Element, ElementKind, Link, Model};
use crate::source::{Source, quoted};
use diagram::{Diagram, FlowNode, Kind, Xml};

/// The namespace of BPMN 2.0.
const NAMESPACE: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";

/// Reads a file whose root is `<definitions>`.
pub(crate) fn read<'a>(source: &Source<'_>, root: Xml<'a>) -> Result<Model, ModelError> {
    let namespace = root.tag_name().namespace();
    if let Some(other) = namespace.filter(|found| *found != NAMESPACE) {
        let message = format!(
            "<definitions> is in the namespace {}; that of BPMN 2.0 is \"{NAMESPACE}\"",
            quoted(other)
        );
        return Err(source.error(root, message));
    }
    let collected = collect::collect(source, root)?;
    let mut diagram = resolve::resolve(source, collected)?;
    if namespace.is_none() {
        let note =
            format!("the file names no namespace; it is read as if it named \"{NAMESPACE}\"");
        diagram.notes.push(note);
    }
    let processes = choose::choose(source, root, &mut diagram)?;
    for process in &processes {
        let scope = process_scope(&diagram, *process);
        structure::check(source, &mut diagram, scope)?;
    }
    let (elements, numbers) = elements(source, &diagram, &processes);
    let net = translate::translate(source, &diagram, &processes, &numbers)?;
    let (id, name) = head(&diagram, &processes);
    let mut model = Model {
        id,
        name,
        net,
        elements,
        links: links(&diagram, &numbers),
        lanes: Vec::new(),
        notes: std::mem::take(&mut diagram.notes),
    };
    drawing::read(root, &diagram, &numbers, &mut model);
    Ok(model)
}

fn process_scope(diagram: &Diagram<'_>, process: usize) -> usize {
    diagram.processes[process].scope
}

/// Id and name of the flow: those of the process, or of all that run side by side.
fn head(diagram: &Diagram<'_>, processes: &[usize]) -> (String, String) {
    let ids: Vec<&str> = processes
        .iter()
        .map(|process| diagram.processes[*process].id.as_str())
        .collect();
    let names: Vec<&str> = processes
        .iter()
        .map(|process| diagram.processes[*process].name.as_str())
        .filter(|name| !name.is_empty())
        .collect();
    (ids.join("+"), names.join(" + "))
}

/// The nodes of the picture, and for each node of the file its number there.
fn elements(
    source: &Source<'_>,
    diagram: &Diagram<'_>,
    processes: &[usize],
) -> (Vec<Element>, Vec<Option<u32>>) {
    let mut followed = BTreeSet::new();
    let mut pending: Vec<usize> = processes
        .iter()
        .map(|process| process_scope(diagram, *process))
        .collect();
    while let Some(scope) = pending.pop() {
        for node in &diagram.scopes[scope].nodes {
            followed.insert(*node);
            if let Kind::SubProcess(inner) | Kind::EventSubProcess(inner) =
                diagram.nodes[*node].kind
            {
                pending.push(inner);
            }
        }
    }
    let mut numbers = vec![None; diagram.nodes.len()];
    let mut elements = Vec::with_capacity(followed.len());
    // A sub-process comes before its content in the file, so its number is known by then.
    for index in followed {
        numbers[index] = u32::try_from(elements.len()).ok();
        let node = &diagram.nodes[index];
        let holder = diagram.scopes[node.scope].node;
        elements.push(Element {
            id: node.id.clone(),
            name: shown_name(node),
            kind: element_kind(&node.kind),
            lane: node.lane.clone(),
            parent: holder.and_then(|holder| numbers[holder]),
            host: None,
            bounds: None,
            line: source.line(node.xml),
        });
    }
    for (index, number) in numbers.iter().enumerate() {
        if let (Some(number), Kind::Boundary { host, .. }) = (number, &diagram.nodes[index].kind) {
            elements[*number as usize].host = numbers[*host];
        }
    }
    (elements, numbers)
}

/// The name as written; for an activity without one what a log calls it.
fn shown_name(node: &FlowNode<'_>) -> String {
    match &node.label {
        Some(label) if node.name.is_empty() => label.clone(),
        _ => node.name.clone(),
    }
}

fn element_kind(kind: &Kind) -> ElementKind {
    match kind {
        Kind::Task => ElementKind::Task,
        Kind::SubProcess(_) | Kind::EventSubProcess(_) => ElementKind::SubProcess,
        Kind::Exclusive => ElementKind::Exclusive,
        Kind::Parallel => ElementKind::Parallel,
        Kind::Inclusive => ElementKind::Inclusive,
        Kind::EventBased => ElementKind::EventBased,
        Kind::Start { .. } => ElementKind::Start,
        Kind::Catch(_) | Kind::Throw(_) => ElementKind::Intermediate,
        Kind::Boundary { .. } => ElementKind::Boundary,
        Kind::End(_) => ElementKind::End,
    }
}

/// The arrows of the picture, with the number of each sequence flow of the file kept in order.
fn links(diagram: &Diagram<'_>, numbers: &[Option<u32>]) -> Vec<Link> {
    let links = diagram.flows.iter().filter_map(|flow| {
        Some(Link {
            from: numbers[flow.from]?,
            to: numbers[flow.to]?,
            name: flow.name.clone(),
            points: Vec::new(),
        })
    });
    links.collect()
}

#[cfg(test)]
pub(crate) use tests::game;

#[cfg(test)]
mod tests;
