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
    let transitions = &mut translator.net.transitions;
    let mut gone = vec![false; transitions.len()];
    while let Some(last) = pending.pop() {
        let Some(place) = waiting_place(&transitions[last]) else {
            continue;
        };
        let decided = transitions.iter().enumerate().any(|(index, other)| {
            index != last && !gone[index] && consumed(other).contains(&place)
        });
        let producers: Vec<usize> = (0..transitions.len())
            .filter(|index| !gone[*index] && transitions[*index].produce.contains(&place))
            .collect();
        let initial = translator.net.initial.contains(&place);
        if decided || initial || producers.is_empty() || producers.contains(&last) {
            continue;
        }
        let stop = transitions[last].clone();
        for producer in producers {
            join(&mut transitions[producer], &stop, place);
            pending.push(producer);
        }
        gone[last] = true;
    }
    let before = |index: usize| gone[..index].iter().filter(|gone| **gone).count();
    for (join, _) in &mut translator.joins {
        *join -= before(*join);
    }
    let mut kept = gone.iter().map(|gone| !gone);
    transitions.retain(|_| kept.next().unwrap_or(true));
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
