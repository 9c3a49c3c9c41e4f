//! A net's behaviour without its silent steps: which activities may come next, and where they lead.
//!
//! A [`Node`] is a marking that a visible step leaves behind, or the initial one. An edge of a node
//! stands for as few silent steps as its visible step needs, and then that step. Silent steps that
//! are not needed yet wait for a later edge, which loses no run: whatever they enable is found when
//! it is asked for.

mod search;
mod shape;

use std::sync::Arc;

use cage_model::Keyed;

use crate::behaviour::{BehaviourError, Limits};
use crate::marking::{Marking, MarkingGraph};
use crate::net::{Label, Net, Place, TransitionId};
use search::{Goal, Hit, Search};
use shape::{Scope, Shape};

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

/// A visible step, and the node after it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Edge {
    pub(crate) label: Label,
    pub(crate) target: Node,
}

/// What a trace asks for next: an activity, or the end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Next {
    Activity(Label),
    End,
}

/// What a node offers towards what a trace asks for next. Steps that have nothing to do with it are
/// left out: they can be taken when something asks for them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Offer {
    start: u32,
    detours: u32,
    end: u32,
    /// For [`Next::End`], whether silent steps alone lead to a final marking.
    pub(crate) may_end: bool,
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
    offers: Keyed<(Node, Next), Offer>,
    edges: Vec<Edge>,
    search: Search,
    matches: Vec<Candidate>,
    detours: Vec<Candidate>,
}

const NO_NODE: u32 = u32::MAX;

