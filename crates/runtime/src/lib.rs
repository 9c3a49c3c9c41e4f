//! Runs the engine: over log files (`check`), over one object (`explain`), over the tests of a
//! pack.
//!
//! Owns the words *run*, *outcome*, *story*. Writes no report: the outcome is data.
//!
//! Start at [`check`]; [`Outcome`] is what it gives.

mod outcome;

pub use outcome::{
    Activity, FlowOutcome, FlowStep, InsertedActivity, LogSummary, Month, Notice, Outcome,
    RuleOutcome, SkippedRecords, Story, StoryEvent, StoryRule, WorstObject,
};
