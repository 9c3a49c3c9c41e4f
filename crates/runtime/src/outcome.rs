//! What a check found: the data behind the table, the JSON, the findings files and the report.

use std::collections::BTreeMap;
use std::sync::Arc;

use cage_flow::Model;
use cage_formats::Skipped;
use cage_model::{
    Bilingual, Finding, FindingId, Grade, Interner, Severity, Symbol, Tally, Time, Value, Verdict,
};
use jiff::tz::TimeZone;

/// The result of a check. Deterministic: the same log and pack give the same value, whatever the
/// number of threads and wherever the log was cut into files.
#[derive(Debug)]
pub struct Outcome {
    /// Pack id, version, title and content hash.
    pub pack: PackSummary,
    /// What was read.
    pub log: LogSummary,
    /// The moment of judgement: asked for, or the log's last event.
    pub as_of: Option<Time>,
    /// The zone that reports show times in: the pack's, else the one given for reading; as written
    /// when `None`.
    pub zone: Option<TimeZone>,
    /// Whether every object was taken to end there (`--finite`).
    pub finite: bool,
    /// One entry per rule, in the program's order.
    pub rules: Vec<RuleOutcome>,
    /// One entry per flow.
    pub flows: Vec<FlowOutcome>,
    /// All findings, ordered by rule, object, trigger.
    pub findings: Vec<Finding>,
    /// Texts behind symbols.
    pub names: Interner,
    /// Object types by index, as findings name them, with the ids of their objects by index.
    pub objects: Vec<ObjectTable>,
    /// What a careful reader should know: rules that can never fire on this log, unknown
    /// activities with the nearest name, mended defects, assumed formats.
    pub notices: Vec<Notice>,
    /// The objects with the most findings, the worst first, with their whole story.
    pub worst: Vec<WorstObject>,
}

/// The pack that was run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackSummary {
    /// The pack's id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its title.
    pub title: Bilingual,
    /// SHA-256 of its files.
    pub hash: [u8; 32],
}

/// The objects of one type.
#[derive(Clone, Debug)]
pub struct ObjectTable {
    /// The type's name.
    pub kind: Symbol,
    /// The objects' ids by index.
    pub ids: Vec<Symbol>,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct LogSummary {
    /// The files, as given.
    pub files: Vec<String>,
    /// Events judged.
    pub events: u64,
    /// Objects by type: every type that events name.
    pub objects: BTreeMap<String, u64>,
    /// Activities with their number of events, the most frequent first.
    pub activities: Vec<Activity>,
    /// The first event's time.
    pub first: Option<Time>,
    /// The last event's time.
    pub last: Option<Time>,
    /// Events that stood behind a later one of the same object.
    pub out_of_order: u64,
    /// Events that repeated an earlier one (same source and id, same content) and changed nothing.
    pub duplicates: u64,
    /// Records passed over in lenient reading.
    pub skipped: SkippedRecords,
}

/// Records passed over.
#[derive(Clone, Debug, Default)]
pub struct SkippedRecords {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<Skipped>,
}

/// An activity and how often it occurred.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Activity {
    /// Its name.
    pub name: String,
    /// Its events.
    pub events: u64,
}

/// What one rule found.
///
/// `activated` objects were triggered at least once; `violated` have at least one violation;
/// `satisfied` are the activated ones without any; `pending` are still owed something;
/// `undecided` lack data. Of activations each is exactly one of the last four.
#[derive(Clone, Debug)]
pub struct RuleOutcome {
    /// The rule's id.
    pub id: String,
    /// Its kind as the pack words it.
    pub kind: String,
    /// The object type it is keyed by.
    pub per: String,
    /// Its title.
    pub title: Bilingual,
    /// What it may do.
    pub grade: Grade,
    /// How serious its findings are.
    pub severity: Severity,
    /// Its legal basis.
    pub basis: Vec<String>,
    /// The risk point it watches.
    pub risk: Option<String>,
    /// The rule in words.
    pub wording: Bilingual,
    /// Counts of objects.
    pub objects: Tally,
    /// Objects that are activated with nothing violated, owed or undecided.
    pub fulfilled: u64,
    /// Counts of activations.
    pub activations: Tally,
    /// Violations by month of the moment they became true, in order; for the sparkline.
    pub months: Vec<Month>,
}

/// Violations in one month.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Month {
    /// The year.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: u32,
    /// Activations in that month.
    pub activated: u64,
    /// Violations in that month.
    pub violated: u64,
}

