//! The search itself: buckets of equal cost, positions times nodes.

use super::Outcome;
use super::bound::Bounds;
use crate::behaviour::BehaviourError;
use crate::net::Label;
use crate::visible::{Edge, Next, Node, Offer, VisibleGraph};

/// The cost of an optimum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) cost: u32,
}

/// A move between nodes, its silent steps not spelled out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stride {
    Both(Edge),
    Log,
    Model(Edge),
}

/// Entries of the tables that one trace may need for each state of its budget.
const CELLS_PER_STATE: u64 = 8;

/// A state that waits to be looked at.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    node: Node,
    at: u32,
    paid: u32,
    due: Due,
}

/// What is still to be tried from a waiting state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Due {
    /// Everything.
    All,
    /// The moves that cost something and could not lie on a way of the former bucket's cost.
    Costly,
}

/// What is known of a position and node.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// The least cost of getting here that has been found.
    paid: u32,
    /// From here, having paid this much or more, no way to the end costs the optimum.
    hopeless_from: u32,
}

const UNSEEN: Cell = Cell {
    paid: u32::MAX,
    hopeless_from: u32::MAX,
};

/// The tables of a search, kept from trace to trace so that nothing is allocated anew.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    trace: Vec<Label>,
    /// Waiting states by the least total cost of a way through them.
    buckets: Vec<Vec<Waiting>>,
    /// For each node the round in which it was met last, and where its row of cells begins.
    rows: Vec<(u32, u32)>,
    round: u32,
    cells: Vec<Cell>,
    states: u64,
}

impl Search {
    /// The cost of an optimal alignment of the known events of a trace.
    pub(super) fn run(
        &mut self,
        graph: &mut VisibleGraph,
        bounds: &mut Bounds,
        trace: &[(u32, Label)],
        budget: u64,
    ) -> Result<Outcome<Found>, BehaviourError> {
        self.begin(trace);
        self.reach(graph, bounds, (Node::START, 0), 0);
        let mut total = 0;
        while total < self.buckets.len() {
            let Some(waiting) = self.buckets[total].pop() else {
                total += 1;
                continue;
            };
            if waiting.paid > self.cell(waiting.node, waiting.at).paid {
                continue;
            }
            self.states += 1;
            let held = self.cells.len() as u64 + bounds.held() as u64;
            if self.states > budget || held > budget.saturating_mul(CELLS_PER_STATE) {
                return Ok(Outcome::GaveUp {
                    at_least: total as u32,
                    states: self.states - 1,
                });
            }
            let offer = graph.offer(waiting.node, self.next(waiting.at))?;
            if offer.may_end {
                return Ok(Outcome::Optimal(Found { cost: waiting.paid }));
            }
            self.expand(graph, bounds, waiting, offer);
        }
        Ok(Outcome::NoRun)
    }

    /// What the trace asks for at a position.
    fn next(&self, at: u32) -> Next {
        let event = self.trace.get(at as usize);
        event.map_or(Next::End, |label| Next::Activity(*label))
    }

