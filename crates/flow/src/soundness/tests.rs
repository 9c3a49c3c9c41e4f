//! What is said of nets that cannot be followed, and of those that can.

use std::sync::Arc;

use super::{Completion, Extent, soundness};
use crate::behaviour::Limits;
use crate::net::{Consume, Label, Net, Place, Transition, TransitionId};

/// A net over places p0, p1, ... with a token in p0 at the start; every step has a name.
fn net(steps: &[(&str, &[u32], &[u32])], finals: &[u32]) -> Arc<Net> {
    let places = |numbers: &[u32]| numbers.iter().copied().map(Place).collect::<Vec<_>>();
    let touched = steps
        .iter()
        .flat_map(|(_, takes, puts)| takes.iter().chain(*puts));
    let count = touched.chain(finals).max().map_or(1, |most| most + 1);
    let transitions = (0..)
        .zip(steps)
        .map(|(number, (_, takes, puts))| Transition {
            label: Some(Label(number)),
            element: None,
            consume: Consume::All(places(takes)),
            produce: places(puts),
            reset: Vec::new(),
        });
    Arc::new(Net {
        labels: steps
            .iter()
            .map(|(name, _, _)| (*name).to_owned())
            .collect(),
        places: count,
        place_names: (0..count).map(|place| format!("p{place}")).collect(),
        transitions: transitions.collect(),
        initial: vec![Place(0)],
        finals: vec![places(finals)],
    })
}

fn said(net: &Arc<Net>) -> (Option<String>, Vec<String>) {
    let found = soundness(net, Limits::default()).unwrap();
    (found.refusal(net), found.cautions(net))
}

#[test]
fn a_sound_net_needs_no_word() {
    let net = net(
        &[
            ("a", &[0], &[1, 2]),
            ("b", &[1], &[3]),
            ("c", &[2, 3], &[4]),
        ],
        &[4],
    );
    let found = soundness(&net, Limits::default()).unwrap();
    assert_eq!(found.completion, Completion::Always);
    assert_eq!((found.extent.clone(), found.markings), (Extent::Whole, 4));
    assert_eq!(said(&net), (None, Vec::new()));
}

#[test]
fn a_net_without_a_reachable_end_is_refused() {
    let net = net(
        &[
            ("choose left", &[0], &[1]),
            ("choose right", &[0], &[2]),
            ("join", &[1, 2], &[3]),
        ],
        &[3],
    );
    let (refusal, cautions) = said(&net);
    assert_eq!(
        refusal.as_deref(),
        Some(
            "the model has no end that can be reached: no run leads to tokens in exactly p3; \
             never possible: join"
        )
    );
    assert!(cautions.is_empty(), "{cautions:?}");
}

#[test]
fn a_way_into_a_dead_end_is_told() {
    let net = net(
        &[
            ("a", &[0], &[1]),
            ("wrong turn", &[1], &[2]),
            ("end", &[1], &[3]),
        ],
        &[3],
    );
    assert_eq!(
        said(&net).1,
        [
            "a case may never reach its end: after a > wrong turn tokens lie in p2 and nothing is \
          possible any more"
        ]
    );
}

#[test]
fn a_token_left_behind_is_no_end() {
    let net = net(
        &[
            ("split", &[0], &[1, 2]),
            ("end", &[1], &[3]),
            ("spin", &[2], &[2]),
        ],
        &[3],
    );
    assert!(said(&net).0.is_some());
}

#[test]
fn a_pile_of_tokens_is_told_with_its_place_and_its_steps() {
    let net = net(
        &[
            ("begin", &[0], &[1]),
            ("copy", &[1], &[1, 2]),
            ("stop", &[1], &[3]),
            ("drop", &[2], &[]),
        ],
        &[3],
    );
    let found = soundness(&net, Limits::default()).unwrap();
    let [begin, copy] = [TransitionId(0), TransitionId(1)];
    assert_eq!(
        found.extent,
        Extent::Unbounded {
            place: Place(2),
            after: vec![begin],
            repeating: vec![copy],
        }
    );
    assert_eq!(found.completion, Completion::Unknown { some_run: true });
    assert_eq!(
        found.cautions(&net),
        ["tokens pile up without bound in p2: after begin, copy can be repeated for ever"]
    );
}

#[test]
fn a_pile_that_a_reset_clears_is_none() {
    let mut net = Arc::unwrap_or_clone(net(&[("copy", &[0], &[0, 1]), ("end", &[0], &[2])], &[2]));
    net.transitions[0].reset = vec![Place(1)];
    net.transitions[1].reset = vec![Place(1)];
    assert_eq!(said(&Arc::new(net)), (None, Vec::new()));
}

#[test]
fn looking_stops_at_a_bound_and_says_so() {
    // Twelve parallel steps reach 4,098 markings.
    let ends: Vec<u32> = (13..25).collect();
    let starts: Vec<u32> = (1..13).collect();
    let mut steps: Vec<(&str, &[u32], &[u32])> =
        vec![("split", &[0], &starts), ("join", &ends, &[25])];
    for branch in 0..12 {
        steps.push(("x", &starts[branch..=branch], &ends[branch..=branch]));
    }
    let net = net(&steps, &[25]);
    let limits = Limits {
        markings_max: 1_000,
        ..Limits::default()
    };
    let found = soundness(&net, limits).unwrap();
    assert_eq!(found.extent, Extent::GaveUp);
    assert!(found.dead.is_empty());
    assert_eq!(found.refusal(&net), None);
    assert_eq!(found.cautions(&net).len(), 2, "{:?}", found.cautions(&net));
}
