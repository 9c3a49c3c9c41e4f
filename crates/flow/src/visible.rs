//! A net's behaviour without its silent steps: which activities may come next, and where they lead.
//!
//! A [`Node`] is a marking that a visible step leaves behind, or the initial one. An edge of a node
//! stands for as few silent steps as its visible step needs, and then that step. Silent steps that
//! are not needed yet wait for a later edge, which loses no run: whatever they enable is found when
//! it is asked for.

mod silent;

use std::sync::Arc;

use crate::behaviour::{BehaviourError, Limits};
use crate::marking::{Marking, MarkingGraph};
use crate::net::{Label, Net, Place, TransitionId};
use silent::{Goal, Search, Shape};

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
    shape: Shape,
    /// The marking of each node.
    nodes: Vec<Marking>,
    /// For each marking its node, or [`NO_NODE`].
    node_of: Vec<u32>,
    /// For each node, once known: where its edges lie, and whether the run may end here.
    known: Vec<Option<Known>>,
    edges: Vec<Edge>,
    search: Search,
    found: Vec<Candidate>,
}

const NO_NODE: u32 = u32::MAX;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Known {
    start: u32,
    end: u32,
    is_final: bool,
}

/// An edge, with what decides its place among those of the same label.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Candidate {
    edge: Edge,
    distance: u32,
    transition: TransitionId,
}

impl VisibleGraph {
    /// The graph of a net.
    ///
    /// # Errors
    /// As [`MarkingGraph::new`].
    pub(crate) fn new(net: Arc<Net>, limits: Limits) -> Result<Self, BehaviourError> {
        let markings = MarkingGraph::new(net, limits)?;
        let initial = markings.initial();
        let mut graph = Self {
            shape: Shape::new(markings.net()),
            markings,
            nodes: Vec::new(),
            node_of: Vec::new(),
            known: Vec::new(),
            edges: Vec::new(),
            search: Search::default(),
            found: Vec::new(),
        };
        graph.node(initial);
        Ok(graph)
    }

    /// The net.
    pub(crate) fn net(&self) -> &Arc<Net> {
        self.markings.net()
    }

    /// The edges of a node, in the order of labels; for one label those that need fewer silent
    /// steps first, then in the order of transitions.
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
        let wanted = self.nodes[to.index()];
        let mut best: Option<(u32, Route)> = None;
        for transition in self.shape.goals(self.tokens(from)) {
            if self.label(transition) != Some(label) {
                continue;
            }
            self.look(from, Goal::Enable(transition))?;
            let hit = self.search.hits.iter().find(|hit| hit.target == wanted);
            if let Some(hit) = hit
                && best
                    .as_ref()
                    .is_none_or(|(distance, _)| hit.distance < *distance)
            {
                let silent = self.search.path(hit.index);
                let visible = transition;
                best = Some((hit.distance, Route { silent, visible }));
            }
        }
        best.map(|(_, route)| route)
            .ok_or_else(|| BehaviourError::Malformed {
                what: "an edge was asked for that the net does not have".to_owned(),
            })
    }

    /// The silent steps from a node to the nearest final marking; empty where there is none.
    ///
    /// # Errors
    /// When a bound is met.
    pub(crate) fn way_out(&mut self, from: Node) -> Result<Vec<TransitionId>, BehaviourError> {
        let mut best: Option<Vec<TransitionId>> = None;
        for index in 0..self.shape.finals() {
            self.look(from, Goal::Final(index))?;
            if let Some(hit) = self.search.hits.first() {
                let path = self.search.path(hit.index);
                if best.as_ref().is_none_or(|known| path.len() < known.len()) {
                    best = Some(path);
                }
            }
        }
        Ok(best.unwrap_or_default())
    }

    fn known(&mut self, node: Node) -> Result<Known, BehaviourError> {
        match self.known[node.index()] {
            Some(known) => Ok(known),
            None => self.explore(node),
        }
    }

    #[cold]
    fn explore(&mut self, node: Node) -> Result<Known, BehaviourError> {
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        let outcome = self.find_edges(node, &mut found);
        found.sort_by_key(|found| (found.edge.label, found.distance, found.transition));
        self.found = found;
        outcome?;
        let mut is_final = false;
        for index in 0..self.shape.finals() {
            self.look(node, Goal::Final(index))?;
            is_final |= !self.search.hits.is_empty();
        }
        let start = self.edges.len();
        for Candidate { edge, .. } in &self.found {
            let same_label = self.edges[start..].iter().rev();
            let mut same_label = same_label.take_while(|other| other.label == edge.label);
            if !same_label.any(|other| other.target == edge.target) {
                self.edges.push(*edge);
            }
        }
        let known = Known {
            start: start as u32,
            end: self.edges.len() as u32,
            is_final,
        };
        self.known[node.index()] = Some(known);
        Ok(known)
    }

    fn find_edges(&mut self, node: Node, found: &mut Vec<Candidate>) -> Result<(), BehaviourError> {
        for transition in self.shape.goals(self.tokens(node)) {
            let Some(label) = self.label(transition) else {
                continue;
            };
            self.look(node, Goal::Enable(transition))?;
            for index in 0..self.search.hits.len() {
                let hit = self.search.hits[index];
                let target = self.node(hit.target);
                found.push(Candidate {
                    edge: Edge { label, target },
                    distance: hit.distance,
                    transition,
                });
            }
        }
        Ok(())
    }

    fn look(&mut self, from: Node, goal: Goal) -> Result<(), BehaviourError> {
        let start = self.nodes[from.index()];
        self.search
            .run(&self.shape, &mut self.markings, start, goal)
    }

    fn label(&self, transition: TransitionId) -> Option<Label> {
        self.net().transitions[transition.0 as usize].label
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
