//! A lower bound on what is still to pay, from the shape of the net alone.
//!
//! From the places that hold tokens follows which activities can still happen and which must.
//! Every event that can no longer happen costs a log move; every activity that must happen and is
//! no longer in the trace costs a model move. The bound never falls by more than a move costs.

use cage_model::Keyed;

use crate::net::{Consume, Label, Net, Place, Transition};
use crate::visible::{Node, VisibleGraph};

/// A set of labels.
type Labels = Box<[u64]>;

/// What is still to pay at least.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct ToPay {
    /// Events that can no longer happen.
    pub(super) log: u32,
    /// Activities that must happen and do not come.
    pub(super) model: u32,
}

impl ToPay {
    pub(super) fn total(self) -> u32 {
        self.log + self.model
    }
}

/// Lower bounds for every node and position of one trace after another.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    words: usize,
    /// For each place, what a token in it can still lead to.
    can: Vec<Labels>,
    /// For each place, what must happen before its token is gone.
    must: Vec<Labels>,
    /// What can happen whatever the marking.
    always: Labels,
    /// For each node its class, or [`NO_CLASS`]. Nodes of one class have the same bounds.
    class_of: Vec<u32>,
    classes: Vec<Class>,
    numbers: Keyed<(Labels, Labels), u32>,
    trace: Vec<Label>,
    round: u32,
    /// The bounds of the classes met in this trace, a row of `trace.len() + 1` each.
    rows: Vec<ToPay>,
    absent: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Class {
    can: Labels,
    must: Labels,
    round: u32,
    row: u32,
}

const NO_CLASS: u32 = u32::MAX;

impl Bounds {
    pub(super) fn new(net: &Net) -> Self {
        let words = net.labels.len().div_ceil(64);
        let mut always = empty(words);
        let sources = net.transitions.iter().filter(
            |transition| matches!(&transition.consume, Consume::All(places) if places.is_empty()),
        );
        let can = can_follow(net, words);
        for transition in sources {
            add_step(&mut always, transition, &can);
        }
        Self {
            words,
            must: must_follow(net, words),
            can,
            always,
            class_of: Vec::new(),
            classes: Vec::new(),
            numbers: Keyed::new(),
            trace: Vec::new(),
            round: 0,
            rows: Vec::new(),
            absent: Vec::new(),
        }
    }

    /// Begins a trace.
    pub(super) fn begin(&mut self, trace: &[(u32, Label)]) {
        self.trace.clear();
        self.trace.extend(trace.iter().map(|(_, label)| *label));
        self.rows.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            for class in &mut self.classes {
                class.round = 0;
            }
            self.round = 1;
        }
    }

    /// What is still to pay at least from a node and a position on.
    #[inline]
    pub(super) fn least(&mut self, graph: &VisibleGraph, node: Node, at: u32) -> ToPay {
        let class = match self.class_of.get(node.index()) {
            Some(&class) if class != NO_CLASS => class,
            _ => self.classify(graph, node),
        };
        let class = &self.classes[class as usize];
        let row = if class.round == self.round {
            class.row
        } else {
            self.fill(node)
        };
        self.rows[row as usize + at as usize]
    }

    #[cold]
    fn classify(&mut self, graph: &VisibleGraph, node: Node) -> u32 {
        let mut can = self.always.clone();
        let mut must = empty(self.words);
        for place in graph.tokens(node) {
            join(&mut can, &self.can[place.0 as usize]);
            join(&mut must, &self.must[place.0 as usize]);
        }
        let classes = &mut self.classes;
        let class = *self
            .numbers
            .entry_or_insert_with((can.clone(), must.clone()), || {
                classes.push(Class {
                    can,
                    must,
                    round: 0,
                    row: 0,
                });
                classes.len() as u32 - 1
            });
        if self.class_of.len() <= node.index() {
            self.class_of.resize(node.index() + 1, NO_CLASS);
        }
        self.class_of[node.index()] = class;
        class
    }

    /// Computes the row of a class for this trace, from the end backwards.
    fn fill(&mut self, node: Node) -> u32 {
        let class = &mut self.classes[self.class_of[node.index()] as usize];
        let row = self.rows.len();
        self.rows
            .resize(row + self.trace.len() + 1, ToPay::default());
        self.absent.clear();
        self.absent.extend_from_slice(&class.must);
        let mut to_pay = ToPay {
            log: 0,
            model: class.must.iter().map(|word| word.count_ones()).sum(),
        };
        self.rows[row + self.trace.len()] = to_pay;
        for (at, label) in self.trace.iter().enumerate().rev() {
            let (word, bit) = split(*label);
            if class.can[word] & bit == 0 {
                to_pay.log += 1;
            }
            if self.absent[word] & bit != 0 {
                self.absent[word] &= !bit;
                to_pay.model -= 1;
            }
            self.rows[row + at] = to_pay;
        }
        class.round = self.round;
        class.row = row as u32;
        class.row
    }

    /// How many entries the rows of this trace take.
    pub(super) fn held(&self) -> usize {
        self.rows.len()
    }
}

