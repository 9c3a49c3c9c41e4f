//! Flows against a search through the net, and by stories.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use cage_flow::{Consume, Label, Model, Net, Place, Transition, TransitionId};
use cage_pack::{FlowRule, Judge, NamedFlow, Program};
use proptest::prelude::*;

use crate::harness::Harness;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn step(label: Option<u32>, from: &[u32], to: &[u32]) -> Transition {
    let places = |numbers: &[u32]| numbers.iter().map(|number| Place(*number)).collect();
    Transition {
        label: label.map(Label),
        element: None,
        consume: Consume::All(places(from)),
        produce: places(to),
        reset: Vec::new(),
    }
}

/// a, then b and c in any order, then d.
fn parallel() -> Net {
    Net {
        labels: NAMES.map(str::to_owned).to_vec(),
        places: 6,
        transitions: vec![
            step(Some(0), &[0], &[1, 2]),
            step(Some(1), &[1], &[3]),
            step(Some(2), &[2], &[4]),
            step(Some(3), &[3, 4], &[5]),
        ],
        initial: vec![Place(0)],
        finals: vec![vec![Place(5)]],
        ..Net::default()
    }
}

/// A program with one rule that every case follows the net.
fn program(net: Net, inserted: &[&str], skipped: &[&str]) -> Program {
    let text = "[pack]\nid = \"story\"\nversion = \"1\"\n[[rule]]\nid = \"F\"\ninternal = true\n\
                grade = \"observe\"\nper = \"case\"\nkind = \"init\"\nwhat = \"a\"\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("story.toml");
    #[expect(clippy::disallowed_methods, reason = "packs are loaded from files")]
    std::fs::write(&path, text).unwrap();
    let mut program = cage_pack::load(&path).unwrap().program;
    let mut symbols = |names: &[&str]| {
        names
            .iter()
            .map(|name| program.names.intern(name))
            .collect()
    };
    let rule = FlowRule {
        flow: 0,
        allow_inserted: symbols(inserted),
        allow_skipped: symbols(skipped),
    };
    program.rules[0].judge = Judge::Flow(rule);
    program.flows.push(NamedFlow {
        id: "F".to_owned(),
        model: Arc::new(Model {
            net,
            ..Model::default()
        }),
    });
    program
}

fn story(traces: &[Vec<usize>]) -> String {
    let mut text = String::new();
    for (object, trace) in traces.iter().enumerate() {
        for activity in trace {
            let name = NAMES.get(*activity).copied().unwrap_or("foreign");
            let _ = writeln!(text, "2026-02-10T09:00:00+08:00 {name} case=C{object}");
        }
    }
    text
}

type Marking = Vec<u32>;

/// All markings that a trace may lead to, by search: events that may be inserted can be passed,
/// and steps that may be skipped, or are silent, can be taken at any time.
fn reached(net: &Net, trace: &[usize], inserted: &[usize], skipped: &[usize]) -> BTreeSet<Marking> {
    let mut initial = vec![0; net.places as usize];
    for place in &net.initial {
        initial[place.0 as usize] += 1;
    }
    let mut here = free(net, BTreeSet::from([initial]), skipped);
    for activity in trace {
        let mut next = BTreeSet::new();
        if inserted.contains(activity) {
            next.extend(here.iter().cloned());
        }
        for marking in &here {
            for transition in 0..net.transitions.len() {
                let label = net.transitions[transition].label;
                if label == Some(Label(*activity as u32)) {
                    next.extend(fire(net, TransitionId(transition as u32), marking));
                }
            }
        }
        here = free(net, next, skipped);
    }
    here
}

fn free(net: &Net, mut markings: BTreeSet<Marking>, skipped: &[usize]) -> BTreeSet<Marking> {
    let mut open: Vec<Marking> = markings.iter().cloned().collect();
    while let Some(marking) = open.pop() {
        for (number, transition) in net.transitions.iter().enumerate() {
            let label = transition.label.map(|label| label.0 as usize);
            if label.is_none_or(|label| skipped.contains(&label))
                && let Some(next) = fire(net, TransitionId(number as u32), &marking)
                && markings.insert(next.clone())
            {
                open.push(next);
            }
        }
    }
    markings
}

fn fire(net: &Net, transition: TransitionId, marking: &Marking) -> Option<Marking> {
    let transition = &net.transitions[transition.0 as usize];
    let Consume::All(inputs) = &transition.consume else {
        panic!("the nets of these tests have plain steps only");
    };
    let mut next = marking.clone();
    for place in inputs {
        let tokens = &mut next[place.0 as usize];
        *tokens = tokens.checked_sub(1)?;
    }
    for place in &transition.produce {
        next[place.0 as usize] += 1;
    }
    Some(next)
}

