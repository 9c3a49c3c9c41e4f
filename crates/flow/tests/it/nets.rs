//! Random nets: structured ones as people draw them, and wild ones as nobody should.

use cage_flow::{Consume, InclusiveJoin, Label, Net, Place, Transition};
use proptest::collection::vec;
use proptest::prelude::*;

/// How many activities there are.
pub(crate) const LABELS: u32 = 5;

/// A structured flow.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    Step(Option<u32>),
    Sequence(Vec<Tree>),
    Choice(Vec<Tree>),
    Parallel(Vec<Tree>),
    Inclusive(Vec<Tree>),
    /// A body, and what is done before it is done again.
    Loop(Box<Tree>, Box<Tree>),
}

pub(crate) fn trees() -> impl Strategy<Value = Tree> {
    let step = prop_oneof![
        1 => Just(Tree::Step(None)),
        4 => (0..LABELS).prop_map(|label| Tree::Step(Some(label))),
    ];
    step.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Tree::Sequence),
            vec(inner.clone(), 2..4).prop_map(Tree::Choice),
            vec(inner.clone(), 2..4).prop_map(Tree::Parallel),
            vec(inner.clone(), 2..4).prop_map(Tree::Inclusive),
            (inner.clone(), inner)
                .prop_map(|(body, again)| { Tree::Loop(Box::new(body), Box::new(again)) }),
        ]
    })
}

pub(crate) fn net_of(tree: &Tree) -> Net {
    let mut net = Net {
        labels: (0..LABELS)
            .map(|label| format!("activity {label}"))
            .collect(),
        ..Net::default()
    };
    let (start, end) = (place(&mut net), place(&mut net));
    net.initial = vec![start];
    net.finals = vec![vec![end]];
    add(&mut net, tree, start, end);
    net
}

fn place(net: &mut Net) -> Place {
    net.places += 1;
    Place(net.places - 1)
}

fn silent(net: &mut Net, takes: Vec<Place>, produce: Vec<Place>) {
    step(net, None, takes, produce);
}

fn step(net: &mut Net, label: Option<u32>, takes: Vec<Place>, produce: Vec<Place>) {
    net.transitions.push(Transition {
        label: label.map(Label),
        element: None,
        consume: Consume::All(takes),
        produce,
        reset: Vec::new(),
    });
}

fn add(net: &mut Net, tree: &Tree, from: Place, to: Place) {
    match tree {
        Tree::Step(label) => step(net, *label, vec![from], vec![to]),
        Tree::Sequence(parts) => {
            let mut at = from;
            for (index, part) in parts.iter().enumerate() {
                let next = if index + 1 == parts.len() {
                    to
                } else {
                    place(net)
                };
                add(net, part, at, next);
                at = next;
            }
        }
        Tree::Choice(parts) => {
            for part in parts {
                add(net, part, from, to);
            }
        }
        Tree::Parallel(parts) => {
            let (starts, ends) = branches(net, parts);
            silent(net, vec![from], starts);
            silent(net, ends, vec![to]);
        }
        Tree::Inclusive(parts) => inclusive(net, parts, from, to),
        Tree::Loop(body, again) => {
            let (first, last) = (place(net), place(net));
            silent(net, vec![from], vec![first]);
            add(net, body, first, last);
            add(net, again, last, first);
            silent(net, vec![last], vec![to]);
        }
    }
}

fn branches(net: &mut Net, parts: &[Tree]) -> (Vec<Place>, Vec<Place>) {
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    for part in parts {
        let (start, end) = (place(net), place(net));
        starts.push(start);
        ends.push(end);
        add(net, part, start, end);
    }
    (starts, ends)
}

/// Every non-empty choice of branches, and a join that waits for those that were chosen.
fn inclusive(net: &mut Net, parts: &[Tree], from: Place, to: Place) {
    let mut upstream = Vec::new();
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    for part in parts {
        let inside_from = net.places;
        let (start, end) = (place(net), place(net));
        starts.push(start);
        ends.push(end);
        add(net, part, start, end);
        // The branch's own places without its end, which leads only through the join.
        let mut above: Vec<Place> = (inside_from..net.places).map(Place).collect();
        above.retain(|inner| *inner != end);
        // Tokens before the split can reach every branch.
        above.extend((0..inside_from).map(Place).filter(|outer| *outer == from));
        upstream.push(above);
    }
    for chosen in 1..1_u32 << parts.len() {
        let chosen = (0..parts.len()).filter(|index| chosen >> index & 1 == 1);
        let marked = chosen.map(|index| starts[index]).collect();
        silent(net, vec![from], marked);
    }
    net.transitions.push(Transition {
        label: None,
        element: None,
        consume: Consume::Inclusive(InclusiveJoin {
            incoming: ends,
            upstream,
        }),
        produce: vec![to],
        reset: Vec::new(),
    });
}

/// Nets of no shape at all: weights, resets, joins with arbitrary reach, dead ends, loops of silent
/// steps, several ends, no run to any.
pub(crate) fn wild() -> impl Strategy<Value = Net> {
    (2..6_u32).prop_flat_map(|places| {
        let initial = vec((0..places).prop_map(Place), 1..4);
        let finals = vec(vec((0..places).prop_map(Place), 1..3), 1..3);
        let transitions = vec(wild_transition(places), 1..9);
        (transitions, initial, finals).prop_map(move |(transitions, initial, finals)| Net {
            labels: (0..LABELS)
                .map(|label| format!("activity {label}"))
                .collect(),
            places,
            place_names: Vec::new(),
            transitions,
            initial,
            finals,
        })
    })
}

fn wild_transition(places: u32) -> impl Strategy<Value = Transition> {
    let some = move |range| vec((0..places).prop_map(Place), range);
    let join = (some(1..4), vec(some(0..4), 3)).prop_map(|(incoming, mut upstream)| {
        upstream.truncate(incoming.len());
        Consume::Inclusive(InclusiveJoin { incoming, upstream })
    });
    let consume = prop_oneof![
        20 => some(1..3).prop_map(Consume::All),
        4 => join,
        1 => Just(Consume::All(Vec::new())),
    ];
    let label = prop_oneof![2 => Just(None), 3 => (0..LABELS).prop_map(|l| Some(Label(l)))];
    let reset = prop_oneof![3 => Just(Vec::new()), 1 => some(1..3)];
    let parts = (label, consume, some(0..3), reset);
    parts.prop_map(|(label, consume, produce, reset)| Transition {
        label,
        element: None,
        consume,
        produce,
        reset,
    })
}

/// A trace, now and then with an activity that no net knows.
pub(crate) fn traces() -> impl Strategy<Value = Vec<Label>> {
    let label = prop_oneof![
        12 => (0..LABELS).prop_map(Label),
        1 => Just(Label::FOREIGN),
        1 => Just(Label(LABELS)),
    ];
    vec(label, 0..8)
}