fn empty(words: usize) -> Labels {
    vec![0; words].into_boxed_slice()
}

fn split(label: Label) -> (usize, u64) {
    (label.0 as usize / 64, 1 << (label.0 % 64))
}

/// Adds a set to another; whether that changed anything.
fn join(into: &mut [u64], from: &[u64]) -> bool {
    let mut changed = false;
    for (into, from) in into.iter_mut().zip(from) {
        changed |= *from & !*into != 0;
        *into |= from;
    }
    changed
}

fn meet(into: &mut [u64], from: &[u64]) -> bool {
    let mut changed = false;
    for (into, from) in into.iter_mut().zip(from) {
        changed |= *into & !*from != 0;
        *into &= from;
    }
    changed
}

/// Adds a transition's own label and those of the places that it fills.
fn add_step(into: &mut [u64], transition: &Transition, of_places: &[Labels]) -> bool {
    let mut changed = false;
    if let Some(label) = transition.label {
        let (word, bit) = split(label);
        changed |= into[word] & bit == 0;
        into[word] |= bit;
    }
    for place in &transition.produce {
        changed |= join(into, &of_places[place.0 as usize]);
    }
    changed
}

fn inputs(transition: &Transition) -> &[Place] {
    match &transition.consume {
        Consume::All(places) => places,
        Consume::Inclusive(join) => &join.incoming,
    }
}

/// The least solution: a place can lead to what its consumers are called and what their outputs
/// lead to. Backwards over the transitions, because files list them roughly forwards.
fn can_follow(net: &Net, words: usize) -> Vec<Labels> {
    let mut can = vec![empty(words); net.places as usize];
    let mut changed = true;
    while changed {
        changed = false;
        for transition in net.transitions.iter().rev() {
            let mut step = empty(words);
            add_step(&mut step, transition, &can);
            for place in inputs(transition) {
                changed |= join(&mut can[place.0 as usize], &step);
            }
        }
    }
    can
}

/// The greatest solution: a token that has to go goes by one of its consumers (or is taken away by
/// a reset), so what all of these entail must happen. A token that may rest entails nothing.
fn must_follow(net: &Net, words: usize) -> Vec<Labels> {
    let mut must = vec![vec![u64::MAX; words].into_boxed_slice(); net.places as usize];
    for places in &net.finals {
        for place in places {
            must[place.0 as usize] = empty(words);
        }
    }
    let mut changed = true;
    while changed {
        changed = false;
        for transition in net.transitions.iter().rev() {
            let mut step = empty(words);
            add_step(&mut step, transition, &must);
            for place in inputs(transition).iter().chain(&transition.reset) {
                changed |= meet(&mut must[place.0 as usize], &step);
            }
        }
    }
    // A place that nothing empties keeps all bits; those beyond the labels mean nothing.
    let spare = net.labels.len() % 64;
    if spare > 0 {
        for set in &mut must {
            if let Some(last) = set.last_mut() {
                *last &= (1 << spare) - 1;
            }
        }
    }
    must
}
