//! Where tokens may lie: the places that each scope and node gets.
//!
//! Places are given out scope by scope, so that everything inside a scope or an activity is one
//! range of numbers: that range is what an interruption empties and what must be empty when a
//! sub-process is over.

use std::ops::Range;

use super::diagram::{Diagram, FlowNode, Kind, Repeat};
use super::outcome;
use super::structure::holds_one_token;
use crate::net::Place;

/// Instances of a parallel multi-instance sub-process that may be open at once.
pub(super) const INSTANCES_MAX: usize = 8;
/// Times that a non-interrupting event may happen while its activity is open; a date or a length
/// of time comes once.
pub(super) const HAPPENINGS_MAX: usize = 3;

/// A place that no token ever reaches.
pub(super) const NOWHERE: Place = Place(0);

/// All places of a net.
#[derive(Debug)]
pub(super) struct Places {
    /// What messages call them.
    pub(super) names: Vec<String>,
    pub(super) nodes: Vec<NodePlaces>,
    pub(super) scopes: Vec<ScopePlaces>,
    /// A token on a sequence flow: where its target waits for it.
    pub(super) flows: Vec<Place>,
}

/// The places of a node. What a node does not need is absent.
#[derive(Clone, Debug, Default)]
pub(super) struct NodePlaces {
    /// Tokens that wait for it; absent for joins, which wait flow by flow.
    pub(super) entry: Option<Place>,
    /// Its outcome is still to be chosen.
    pub(super) after: Option<Place>,
    /// The steps of a long choice.
    pub(super) chain: Vec<Place>,
    /// Everything inside the activity, its sub-process included.
    pub(super) inside: Range<u32>,
    /// The activity is open.
    pub(super) running: Option<Place>,
    /// One round of the activity is to be done.
    pub(super) start: Option<Place>,
    /// One round of the activity is done.
    pub(super) finish: Option<Place>,
    /// Rounds still allowed.
    pub(super) todo: Option<Place>,
    /// Between two counted rounds.
    pub(super) ready: Option<Place>,
    /// Rounds done.
    pub(super) did: Option<Place>,
    /// For an event on a border and an event sub-process: it may still happen.
    pub(super) armed: Option<Place>,
}

/// The places of a scope.
#[derive(Clone, Debug)]
pub(super) struct ScopePlaces {
    /// Where it starts.
    pub(super) source: Place,
    /// A token lies here while the scope is open, where its end is that nothing moves inside.
    pub(super) active: Option<Place>,
    /// Everything inside it.
    pub(super) inside: Range<u32>,
    /// Whether at most one token moves inside.
    pub(super) one_token: bool,
}

const NO_PLACES: ScopePlaces = ScopePlaces {
    source: NOWHERE,
    active: None,
    inside: 0..0,
    one_token: false,
};

/// How an activity is put together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// A task that is done once: one transition.
    Plain,
    /// Rounds one after another, counted or not.
    Rounds,
    /// Instances of a sub-process that overlap.
    Instances,
}

/// How an activity is put together.
pub(super) fn shape(diagram: &Diagram<'_>, node: &FlowNode<'_>) -> Shape {
    let lasting = |boundary: &usize| {
        let kind = &diagram.nodes[*boundary].kind;
        matches!(kind, Kind::Boundary { interrupting, .. } if !interrupting)
    };
    match node.kind {
        Kind::SubProcess(_) if node.repeat.parallel => Shape::Instances,
        Kind::SubProcess(_) => Shape::Rounds,
        _ if node.repeat == Repeat::ONCE && !node.boundaries.iter().any(lasting) => Shape::Plain,
        _ => Shape::Rounds,
    }
}

/// Whether rounds are counted one by one.
pub(super) fn counted(repeat: Repeat) -> bool {
    repeat != Repeat::ONCE && repeat.at_most.is_some()
}

/// Gives every scope and node of some processes its places.
pub(super) fn allot(diagram: &Diagram<'_>, processes: &[usize]) -> Places {
    let mut allotter = Allotter {
        diagram,
        places: Places {
            names: vec!["nowhere".to_owned()],
            nodes: vec![NodePlaces::default(); diagram.nodes.len()],
            scopes: vec![NO_PLACES; diagram.scopes.len()],
            flows: vec![NOWHERE; diagram.flows.len()],
        },
    };
    for process in processes {
        let scope = diagram.processes[*process].scope;
        if holds_event_sub_process(diagram, scope) {
            allotter.places.scopes[scope].active = Some(allotter.place("the open process"));
        }
        allotter.scope(scope);
    }
    allotter.places
}

