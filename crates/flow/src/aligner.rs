//! Optimal alignments: the cheapest way to read a trace as a run of the model, exactly.
//!
//! A search with a lower bound (A*) over pairs of a position in the trace and a node of the net's
//! visible behaviour, in buckets of equal cost. Silent steps cost nothing and are already folded
//! into the nodes, so every move of the search either costs one or takes an event.
//!
//! # The choice among equals
//! Of all cheapest alignments that one is given which comes first in this order: where two differ
//! first, a matched step comes before a log move, a log move before a model move, a lower label
//! before a higher one, and of equally named steps the one that needs fewer silent steps. Model moves
//! are those that the event to come, or the end, may need: others wait until something needs them.
//! Neither earlier traces nor threads nor the search's own bound have a say.

mod bound;
mod search;

use std::sync::Arc;

use cage_model::Keyed;

use crate::alignment::{Alignment, Move};
use crate::behaviour::{BehaviourError, Limits};
use crate::net::{Label, Net, TransitionId};
use crate::visible::{Edge, Next, Node, Route, VisibleGraph};
use bound::Bounds;
use search::{Found, Search, Stride};

/// What came of a search.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome<T> {
    /// The optimum.
    Optimal(T),
    /// The model has no run to its end, so nothing can be aligned with it.
    NoRun,
    /// The budget was used up first.
    GaveUp {
        /// The optimum is not below this.
        at_least: u32,
        /// How many states were looked at.
        states: u64,
    },
}

impl<T> Outcome<T> {
    /// The optimum, where it was found.
    pub fn optimal(self) -> Option<T> {
        match self {
            Self::Optimal(found) => Some(found),
            Self::NoRun | Self::GaveUp { .. } => None,
        }
    }

    fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Optimal(found) => Outcome::Optimal(change(found)),
            Self::NoRun => Outcome::NoRun,
            Self::GaveUp { at_least, states } => Outcome::GaveUp { at_least, states },
        }
    }
}

/// Aligns traces with one net. Made once; what it learns of the net serves every later trace, and
/// no answer depends on which traces came before.
#[derive(Clone, Debug)]
pub struct Aligner {
    graph: VisibleGraph,
    bounds: Bounds,
    search: Search,
    budget: u64,
    /// How edges are walked, for those that alignments have used.
    routes: Keyed<(Node, Next, Edge), Route>,
    /// The events of the trace that the model knows at all: index and label.
    known: Vec<(u32, Label)>,
}

impl Aligner {
    /// States that one trace may cost before the search gives up; some seconds of work.
    pub const BUDGET_DEFAULT: u64 = 5_000_000;

    /// An aligner for a net.
    ///
    /// # Errors
    /// When the net is malformed or its initial marking is beyond a bound.
    pub fn new(net: Arc<Net>, limits: Limits) -> Result<Self, BehaviourError> {
        let graph = VisibleGraph::new(net, limits)?;
        Ok(Self {
            bounds: Bounds::new(graph.net()),
            graph,
            search: Search::default(),
            budget: Self::BUDGET_DEFAULT,
            routes: Keyed::new(),
            known: Vec::new(),
        })
    }

    /// The same with another budget, in states for each trace.
    #[must_use]
    pub fn with_budget(mut self, states: u64) -> Self {
        self.budget = states;
        self
    }

    /// The net.
    #[must_use]
    pub fn net(&self) -> &Arc<Net> {
        self.graph.net()
    }

    /// The cost of the shortest run of the model: what an empty trace costs.
    ///
    /// # Errors
    /// When the net goes beyond a bound.
    pub fn shortest_run(&mut self) -> Result<Outcome<u32>, BehaviourError> {
        self.cost(&[])
    }

    /// The cost of an optimal alignment. A label that the net does not have (such as
    /// [`Label::FOREIGN`]) is an activity unknown to the model.
    ///
    /// # Errors
    /// When the net goes beyond a bound.
    pub fn cost(&mut self, trace: &[Label]) -> Result<Outcome<u32>, BehaviourError> {
        self.find(trace)
            .map(|outcome| outcome.map(|found| found.cost))
    }