/// What conformance to one flow found.
#[derive(Clone, Debug)]
pub struct FlowOutcome {
    /// The flow's id.
    pub id: String,
    /// The model, for its picture.
    pub model: Arc<Model>,
    /// Objects aligned.
    pub cases: u64,
    /// Objects that fit from start to end.
    pub fitting: u64,
    /// Sum of the optimal alignment costs: one per log move and per visible model move.
    pub cost: u64,
    /// Mean over cases of `1 - cost / (events + cost of the shortest run)`; no number when objects
    /// were to be aligned and none could be.
    pub fitness: f64,
    /// `1 - cost / (sum of worst costs)` over the whole log; no number likewise.
    pub log_fitness: f64,
    /// Different sequences of activities.
    pub variants: u64,
    /// The most frequent of them, and the most frequent of those that do not fit; by their number
    /// of objects, then by their activities.
    pub frequent: Vec<FlowVariant>,
    /// Objects whose alignment was given up at the bound; not in the sums above.
    pub not_aligned: u64,
    /// Counts for the picture, by model element.
    pub steps: Vec<FlowStep>,
    /// Activities in the log that the model lacks there.
    pub inserted: Vec<InsertedActivity>,
}

/// A sequence of activities that objects went through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlowVariant {
    /// The activities in the order of judgement.
    pub activities: Vec<String>,
    /// Objects with just this sequence.
    pub objects: u64,
    /// The cheapest way to read it as a run of the flow; `None` when none was found within bounds.
    pub alignment: Option<cage_flow::Alignment>,
}

/// Counts of one model step over all alignments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlowStep {
    /// The model's element id.
    pub element: String,
    /// Its label.
    pub label: String,
    /// Executed as modelled.
    pub passed: u64,
    /// Skipped (model moves).
    pub skipped: u64,
}

/// An activity that occurred where the model has no place for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InsertedActivity {
    /// The activity.
    pub activity: String,
    /// The label of the last modelled step before it; empty at the start.
    pub after: String,
    /// How often (log moves).
    pub count: u64,
}

/// Something a careful reader should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// The rule it concerns, if one.
    pub rule: Option<String>,
    /// The text.
    pub text: Bilingual,
}

/// An object among those with the most findings.
#[derive(Clone, Debug)]
pub struct WorstObject {
    /// Violations over all rules.
    pub violations: u64,
    /// Its story.
    pub story: Story,
}

/// One object's events and verdicts.
#[derive(Clone, Debug)]
pub struct Story {
    /// The object's type.
    pub kind: String,
    /// The object's id.
    pub id: String,
    /// The object's own attributes.
    pub attributes: Vec<(String, String)>,
    /// Its events in the order of judgement.
    pub events: Vec<StoryEvent>,
    /// How each rule that was triggered stands, in the program's order.
    pub rules: Vec<StoryRule>,
    /// For each flow that this type of object is checked against: its id, and the alignment.
    pub alignments: Vec<(String, cage_flow::Alignment)>,
}

/// One event of a story.
#[derive(Clone, Debug)]
pub struct StoryEvent {
    /// Place in the order of arrival.
    pub position: u64,
    /// The activity.
    pub activity: String,
    /// When; `None` when the record does not say.
    pub time: Option<Time>,
    /// Attributes as text, without those that only repeat activity and time.
    pub attributes: Vec<(String, String)>,
    /// The other objects it names: type, id, qualifier.
    pub objects: Vec<(String, String, String)>,
}

/// How one rule stands for one object.
#[derive(Clone, Debug)]
pub struct StoryRule {
    /// The rule's index in [`Outcome::rules`].
    pub rule: u16,
    /// The verdict over all its activations.
    pub verdict: Verdict,
    /// Counts of its activations.
    pub activations: Tally,
    /// Its findings with their identity and explanation. One that waited for an event which came
    /// after its time names that event here, as [`cage_model::Reason::FollowedTooLate`].
    pub findings: Vec<(FindingId, Finding, Bilingual)>,
    /// For open obligations: what is owed and by when, in words.
    pub owed: Vec<Bilingual>,
}

/// Kept here because stories hold values as text.
#[must_use]
pub fn value_text(value: Value, names: &Interner) -> String {
    match value {
        Value::Missing => String::new(),
        Value::Text(symbol) | Value::Id(symbol) => names.text(symbol).to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal { .. } => value
            .as_decimal()
            .map_or_else(String::new, |d| d.to_string()),
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(flag) => flag.to_string(),
        Value::Time { .. } => value.as_time().map_or_else(String::new, |t| t.to_string()),
        Value::List => "[]".to_owned(),
    }
}
