//! Rule packs: supervision as files. Reads a pack (or a `.decl` model, or a single flow), checks
//! it against its own declarations, and compiles it into a [`Program`] that the engine runs.
//!
//! Owns the words *pack*, *rule*, *program*, *expression*, *coverage of a pack*. Sees no event
//! and gives no verdict.
//!
//! Start at [`load`]; then [`Program`], the seam to the engine; [`expr`] is how guards are written and run.

mod calendar;
mod compile;
pub mod decl;
mod diagnostic;
mod difference;
mod doc;
pub mod expr;
pub mod flow;
mod format;
mod load;
mod pack;
mod program;
mod schema;
mod script;
mod shape;
mod source;
mod tree;
mod vocabulary;
mod wording;

pub use diagnostic::{Diagnostic, Seriousness};
pub use difference::{EntryName, PackChange, PackDifference};
pub use doc::doc;
pub use expr::nearest::{nearest, nearest_few};
pub use format::{FormatError, format};
pub use load::{Loaded, PackFile, PackFiles, load, load_files};
pub use pack::{
    Amount, Branch, Datum, EventType, Law, ObjectDeclaration, Pack, PackValue, RuleEntry, Status,
    ValueLine,
};
pub use schema::schemas;
pub use script::{Expectation, ExpectedVerdict, PackTest, ScriptEvent};
pub use source::unopenable;
pub use wording::{titled, wording};

pub use program::{
    Aggregate, AggregateValue, AggregateWindow, Bound, ComparisonGroup, Correlation, Coverage,
    Deadline, Deemed, DerivedKey, Duration, Extension, Field, FieldSource, FlowRule, Immutable,
    Judge, Lag, Limit, LimitLine, MissingMeaning, NamedFlow, NumberLimit, NumberLine, ObjectField,
    ObjectType, Order, Pattern, Program, Relation, Rule, Separation, Sequence, Silence,
    SourcePlace, Step, Template, Window,
};
