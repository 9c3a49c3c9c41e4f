//! What an event waits for or says, from its event definitions.

use std::collections::BTreeMap;

use super::collect::shown;
use super::diagram::{Trigger, Xml};
use crate::error::ModelError;
use crate::source::{Source, nearest, quoted};

const PLAIN: [&str; 3] = [
    "messageEventDefinition",
    "signalEventDefinition",
    "conditionalEventDefinition",
];
const REFUSED: [(&str, &str); 2] = [
    (
        "compensateEventDefinition",
        "compensation undoes what was done before; draw the way back as tasks",
    ),
    (
        "cancelEventDefinition",
        "cancelling belongs to transactions, which are not read; draw an error event",
    ),
];

/// The trigger of an event; of several definitions the one that matters most to the order of
/// steps: ending a scope, then errors, escalations, links, timers.
pub(super) fn trigger<'a>(
    source: &Source<'_>,
    event: Xml<'a>,
    elements: &BTreeMap<&'a str, Xml<'a>>,
) -> Result<Trigger, ModelError> {
    let mut found = Vec::new();
    let namespace = event.tag_name().namespace();
    for child in event.children().filter(Xml::is_element) {
        if child.tag_name().namespace() != namespace {
            continue;
        }
        let name = child.tag_name().name();
        if name == "eventDefinitionRef" {
            let wanted = child.text().unwrap_or_default();
            let definition = resolve(source, child, wanted, elements)?;
            found.extend(definition_of(source, definition, elements)?);
        } else {
            found.extend(definition_of(source, child, elements)?);
        }
    }
    let rank = |trigger: &Trigger| match trigger {
        Trigger::Terminate => 0,
        Trigger::Error(_) => 1,
        Trigger::Escalation(_) => 2,
        Trigger::Link(_) => 3,
        Trigger::Any => 4,
        Trigger::Timer => 5,
    };
    Ok(found.into_iter().min_by_key(rank).unwrap_or(Trigger::Any))
}

fn definition_of<'a>(
    source: &Source<'_>,
    definition: Xml<'a>,
    elements: &BTreeMap<&'a str, Xml<'a>>,
) -> Result<Option<Trigger>, ModelError> {
    let name = definition.tag_name().name();
    if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        let message = format!("{} is not read: {why}", shown(definition));
        return Err(source.error(definition, message));
    }
    Ok(match name {
        "terminateEventDefinition" => Some(Trigger::Terminate),
        "errorEventDefinition" => {
            let code = code(source, definition, "errorRef", "errorCode", elements)?;
            Some(Trigger::Error(code))
        }
        "escalationEventDefinition" => {
            let code = code(
                source,
                definition,
                "escalationRef",
                "escalationCode",
                elements,
            )?;
            Some(Trigger::Escalation(code))
        }
        "linkEventDefinition" => {
            let Some(name) = definition.attribute("name") else {
                let message = "a link event needs the name of its link";
                return Err(source.error(definition, message));
            };
            Some(Trigger::Link(name.to_owned()))
        }
        "timerEventDefinition" => {
            let cycle = |child: &Xml<'a>| child.tag_name().name() == "timeCycle";
            let repeats = definition.children().any(|child| cycle(&child));
            Some(if repeats {
                Trigger::Any
            } else {
                Trigger::Timer
            })
        }
        _ if PLAIN.contains(&name) => Some(Trigger::Any),
        other if other.ends_with("EventDefinition") => {
            let message = format!("BPMN 2.0 has no {}", shown(definition));
            let meant = nearest(other, PLAIN.into_iter());
            return Err(source.error(definition, message).meaning(meant));
        }
        _ => None,
    })
}

/// The code that an error or escalation is told apart by: that of the element it refers to, or
/// the reference itself where that element states none.
fn code<'a>(
    source: &Source<'_>,
    definition: Xml<'a>,
    reference: &str,
    code: &str,
    elements: &BTreeMap<&'a str, Xml<'a>>,
) -> Result<Option<String>, ModelError> {
    let Some(wanted) = definition.attribute(reference) else {
        return Ok(None);
    };
    let target = resolve(source, definition, wanted, elements)?;
    let code = target.attribute(code).filter(|code| !code.is_empty());
    Ok(code.or(target.attribute("id")).map(str::to_owned))
}

/// The element that a reference names; a prefix before a colon is the file's own namespace.
fn resolve<'a>(
    source: &Source<'_>,
    holder: Xml<'a>,
    wanted: &str,
    elements: &BTreeMap<&'a str, Xml<'a>>,
) -> Result<Xml<'a>, ModelError> {
    let wanted = wanted.trim();
    let local = wanted.rsplit(':').next().unwrap_or(wanted);
    if let Some(found) = elements.get(wanted).or_else(|| elements.get(local)) {
        return Ok(*found);
    }
    let message = format!("nothing in the file has the id {}", quoted(wanted));
    let meant = nearest(local, elements.keys().copied());
    Err(source.error(holder, message).meaning(meant))
}
