//! What holds for every net and every trace: costs equal the reference's, alignments are runs of
//! the model, the choice among equals is the documented one, and what came before has no say.

use std::collections::BTreeSet;
use std::sync::Arc;

use cage_flow::{
    Aligner, Alignment, Automaton, BehaviourError, Completion, Consume, Extent, InclusiveJoin,
    Label, Limits, Move, Net, Outcome, Place, Transition, soundness,
};
use proptest::prelude::*;

use crate::nets::{Tree, net_of, traces, trees, wild};
use crate::reference::{self, Reference, Tokens};

/// The aligner's answer, or `None` where the net is too large for a quick test.
fn aligned(aligner: &mut Aligner, trace: &[Label]) -> Option<Outcome<Alignment>> {
    match aligner.align(trace) {
        Ok(Outcome::GaveUp { .. }) | Err(_) => None,
        Ok(outcome) => Some(outcome),
    }
}

fn limits() -> Limits {
    Limits {
        tokens_per_place_max: 20,
        markings_max: 20_000,
        ..Limits::default()
    }
}

/// Holds one net and some traces against the reference.
fn check(net: Net, traces: &[Vec<Label>]) -> Result<(), TestCaseError> {
    let net = Arc::new(net);
    let mut aligner = Aligner::new(net.clone(), limits()).unwrap();
    let mut automaton = Automaton::new(net.clone(), limits());
    let start = reference::tokens(&net, &net.initial);
    let sound = soundness(&net, limits()).unwrap();
    if sound.extent == Extent::Whole {
        let some_run = reference::cost(&net, &start, &[]) != Reference::NoRun;
        prop_assert_eq!(sound.completion != Completion::Never, some_run);
    }
    for trace in traces {
        let expected = reference::cost(&net, &start, trace);
        if expected == Reference::TooLarge {
            continue;
        }
        let Some(outcome) = aligned(&mut aligner, trace) else {
            continue;
        };
        let mut fresh = Aligner::new(net.clone(), limits()).unwrap();
        prop_assert_eq!(aligned(&mut fresh, trace), Some(outcome.clone()));
        let cost = fresh.cost(trace).unwrap();
        match (expected, outcome) {
            (Reference::Cost(expected), Outcome::Optimal(alignment)) => {
                prop_assert_eq!(alignment.cost, expected, "{:?}", alignment.moves);
                prop_assert_eq!(cost, Outcome::Optimal(expected));
                check_run(&net, trace, &alignment)?;
            }
            (Reference::NoRun, Outcome::NoRun) => {}
            (expected, outcome) => prop_assert!(false, "{:?} but {:?}", expected, outcome),
        }
        if let Ok(automaton) = &mut automaton
            && let Some(fits) = fits(automaton, trace)
        {
            prop_assert_eq!(fits, expected == Reference::Cost(0));
        }
    }
    Ok(())
}

fn fits(automaton: &mut Automaton, trace: &[Label]) -> Option<bool> {
    let mut state = automaton.start();
    for label in trace {
        match automaton.step(state, *label).ok()? {
            Some(next) => {
                assert!(automaton.expected(state).ok()?.contains(label));
                state = next;
            }
            None => {
                assert!(!automaton.expected(state).ok()?.contains(label));
                return Some(false);
            }
        }
    }
    Some(automaton.accepts(state))
}

/// The alignment is a run of the net to a final marking, reads the trace, costs what it says, and
/// takes the preferred move wherever the optimum allows it.
fn check_run(net: &Net, trace: &[Label], alignment: &Alignment) -> Result<(), TestCaseError> {
    let mut marking = reference::tokens(net, &net.initial);
    let mut settled = marking.clone();
    let (mut at, mut paid) = (0_usize, 0_u32);
    for step in &alignment.moves {
        if !matches!(step, Move::Silent { .. }) {
            check_preferred(net, trace, &settled, at, alignment.cost - paid, *step)?;
        }
        let fired = match *step {
            Move::Both {
                event,
                transition,
                label,
            } => {
                prop_assert_eq!(event as usize, at);
                prop_assert_eq!(trace[at], label);
                at += 1;
                Some((transition, Some(label)))
            }
            Move::Log { event } => {
                prop_assert_eq!(event as usize, at);
                at += 1;
                paid += 1;
                None
            }
            Move::Model { transition, label } => {
                paid += 1;
                Some((transition, Some(label)))
            }
            Move::Silent { transition } => Some((transition, None)),
        };
        if let Some((number, label)) = fired {
            let transition = reference::transition(net, number);
            prop_assert_eq!(transition.label, label);
            let after = reference::fire(transition, &marking);
            prop_assert!(after.is_some(), "{:?} may not fire", step);
            marking = after.unwrap_or_default();
            if label.is_some() {
                settled.clone_from(&marking);
            }
        }
    }
    prop_assert_eq!(at, trace.len());
    prop_assert_eq!(paid, alignment.cost);
    let mut finals = net
        .finals
        .iter()
        .map(|places| reference::tokens(net, places));
    prop_assert!(
        finals.any(|last| last == marking),
        "the run ends in {:?}",
        marking
    );
    Ok(())
}

