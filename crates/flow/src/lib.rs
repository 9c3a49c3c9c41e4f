//! Models of control flow: nets read from BPMN 2.0 and PNML, their reachable behaviour as a lazily
//! built automaton, optimal alignments, and a picture.
//!
//! Owns the words *net*, *marking*, *automaton*, *alignment*, *picture*. Knows no log, no object and
//! no time: a trace is a sequence of label numbers.
//!
//! Start at [`read_model`]; then [`Model`], [`Aligner`] and [`Automaton`].

mod aligner;
mod alignment;
mod automaton;
mod behaviour;
mod bpmn;
mod error;
mod layout;
mod marking;
mod model;
mod net;
mod picture;
mod pnml;
mod read;
mod simplify;
mod soundness;
mod source;
mod visible;

pub use aligner::{Aligner, Outcome};
pub use alignment::{Alignment, Move};
pub use automaton::{Automaton, State};
pub use behaviour::{BehaviourError, Limits};
pub use error::ModelError;
pub use model::{Bounds, Element, ElementKind, Lane, Link, Model, Point};
pub use net::{Consume, InclusiveJoin, Label, Net, Place, Transition, TransitionId};
pub use picture::{Inserted, PictureCounts, StepCount, picture};
pub use read::read_model;
pub use soundness::{Completion, Extent, Soundness, soundness};
