//! What a process means: a net. A token on a sequence flow is a token in a place; activities are
//! visible transitions, everything else is silent.
//!
//! A process is over when no token is left: ends take tokens and put none, and the final marking
//! is the empty one. So branches that end apart complete the process together, and nothing is
//! counted.

use std::collections::BTreeMap;

use super::activity;
use super::diagram::{Diagram, Kind, Trigger};
use super::joins;
use super::outcome::{Outcome, outcome};
use super::places::{NOWHERE, Places, allot};
use super::throws::{Catcher, catchers};
use super::urgent;
use crate::error::ModelError;
use crate::net::{Consume, InclusiveJoin, Label, Net, Place, Transition};
use crate::simplify::simplify;
use crate::source::Source;

/// The net of some processes, run side by side. `elements` numbers the nodes of the picture.
pub(super) fn translate(
    source: &Source<'_>,
    diagram: &Diagram<'_>,
    processes: &[usize],
    elements: &[Option<u32>],
) -> Result<Net, ModelError> {
    let mut translator = Translator {
        diagram,
        elements,
        places: allot(diagram, processes),
        catchers: catchers(diagram),
        labels: BTreeMap::new(),
        net: Net::default(),
        joins: Vec::new(),
        urgent: Vec::new(),
        emptied: 0,
        overfull: None,
    };
    for (index, element) in elements.iter().enumerate() {
        if element.is_some() {
            translator.label(index);
        }
    }
    for process in processes {
        translator.process(diagram.processes[*process].scope);
    }
    if let Some(node) = translator.overfull {
        let message = format!(
            "the file has too many steps that stop what runs elsewhere: with {} they empty more \
             than {EMPTIED_MAX} places together",
            diagram.called(node)
        );
        return Err(source.error(diagram.nodes[node].xml, message));
    }
    urgent::hasten(&mut translator);
    joins::complete(source, &mut translator)?;
    let Translator {
        mut net, places, ..
    } = translator;
    net.places = u32::try_from(places.names.len()).unwrap_or(u32::MAX);
    net.place_names = places.names;
    net.finals = vec![Vec::new()];
    Ok(simplify(net))
}

/// A net in the making.
pub(super) struct Translator<'d, 'a> {
    pub(super) diagram: &'d Diagram<'a>,
    pub(super) elements: &'d [Option<u32>],
    pub(super) places: Places,
    pub(super) catchers: Vec<Option<Catcher>>,
    pub(super) labels: BTreeMap<&'d str, Label>,
    pub(super) net: Net,
    /// Inclusive joins, as (transition, node): their upstream places are found at the end.
    pub(super) joins: Vec<(usize, usize)>,
    /// Transitions that stop what still runs.
    pub(super) urgent: Vec<usize>,
    /// Places that steps empty, all together.
    emptied: usize,
    /// The node with which they became too many.
    overfull: Option<usize>,
}

/// Places that the steps of a file may empty, all together.
const EMPTIED_MAX: usize = 4_000_000;

/// A step that a node takes, before it is known what follows.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    pub(super) consume: Vec<Place>,
    pub(super) produce: Vec<Place>,
    pub(super) reset: Vec<Place>,
    pub(super) label: Option<Label>,
    /// Whether `consume` are the incoming places of an inclusive join.
    pub(super) inclusive: bool,
}

impl Step {
    pub(super) fn from(consume: impl IntoIterator<Item = Place>) -> Self {
        Self {
            consume: consume.into_iter().collect(),
            ..Self::default()
        }
    }

    pub(super) fn to(self, produce: impl IntoIterator<Item = Place>) -> Self {
        let produce = produce.into_iter().collect();
        Self { produce, ..self }
    }

    pub(super) fn emptying(self, reset: impl IntoIterator<Item = Place>) -> Self {
        let reset = reset.into_iter().collect();
        Self { reset, ..self }
    }

    pub(super) fn labelled(self, label: Option<Label>) -> Self {
        Self { label, ..self }
    }
}

