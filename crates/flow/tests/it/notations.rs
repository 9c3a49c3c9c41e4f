//! One process in two notations: what BPMN means is what the Petri net says.

use std::collections::BTreeSet;

use cage_flow::{Automaton, Label, Limits, State};

use crate::shared;

/// Walks two automata side by side; a difference is told as the sequence that shows it.
fn difference(one: &mut Automaton, other: &mut Automaton) -> Option<String> {
    let names: Vec<String> = one.net().labels.clone();
    let same = |name: &String, labels: &[String]| {
        let found = labels.iter().position(|label| label == name);
        found.map(|index| Label(index as u32))
    };
    let other_labels: Vec<Option<Label>> = names
        .iter()
        .map(|name| same(name, &other.net().labels))
        .collect();
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut pending: Vec<(State, State, Vec<String>)> =
        vec![(one.start(), other.start(), Vec::new())];
    while let Some((left, right, run)) = pending.pop() {
        if !seen.insert((format!("{left:?}"), format!("{right:?}"))) {
            continue;
        }
        if one.accepts(left) != other.accepts(right) {
            return Some(format!("only one may end after {run:?}"));
        }
        for (index, name) in names.iter().enumerate() {
            let next_left = one.step(left, Label(index as u32)).unwrap();
            let next_right =
                other_labels[index].and_then(|label| other.step(right, label).unwrap());
            let mut longer = run.clone();
            longer.push(name.clone());
            match (next_left, next_right) {
                (Some(left), Some(right)) => pending.push((left, right, longer)),
                (None, None) => {}
                _ => return Some(format!("only one allows {longer:?}")),
            }
        }
    }
    None
}

#[test]
fn the_running_example_means_the_same_in_both_notations() {
    let (Some(drawn), Some(net)) = (
        shared::net("logs/running-example.bpmn"),
        shared::net("logs/running-example.pnml"),
    ) else {
        return;
    };
    let mut drawn = Automaton::new(drawn, Limits::default()).unwrap();
    let mut net = Automaton::new(net, Limits::default()).unwrap();
    assert_eq!(difference(&mut drawn, &mut net), None);
    assert_eq!(difference(&mut net, &mut drawn), None);
}