    fn begin(&mut self, trace: &[(u32, Label)]) {
        self.trace.clear();
        self.trace.extend(trace.iter().map(|(_, label)| *label));
        for bucket in &mut self.buckets {
            bucket.clear();
        }
        self.cells.clear();
        self.states = 0;
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.rows.clear();
            self.round = 1;
        }
    }

    fn expand(&mut self, graph: &VisibleGraph, bounds: &mut Bounds, from: Waiting, offer: Offer) {
        let Waiting { node, at, paid, .. } = from;
        let at_end = at as usize == self.trace.len();
        if from.due == Due::All {
            for edge in graph.matched(offer) {
                self.reach(graph, bounds, (edge.target, at + 1), paid);
            }
            // A move that costs one leaves the total as it is only where it lowers the bound.
            let to_pay = bounds.least(graph, node, at);
            let log_lowers = !at_end && bounds.least(graph, node, at + 1).log < to_pay.log;
            if to_pay.model == 0 && !log_lowers {
                let costly = Waiting {
                    due: Due::Costly,
                    ..from
                };
                let total = paid + to_pay.total();
                self.wait(costly, total as usize + 1);
                return;
            }
        }
        if !at_end {
            self.reach(graph, bounds, (node, at + 1), paid + 1);
        }
        for edge in graph.detours(offer) {
            self.reach(graph, bounds, (edge.target, at), paid + 1);
        }
    }

    /// Takes note of a way to a state; it waits when the way is the cheapest so far.
    #[inline]
    fn reach(
        &mut self,
        graph: &VisibleGraph,
        bounds: &mut Bounds,
        (node, at): (Node, u32),
        paid: u32,
    ) {
        let cell = self.cell(node, at);
        if cell.paid <= paid {
            return;
        }
        cell.paid = paid;
        let total = paid + bounds.least(graph, node, at).total();
        let waiting = Waiting {
            node,
            at,
            paid,
            due: Due::All,
        };
        self.wait(waiting, total as usize);
    }

    fn wait(&mut self, waiting: Waiting, total: usize) {
        if self.buckets.len() <= total {
            self.buckets.resize_with(total + 1, Vec::new);
        }
        self.buckets[total].push(waiting);
    }

    #[inline]
    fn cell(&mut self, node: Node, at: u32) -> &mut Cell {
        if self.rows.len() <= node.index() {
            self.rows.resize(node.index() + 1, (0, 0));
        }
        let (round, start) = self.rows[node.index()];
        let start = if round == self.round {
            start
        } else {
            let start = self.cells.len();
            self.cells.resize(start + self.trace.len() + 1, UNSEEN);
            self.rows[node.index()] = (self.round, start as u32);
            start as u32
        };
        &mut self.cells[start as usize + at as usize]
    }

    /// The first way of the optimal cost, in the order of [`super`]; `None` when the budget is used
    /// up. Follows the preferred moves and turns back where the optimum cannot be kept.
    pub(super) fn first(
        &mut self,
        graph: &mut VisibleGraph,
        bounds: &mut Bounds,
        optimum: u32,
        budget: u64,
    ) -> Result<Option<Vec<Stride>>, BehaviourError> {
        let mut strides: Vec<Stride> = Vec::new();
        let mut open = vec![Open::new(Node::START, 0, 0)];
        self.states = 0;
        while let Some(here) = open.last_mut() {
            let Open { node, at, paid, .. } = *here;
            let offer = graph.offer(node, self.next(at))?;
            if offer.may_end && paid == optimum {
                return Ok(Some(strides));
            }
            let is_event = (at as usize) < self.trace.len();
            match here.next(graph, offer, is_event) {
                Some(stride) => {
                    let (node, at, cost) = match stride {
                        Stride::Both(edge) => (edge.target, at + 1, 0),
                        Stride::Log => (node, at + 1, 1),
                        Stride::Model(edge) => (edge.target, at, 1),
                    };
                    let paid = paid + cost;
                    let cell = *self.cell(node, at);
                    let total = paid + bounds.least(graph, node, at).total();
                    if total <= optimum && paid <= cell.paid && paid < cell.hopeless_from {
                        open.push(Open::new(node, at, paid));
                        strides.push(stride);
                    }
                }
                None => {
                    self.cell(node, at).hopeless_from = paid;
                    open.pop();
                    strides.pop();
                }
            }
            self.states += 1;
            if self.states > budget.saturating_mul(CELLS_PER_STATE) {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

/// A state on the way, and which of its moves comes next.
#[derive(Clone, Copy, Debug)]
struct Open {
    node: Node,
    at: u32,
    paid: u32,
    kind: Kind,
    edge: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Both,
    Log,
    Model,
}

impl Open {
    fn new(node: Node, at: u32, paid: u32) -> Self {
        Self {
            node,
            at,
            paid,
            kind: Kind::Both,
            edge: 0,
        }
    }

    /// The next move in the order of preference.
    fn next(&mut self, graph: &VisibleGraph, offer: Offer, is_event: bool) -> Option<Stride> {
        if self.kind == Kind::Both {
            if let Some(edge) = graph.matched(offer).get(self.edge) {
                self.edge += 1;
                return Some(Stride::Both(*edge));
            }
            self.kind = Kind::Log;
        }
        if self.kind == Kind::Log {
            self.kind = Kind::Model;
            self.edge = 0;
            if is_event {
                return Some(Stride::Log);
            }
        }
        let edge = graph.detours(offer).get(self.edge);
        self.edge += 1;
        edge.map(|edge| Stride::Model(*edge))
    }
}
