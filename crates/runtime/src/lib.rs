//! Runs the engine: over log files (`check`), over one object (`explain`), over the tests of a
//! pack, over events as they come ([`Live`]).
//!
//! Owns the words *run*, *outcome*, *story*. Writes no report: the outcome is data.
//!
//! Start at [`check`]; [`Outcome`] is what it gives.

mod check;
mod feed;
mod flows;
mod identity;
mod late;
mod live;
mod measure;
mod notices;
mod outcome;
mod records;
mod run;
mod shards;
mod story;
mod summary;
mod supply;
mod testing;
#[cfg(test)]
mod tests;

pub use cage_engine::{EventOrder, Standing};
pub use check::{CheckError, CheckOptions, check, explain};
pub use identity::{Spelling, identify};
pub use live::{Certified, Change, Clock, Journal, Live, LoadError};
pub use measure::{Arrangement, EngineMeasure, measure_engine};
pub use outcome::{
    Activity, FlowOutcome, FlowStep, FlowVariant, InsertedActivity, LogSummary, Month, Notice,
    ObjectTable, Outcome, PackSummary, RuleOutcome, SkippedRecords, Story, StoryEvent, StoryRule,
    WorstObject, value_text,
};
pub use testing::{PackCoverage, RuleCoverage, TestFailure, TestOutcome, test_pack};
