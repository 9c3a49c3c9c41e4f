//! Rule packs: supervision as files. Reads a pack (or a `.decl` model, or a single flow), checks
//! it against its own declarations, and compiles it into a [`Program`] that the engine runs.
//!
//! Owns the words *pack*, *rule*, *program*, *expression*, *coverage of a pack*. Sees no event
//! and gives no verdict.
//!
//! Start at [`Program`], the seam to the engine; [`expr`] is how guards are written and run.

pub mod decl;
pub mod expr;
mod program;

pub use program::{
    Aggregate, AggregateValue, AggregateWindow, Bound, ComparisonGroup, Correlation, Coverage,
    Deadline, Deemed, DerivedKey, Duration, Extension, Field, FieldSource, FlowRule, Immutable,
    Judge, Lag, Limit, LimitLine, MissingMeaning, NamedFlow, ObjectField, ObjectType, Order,
    Pattern, Program, Relation, Rule, Separation, Sequence, Silence, SourcePlace, Step, Template,
    Window,
};