/// An edge, with what decides its place among others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Candidate {
    edge: Edge,
    hit: Hit,
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
            offers: Keyed::new(),
            edges: Vec::new(),
            search: Search::default(),
            matches: Vec::new(),
            detours: Vec::new(),
        };
        graph.node(initial);
        Ok(graph)
    }

    /// The net.
    pub(crate) fn net(&self) -> &Arc<Net> {
        self.markings.net()
    }

    /// The tokens of a node's marking.
    pub(crate) fn tokens(&self, node: Node) -> &[Place] {
        self.markings.tokens(self.nodes[node.index()])
    }

    /// The activities that may come next at a node, in the order of labels.
    ///
    /// # Errors
    /// When a bound is met.
    pub(crate) fn labels(&mut self, node: Node) -> Result<Vec<Label>, BehaviourError> {
        let mut labels = Vec::new();
        for transition in self.shape.goals(self.tokens(node)) {
            self.look(node, Scope::Silent, Goal::Enable(transition))?;
            if !self.search.hits.is_empty() {
                labels.extend(self.label(transition));
            }
        }
        labels.sort_unstable();
        labels.dedup();
        Ok(labels)
    }

    /// Adds the nodes that an activity leads to.
    ///
    /// # Errors
    /// When a bound is met.
    pub(crate) fn follow(
        &mut self,
        node: Node,
        label: Label,
        into: &mut Vec<Node>,
    ) -> Result<(), BehaviourError> {
        let next = Next::Activity(label);
        for index in 0..self.goals(next) {
            self.look(node, Scope::Silent, self.goal(next, index))?;
            for index in 0..self.search.hits.len() {
                let target = self.search.hits[index].target;
                into.push(self.node(target));
            }
        }
        Ok(())
    }

    /// Whether silent steps alone lead from a node to a final marking.
    ///
    /// # Errors
    /// When a bound is met.
    pub(crate) fn may_end(&mut self, node: Node) -> Result<bool, BehaviourError> {
        for index in 0..self.shape.finals.len() {
            self.look(node, Scope::Silent, Goal::Final(index))?;
            if !self.search.hits.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a node offers towards what comes next.
    ///
    /// # Errors
    /// When a bound is met.
    #[inline]
    pub(crate) fn offer(&mut self, node: Node, next: Next) -> Result<Offer, BehaviourError> {
        match self.offers.get(&(node, next)) {
            Some(offer) => Ok(*offer),
            None => self.find_offer(node, next),
        }
    }

    /// The edges by the activity that was asked for, those that need fewer silent steps first.
    pub(crate) fn matched(&self, offer: Offer) -> &[Edge] {
        &self.edges[offer.start as usize..offer.detours as usize]
    }

    /// The other visible steps that may be on the way to what is asked for, in the order of labels.
    pub(crate) fn detours(&self, offer: Offer) -> &[Edge] {
        &self.edges[offer.detours as usize..offer.end as usize]
    }

    /// How an edge of an offer is walked.
    ///
    /// # Errors
    /// When a bound is met.
    pub(crate) fn route(
        &mut self,
        from: Node,
        next: Next,
        edge: Edge,
    ) -> Result<Route, BehaviourError> {
        let wanted = self.nodes[edge.target.index()];
        let mut best: Option<(u32, Route)> = None;
        for index in 0..self.goals(next) {
            self.look(from, Scope::All, self.goal(next, index))?;
            let matches = match next {
                Next::Activity(_) => self.search.hits.as_slice(),
                Next::End => &[],
            };
            let mut found = matches.iter().chain(&self.search.detours).copied();
            let hit = found
                .find(|hit| hit.target == wanted && self.label(hit.transition) == Some(edge.label));
            if let Some(hit) = hit
                && best
                    .as_ref()
                    .is_none_or(|(distance, _)| hit.distance < *distance)
            {
                let silent = self.search.path(hit.index);
                let visible = hit.transition;
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
        for index in 0..self.shape.finals.len() {
            self.look(from, Scope::Silent, Goal::Final(index))?;
            if let Some(hit) = self.search.hits.first() {
                let path = self.search.path(hit.index);
                if best.as_ref().is_none_or(|known| path.len() < known.len()) {
                    best = Some(path);
                }
            }
        }
        Ok(best.unwrap_or_default())
    }

    #[cold]
    fn find_offer(&mut self, node: Node, next: Next) -> Result<Offer, BehaviourError> {
        let may_end = self.find_candidates(node, next)?;
        let start = self.edges.len() as u32;
        settle(&mut self.matches, &mut self.edges);
        let detours = self.edges.len() as u32;
        settle(&mut self.detours, &mut self.edges);
        let offer = Offer {
            start,
            detours,
            end: self.edges.len() as u32,
            may_end,
        };
        self.offers.insert((node, next), offer);
        Ok(offer)
    }

    /// Fills matches and detours; gives back whether an end was found.
    fn find_candidates(&mut self, node: Node, next: Next) -> Result<bool, BehaviourError> {
        self.matches.clear();
        self.detours.clear();
        let mut may_end = false;
        for index in 0..self.goals(next) {
            self.look(node, Scope::All, self.goal(next, index))?;
            may_end |= next == Next::End && !self.search.hits.is_empty();
            if let Next::Activity(label) = next {
                for index in 0..self.search.hits.len() {
                    let candidate = self.candidate(label, self.search.hits[index]);
                    self.matches.push(candidate);
                }
            }
            for index in 0..self.search.detours.len() {
                let hit = self.search.detours[index];
                // The activity asked for is no detour: to take the event now and leave the model's
                // own step for later costs the same.
                let label = self.label(hit.transition);
                if let Some(label) = label.filter(|label| next != Next::Activity(*label)) {
                    let candidate = self.candidate(label, hit);
                    self.detours.push(candidate);
                }
            }
        }
        Ok(may_end)
    }

    fn candidate(&mut self, label: Label, hit: Hit) -> Candidate {
        let target = self.node(hit.target);
        let edge = Edge { label, target };
        Candidate { edge, hit }
    }

    /// How many goals would serve what comes next.
    fn goals(&self, next: Next) -> usize {
        match next {
            Next::Activity(label) => self.shape.labelled(label).len(),
            Next::End => self.shape.finals.len(),
        }
    }

    fn goal(&self, next: Next, index: usize) -> Goal {
        match next {
            Next::Activity(label) => Goal::Enable(self.shape.labelled(label)[index]),
            Next::End => Goal::Final(index),
        }
    }

    fn look(&mut self, from: Node, scope: Scope, goal: Goal) -> Result<(), BehaviourError> {
        let start = self.nodes[from.index()];
        let net = (&self.shape, scope);
        self.search.run(net, &mut self.markings, start, goal)
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
        }
        Node(*known)
    }
}

/// Puts candidates down in their order, equal edges once.
fn settle(candidates: &mut [Candidate], edges: &mut Vec<Edge>) {
    let order = |found: &Candidate| {
        let Candidate { edge, hit } = found;
        (edge.label, hit.distance, hit.transition)
    };
    candidates.sort_by_key(order);
    let start = edges.len();
    for Candidate { edge, .. } in candidates {
        let same_label = edges[start..].iter().rev();
        let mut same_label = same_label.take_while(|other| other.label == edge.label);
        if !same_label.any(|other| other.target == edge.target) {
            edges.push(*edge);
        }
    }
}
