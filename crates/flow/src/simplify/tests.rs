//! Simplified nets run what they ran before: over small nets of any shape, with joins and resets.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::simplify;
use crate::bpmn::game;
use crate::net::{Consume, InclusiveJoin, Label, Net, Place, Transition};

const PLACES: u32 = 6;

fn places(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Place>> {
    prop::collection::vec((0..PLACES).prop_map(Place), count)
}

/// Nets whose steps put no more tokens than they take, so that every one is bounded.
fn nets() -> impl Strategy<Value = Net> {
    let label = prop_oneof![3 => Just(None), 1 => (0..2_u32).prop_map(|label| Some(Label(label)))];
    let reset = prop_oneof![6 => Just(Vec::new()), 1 => places(1..3)];
    let step = (
        label,
        places(1..3),
        places(0..3),
        reset,
        prop::bool::weighted(0.15),
    );
    let steps = prop::collection::vec(step, 2..9);
    (steps, places(1..3)).prop_map(|(steps, initial)| {
        let transitions = steps
            .into_iter()
            .map(|(label, mut taken, mut put, reset, joins)| {
                put.truncate(taken.len());
                let consume = if joins {
                    taken.sort_unstable();
                    taken.dedup();
                    put.truncate(1);
                    let upstream = vec![Vec::new(); taken.len()];
                    Consume::Inclusive(InclusiveJoin {
                        incoming: taken,
                        upstream,
                    })
                } else {
                    Consume::All(taken)
                };
                Transition {
                    label,
                    element: None,
                    consume,
                    produce: put,
                    reset,
                }
            });
        let mut net = Net {
            labels: vec!["a".to_owned(), "b".to_owned()],
            places: PLACES,
            place_names: (0..PLACES).map(|place| place.to_string()).collect(),
            transitions: transitions.collect(),
            initial,
            finals: vec![Vec::new(), vec![Place(0)]],
        };
        fill_upstream(&mut net);
        net
    })
}

/// From where a token can come to each incoming place of each join, not through the join.
fn fill_upstream(net: &mut Net) {
    let steps = net.transitions.clone();
    let taken = |step: &Transition| match &step.consume {
        Consume::All(places) => places.clone(),
        Consume::Inclusive(join) => join.incoming.clone(),
    };
    for (index, step) in net.transitions.iter_mut().enumerate() {
        let Consume::Inclusive(join) = &mut step.consume else {
            continue;
        };
        for (incoming, upstream) in join.incoming.iter().zip(&mut join.upstream) {
            let mut found = BTreeSet::from([*incoming]);
            loop {
                let before = found.len();
                for (other, step) in steps.iter().enumerate() {
                    if other != index && step.produce.iter().any(|place| found.contains(place)) {
                        found.extend(taken(step));
                    }
                }
                if found.len() == before {
                    break;
                }
            }
            *upstream = found.into_iter().collect();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn runs_stay_the_same(net in nets()) {
        let simple = simplify(net.clone());
        prop_assert!(simple.transitions.len() <= net.transitions.len());
        prop_assert_eq!(game::runs(&simple, 4), game::runs(&net, 4), "{:#?}", simple);
    }
}

/// A join goes on without a token that is on its way to one of its places while another of them, which that token may
/// reach too, has one; it may not be made to wait there.
#[test]
fn a_way_round_that_a_join_need_not_wait_for_is_kept() {
    let step = |taken: &[u32], put: &[u32]| Transition {
        label: None,
        element: None,
        consume: Consume::All(taken.iter().copied().map(Place).collect()),
        produce: put.iter().copied().map(Place).collect(),
        reset: Vec::new(),
    };
    let join = Transition {
        label: Some(Label(0)),
        consume: Consume::Inclusive(InclusiveJoin {
            incoming: vec![Place(0), Place(4)],
            upstream: vec![Vec::new(); 2],
        }),
        ..step(&[], &[])
    };
    let mut net = Net {
        labels: vec!["a".to_owned()],
        places: PLACES,
        transitions: vec![
            step(&[2], &[0]),
            step(&[0, 0], &[4]),
            join,
            step(&[0], &[2]),
        ],
        initial: vec![Place(4), Place(0)],
        finals: vec![Vec::new(), vec![Place(0)]],
        ..Net::default()
    };
    fill_upstream(&mut net);
    let runs = game::runs(&net, 4);
    assert!(runs.contains("a a"));
    assert_eq!(game::runs(&simplify(net), 4), runs);
}

#[test]
fn what_decides_nothing_is_gone() {
    let step = |label, taken: u32, put: &[u32]| Transition {
        label,
        element: None,
        consume: Consume::All(vec![Place(taken)]),
        produce: put.iter().copied().map(Place).collect(),
        reset: Vec::new(),
    };
    // Start, a choice between a and b, a join, an end.
    let net = Net {
        labels: vec!["a".to_owned(), "b".to_owned()],
        places: 7,
        transitions: vec![
            step(None, 0, &[1]),
            step(None, 1, &[2]),
            step(None, 1, &[3]),
            step(Some(Label(0)), 2, &[4]),
            step(Some(Label(1)), 3, &[5]),
            step(None, 4, &[6]),
            step(None, 5, &[6]),
            step(None, 6, &[]),
        ],
        initial: vec![Place(0)],
        finals: vec![Vec::new()],
        ..Net::default()
    };
    let simple = simplify(net);
    assert_eq!((simple.places, simple.transitions.len()), (1, 2));
    assert!(
        simple
            .transitions
            .iter()
            .all(|step| step.label.is_some() && step.produce.is_empty())
    );
}
