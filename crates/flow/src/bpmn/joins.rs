//! Inclusive joins: from where a token can still reach each of their incoming flows.
//!
//! BPMN 2.0.2, section 13.4.3: a join waits while a token lies from where a path, not through the
//! join, leads to an incoming flow that has none, unless one leads to an incoming flow that has
//! one, too. Paths are followed in the net, inside the scope of the join, so that a token within
//! an activity counts like one on the flow before it.

use std::collections::{BTreeMap, BTreeSet};

use super::translate::Translator;
use crate::error::ModelError;
use crate::net::{Consume, Place};
use crate::source::Source;

/// Places upstream of all inclusive joins together.
const UPSTREAM_MAX: usize = 4_000_000;

/// Fills in the upstream places of all inclusive joins.
pub(super) fn complete(
    source: &Source<'_>,
    translator: &mut Translator<'_, '_>,
) -> Result<(), ModelError> {
    if translator.joins.is_empty() {
        return Ok(());
    }
    let mut producers: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    for (index, transition) in translator.net.transitions.iter().enumerate() {
        for place in &transition.produce {
            producers.entry(*place).or_default().push(index);
        }
    }
    let mut total = 0;
    for (join, node) in translator.joins.clone() {
        let node = &translator.diagram.nodes[node];
        let inside = translator.places.scopes[node.scope].inside.clone();
        let transitions = &translator.net.transitions;
        let Consume::Inclusive(found) = &transitions[join].consume else {
            continue;
        };
        let upstream_of = |target: Place| {
            let mut upstream = BTreeSet::from([target]);
            let mut pending = vec![target];
            while let Some(place) = pending.pop() {
                let before = producers.get(&place).into_iter().flatten();
                for transition in before.filter(|transition| **transition != join) {
                    let consumed = match &transitions[*transition].consume {
                        Consume::All(places) => places,
                        Consume::Inclusive(join) => &join.incoming,
                    };
                    let consumed = consumed.iter().filter(|place| inside.contains(&place.0));
                    pending.extend(consumed.filter(|place| upstream.insert(**place)));
                }
            }
            upstream.into_iter().collect::<Vec<Place>>()
        };
        let mut upstream = Vec::with_capacity(found.incoming.len());
        for place in &found.incoming {
            let places = upstream_of(*place);
            total += places.len();
            if total > UPSTREAM_MAX {
                let message = "the file has too many inclusive joins for the size of its flow: what \
                               each of them waits for cannot be held";
                return Err(source.error(node.xml, message));
            }
            upstream.push(places);
        }
        if let Consume::Inclusive(found) = &mut translator.net.transitions[join].consume {
            found.upstream = upstream;
        }
    }
    Ok(())
}