/// No move that comes earlier in the order of preference would also have led to the optimum.
/// `settled` is the marking after the last visible step.
fn check_preferred(
    net: &Net,
    trace: &[Label],
    settled: &Tokens,
    at: usize,
    remaining: u32,
    taken: Move,
) -> Result<(), TestCaseError> {
    let Some(closure) = reference::closure(net, settled) else {
        return Ok(());
    };
    let keeps = |markings: BTreeSet<Tokens>, at: usize, cost: u32| {
        markings.iter().any(|marking| {
            let rest = trace.get(at..).unwrap_or_default();
            reference::cost(net, marking, rest) == Reference::Cost(remaining.wrapping_sub(cost))
        })
    };
    let both = || {
        let event = trace.get(at).copied();
        event.is_some_and(|label| keeps(reference::after(net, &closure, label), at + 1, 0))
    };
    let log = || at < trace.len() && keeps(BTreeSet::from([settled.clone()]), at + 1, 1);
    match taken {
        Move::Log { .. } => prop_assert!(!both(), "a matched step was possible"),
        Move::Model { .. } => {
            prop_assert!(!both(), "a matched step was possible");
            prop_assert!(!log(), "a log move was possible");
        }
        Move::Both { .. } | Move::Silent { .. } => {}
    }
    Ok(())
}

/// Found by the second law: a silent step that needs no token may be what an activity waits for.
#[test]
fn a_token_may_come_from_nowhere() {
    let step = |label, takes: &[u32], produce: &[u32]| Transition {
        label,
        element: None,
        consume: Consume::All(takes.iter().copied().map(Place).collect()),
        produce: produce.iter().copied().map(Place).collect(),
        reset: vec![Place(1)],
    };
    let net = Net {
        labels: vec!["only".to_owned()],
        places: 2,
        transitions: vec![step(Some(Label(0)), &[1], &[]), step(None, &[], &[1])],
        initial: vec![Place(0)],
        finals: vec![vec![Place(0)]],
        ..Net::default()
    };
    check(net, &[vec![], vec![Label(0)], vec![Label(0); 3]]).unwrap();
}

/// A join that waits for a token upstream is helped by the step that takes this token elsewhere,
/// although that step touches none of the places that the join takes from.
#[test]
fn a_join_may_wait_for_a_token_that_goes_elsewhere() {
    let [here, there, upstream, joined, aside, end] = [0, 1, 2, 3, 4, 5].map(Place);
    let step = |label, consume, produce| Transition {
        label,
        element: None,
        consume,
        produce: vec![produce],
        reset: Vec::new(),
    };
    let join = InclusiveJoin {
        incoming: vec![here, there],
        upstream: vec![Vec::new(), vec![upstream]],
    };
    let net = Net {
        labels: vec!["close".to_owned()],
        places: 6,
        transitions: vec![
            step(None, Consume::Inclusive(join), joined),
            step(None, Consume::All(vec![upstream]), aside),
            step(Some(Label(0)), Consume::All(vec![joined, aside]), end),
        ],
        initial: vec![here, upstream],
        finals: vec![vec![end]],
        ..Net::default()
    };
    check(net, &[vec![], vec![Label(0)], vec![Label(0); 2]]).unwrap();
}

#[test]
fn a_malformed_net_is_an_error_and_no_panic() {
    let good = net_of(&Tree::Step(Some(0)));
    let spoilt: [fn(&mut Net); 5] = [
        |net| net.places = 1,
        |net| net.labels.clear(),
        |net| net.initial = vec![Place(9)],
        |net| net.finals.push(vec![Place(u32::MAX)]),
        |net| net.transitions[0].reset = vec![Place(7)],
    ];
    for spoil in spoilt {
        let mut net = good.clone();
        spoil(&mut net);
        let net = Arc::new(net);
        let malformed = |error| matches!(error, BehaviourError::Malformed { .. });
        assert!(Aligner::new(net.clone(), limits()).is_err_and(malformed));
        assert!(Automaton::new(net.clone(), limits()).is_err_and(malformed));
        assert!(soundness(&net, limits()).is_err_and(malformed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn structured_nets_agree_with_the_reference(
        tree in trees(),
        traces in prop::collection::vec(traces(), 1..4),
    ) {
        check(net_of(&tree), &traces)?;
    }

    #[test]
    fn wild_nets_agree_with_the_reference(
        net in wild(),
        traces in prop::collection::vec(traces(), 1..4),
    ) {
        check(net, &traces)?;
    }
}
