//! The words that every other crate uses: symbol, time, value, event, object, log, finding.
//!
//! Owns data only. Reads no file, keeps no rule, knows no clock of its own: "now" is always an
//! argument. Everything here is plain, compact and deterministic.
//!
//! Start at [`EventBuffer`], the record that readers hand to whoever consumes a log through
//! [`LogSink`]; then [`Log`], the same kept in memory; then [`Finding`], what a rule concluded.

mod decimal;
mod event;
mod finding;
mod keyed;
pub mod limits;
mod log;
mod sink;
mod symbol;
mod text;
mod time;
mod value;

pub use decimal::{Decimal, ParseDecimalError};
pub use event::{
    AttributeRow, EventBuffer, ObjectBuffer, ObjectRefRow, Place, RawValue, RelationRow, TextRange,
};
pub use finding::{EventRef, Finding, FindingId, Grade, Payload, Reason, Severity, Tally, Verdict};
pub use keyed::{Keyed, fixed_hash};
pub use log::{
    Attribute, Attributes, Classifier, Event, Extension, Log, LogHeader, LogTooLarge, Object,
    ObjectRef, Relation, Scope, TypeDeclaration,
};
pub use sink::{LogSink, SinkError, Wanted};
pub use symbol::{Interner, Symbol};
pub use text::Bilingual;
pub use time::{Date, Instant, MICROS_PER_DAY, MICROS_PER_SECOND, ParseTimeError, Time};
pub use value::{Type, Value};
