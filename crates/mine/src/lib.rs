//! Drafts a rule pack from history: frequent Declare constraints, a temporal profile, four-eyes and
//! queue-order candidates, a directly-follows graph, and a flow by the inductive miner.
//!
//! Owns the words *trace*, *variant*, *profile*, *candidate*, *draft*. History is not law: every
//! draft is in shadow and carries its evidence, for a person to accept or throw away.
//!
//! Start at [`discover`]; [`Traces`] is the log as discovery sees it.

mod bpmn;
mod candidate;
mod declare;
mod discover;
mod draft;
mod follows;
mod inductive;
mod profile;
mod traces;
mod tree;

pub use bpmn::bpmn;
pub use candidate::{QueueCandidate, SeparationCandidate, queues, separations};
pub use declare::{Constraint, ConstraintKind, Evidence, constraints};
pub use discover::{Discovered, Options, discover};
pub use draft::{DraftFile, draft};
pub use follows::{DirectlyFollows, directly_follows};
pub use inductive::mine;
pub use profile::{Deviation, PairProfile, Profile};
pub use traces::{Row, TraceCollector, Traces, Variant};
pub use tree::ProcessTree;
