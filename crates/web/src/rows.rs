//! What answers are made of, as JSON.

use cage_model::{Grade, Instant, Severity, Time, Verdict};
use cage_store::{ChangeKind, ObjectClocks, ObjectKey, ObjectRow, Standing};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Minutes east of UTC of the agency's clock.
pub(crate) const OFFSET_MINUTES: i16 = 480;

/// A time as it is sent.
pub(crate) fn shown(at: Instant) -> String {
    Time::new(at, Some(OFFSET_MINUTES)).to_string()
}

/// A text as a part of a path or a query.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// An enum of the model, with the words that are sent for it.
macro_rules! words {
    ($(#[$about:meta])* $name:ident of $from:ty { $($variant:ident),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "lowercase")]
        #[schema(as = $from)]
        pub(crate) enum $name { $(#[allow(missing_docs)] $variant),* }

        impl From<$name> for $from {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant),* }
            }
        }
    };
}

words! {
    /// How a finding stands.
    StandingWord of Standing { Open, Withdrawn }
}
words! {
    /// What a rule may do when it finds something.
    GradeWord of Grade { Observe, Alert, Block }
}
words! {
    /// What was concluded.
    VerdictWord of Verdict { Violated, Undecided }
}

impl From<Standing> for StandingWord {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Open => Self::Open,
            Standing::Withdrawn => Self::Withdrawn,
        }
    }
}

impl From<Grade> for GradeWord {
    fn from(grade: Grade) -> Self {
        match grade {
            Grade::Observe => Self::Observe,
            Grade::Alert => Self::Alert,
            Grade::Block => Self::Block,
        }
    }
}

impl From<Verdict> for VerdictWord {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Undecided => Self::Undecided,
            _ => Self::Violated,
        }
    }
}

/// How serious findings are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Severity)]
pub(crate) enum SeverityWord {
    Notice,
    Yellow,
    Red,
}

impl From<Severity> for SeverityWord {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Notice => Self::Notice,
            Severity::Yellow => Self::Yellow,
            Severity::Red => Self::Red,
        }
    }
}

/// What became of a finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ChangeWord {
    Opened,
    Amended,
    Withdrawn,
}

impl From<ChangeKind> for ChangeWord {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Opened => Self::Opened,
            ChangeKind::Amended => Self::Amended,
            ChangeKind::Withdrawn => Self::Withdrawn,
        }
    }
}

/// An event as a finding names it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Seen {
    /// What was done.
    pub(crate) activity: String,
    /// When it happened.
    pub(crate) at: String,
    /// Number of its record.
    pub(crate) record: u64,
    /// Where the event is.
    pub(crate) event: String,
}

impl From<&cage_store::Seen> for Seen {
    fn from(seen: &cage_store::Seen) -> Self {
        Self {
            activity: seen.activity.clone(),
            at: shown(seen.at),
            record: seen.record,
            event: event_path(seen.record),
        }
    }
}

/// Where an event is.
pub(crate) fn event_path(record: u64) -> String {
    format!("/v1/events/{record}")
}

/// Where the proof of an entry is.
pub(crate) fn proof_path(log: &str, index: u64) -> String {
    format!("/v1/proof?log={}&index={index}", escaped(log))
}

/// What a finding says, as of one change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Said {
    /// The pack.
    pub(crate) pack: String,
    /// Its version.
    pub(crate) version: String,
    /// The rule.
    pub(crate) rule: String,
    /// The rule's title in Chinese.
    pub(crate) title_zh: String,
    /// The rule's title in English.
    pub(crate) title_en: String,
    pub(crate) severity: SeverityWord,
    pub(crate) grade: GradeWord,
    /// Type of the object that was judged.
    pub(crate) object_type: String,
    /// Its id.
    pub(crate) object: String,
    pub(crate) verdict: VerdictWord,
    /// Why, as a word.
    pub(crate) reason: String,
    /// Why, as a Chinese sentence.
    pub(crate) text_zh: String,
    /// Why, as an English sentence.
    pub(crate) text_en: String,
    /// When it became true.
    pub(crate) at: String,
    /// The event that set the rule off.
    pub(crate) trigger: Option<Seen>,
    /// The event that broke it.
    pub(crate) other: Option<Seen>,
}

