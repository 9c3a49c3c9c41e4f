//! A net's behaviour without its silent steps: which activities may come next, and where they lead.
//!
//! A [`Node`] is a marking that a visible step leaves behind, or the initial one. An edge of a node
//! stands for as few silent steps as its visible step needs, and then that step. Silent steps that
//! are not needed yet wait for a later edge, which loses no run: whatever they enable is found when
//! it is asked for. That keeps parallel silent steps from multiplying.

use std::sync::Arc;

use crate::behaviour::{BehaviourError, Limits};
use crate::marking::{Marking, MarkingGraph, Step};
use crate::net::{Consume, Label, Net, Place, TransitionId};

/// The number of a node in its [`VisibleGraph`], in the order of discovery: never part of a result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Node(pub(crate) u32);

impl Node {
    /// The node of the initial marking.
    pub(crate) const START: Self = Self(0);

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// An activity that may come next, and the node after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Edge {
    pub(crate) label: Label,
    pub(crate) target: Node,
}

/// How an edge is walked: silent steps, then the visible one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Route {
    pub(crate) silent: Vec<TransitionId>,
    pub(crate) visible: TransitionId,
}

/// The nodes and edges of a net, built when first asked for and shared by all traces.
#[derive(Clone, Debug)]
pub(crate) struct VisibleGraph {
    markings: MarkingGraph,
    presets: Vec<Option<Vec<Place>>>,
    /// The marking of each node.
    nodes: Vec<Marking>,
    /// For each marking its node, or [`NO_NODE`].
    node_of: Vec<u32>,
    /// For each node, once known: where its edges lie, and whether the run may end here.
    known: Vec<Option<Known>>,
    edges: Vec<Edge>,
    closure: Closure,
}

const NO_NODE: u32 = u32::MAX;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Known {
    start: u32,
    end: u32,
    is_final: bool,
}

/// The markings that silent steps alone reach, nearest first.
#[derive(Clone, Debug, Default)]
struct Closure {
    found: Vec<Reached>,
    /// For each marking the round in which it was found last, and its index in `found`.
    index_of: Vec<(u32, u32)>,
    round: u32,
    steps: Vec<Step>,
    emitted: Vec<(Edge, u32, TransitionId)>,
    /// For each index the visible transitions that a nearer marking offers just as well.
    covered: Vec<Vec<TransitionId>>,
}

#[derive(Clone, Copy, Debug)]
struct Reached {
    marking: Marking,
    distance: u32,
    /// The marking before, by index, and the silent step from it; itself at the start.
    before: u32,
    by: TransitionId,
}

impl VisibleGraph {
    /// The graph of a net.
    ///
    /// # Errors
    /// As [`MarkingGraph::new`].
    pub(crate) fn new(net: Arc<Net>, limits: Limits) -> Result<Self, BehaviourError> {
        let presets = net.transitions.iter().map(plain_preset).collect();
        let markings = MarkingGraph::new(net, limits)?;
        let initial = markings.initial();
        let mut graph = Self {
            markings,
            presets,
            nodes: Vec::new(),
            node_of: Vec::new(),
            known: Vec::new(),
            edges: Vec::new(),
            closure: Closure::default(),
        };
        graph.node(initial);
        Ok(graph)
    }

    /// The net.
    pub(crate) fn net(&self) -> &Arc<Net> {
        self.markings.net()
    }

    /// The edges of a node, in the order of labels; for one label those that need fewer silent steps
    /// first, then in the order of transitions.
    ///
    /// # Errors
    /// When a bound is met.
    pub(crate) fn edges(&mut self, node: Node) -> Result<&[Edge], BehaviourError> {
        let Known { start, end, .. } = self.known(node)?;
        Ok(&self.edges[start as usize..end as usize])
    }

    /// One edge of a node whose edges have been asked for.
    pub(crate) fn edge(&self, node: Node, index: usize) -> Edge {
        let start = self.known[node.index()].map_or(0, |known| known.start as usize);
        self.edges[start + index]
    }

    /// The tokens of a node's marking.
    pub(crate) fn tokens(&self, node: Node) -> &[Place] {
        self.markings.tokens(self.nodes[node.index()])
    }

    /// Whether silent steps alone lead from a node to a final marking.
    ///
    /// # Errors
    /// When a bound is met.
    pub(crate) fn is_final(&mut self, node: Node) -> Result<bool, BehaviourError> {
        Ok(self.known(node)?.is_final)
    }

    /// How the edge from a node by a label to a target is walked.
    ///
    /// # Errors
    /// When a bound is met.
    pub(crate) fn route(
        &mut self,
        from: Node,
        label: Label,
        to: Node,
    ) -> Result<Route, BehaviourError> {
        self.explore(from)?;
        let wanted = Edge { label, target: to };
        let emitted = self.closure.emitted.iter();
        let found = emitted.copied().find(|(edge, _, _)| *edge == wanted);
        match found {
            Some((_, index, visible)) => Ok(Route {
                silent: self.closure.path(index),
                visible,
            }),
            None => Err(BehaviourError::Malformed {
                what: "an edge was asked for that the net does not have".to_owned(),
            }),
        }
    }

    /// The silent steps from a node to the nearest final marking; empty where there is none.
    ///
    /// # Errors
    /// When a bound is met.
    pub(crate) fn way_out(&mut self, from: Node) -> Result<Vec<TransitionId>, BehaviourError> {
        self.explore(from)?;
        let markings = &self.markings;
        let mut found = self.closure.found.iter();
        let index = found.position(|reached| markings.is_final(reached.marking));
        Ok(index.map_or_else(Vec::new, |index| self.closure.path(index as u32)))
    }

