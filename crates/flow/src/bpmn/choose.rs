//! Which processes of a file are the flow.

use std::collections::BTreeSet;

use super::diagram::{Diagram, Process, Xml};
use crate::error::ModelError;
use crate::source::{Source, quoted};

/// The processes that are followed, as indices, and a note when there was a choice.
///
/// A process without content, and one that a call activity of the file calls, is not started on
/// its own. Of the others, those marked executable when some are and some are not; else all, side
/// by side.
pub(super) fn choose(
    source: &Source<'_>,
    root: Xml<'_>,
    diagram: &mut Diagram<'_>,
) -> Result<Vec<usize>, ModelError> {
    let called: BTreeSet<&str> = root
        .descendants()
        .filter(|found| found.tag_name().name() == "callActivity")
        .filter_map(|found| found.attribute("calledElement"))
        .map(|id| id.rsplit(':').next().unwrap_or(id))
        .collect();
    let processes = &diagram.processes;
    let with_content: Vec<usize> = (0..processes.len())
        .filter(|index| !diagram.scopes[processes[*index].scope].nodes.is_empty())
        .collect();
    let narrowed = |from: &[usize], wanted: &dyn Fn(&Process<'_>) -> bool| {
        let kept = from
            .iter()
            .copied()
            .filter(|index| wanted(&processes[*index]));
        let kept: Vec<usize> = kept.collect();
        if kept.is_empty() { from.to_vec() } else { kept }
    };
    let chosen = narrowed(&with_content, &|process| {
        !called.contains(process.id.as_str())
    });
    let chosen = narrowed(&chosen, &|process| process.executable);
    match (chosen.is_empty(), diagram.processes.first()) {
        (true, Some(process)) => {
            let message = "the process is empty: it holds no activity, event or gateway";
            return Err(source.error(process.xml, message));
        }
        (true, None) => {
            let message = "the file holds no <process>, so there is no flow to follow";
            return Err(source.error(root, message));
        }
        _ => {}
    }
    diagram.notes.extend(note(diagram, &with_content, &chosen));
    Ok(chosen)
}

fn note(diagram: &Diagram<'_>, all: &[usize], chosen: &[usize]) -> Option<String> {
    if all.len() < 2 {
        return None;
    }
    let names = |wanted: &dyn Fn(&usize) -> bool| {
        let processes = all.iter().filter(|index| wanted(index));
        let names = processes.map(|index| {
            let process = &diagram.processes[*index];
            let named = !process.name.is_empty();
            quoted(if named { &process.name } else { &process.id })
        });
        names.collect::<Vec<String>>().join(", ")
    };
    let left_out = names(&|index| !chosen.contains(index));
    let followed = names(&|index| chosen.contains(index));
    let mut text = format!("the file holds {} processes; ", all.len());
    if chosen.len() == 1 {
        text.push_str(&format!("{followed} is followed"));
    } else {
        text.push_str(&format!(
            "{followed} are followed side by side, each from its start to its end, and messages \
             between them put no step before another"
        ));
    }
    if !left_out.is_empty() {
        text.push_str(&format!("; {left_out} not"));
    }
    Some(text)
}