impl From<&cage_store::Change> for Said {
    fn from(change: &cage_store::Change) -> Self {
        let rule = &change.rule;
        Self {
            pack: rule.pack.clone(),
            version: rule.version.clone(),
            rule: rule.rule.clone(),
            title_zh: rule.title_zh.clone(),
            title_en: rule.title_en.clone(),
            severity: rule.severity.into(),
            grade: rule.grade.into(),
            object_type: change.object.kind.clone(),
            object: change.object.id.clone(),
            verdict: change.verdict.into(),
            reason: change.reason.clone(),
            text_zh: change.text_zh.clone(),
            text_en: change.text_en.clone(),
            at: shown(change.at),
            trigger: change.trigger.as_ref().map(Seen::from),
            other: change.other.as_ref().map(Seen::from),
        }
    }
}

/// One change of a finding.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Change {
    /// Its number, from 1; the same after every restart.
    pub(crate) number: u64,
    pub(crate) change: ChangeWord,
    /// The finding, as 32 hexadecimal digits.
    pub(crate) finding: String,
    /// The record that brought it about: an event, or a tick when a clock ran out.
    pub(crate) record: u64,
    /// When that record was accepted.
    pub(crate) told: String,
    #[serde(flatten)]
    pub(crate) said: Said,
}

impl From<&cage_store::Change> for Change {
    fn from(change: &cage_store::Change) -> Self {
        Self {
            number: change.number,
            change: change.kind.into(),
            finding: change.finding.to_string(),
            record: change.record,
            told: shown(change.told),
            said: Said::from(change),
        }
    }
}

/// A finding as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Finding {
    /// 32 hexadecimal digits; the same after every restart.
    pub(crate) id: String,
    pub(crate) status: StandingWord,
    /// Number of the change that opened it.
    pub(crate) opened: u64,
    /// When it was told first.
    pub(crate) opened_told: String,
    /// Number of its last change.
    pub(crate) last_change: u64,
    /// When that was told.
    pub(crate) last_told: String,
    #[serde(flatten)]
    pub(crate) said: Said,
    /// Where its evidence and history are.
    pub(crate) details: String,
}

impl From<&cage_store::FindingRow> for Finding {
    fn from(row: &cage_store::FindingRow) -> Self {
        let id = row.last.finding.to_string();
        Self {
            details: format!("/v1/findings/{id}"),
            id,
            status: row.standing.into(),
            opened: row.opened,
            opened_told: shown(row.opened_told),
            last_change: row.last.number,
            last_told: shown(row.last.told),
            said: Said::from(&row.last),
        }
    }
}

/// An object and how much there is of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ObjectSummary {
    /// Its type.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Its id.
    pub(crate) id: String,
    /// Record of the first event that names it.
    pub(crate) first_record: u64,
    /// Record of the last event that names it.
    pub(crate) last_record: u64,
    /// Events that name it.
    pub(crate) events: u64,
    /// Findings about it that stand.
    pub(crate) open_findings: u64,
    /// Where it is.
    pub(crate) details: String,
    /// Where its events are.
    pub(crate) timeline: String,
}

impl From<&ObjectRow> for ObjectSummary {
    fn from(row: &ObjectRow) -> Self {
        let details = object_path(&row.object);
        Self {
            kind: row.object.kind.clone(),
            id: row.object.id.clone(),
            first_record: row.first,
            last_record: row.last,
            events: row.events,
            open_findings: row.open_findings,
            timeline: format!("{details}/events"),
            details,
        }
    }
}

/// Where an object is.
pub(crate) fn object_path(object: &ObjectKey) -> String {
    format!(
        "/v1/objects/{}/{}",
        escaped(&object.kind),
        escaped(&object.id)
    )
}

/// One open clock.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Clock {
    /// Type of the object.
    pub(crate) object_type: String,
    /// Its id.
    pub(crate) object: String,
    /// The pack.
    pub(crate) pack: String,
    /// The rule that set it.
    pub(crate) rule: String,
    /// Record of the event that set it.
    pub(crate) trigger: Option<u64>,
    /// When it runs out.
    pub(crate) due: String,
    /// When a reminder is to be sent.
    pub(crate) reminder: Option<String>,
    /// Where the object is.
    pub(crate) details: String,
}

/// The clocks of some objects, one by one.
pub(crate) fn clocks(rows: &[ObjectClocks]) -> Vec<Clock> {
    let of_one = |row: &ObjectClocks| {
        let one = |clock: &cage_store::Clock| Clock {
            object_type: row.object.kind.clone(),
            object: row.object.id.clone(),
            pack: row.pack.clone(),
            rule: clock.rule.clone(),
            trigger: clock.trigger,
            due: shown(clock.due),
            reminder: clock.reminder.map(shown),
            details: object_path(&row.object),
        };
        row.clocks.iter().map(one).collect::<Vec<_>>()
    };
    rows.iter().flat_map(of_one).collect()
}
