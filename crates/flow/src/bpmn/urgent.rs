//! Ends that stop what still runs do so at once.
//!
//! A silent step of a net may be late. For most that changes nothing, but a terminating end that
//! is late would let a parallel branch go on although the end was reached. So such a step is made
//! one with the steps that lead to it, as far back as nothing is decided in between.

use super::translate::Translator;
use crate::net::{Consume, Place, Transition};

/// Makes every urgent step one with the steps before it.
pub(super) fn hasten(translator: &mut Translator<'_, '_>) {
    let mut pending = std::mem::take(&mut translator.urgent);
    let places = translator.places.names.len();
    let transitions = &mut translator.net.transitions;
    let mut around = Around::new(transitions, places);
    let mut gone = vec![false; transitions.len()];
    while let Some(last) = pending.pop() {
        let Some(place) = waiting_place(&transitions[last]) else {
            continue;
        };
        let consumers = &around.consumers[place.0 as usize];
        let decided = consumers
            .iter()
            .any(|other| *other != last && !gone[*other]);
        let mut producers = around.producers[place.0 as usize].clone();
        producers.sort_unstable();
        producers.dedup();
        // One that an earlier stop was joined to may have lost the place.
        producers.retain(|other| !gone[*other] && transitions[*other].produce.contains(&place));
        let initial = translator.net.initial.contains(&place);
        if decided || initial || producers.is_empty() || producers.contains(&last) {
            continue;
        }
        let stop = transitions[last].clone();
        for producer in producers {
            join(&mut transitions[producer], &stop, place);
            for produced in &stop.produce {
                around.producers[produced.0 as usize].push(producer);
            }
            pending.push(producer);
        }
        gone[last] = true;
    }
    let mut before = 0;
    let moved: Vec<usize> = gone
        .iter()
        .map(|gone| {
            before += usize::from(*gone);
            before
        })
        .collect();
    for (join, _) in &mut translator.joins {
        *join -= moved[*join];
    }
    let mut kept = gone.iter().map(|gone| !gone);
    transitions.retain(|_| kept.next().unwrap_or(true));
}

/// The transitions around each place; those that are gone included.
struct Around {
    producers: Vec<Vec<usize>>,
    consumers: Vec<Vec<usize>>,
}

impl Around {
    fn new(transitions: &[Transition], places: usize) -> Self {
        let mut around = Self {
            producers: vec![Vec::new(); places],
            consumers: vec![Vec::new(); places],
        };
        for (index, transition) in transitions.iter().enumerate() {
            for place in &transition.produce {
                around.producers[place.0 as usize].push(index);
            }
            for place in consumed(transition) {
                around.consumers[place.0 as usize].push(index);
            }
        }
        around
    }
}

/// The place that a silent step waits for, where it waits for nothing else.
fn waiting_place(transition: &Transition) -> Option<Place> {
    match (&transition.consume, transition.label) {
        (Consume::All(places), None) if places.len() == 1 => places.first().copied(),
        _ => None,
    }
}

fn consumed(transition: &Transition) -> &[Place] {
    match &transition.consume {
        Consume::All(places) => places,
        Consume::Inclusive(join) => &join.incoming,
    }
}

/// Adds what a stop does to the step before it.
fn join(producer: &mut Transition, stop: &Transition, place: Place) {
    let kept = |found: &Place| *found != place && !stop.reset.contains(found);
    producer.produce.retain(kept);
    producer.produce.extend(&stop.produce);
    producer.reset.extend(&stop.reset);
    producer.reset.sort_unstable();
    producer.reset.dedup();
}
