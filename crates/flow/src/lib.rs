//! Models of control flow: nets read from BPMN 2.0 and PNML, their reachable behaviour as a lazily
//! built automaton, optimal alignments, and a picture.
//!
//! Owns the words *net*, *marking*, *automaton*, *alignment*, *picture*. Knows no log, no object and
//! no time: a trace is a sequence of label numbers.
//!
//! Start at [`read_model`]; then [`Model`], [`Aligner`] and [`Automaton`].

mod alignment;
mod error;
mod model;
mod net;
mod read;
#[expect(dead_code, reason = "the readers of the two notations use it")]
mod source;

pub use alignment::{Alignment, Move};
pub use error::ModelError;
pub use model::{Bounds, Element, ElementKind, Lane, Link, Model, Point};
pub use net::{Consume, InclusiveJoin, Label, Net, Place, Transition, TransitionId};
pub use read::read_model;
