//! What a rule concluded about an object: verdict, finding, and the machine form of its reason.
//!
//! A finding says "risk", never "guilt": texts for people are made from it by the report.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::symbol::Symbol;
use crate::time::Instant;

/// The verdict of a rule on one activation or one object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Verdict {
    /// Fulfilled for good, whatever comes.
    Satisfied,
    /// Fulfilled so far; a later event could break it.
    PossiblySatisfied,
    /// Something is still owed and its time is not up ("pending").
    PossiblyViolated,
    /// Broken for good.
    Violated,
    /// Data is missing, so it cannot be said; never silently false.
    Undecided,
}

/// What a rule may do when it finds something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Grade {
    /// Recorded only (shadow).
    Observe,
    /// Raises an alarm.
    #[default]
    Alert,
    /// The gate answers "hold".
    Block,
}

/// How serious a finding of a rule is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Severity {
    /// For notice.
    Notice,
    /// Yellow card.
    #[default]
    Yellow,
    /// Red card.
    Red,
}

/// Counts of one rule over activations, or over objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Triggered.
    pub activated: u64,
    /// Without a violation.
    pub satisfied: u64,
    /// Violated.
    pub violated: u64,
    /// Still owed something whose time is not up.
    pub pending: u64,
    /// Not decidable for want of data.
    pub undecided: u64,
}

/// An event as a finding names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct EventRef {
    /// Place in the order of arrival over all files of the check, counted from 0.
    pub position: u64,
    /// When it happened.
    pub at: Instant,
    /// The activity.
    pub activity: Symbol,
}

/// Identity of a finding: the first 16 bytes of a SHA-256 over rule, rule version, object and
/// trigger. Replay, retry and a second node give the same one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FindingId(pub [u8; 16]);

impl fmt::Display for FindingId {
    /// 32 hexadecimal digits in lower case.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// One finding: a violation, or an activation that could not be decided.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// Index of the rule in its program.
    pub rule: u16,
    /// Type of the object that was judged, as an index into the program's object types.
    pub object_type: u16,
    /// The object, as an index among those of its type.
    pub object: u32,
    /// [`Verdict::Violated`] or [`Verdict::Undecided`].
    pub verdict: Verdict,
    /// The event that set the rule off; `None` when the object itself did (`existence`).
    pub trigger: Option<EventRef>,
    /// The event that broke it; `None` when the breach is that nothing came.
    pub other: Option<EventRef>,
    /// When the finding became true: the breaking event's time, or the moment the time was up.
    pub at: Instant,
    /// The machine form of the reason.
    pub reason: Reason,
    /// Numbers that belong to the reason.
    pub payload: Payload,
}

impl Finding {
    /// Where the finding stands among those of its rule: by object, trigger, time, then by what
    /// is found. Whatever the order in which findings are made, they are told in this one.
    #[must_use]
    pub fn place(&self) -> impl Ord + use<> {
        (
            (self.object_type, self.object, self.trigger),
            (self.at, self.other, self.reason, self.verdict),
        )
    }
}

/// Why a rule was broken, in machine form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Reason {
    /// What had to follow did not come (in time, or before the end). `due` is the payload.
    NotFollowed,
    /// It came, but after its time.
    FollowedTooLate,
    /// It came, but before it was allowed.
    FollowedTooEarly,
    /// What had to come before was absent (or outside its time window).
    NotPreceded,
    /// What had to come directly after, or directly before, was another event.
    NotAdjacent,
    /// The trigger came again before what it requires.
    Alternation,
    /// The companion that the trigger requires never came, before or after.
    NoCompanion,
    /// Something came that must not come with, after or before the trigger.
    Forbidden,
    /// Fewer than required: payload counts.
    TooFew,
    /// More than allowed: payload counts.
    TooMany,
    /// The first event of the object is another one.
    WrongFirst,
    /// The last event of the object is another one.
    WrongLast,
    /// A legal clock ran out: payload due.
    Overdue,
    /// Faster than the lower bound: payload micros.
    TooFast,
    /// Slower than the upper bound: payload micros; payload due where nothing came.
    TooSlow,
    /// The same person where different ones are required.
    SamePerson,
    /// Different persons where the same one is required.
    DifferentPerson,
    /// Served before others who came earlier: payload counts.
    Overtaken,
    /// A running number is missing: payload numbers.
    NumberMissing,
    /// A running number came twice: payload values, both the number.
    NumberRepeated,
    /// A running number came late or out of order: payload due where it had a time of grace.
    NumberLate,
    /// A second write with another value.
    Changed,
    /// An expected heartbeat did not come: payload due, or span once one came after all.
    Silent,
    /// An aggregate left its limit: payload numbers.
    OverLimit,
    /// An act without covering evidence.
    Uncovered,
    /// Entered too long after it happened: payload span.
    LateEntry,
    /// The event is no allowed next step of the flow.
    FlowDeviation,
    /// The case ended (or stands) where the flow does not end.
    FlowIncomplete,
    /// An attribute that the rule needs is missing or not comparable: payload field.
    DataMissing,
    /// An expression could not be computed (division by zero, overflow): payload field.
    ExpressionFailed,
}

impl Reason {
    /// The stable code of a reason, for files and for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFollowed => "not_followed",
            Self::FollowedTooLate => "followed_too_late",
            Self::FollowedTooEarly => "followed_too_early",
            Self::NotPreceded => "not_preceded",
            Self::NotAdjacent => "not_adjacent",
            Self::Alternation => "alternation",
            Self::NoCompanion => "no_companion",
            Self::Forbidden => "forbidden",
            Self::TooFew => "too_few",
            Self::TooMany => "too_many",
            Self::WrongFirst => "wrong_first",
            Self::WrongLast => "wrong_last",
            Self::Overdue => "overdue",
            Self::TooFast => "too_fast",
            Self::TooSlow => "too_slow",
            Self::SamePerson => "same_person",
            Self::DifferentPerson => "different_person",
            Self::Overtaken => "overtaken",
            Self::NumberMissing => "number_missing",
            Self::NumberRepeated => "number_repeated",
            Self::NumberLate => "number_late",
            Self::Changed => "changed",
            Self::Silent => "silent",
            Self::OverLimit => "over_limit",
            Self::Uncovered => "uncovered",
            Self::LateEntry => "late_entry",
            Self::FlowDeviation => "flow_deviation",
            Self::FlowIncomplete => "flow_incomplete",
            Self::DataMissing => "data_missing",
            Self::ExpressionFailed => "expression_failed",
        }
    }
}

/// Numbers behind a [`Reason`].
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub enum Payload {
    /// Nothing more to say.
    None,
    /// The instant by which something was due.
    Due(Instant),
    /// A measured span against its limit, in microseconds.
    Span {
        /// What was measured.
        measured: i64,
        /// What was allowed.
        limit: i64,
    },
    /// A count against its limit.
    Count {
        /// What was counted.
        counted: u64,
        /// What was allowed or required.
        limit: u64,
    },
    /// A number against its limit (aggregates).
    Number {
        /// What was computed.
        computed: f64,
        /// What was allowed.
        limit: f64,
    },
    /// The range of running numbers that is missing, both ends included.
    Missing {
        /// The first missing number.
        first: i64,
        /// The last missing number.
        last: i64,
    },
    /// Two values that should be equal, or different.
    Values {
        /// The earlier value.
        before: Symbol,
        /// The later value.
        after: Symbol,
    },
    /// The attribute that is missing, or the expression that failed.
    Field(Symbol),
    /// Cost of the cheapest alignment so far.
    Cost(u32),
}
