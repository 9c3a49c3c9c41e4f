//! The deterministic automaton of a net: one look-up for each event of each case.
//!
//! States are sets of nodes that a trace may have reached (the subset construction), and like their
//! transitions they are made when a trace first asks for them.

use std::sync::Arc;

use cage_model::Keyed;

use crate::behaviour::{BehaviourError, Limits};
use crate::net::{Label, Net};
use crate::visible::{Node, VisibleGraph};

/// A state of an [`Automaton`]. Numbers follow the order in which traces came: they are not to be
/// compared between automata, and not to be shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct State(u32);

/// No trace leads on from here by this label.
const DEAD: u32 = u32::MAX;
/// Not asked for yet.
const UNKNOWN: u32 = u32::MAX - 1;

/// A net as a deterministic automaton over activities.
#[derive(Clone, Debug)]
pub struct Automaton {
    graph: VisibleGraph,
    limits: Limits,
    labels: usize,
    /// For each state, for each label: the next state, [`DEAD`] or [`UNKNOWN`].
    table: Vec<u32>,
    accepts: Vec<bool>,
    /// The nodes of each state, ascending.
    subsets: Vec<Arc<[Node]>>,
    numbers: Keyed<Arc<[Node]>, State>,
    scratch: Vec<Node>,
}

impl Automaton {
    /// The automaton of a net, with its first state.
    ///
    /// # Errors
    /// When the net is malformed, or a bound is met at the very start.
    pub fn new(net: Arc<Net>, limits: Limits) -> Result<Self, BehaviourError> {
        let labels = net.labels.len();
        let mut automaton = Self {
            graph: VisibleGraph::new(net, limits)?,
            limits: limits.within_numbers(),
            labels,
            table: Vec::new(),
            accepts: Vec::new(),
            subsets: Vec::new(),
            numbers: Keyed::new(),
            scratch: vec![Node::START],
        };
        automaton.number_scratch()?;
        Ok(automaton)
    }

    /// The state before the first event.
    #[must_use]
    pub fn start(&self) -> State {
        State(0)
    }

    /// The state after an event, or `None` when the model allows no such event here.
    ///
    /// # Errors
    /// When a bound is met; the automaton stays usable for what it knows.
    #[inline]
    pub fn step(&mut self, from: State, label: Label) -> Result<Option<State>, BehaviourError> {
        if label.0 as usize >= self.labels {
            return Ok(None);
        }
        let cell = from.0 as usize * self.labels + label.0 as usize;
        match self.table[cell] {
            DEAD => Ok(None),
            UNKNOWN => self.discover(from, label, cell),
            next => Ok(Some(State(next))),
        }
    }

    /// Whether a case that has come to this state may end.
    #[must_use]
    pub fn accepts(&self, state: State) -> bool {
        self.accepts[state.0 as usize]
    }

    /// The activities that may come next, in the order of [`Net::labels`]. Not kept: for messages.
    ///
    /// # Errors
    /// When a bound is met.
    pub fn expected(&mut self, state: State) -> Result<Vec<Label>, BehaviourError> {
        let nodes = Arc::clone(&self.subsets[state.0 as usize]);
        let mut expected = Vec::new();
        for node in nodes.iter() {
            expected.extend(self.graph.labels(*node)?);
        }
        expected.sort_unstable();
        expected.dedup();
        Ok(expected)
    }

    /// The net.
    #[must_use]
    pub fn net(&self) -> &Arc<Net> {
        self.graph.net()
    }

    /// How many states traces have come to so far.
    #[must_use]
    pub fn states(&self) -> usize {
        self.subsets.len()
    }

    #[cold]
    fn discover(
        &mut self,
        from: State,
        label: Label,
        cell: usize,
    ) -> Result<Option<State>, BehaviourError> {
        let nodes = Arc::clone(&self.subsets[from.0 as usize]);
        self.scratch.clear();
        for node in nodes.iter() {
            self.graph.follow(*node, label, &mut self.scratch)?;
        }
        if self.scratch.is_empty() {
            self.table[cell] = DEAD;
            return Ok(None);
        }
        let next = self.number_scratch()?;
        self.table[cell] = next.0;
        Ok(Some(next))
    }

    fn number_scratch(&mut self) -> Result<State, BehaviourError> {
        self.scratch.sort_unstable();
        self.scratch.dedup();
        if let Some(known) = self.numbers.get(self.scratch.as_slice()) {
            return Ok(*known);
        }
        let filled = self.table.len() + self.labels;
        if self.subsets.len() >= self.limits.states_max || filled > self.limits.table_max {
            return Err(BehaviourError::TooManyStates {
                most: self.subsets.len(),
            });
        }
        let nodes: Arc<[Node]> = Arc::from(self.scratch.as_slice());
        let mut accepts = false;
        for node in nodes.iter() {
            accepts |= self.graph.may_end(*node)?;
        }
        // `states_max` is below 2^32 - 2, see `Limits`.
        let state = State(self.subsets.len() as u32);
        self.table.resize(filled, UNKNOWN);
        self.accepts.push(accepts);
        self.subsets.push(Arc::clone(&nodes));
        self.numbers.insert(nodes, state);
        Ok(state)
    }
}
