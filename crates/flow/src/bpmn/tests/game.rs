//! The token game, played plainly: every firing sequence of a net up to a number of activities.
//! Written from the definitions in `net.rs`, not from anything that runs nets for a living.

use std::collections::{BTreeMap, BTreeSet};

use crate::net::{Consume, InclusiveJoin, Net, Place, Transition};

type Marking = BTreeMap<Place, u32>;

/// The complete runs with at most so many activities.
pub(crate) fn runs(net: &Net, longest: usize) -> BTreeSet<String> {
    let mut complete = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut pending: Vec<(Marking, Vec<usize>)> = vec![(marking(&net.initial), Vec::new())];
    while let Some((at, run)) = pending.pop() {
        if !seen.insert((at.clone(), run.clone())) {
            continue;
        }
        assert!(
            seen.len() < 400_000,
            "the net has too many states for a plain game"
        );
        if net.finals.iter().any(|last| marking(last) == at) {
            let words: Vec<&str> = run
                .iter()
                .map(|label| net.labels[*label].as_str())
                .collect();
            complete.insert(words.join(" "));
        }
        for transition in &net.transitions {
            let mut run = run.clone();
            if let Some(label) = transition.label {
                if run.len() == longest {
                    continue;
                }
                run.push(label.0 as usize);
            }
            if let Some(next) = fire(transition, &at) {
                pending.push((next, run));
            }
        }
    }
    complete
}

fn marking(places: &[Place]) -> Marking {
    let mut marking = Marking::new();
    for place in places {
        *marking.entry(*place).or_default() += 1;
    }
    marking
}

fn fire(transition: &Transition, at: &Marking) -> Option<Marking> {
    let mut next = at.clone();
    match &transition.consume {
        Consume::All(places) => {
            for place in places {
                take(&mut next, *place)?;
            }
        }
        Consume::Inclusive(join) => {
            if !ready(join, at) {
                return None;
            }
            for place in &join.incoming {
                let _ = take(&mut next, *place);
            }
        }
    }
    for place in &transition.reset {
        next.remove(place);
    }
    for place in &transition.produce {
        *next.entry(*place).or_default() += 1;
    }
    Some(next)
}

fn take(marking: &mut Marking, place: Place) -> Option<()> {
    let tokens = marking.get_mut(&place)?;
    *tokens -= 1;
    if *tokens == 0 {
        marking.remove(&place);
    }
    Some(())
}

fn ready(join: &InclusiveJoin, at: &Marking) -> bool {
    let marked = |index: &usize| at.contains_key(&join.incoming[*index]);
    let all = 0..join.incoming.len();
    let (with, without): (Vec<usize>, Vec<usize>) = all.partition(marked);
    let blocked = |place: &Place| {
        let before = |index: &usize| join.upstream[*index].contains(place);
        without.iter().any(before) && !with.iter().any(before)
    };
    !with.is_empty() && !at.keys().any(blocked)
}