    fn known(&mut self, node: Node) -> Result<Known, BehaviourError> {
        if let Some(known) = self.known[node.index()] {
            return Ok(known);
        }
        self.explore(node)?;
        let mut emitted = std::mem::take(&mut self.closure.emitted);
        // Stable: of edges with one label the nearest stays first.
        emitted.sort_by_key(|(edge, _, _)| edge.label);
        let start = self.edges.len();
        for (edge, _, _) in &emitted {
            let same_label = self.edges[start..].iter().rev();
            let mut same_label = same_label.take_while(|other| other.label == edge.label);
            if !same_label.any(|other| other.target == edge.target) {
                self.edges.push(*edge);
            }
        }
        self.closure.emitted = emitted;
        let markings = &self.markings;
        let is_final = self
            .closure
            .found
            .iter()
            .any(|reached| markings.is_final(reached.marking));
        let known = Known {
            start: start as u32,
            end: self.edges.len() as u32,
            is_final,
        };
        self.known[node.index()] = Some(known);
        Ok(known)
    }

    /// Fills the closure of a node and the edges that leave it, nearest first.
    fn explore(&mut self, node: Node) -> Result<(), BehaviourError> {
        self.closure.begin(self.nodes[node.index()]);
        let mut at = 0;
        while let Some(reached) = self.closure.found.get(at).copied() {
            let mut steps = std::mem::take(&mut self.closure.steps);
            steps.clear();
            match self.markings.steps(reached.marking) {
                Ok(found) => steps.extend_from_slice(found),
                Err(error) => {
                    self.closure.steps = steps;
                    return Err(error);
                }
            }
            for step in &steps {
                match self.label(step.transition) {
                    None => self.silent(at, reached.distance, *step, &steps),
                    Some(label) => self.visible(at, label, *step),
                }
            }
            self.closure.steps = steps;
            at += 1;
        }
        Ok(())
    }

    fn label(&self, transition: TransitionId) -> Option<Label> {
        self.net().transitions[transition.0 as usize].label
    }

    /// Takes a silent step; what was possible before it and does not need it, is covered.
    fn silent(&mut self, at: usize, distance: u32, step: Step, steps: &[Step]) {
        let index = self.closure.reach(Reached {
            marking: step.target,
            distance: distance + 1,
            before: at as u32,
            by: step.transition,
        });
        if self.closure.found[index].distance != distance + 1 {
            return;
        }
        for other in steps {
            if self.label(other.transition).is_some()
                && self.independent(step.transition, other.transition)
            {
                self.closure.covered[index].push(other.transition);
            }
        }
    }

    fn visible(&mut self, at: usize, label: Label, step: Step) {
        if self.closure.covered[at].contains(&step.transition) {
            return;
        }
        let target = self.node(step.target);
        let edge = Edge { label, target };
        self.closure
            .emitted
            .push((edge, at as u32, step.transition));
    }

    /// Whether two transitions that may both fire can fire in either order with the same outcome,
    /// by their shape: they take from different places and empty none.
    fn independent(&self, one: TransitionId, other: TransitionId) -> bool {
        let presets = (
            &self.presets[one.0 as usize],
            &self.presets[other.0 as usize],
        );
        match presets {
            (Some(one), Some(other)) => one.iter().all(|place| !other.contains(place)),
            _ => false,
        }
    }

    fn node(&mut self, marking: Marking) -> Node {
        if self.node_of.len() <= marking.index() {
            self.node_of.resize(marking.index() + 1, NO_NODE);
        }
        let known = &mut self.node_of[marking.index()];
        if *known == NO_NODE {
            *known = self.nodes.len() as u32;
            self.nodes.push(marking);
            self.known.push(None);
        }
        Node(*known)
    }
}

impl Closure {
    fn begin(&mut self, start: Marking) {
        self.found.clear();
        self.emitted.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.index_of.clear();
            self.round = 1;
        }
        self.reach(Reached {
            marking: start,
            distance: 0,
            before: 0,
            by: TransitionId(0),
        });
    }

    /// The index of a marking, which is added when it is new.
    fn reach(&mut self, reached: Reached) -> usize {
        let marking = reached.marking.index();
        if self.index_of.len() <= marking {
            self.index_of.resize(marking + 1, (0, 0));
        }
        let (round, index) = self.index_of[marking];
        if round == self.round {
            return index as usize;
        }
        let index = self.found.len();
        self.index_of[marking] = (self.round, index as u32);
        self.found.push(reached);
        match self.covered.get_mut(index) {
            Some(covered) => covered.clear(),
            None => self.covered.push(Vec::new()),
        }
        index
    }

    /// The silent steps from the start to an index.
    fn path(&self, index: u32) -> Vec<TransitionId> {
        let mut path = Vec::new();
        let mut reached = self.found[index as usize];
        while reached.distance > 0 {
            path.push(reached.by);
            reached = self.found[reached.before as usize];
        }
        path.reverse();
        path
    }
}

/// What a transition takes, where that is all there is to its firing.
fn plain_preset(transition: &crate::net::Transition) -> Option<Vec<Place>> {
    match &transition.consume {
        Consume::All(places) if transition.reset.is_empty() => Some(places.clone()),
        _ => None,
    }
}
