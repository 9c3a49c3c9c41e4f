//! The deterministic automaton of a net: one look-up for each event of each case.
//!
//! States are sets of nodes that a trace may have reached (the subset construction), made when a
//! trace first gets there. Every state of the automaton is known with what it accepts and expects.

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
/// Not asked for yet; there is a way on.
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
            UNKNOWN => self.discover(from, label, cell).map(Some),
            next => Ok(Some(State(next))),
        }
    }

    /// Whether a case that has come to this state may end.
    #[must_use]
    pub fn accepts(&self, state: State) -> bool {
        self.accepts[state.0 as usize]
    }

    /// The activities that may come next, in the order of [`Net::labels`].
    pub fn expected(&self, state: State) -> impl Iterator<Item = Label> {
        let start = state.0 as usize * self.labels;
        let row = self.table[start..start + self.labels].iter();
        (0..)
            .map(Label)
            .zip(row)
            .filter_map(|(label, next)| (*next != DEAD).then_some(label))
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
    ) -> Result<State, BehaviourError> {
        let nodes = Arc::clone(&self.subsets[from.0 as usize]);
        self.scratch.clear();
        for node in nodes.iter() {
            let edges = self.graph.edges(*node)?.iter();
            let by_label = edges.filter(|edge| edge.label == label);
            self.scratch.extend(by_label.map(|edge| edge.target));
        }
        let next = self.number_scratch()?;
        self.table[cell] = next.0;
        Ok(next)
    }

    fn number_scratch(&mut self) -> Result<State, BehaviourError> {
        self.scratch.sort_unstable();
        self.scratch.dedup();
        if let Some(known) = self.numbers.get(self.scratch.as_slice()) {
            return Ok(*known);
        }
        let full = self.subsets.len() >= self.limits.states_max
            || self.table.len() + self.labels > self.limits.table_max;
        if full {
            return Err(BehaviourError::TooManyStates {
                most: self.subsets.len(),
            });
        }
        let nodes: Arc<[Node]> = Arc::from(self.scratch.as_slice());
        let mut accepts = false;
        let mut row = vec![DEAD; self.labels];
        for node in nodes.iter() {
            accepts |= self.graph.is_final(*node)?;
            for edge in self.graph.edges(*node)? {
                row[edge.label.0 as usize] = UNKNOWN;
            }
        }
        // `states_max` is below 2^32 - 2, see `Limits`.
        let state = State(self.subsets.len() as u32);
        self.table.extend_from_slice(&row);
        self.accepts.push(accepts);
        self.subsets.push(Arc::clone(&nodes));
        self.numbers.insert(nodes, state);
        Ok(state)
    }
}
