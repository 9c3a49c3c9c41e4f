//! Identifiers that are used once, as OCEL requires.

use std::collections::BTreeMap;

use cage_model::{Keyed, Log, Symbol};

use super::losses::Losses;

/// Identifiers for events that have none, or one that was used before.
pub(super) fn event_ids(log: &Log, losses: &mut Losses) -> BTreeMap<usize, String> {
    let mut used: Keyed<Symbol, ()> = Keyed::new();
    let mut repeated = Vec::new();
    let mut ids = BTreeMap::new();
    for (index, event) in log.events.iter().enumerate() {
        if event.id == Symbol::EMPTY {
            losses.unnumbered += 1;
            repeated.push(index);
        } else if used.insert(event.id, ()).is_some() {
            losses.repeated_events += 1;
            repeated.push(index);
        }
    }
    for index in repeated {
        let free = |id: &String| {
            log.names
                .get(id)
                .is_none_or(|symbol| !used.contains_key(&symbol))
        };
        let begin = match log.events[index].id {
            Symbol::EMPTY => format!("e{}", index + 1),
            id => format!("{}#{}", log.names.text(id), index + 1),
        };
        let longer = (1..).map(|copy| format!("{begin}.{copy}"));
        let id = std::iter::once(begin.clone()).chain(longer).find(free);
        ids.insert(index, id.unwrap_or(begin));
    }
    ids
}

/// Identifiers for objects whose own is also that of an object of another type.
pub(super) fn object_ids(log: &Log, losses: &mut Losses) -> BTreeMap<usize, String> {
    let mut used: Keyed<Symbol, ()> = Keyed::new();
    let mut ids = BTreeMap::new();
    let typed = log
        .objects
        .iter()
        .enumerate()
        .filter(|(_, object)| object.kind != Symbol::EMPTY);
    let repeated: Vec<usize> = typed
        .filter(|(_, object)| used.insert(object.id, ()).is_some())
        .map(|(index, _)| index)
        .collect();
    for index in repeated {
        losses.repeated_objects += 1;
        let object = &log.objects[index];
        let (kind, id) = (log.names.text(object.kind), log.names.text(object.id));
        let begin = format!("{kind}:{id}");
        let free = |id: &String| {
            log.names
                .get(id)
                .is_none_or(|symbol| !used.contains_key(&symbol))
        };
        let longer = (1..).map(|copy| format!("{begin}.{copy}"));
        let id = std::iter::once(begin.clone()).chain(longer).find(free);
        ids.insert(index, id.unwrap_or(begin));
    }
    ids
}
