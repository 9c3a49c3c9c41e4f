//! What goes into the views and what comes out of them, as plain data.

use cage_model::{Date, FindingId, Grade, Instant, Severity, Verdict};

/// An object by type and id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectKey {
    /// Its type, such as `case`.
    pub kind: String,
    /// Its id, such as a case number.
    pub id: String,
}

impl ObjectKey {
    /// An object of this type with this id.
    #[must_use]
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            id: id.into(),
        }
    }
}

/// What became of a finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ChangeKind {
    /// It is found.
    Opened,
    /// More became known of it.
    Amended,
    /// A late event took it back.
    Withdrawn,
}

/// How a finding stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Standing {
    /// It is found.
    Open,
    /// It was taken back.
    Withdrawn,
}

/// A rule as a finding names it. Many findings share one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RuleText {
    /// The pack.
    pub pack: String,
    /// The pack's version.
    pub version: String,
    /// The rule.
    pub rule: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// Its title in English.
    pub title_en: String,
    /// How serious its findings are.
    pub severity: Severity,
    /// What it may do.
    pub grade: Grade,
}

/// An event as a finding names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// Number of its record in the ledger.
    pub record: u64,
    /// What was done.
    pub activity: String,
    /// When it happened.
    pub at: Instant,
}

/// One change of a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Its number over all changes, from 1; the same after every replay.
    pub number: u64,
    /// The record that brought it about: an event, or a tick when a clock ran out.
    pub record: u64,
    /// When that record was accepted.
    pub told: Instant,
    /// What became of the finding.
    pub kind: ChangeKind,
    /// The finding.
    pub finding: FindingId,
    /// The rule.
    pub rule: RuleText,
    /// The object that was judged.
    pub object: ObjectKey,
    /// [`Verdict::Violated`] or [`Verdict::Undecided`].
    pub verdict: Verdict,
    /// The stable code of the reason.
    pub reason: String,
    /// When the finding became true.
    pub at: Instant,
    /// The event that set the rule off.
    pub trigger: Option<Seen>,
    /// The event that broke it.
    pub other: Option<Seen>,
    /// The reason as a Chinese sentence.
    pub text_zh: String,
    /// The reason as an English sentence.
    pub text_en: String,
}

/// A finding as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FindingRow {
    /// Number of the change that opened it first: its place in lists, which never moves.
    pub opened: u64,
    /// When it was told first.
    pub opened_told: Instant,
    /// How it stands.
    pub standing: Standing,
    /// Its last change.
    pub last: Change,
}

/// One open clock of an object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Clock {
    /// The rule that set it.
    pub rule: String,
    /// Record of the event that set it; `None` when the object itself did.
    pub trigger: Option<u64>,
    /// When it runs out.
    pub due: Instant,
    /// When a reminder is to be sent, where the rule has one.
    pub reminder: Option<Instant>,
}

/// All open clocks of one object under one pack: they replace what was known.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ObjectClocks {
    /// The object.
    pub object: ObjectKey,
    /// The pack.
    pub pack: String,
    /// Every open clock; empty when none is left.
    pub clocks: Vec<Clock>,
}

/// A pack that was activated.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PackRow {
    /// Record since which it judges.
    pub since: u64,
    /// The pack.
    pub pack: String,
    /// Its version.
    pub version: String,
    /// Its hash, as text.
    pub hash: String,
}

/// An object and how much there is of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectRow {
    /// The object.
    pub object: ObjectKey,
    /// Record of the first event that names it.
    pub first: u64,
    /// Record of the last event that names it.
    pub last: u64,
    /// Events that name it.
    pub events: u64,
    /// Findings about it that stand.
    pub open_findings: u64,
}

/// How many events there are of one type, from one source, on one day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct EventFigure {
    /// The type of event.
    pub kind: String,
    /// The source.
    pub source: String,
    /// The day on which they happened, on the agency's clock.
    pub day: Date,
    /// How many.
    pub events: u64,
}

/// How many findings there are of one rule on one day.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FindingFigure {
    /// The rule, with its pack and grade.
    pub rule: RuleText,
    /// The day on which they became true, on the agency's clock.
    pub day: Date,
    /// How many stand.
    pub open: u64,
    /// How many were taken back.
    pub withdrawn: u64,
}