impl<'d> Translator<'d, '_> {
    /// The label of a node, if it is visible.
    pub(super) fn label(&mut self, node: usize) -> Option<Label> {
        let name = self.diagram.nodes[node].label.as_deref()?;
        let next = Label(u32::try_from(self.net.labels.len()).unwrap_or(u32::MAX));
        let label = *self.labels.entry(name).or_insert(next);
        if label == next {
            self.net.labels.push(name.to_owned());
        }
        Some(label)
    }

    /// Adds a transition of a node.
    pub(super) fn push(&mut self, step: Step, node: Option<usize>) {
        let mut reset = step.reset;
        reset.sort_unstable();
        reset.dedup();
        self.emptied += reset.len();
        if self.emptied > EMPTIED_MAX {
            self.overfull = self.overfull.or(node);
            return;
        }
        let consume = if step.inclusive {
            self.joins
                .extend(node.map(|node| (self.net.transitions.len(), node)));
            Consume::Inclusive(InclusiveJoin {
                incoming: step.consume,
                upstream: Vec::new(),
            })
        } else {
            Consume::All(step.consume)
        };
        self.net.transitions.push(Transition {
            label: step.label,
            element: node.and_then(|node| self.elements[node]),
            consume,
            produce: step.produce,
            reset,
        });
    }

    /// Adds a transition that stops what still runs.
    pub(super) fn push_stop(&mut self, step: Step, node: usize) {
        self.urgent.push(self.net.transitions.len());
        self.push(step, Some(node));
    }

    /// Adds a silent transition that takes a token from `open` once no place of `inside` holds
    /// any: an inclusive join of `open` and of a place that is never marked, downstream of which
    /// everything inside lies.
    pub(super) fn push_when_empty(
        &mut self,
        open: Place,
        inside: std::ops::Range<u32>,
        produce: Vec<Place>,
        reset: Vec<Place>,
        node: Option<usize>,
    ) {
        self.net.transitions.push(Transition {
            label: None,
            element: node.and_then(|node| self.elements[node]),
            consume: Consume::Inclusive(InclusiveJoin {
                incoming: vec![open, NOWHERE],
                upstream: vec![Vec::new(), inside.map(Place).collect()],
            }),
            produce,
            reset,
        });
    }

    /// Adds a step of a node and what follows it.
    pub(super) fn leave(&mut self, step: Step, node: usize) {
        match self.ways_on(node) {
            Ways::One(places) => {
                let produce = [step.produce.as_slice(), &places].concat();
                self.push(Step { produce, ..step }, Some(node));
            }
            Ways::Sets(sets) => {
                let silent = step.label.is_none() && step.reset.is_empty();
                let after = match self.places.nodes[node].after {
                    Some(after) if !silent || step.consume.len() > 1 => {
                        let produce = [step.produce.as_slice(), &[after]].concat();
                        self.push(Step { produce, ..step }, Some(node));
                        Step::from([after])
                    }
                    _ => step,
                };
                for set in sets {
                    let produce = [after.produce.as_slice(), &set].concat();
                    self.push(
                        Step {
                            produce,
                            ..after.clone()
                        },
                        Some(node),
                    );
                }
            }
            Ways::Free {
                always,
                optional,
                otherwise,
            } => self.choose_one_by_one(step, node, &always, &optional, otherwise),
        }
    }

    /// A free choice, flow by flow: the first half of the chain's places has taken none yet, the
    /// second half at least one.
    fn choose_one_by_one(
        &mut self,
        step: Step,
        node: usize,
        always: &[Place],
        optional: &[Place],
        otherwise: Option<Place>,
    ) {
        let chain = self.places.nodes[node].chain.clone();
        let (none, some) = chain.split_at(chain.len() / 2);
        let produce = [step.produce.as_slice(), always, &none[..1]].concat();
        self.push(Step { produce, ..step }, Some(node));
        for (at, flow) in optional.iter().enumerate() {
            let (taken, next) = (some[at + 1], none[at + 1]);
            self.push(Step::from([none[at]]).to([next]), Some(node));
            self.push(Step::from([none[at]]).to([taken, *flow]), Some(node));
            self.push(Step::from([some[at]]).to([taken]), Some(node));
            self.push(Step::from([some[at]]).to([taken, *flow]), Some(node));
        }
        let last = optional.len();
        self.push(Step::from([some[last]]), Some(node));
        if otherwise.is_some() || !always.is_empty() {
            self.push(Step::from([none[last]]).to(otherwise), Some(node));
        }
    }

    fn ways_on(&self, node: usize) -> Ways {
        let this = &self.diagram.nodes[node];
        let to = |flow: &usize| self.places.flows[*flow];
        if let Kind::Throw(Trigger::Link(name)) = &this.kind {
            let caught = self.diagram.catch(this.scope, name);
            let entry = caught.and_then(|caught| self.places.nodes[caught].entry);
            return Ways::One(entry.into_iter().collect());
        }
        match outcome(self.diagram, node) {
            Outcome::End => Ways::One(activity::ending(self, this.scope)),
            Outcome::Sets(sets) => {
                let sets = sets.iter().map(|set| set.iter().map(to).collect());
                let mut sets: Vec<Vec<Place>> = sets.collect();
                match (sets.len(), sets.pop()) {
                    (1, Some(only)) => Ways::One(only),
                    (_, last) => {
                        sets.extend(last);
                        Ways::Sets(sets)
                    }
                }
            }
            Outcome::Free {
                always,
                optional,
                otherwise,
            } => Ways::Free {
                always: always.iter().map(to).collect(),
                optional: optional.iter().map(to).collect(),
                otherwise: otherwise.as_ref().map(to),
            },
        }
    }

    fn process(&mut self, scope: usize) {
        let own = self.places.scopes[scope].clone();
        self.net.initial.push(own.source);
        if let Some(active) = own.active {
            self.net.initial.push(active);
            let armed = activity::armed_in(self, scope);
            self.net.initial.extend(&armed);
            self.push_when_empty(active, own.inside, Vec::new(), armed, None);
        }
        self.scope(scope);
    }

    /// Adds the transitions of everything in a scope.
    pub(super) fn scope(&mut self, scope: usize) {
        if self.diagram.starts(scope).is_empty() {
            let starts = self.diagram.implicit_starts(scope);
            let entries = starts
                .iter()
                .filter_map(|node| self.places.nodes[*node].entry);
            let entries: Vec<Place> = entries.collect();
            let step = Step::from([self.places.scopes[scope].source]);
            if starts.is_empty() {
                let ending = activity::ending(self, scope);
                self.push(step.to(ending), None);
            } else {
                self.push(step.to(entries), None);
            }
        }
        for node in &self.diagram.scopes[scope].nodes {
            self.node(*node);
        }
    }

    fn node(&mut self, index: usize) {
        let node = &self.diagram.nodes[index];
        let label = self.label(index);
        let entry = self.places.nodes[index].entry;
        match node.kind {
            Kind::Task | Kind::SubProcess(_) => activity::activity(self, index),
            Kind::EventSubProcess(_) => activity::event_sub_process(self, index),
            Kind::Boundary { .. } => {} // With the activity that it sits on.
            Kind::Parallel | Kind::Inclusive if entry.is_none() => {
                let incoming = node.incoming.iter().map(|flow| self.places.flows[*flow]);
                let inclusive = node.kind == Kind::Inclusive;
                let step = Step::from(incoming);
                self.leave(Step { inclusive, ..step }, index);
            }
            Kind::End(_) | Kind::Throw(_) => {
                let step = Step::from(entry).labelled(label);
                activity::throw(self, step, index);
            }
            _ => self.leave(Step::from(entry).labelled(label), index),
        }
    }
}

/// The ways on from a node, as places.
enum Ways {
    One(Vec<Place>),
    Sets(Vec<Vec<Place>>),
    Free {
        always: Vec<Place>,
        optional: Vec<Place>,
        otherwise: Option<Place>,
    },
}
