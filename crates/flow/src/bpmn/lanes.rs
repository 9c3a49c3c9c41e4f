//! Pools and lanes: which post may act where.

use std::collections::BTreeMap;

use super::collect::{shown, text};
use super::diagram::{Diagram, Xml};
use crate::error::ModelError;
use crate::source::{Source, nearest, quoted};

/// Gives every node its lane: the innermost one that names it, else that of the sub-process that
/// holds it, else the pool.
pub(super) fn assign<'a>(
    source: &Source<'_>,
    diagram: &mut Diagram<'a>,
    lane_sets: &[(Xml<'a>, usize)],
    nodes: &BTreeMap<&'a str, usize>,
    elements: &BTreeMap<&'a str, Xml<'a>>,
) -> Result<(), ModelError> {
    pools(source, diagram, elements)?;
    for (set, _) in lane_sets {
        // In the order of the file an inner lane comes after the lane that holds it, and wins.
        for lane in set.descendants().filter(|found| is(*found, "lane")) {
            let name = lane.attribute("name").filter(|name| !name.is_empty());
            let name = text(name.or(lane.attribute("id")).unwrap_or_default());
            for reference in lane.children().filter(|found| is(*found, "flowNodeRef")) {
                let wanted = reference.text().unwrap_or_default().trim();
                if let Some(node) = nodes.get(wanted) {
                    diagram.nodes[*node].lane = Some(name.clone());
                } else if !elements.contains_key(wanted) {
                    let message = format!(
                        "{} names {}, but nothing has that id",
                        shown(lane),
                        quoted(wanted)
                    );
                    let meant = nearest(wanted, nodes.keys().copied());
                    return Err(source.error(reference, message).meaning(meant));
                }
            }
        }
    }
    for index in 0..diagram.nodes.len() {
        diagram.nodes[index].lane = inherited(diagram, index);
    }
    Ok(())
}

fn is(xml: Xml<'_>, name: &str) -> bool {
    xml.is_element() && xml.tag_name().name() == name
}

/// Names the processes after their pools.
fn pools<'a>(
    source: &Source<'_>,
    diagram: &mut Diagram<'a>,
    elements: &BTreeMap<&'a str, Xml<'a>>,
) -> Result<(), ModelError> {
    for pool in elements.values().filter(|found| is(**found, "participant")) {
        let Some(wanted) = pool.attribute("processRef") else {
            continue; // A closed pool: nothing inside it is drawn.
        };
        let wanted = wanted.trim();
        let local = wanted.rsplit(':').next().unwrap_or(wanted);
        let name = text(pool.attribute("name").unwrap_or_default());
        let mut processes = diagram.processes.iter_mut();
        if let Some(process) = processes.find(|process| process.id == local) {
            if process.name.is_empty() {
                process.name.clone_from(&name);
            }
            process.pool = Some(name).filter(|name| !name.is_empty());
        } else {
            let message = format!(
                "{} shows the process {}, which the file does not hold",
                shown(*pool),
                quoted(wanted)
            );
            let ids = diagram.processes.iter().map(|process| process.id.as_str());
            let meant = nearest(wanted, ids);
            let error = source.error_in(*pool, "processRef", message);
            return Err(error.meaning(meant));
        }
    }
    Ok(())
}

/// The lane of a node: its own, or that of the nearest holder.
fn inherited(diagram: &Diagram<'_>, index: usize) -> Option<String> {
    let mut node = &diagram.nodes[index];
    loop {
        if node.lane.is_some() {
            return node.lane.clone();
        }
        match diagram.scopes[node.scope].node {
            Some(holder) => node = &diagram.nodes[holder],
            None => break,
        }
    }
    let owner = |process: &&super::diagram::Process<'_>| process.scope == node.scope;
    diagram.processes.iter().find(owner)?.pool.clone()
}
