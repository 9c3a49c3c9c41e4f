//! Models of control flow: nets read from BPMN 2.0 and PNML, their reachable behaviour as a lazily
//! built automaton, optimal alignments, and a picture.
//!
//! Owns the words *net*, *marking*, *automaton*, *alignment*, *picture*. Knows no log, no object and
//! no time: a trace is a sequence of label numbers.
//!
//! Start at [`read_model`]; then [`Model`], [`Aligner`] and [`Automaton`].

mod alignment;
mod model;
mod net;

pub use alignment::{Alignment, Move};
pub use model::{Element, ElementKind, Link, Model, Point};
pub use net::{Consume, InclusiveJoin, Label, Net, Place, Transition, TransitionId};