fn is_final(net: &Net, marking: &Marking) -> bool {
    net.finals.iter().any(|places| {
        let mut wanted = vec![0; net.places as usize];
        for place in places {
            wanted[place.0 as usize] += 1;
        }
        wanted == *marking
    })
}

/// Nets whose steps keep the number of tokens, so that none can grow without end.
fn nets() -> impl Strategy<Value = Net> {
    let steps = prop::collection::vec(
        (
            prop::option::weighted(0.8, 0u32..4),
            prop::collection::vec(0u32..4, 1..3),
            prop::collection::vec(0u32..4, 2),
        ),
        1..8,
    );
    (steps, prop::collection::vec(0u32..4, 1..3)).prop_map(|(steps, last)| Net {
        labels: NAMES.map(str::to_owned).to_vec(),
        places: 4,
        transitions: steps
            .into_iter()
            .map(|(label, from, to)| step(label, &from, &to[..from.len()]))
            .collect(),
        initial: vec![Place(0), Place(1)],
        finals: vec![
            last.into_iter().map(Place).collect(),
            vec![Place(2), Place(3)],
        ],
        ..Net::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn flows_are_left_where_no_run_goes_on(
        net in nets(),
        traces in prop::collection::vec(prop::collection::vec(0usize..5, 1..7), 1..12),
        inserted in prop::collection::btree_set(0usize..4, 0..2),
        skipped in prop::collection::btree_set(0usize..4, 0..2),
        finite in any::<bool>(),
    ) {
        let (inserted, skipped) = (Vec::from_iter(inserted), Vec::from_iter(skipped));
        let names = |numbers: &[usize]| -> Vec<&str> {
            numbers.iter().map(|number| NAMES[*number]).collect()
        };
        let mut expected = [0u64; 5];
        let mut findings = Vec::new();
        let mut position = 0;
        for (object, trace) in traces.iter().enumerate() {
            let at = |length: usize| reached(&net, &trace[..length], &inserted, &skipped);
            let left = (1..=trace.len()).find(|length| at(*length).is_empty());
            let ends = at(trace.len()).iter().any(|marking| is_final(&net, marking));
            let fate = match left {
                Some(length) => {
                    findings.push((format!("C{object}"), Some(position + length - 1)));
                    2
                }
                None if ends => 1,
                None if finite => {
                    findings.push((format!("C{object}"), None));
                    2
                }
                None => 3,
            };
            expected[0] += 1;
            expected[fate] += 1;
            position += trace.len();
        }
        let mut harness = Harness::of(program(net.clone(), &names(&inserted), &names(&skipped)));
        if finite {
            harness = harness.finite();
        }
        let judged = harness.judge(&story(&traces));
        prop_assert_eq!(judged.activations("F"), expected);
        let listed = judged.listed();
        for (line, (object, place)) in listed.lines().zip(&findings) {
            prop_assert!(line.starts_with(&format!("F {object} Violated ")), "{}", line);
            if let Some(place) = place {
                prop_assert!(line.contains(&format!("@{place} ")), "{line} is not @{place}");
            }
        }
        let variants = &judged.account.rules[0].variants;
        let different = BTreeSet::from_iter(&traces);
        prop_assert_eq!(variants.len(), different.len());
        let objects: u64 = variants.iter().map(|(_, objects)| objects).sum();
        prop_assert_eq!(objects, traces.len() as u64);
    }
}

#[test]
fn a_flow_is_left_by_the_first_event_that_no_run_allows() {
    let traces = [
        vec![0, 1, 2, 3],
        vec![0, 2, 1, 3],
        vec![0, 1, 3, 2],
        vec![0, 1, 9, 2, 3],
        vec![0, 1],
    ];
    let judged = Harness::of(program(parallel(), &[], &[])).judge(&story(&traces));
    assert_eq!(judged.activations("F"), [5, 2, 2, 1, 0]);
    assert_eq!(
        judged.listed(),
        "F C2 Violated FlowDeviation / d@10 at 2026-02-10T09:00:00+08:00\n\
         F C3 Violated FlowDeviation / foreign@14 at 2026-02-10T09:00:00+08:00"
    );
    let judged = Harness::of(program(parallel(), &[], &[]))
        .finite()
        .judge(&story(&traces));
    assert_eq!(judged.activations("F"), [5, 2, 3, 0, 0]);
    let accepting = program(parallel(), &["foreign"], &["c"]);
    let judged = Harness::of(accepting).judge(&story(&traces));
    // In C2 the second c comes where the first was skipped: c is a step, not an insertion.
    assert_eq!(judged.activations("F"), [5, 3, 1, 1, 0]);
}