fn holds_event_sub_process(diagram: &Diagram<'_>, scope: usize) -> bool {
    let mut nodes = diagram.scopes[scope].nodes.iter();
    nodes.any(|node| matches!(diagram.nodes[*node].kind, Kind::EventSubProcess(_)))
}

struct Allotter<'d, 'a> {
    diagram: &'d Diagram<'a>,
    places: Places,
}

impl Allotter<'_, '_> {
    fn place(&mut self, name: &str) -> Place {
        self.places.names.push(name.to_owned());
        Place(self.next() - 1)
    }

    /// A place of a node.
    fn of(&mut self, what: &str, node: usize) -> Place {
        let name = format!("{what} {}", self.diagram.called(node));
        self.place(&name)
    }

    fn next(&self) -> u32 {
        u32::try_from(self.places.names.len()).unwrap_or(u32::MAX)
    }

    fn scope(&mut self, scope: usize) {
        let diagram = self.diagram;
        self.places.scopes[scope].one_token = holds_one_token(diagram, scope);
        for node in &diagram.scopes[scope].nodes {
            if matches!(diagram.nodes[*node].kind, Kind::EventSubProcess(_)) {
                self.places.nodes[*node].armed = Some(self.of("while waiting for", *node));
            }
        }
        let from = self.next();
        self.places.scopes[scope].source = self.place("the start");
        for node in &diagram.scopes[scope].nodes {
            self.entry(*node, scope);
        }
        for node in &diagram.scopes[scope].nodes {
            self.node(*node);
        }
        self.places.scopes[scope].inside = from..self.next();
    }

    fn entry(&mut self, index: usize, scope: usize) {
        let node = &self.diagram.nodes[index];
        let joins = match node.kind {
            Kind::Parallel => !node.incoming.is_empty(),
            Kind::Inclusive => node.incoming.len() > 1,
            _ => false,
        };
        let entry = match node.kind {
            _ if joins => {
                for flow in &node.incoming {
                    self.places.flows[*flow] = self.of("on the way to", index);
                }
                return;
            }
            Kind::Start { .. } => self.places.scopes[scope].source,
            _ if node.instantiate && node.incoming.is_empty() => self.places.scopes[scope].source,
            _ => self.of("before", index),
        };
        self.places.nodes[index].entry = Some(entry);
        for flow in &node.incoming {
            self.places.flows[*flow] = entry;
        }
    }

    fn node(&mut self, index: usize) {
        let node = &self.diagram.nodes[index];
        let (choice, chain) = outcome::needs(self.diagram, index);
        if choice {
            self.places.nodes[index].after = Some(self.of("after", index));
        }
        for _ in 0..chain {
            let place = self.of("after", index);
            self.places.nodes[index].chain.push(place);
        }
        match node.kind {
            Kind::EventSubProcess(scope) => {
                if holds_event_sub_process(self.diagram, scope) {
                    self.places.scopes[scope].active = Some(self.of("inside", index));
                }
                self.scope(scope);
            }
            Kind::Task | Kind::SubProcess(_) => self.activity(index),
            _ => {}
        }
    }

    fn activity(&mut self, index: usize) {
        let node = &self.diagram.nodes[index];
        let from = self.next();
        let shape = shape(self.diagram, node);
        let mut own = self.places.nodes[index].clone();
        if shape == Shape::Rounds {
            own.start = Some(self.of("at the start of", index));
        }
        if shape != Shape::Plain {
            own.finish = Some(self.of("at the end of", index));
        }
        let framed = !node.boundaries.is_empty() && shape == Shape::Rounds;
        if framed || shape == Shape::Instances {
            own.running = Some(self.of("during", index));
        }
        let few = counted(node.repeat);
        if (few && shape == Shape::Rounds) || (!few && shape == Shape::Instances) {
            own.todo = Some(self.of("rounds left of", index));
        }
        if few && shape == Shape::Rounds {
            own.ready = Some(self.of("between rounds of", index));
        }
        if few {
            own.did = Some(self.of("rounds done of", index));
        }
        for boundary in &node.boundaries {
            if let Kind::Boundary {
                interrupting: false,
                ..
            } = self.diagram.nodes[*boundary].kind
            {
                self.places.nodes[*boundary].armed = Some(self.of("while waiting for", *boundary));
            }
        }
        if let Kind::SubProcess(scope) = node.kind {
            let many = !holds_one_token(self.diagram, scope);
            self.places.scopes[scope].active = match own.running {
                running if shape == Shape::Instances => running,
                _ if many => Some(self.of("inside", index)),
                _ => None,
            };
            self.scope(scope);
        }
        own.inside = from..self.next();
        self.places.nodes[index] = own;
    }
}
