//! The plain method that the fast one is held against: Dijkstra on the synchronous product of a
//! trace and a net, one move at a time, written from the definitions and sharing no code.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use cage_flow::{Consume, Label, Net, Place, Transition, TransitionId};

/// Tokens of each place.
pub(crate) type Tokens = Vec<u8>;

/// States after which the reference gives up, so that tests stay quick.
const STATES_MAX: usize = 60_000;

pub(crate) fn tokens(net: &Net, places: &[Place]) -> Tokens {
    let mut tokens = vec![0; net.places as usize];
    for place in places {
        tokens[place.0 as usize] += 1;
    }
    tokens
}

/// The marking after a transition, or `None` when it may not fire.
pub(crate) fn fire(transition: &Transition, before: &Tokens) -> Option<Tokens> {
    let mut after = before.clone();
    match &transition.consume {
        Consume::All(places) => {
            for place in places {
                let held = &mut after[place.0 as usize];
                *held = held.checked_sub(1)?;
            }
        }
        Consume::Inclusive(join) => {
            let holds = |place: &Place| before[place.0 as usize] > 0;
            let upstream = |wanted: bool| -> BTreeSet<Place> {
                let flows = join.incoming.iter().zip(&join.upstream);
                let flows = flows.filter(|(flow, _)| holds(flow) == wanted);
                flows
                    .flat_map(|(_, places)| places.iter().copied())
                    .collect()
            };
            let (of_marked, of_unmarked) = (upstream(true), upstream(false));
            let waits = of_unmarked.difference(&of_marked).any(&holds);
            if waits || !join.incoming.iter().any(holds) {
                return None;
            }
            for place in &join.incoming {
                let held = &mut after[place.0 as usize];
                *held = held.saturating_sub(1);
            }
        }
    }
    for place in &transition.reset {
        after[place.0 as usize] = 0;
    }
    for place in &transition.produce {
        after[place.0 as usize] += 1;
    }
    Some(after)
}

/// What the reference found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reference {
    Cost(u32),
    NoRun,
    TooLarge,
}

/// The optimal cost of reading the rest of a trace from a marking to the end.
pub(crate) fn cost(net: &Net, from: &Tokens, trace: &[Label]) -> Reference {
    let finals: BTreeSet<Tokens> = net
        .finals
        .iter()
        .map(|places| tokens(net, places))
        .collect();
    let mut best: BTreeMap<(usize, Tokens), u32> = BTreeMap::new();
    let mut queue = BinaryHeap::from([Reverse((0, 0, from.clone()))]);
    while let Some(Reverse((paid, at, marking))) = queue.pop() {
        if best
            .get(&(at, marking.clone()))
            .is_some_and(|known| *known <= paid)
        {
            continue;
        }
        if best.len() >= STATES_MAX || marking.iter().any(|held| *held > 20) {
            return Reference::TooLarge;
        }
        if at == trace.len() && finals.contains(&marking) {
            return Reference::Cost(paid);
        }
        if at < trace.len() {
            queue.push(Reverse((paid + 1, at + 1, marking.clone())));
        }
        for transition in &net.transitions {
            let Some(after) = fire(transition, &marking) else {
                continue;
            };
            match transition.label {
                None => queue.push(Reverse((paid, at, after))),
                Some(label) => {
                    if trace.get(at) == Some(&label) {
                        queue.push(Reverse((paid, at + 1, after.clone())));
                    }
                    queue.push(Reverse((paid + 1, at, after)));
                }
            }
        }
        best.insert((at, marking), paid);
    }
    Reference::NoRun
}

/// The markings that silent steps reach; `None` when there are too many.
pub(crate) fn closure(net: &Net, from: &Tokens) -> Option<BTreeSet<Tokens>> {
    let mut found = BTreeSet::from([from.clone()]);
    let mut open = vec![from.clone()];
    while let Some(marking) = open.pop() {
        if found.len() > 2_000 || marking.iter().any(|held| *held > 20) {
            return None;
        }
        for transition in net.transitions.iter().filter(|found| found.label.is_none()) {
            if let Some(after) = fire(transition, &marking)
                && found.insert(after.clone())
            {
                open.push(after);
            }
        }
    }
    Some(found)
}

/// Markings after any one visible step by a label, silent steps before it included.
pub(crate) fn after(net: &Net, from: &BTreeSet<Tokens>, label: Label) -> BTreeSet<Tokens> {
    let mut found = BTreeSet::new();
    for transition in net
        .transitions
        .iter()
        .filter(|found| found.label == Some(label))
    {
        found.extend(from.iter().filter_map(|marking| fire(transition, marking)));
    }
    found
}

/// The transition of a net.
pub(crate) fn transition(net: &Net, number: TransitionId) -> &Transition {
    &net.transitions[number.0 as usize]
}