    /// The first optimal alignment in the order described above.
    ///
    /// # Errors
    /// When the net goes beyond a bound.
    pub fn align(&mut self, trace: &[Label]) -> Result<Outcome<Alignment>, BehaviourError> {
        let cost = match self.find(trace)? {
            Outcome::Optimal(found) => found.cost,
            other => return Ok(other.map(|_| Alignment::default())),
        };
        let foreign = (trace.len() - self.known.len()) as u32;
        let strides = self.search.first(
            &mut self.graph,
            &mut self.bounds,
            cost - foreign,
            self.budget,
        )?;
        let Some(strides) = strides else {
            return Ok(Outcome::GaveUp {
                at_least: cost,
                states: self.budget,
            });
        };
        let known = std::mem::take(&mut self.known);
        let moves = self.moves(&strides, &known, trace.len() as u32);
        self.known = known;
        let moves = moves?;
        Ok(Outcome::Optimal(Alignment { moves, cost }))
    }

    fn find(&mut self, trace: &[Label]) -> Result<Outcome<Found>, BehaviourError> {
        let labels = self.net().labels.len();
        self.known.clear();
        let known = (0..).zip(trace.iter().copied());
        self.known
            .extend(known.filter(|(_, label)| (label.0 as usize) < labels));
        let foreign = (trace.len() - self.known.len()) as u32;
        self.bounds.begin(&self.known);
        let outcome =
            self.search
                .run(&mut self.graph, &mut self.bounds, &self.known, self.budget)?;
        Ok(match outcome {
            Outcome::Optimal(found) => Outcome::Optimal(Found {
                cost: found.cost + foreign,
            }),
            Outcome::GaveUp { at_least, states } => Outcome::GaveUp {
                at_least: at_least + foreign,
                states,
            },
            Outcome::NoRun => Outcome::NoRun,
        })
    }

    /// The moves of a walk through the search, silent steps and foreign events put back in.
    fn moves(
        &mut self,
        strides: &[Stride],
        known: &[(u32, Label)],
        events: u32,
    ) -> Result<Vec<Move>, BehaviourError> {
        let mut moves = Vec::new();
        let mut node = Node::START;
        let mut known = known.iter();
        let mut next_event = 0;
        for stride in strides {
            // Foreign events come as early as they can.
            let upcoming = known.as_slice().first().copied();
            let event = upcoming.map_or(events, |(event, _)| event);
            moves.extend((next_event..event).map(|event| Move::Log { event }));
            next_event = event;
            let next = upcoming.map_or(Next::End, |(_, label)| Next::Activity(label));
            if !matches!(stride, Stride::Model(_)) {
                known.next();
                next_event += 1;
            }
            match *stride {
                Stride::Log => moves.push(Move::Log { event }),
                Stride::Both(edge) => {
                    let transition = self.walk((node, next), edge, &mut moves)?;
                    let label = edge.label;
                    moves.push(Move::Both {
                        event,
                        transition,
                        label,
                    });
                    node = edge.target;
                }
                Stride::Model(edge) => {
                    let transition = self.walk((node, next), edge, &mut moves)?;
                    let label = edge.label;
                    moves.push(Move::Model { transition, label });
                    node = edge.target;
                }
            }
        }
        moves.extend((next_event..events).map(|event| Move::Log { event }));
        let rest = self.graph.way_out(node)?.into_iter();
        moves.extend(rest.map(|transition| Move::Silent { transition }));
        Ok(moves)
    }

    /// Puts down the silent steps of an edge; gives back its visible transition.
    fn walk(
        &mut self,
        (from, next): (Node, Next),
        edge: Edge,
        moves: &mut Vec<Move>,
    ) -> Result<TransitionId, BehaviourError> {
        let key = (from, next, edge);
        if let Some(route) = self.routes.get(&key) {
            return Ok(put_down(route, moves));
        }
        let route = self.graph.route(from, next, edge)?;
        let visible = put_down(&route, moves);
        self.routes.insert(key, route);
        Ok(visible)
    }
}

fn put_down(route: &Route, moves: &mut Vec<Move>) -> TransitionId {
    let silent = route.silent.iter().copied();
    moves.extend(silent.map(|transition| Move::Silent { transition }));
    route.visible
}
