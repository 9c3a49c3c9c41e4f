//! The compiled form of a pack: what the engine runs, and the only thing it knows of packs.
//!
//! Everything is resolved: activities are symbols of [`Program::names`], attributes are slots,
//! limits are spans, guards are compiled expressions. An engine starts its own interner as a clone
//! of [`Program::names`], so that every symbol here stays valid there.
//!
//! # Slots
//! [`Program::fields`] lists what any expression reads of an event, [`ObjectType::fields`] what
//! any reads of an object. The engine projects each event to one [`cage_model::Value`] per field.
//! An expression sees at most two events: the *current* one and an *earlier* one, of which only
//! the slots in a *capture* list were kept. See [`Correlation`].

use std::sync::Arc;

use cage_flow::Model;
use cage_law::{DayCount, Span};
use cage_model::{Bilingual, Date, Grade, Interner, Severity, Symbol, Type, Value};

use crate::expr::Expr;

/// A pack, compiled.
#[derive(Clone, Debug)]
pub struct Program {
    /// The pack's id, for example `traffic-police`; the file name for a `.decl` or flow file.
    pub id: String,
    /// The pack's version as its author wrote it.
    pub version: String,
    /// The pack's title.
    pub title: Bilingual,
    /// SHA-256 over the pack's files: names and contents in the order of names.
    pub hash: [u8; 32],
    /// Every constant text and name of the pack.
    pub names: Interner,
    /// Object types that rules are keyed by, in order of first use. A rule's `per` is an index.
    pub object_types: Vec<ObjectType>,
    /// What expressions read of an event. A slot is an index.
    pub fields: Vec<Field>,
    /// The rules, in the pack's order.
    pub rules: Vec<Rule>,
    /// The flows that `flow` rules check, and flows given on their own.
    pub flows: Vec<NamedFlow>,
    /// How days are counted.
    pub days: DayCount,
}

/// A type of object that rules are keyed by.
#[derive(Clone, Debug)]
pub struct ObjectType {
    /// Its name, for example `case`, `officer`, `officer-day`.
    pub name: Symbol,
    /// Empty for an object that events name; otherwise how its id is made from an event. An event
    /// for which a part is missing names no such object.
    pub derived: Vec<DerivedKey>,
    /// What expressions read of such an object: the last value any of its events or its own
    /// record gave for the attribute, up to and including the current event.
    pub fields: Vec<ObjectField>,
}

/// One part of a derived object's id; the parts' texts are joined with U+001F.
#[derive(Clone, Debug)]
pub enum DerivedKey {
    /// The id of the event's object of this type; every combination when it names several.
    Object(Symbol),
    /// The value of an expression over the current event.
    Value(Expr),
}

/// One slot of an event.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Field {
    /// Where its value comes from.
    pub source: FieldSource,
    /// The type declared in `events.toml`. A value of another type that can be converted without
    /// loss is (float 35.0 to decimal 35, text "7" never); otherwise the slot is missing.
    pub declared: Option<Type>,
}

/// Where the value of a slot comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FieldSource {
    /// A top-level attribute of the event, by name.
    Attribute(Symbol),
    /// The event's time.
    Time,
    /// The event's arrival time.
    Arrival,
    /// The event's activity, as a text.
    Activity,
    /// The event's own id, as a text.
    Id,
    /// The id of the first object of this type that the event names, as a text; with a
    /// qualifier, of the first in that role.
    Object {
        /// The object's type.
        kind: Symbol,
        /// The role, or [`Symbol::EMPTY`] for any.
        qualifier: Symbol,
    },
}

/// One attribute of an object that expressions read.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ObjectField {
    /// The attribute's name, on the object's own record or on its events.
    pub attribute: Symbol,
    /// The declared type, as for [`Field::declared`].
    pub declared: Option<Type>,
}

/// A flow with the id that reports name it by.
#[derive(Clone, Debug)]
pub struct NamedFlow {
    /// The flow's id.
    pub id: String,
    /// The model.
    pub model: Arc<Model>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id; for a `.decl` file the line as written.
    pub id: String,
    /// Its kind as the pack words it, for example `alternate-response`.
    pub kind: String,
    /// Its title.
    pub title: Bilingual,
    /// What it may do.
    pub grade: Grade,
    /// How serious its findings are.
    pub severity: Severity,
    /// The law and article it rests on; empty for an internal rule.
    pub basis: Vec<String>,
    /// The risk point it watches.
    pub risk: Option<String>,
    /// Index into [`Program::object_types`].
    pub per: u16,
    /// What it judges.
    pub judge: Judge,
    /// Findings are not raised for an object and moment for which this holds. Over the object's
    /// fields and, where there is one, the current event.
    pub exempt: Option<Expr>,
    /// What a guard means that meets missing data.
    pub missing: MissingMeaning,
    /// Share of its limit after which a reminder is due, in percent; reported, not a violation.
    pub remind_percent: Option<u8>,
    /// Where it is written.
    pub place: SourcePlace,
}

/// What a guard means that meets missing data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum MissingMeaning {
    /// The activation, or the match, is undecided (packs).
    #[default]
    Undecided,
    /// The guard does not hold (`.decl` files, as other tools read them).
    False,
}

/// File and line of a rule, for messages.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SourcePlace {
    /// The file, relative to the pack.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// Events that play one part in a rule: any of the steps.
#[derive(Clone, Debug, Default)]
pub struct Pattern(pub Vec<Step>);

/// One way for an event to play its part.
#[derive(Clone, Debug)]
pub struct Step {
    /// The activity; `None` for any.
    pub activity: Option<Symbol>,
    /// Holds for the current event; over its slots and its object's fields.
    pub guard: Option<Expr>,
}

/// A time limit: one span, or spans by the date of the trigger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Limit {
    /// Always the same.
    Fixed(Span),
    /// By the trigger's local date: of the lines in force the strictest, that is the one that is
    /// due first. None in force: the rule does not apply to this trigger.
    Dated(Vec<LimitLine>),
}

/// One line of a dated limit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitLine {
    /// In force from this day; always when `None`.
    pub from: Option<Date>,
    /// In force up to and including this day; for ever when `None`.
    pub to: Option<Date>,
    /// The span.
    pub span: Span,
    /// The law and article.
    pub basis: String,
    /// The jurisdiction; empty for the whole country.
    pub jurisdiction: String,
}

/// A limit that is a number: one, or numbers by date.
#[derive(Clone, Debug)]
pub enum NumberLimit {
    /// Always the same.
    Fixed(Value),
    /// Of the lines in force the strictest. None in force: the rule does not apply.
    Dated(Vec<NumberLine>),
}

/// One line of a dated number.
#[derive(Clone, Debug)]
pub struct NumberLine {
    /// In force from this day; always when `None`.
    pub from: Option<Date>,
    /// In force up to and including this day; for ever when `None`.
    pub to: Option<Date>,
    /// The number.
    pub number: Value,
    /// The law and article.
    pub basis: String,
    /// The jurisdiction; empty for the whole country.
    pub jurisdiction: String,
}

/// The latest moment that a rule allows.
#[derive(Clone, Debug)]
pub enum Bound {
    /// A span after the trigger.
    Within(Limit),
    /// An instant that the trigger brings: an expression of type time over the current event.
    Until(Expr),
}

/// A window of time between the two ends of a relation; empty when nothing was stated.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Not sooner than this. In elapsed time at least this much; in days, the date counted so.
    pub not_before: Option<Limit>,
    /// Not later than this.
    pub bound: Option<Bound>,
}

/// How the two ends of a rule must fit together.
///
/// The end that comes first in time is kept as the *earlier* event: of it only the captured slots
/// are stored, in the order of the capture list, and an expression reads them by that index.
/// `forward` runs when the trigger (`when`) came first and the current event is the target
/// (`then`); `backward` runs when the target came first and the current event is the trigger.
/// Both state the same condition. `None`: any pair fits.
#[derive(Clone, Debug, Default)]
pub struct Correlation {
    /// Earlier = trigger, current = target.
    pub forward: Option<Expr>,
    /// Earlier = target, current = trigger.
    pub backward: Option<Expr>,
    /// Slots of the trigger to keep for `forward`.
    pub capture_trigger: Vec<u16>,
    /// Slots of the target to keep for `backward`.
    pub capture_target: Vec<u16>,
}

/// What a rule judges.
#[derive(Clone, Debug)]
pub enum Judge {
    /// `existence`, `absence`, `exactly`: how often something happens to an object.
    Count {
        /// What is counted.
        what: Pattern,
        /// At least this often; 0 for no lower bound.
        at_least: u32,
        /// At most this often; `None` for no upper bound.
        at_most: Option<u32>,
    },
    /// `init`: the object's first event.
    Init(Pattern),
    /// `end`: the object's last event.
    End(Pattern),
    /// `choice`, `exclusive-choice`.
    Choice {
        /// One of the two.
        a: Pattern,
        /// The other.
        b: Pattern,
        /// Not both.
        exclusive: bool,
    },
    /// The binary Declare templates.
    Relation(Box<Relation>),
    /// A legal clock.
    Deadline(Box<Deadline>),
    /// Too fast or too slow.
    Duration(Box<Duration>),
    /// Four eyes, or one and the same hand.
    Separation(Box<Separation>),
    /// First come, first served.
    Order(Box<Order>),
    /// Running numbers.
    Sequence(Box<Sequence>),
    /// Values that may not change.
    Immutable(Box<Immutable>),
    /// Heartbeats.
    Silence(Box<Silence>),
    /// Counts, sums, distinct values and ratios over a window.
    Aggregate(Box<Aggregate>),
    /// Back-filling.
    Lag(Box<Lag>),
    /// Evidence that must cover an act.
    Coverage(Box<Coverage>),
    /// Conformance to a flow.
    Flow(FlowRule),
}

/// The binary Declare templates.
///
/// `when` is the activation and `then` the other end; for the precedence family `then` is what
/// must come *before* (`before` in a pack). For the succession family both ends activate: `when`
/// as in response, `then` as in precedence. For co-existence both ends activate too.
#[derive(Clone, Debug)]
pub struct Relation {
    /// Which template.
    pub template: Template,
    /// The activation.
    pub when: Pattern,
    /// The other end.
    pub then: Pattern,
    /// How the ends fit together.
    pub correlation: Correlation,
    /// When, relative to the activation.
    pub window: Window,
}

/// The binary Declare templates (van der Aalst, Pesic, Schonenberg 2009; with data: Burattin,
/// Maggi, Sperduti 2016).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Template {
    /// Each `when` has a `then`, before or after.
    RespondedExistence,
    /// Responded existence both ways.
    CoExistence,
    /// Each `when` is followed by a `then`.
    Response,
    /// Response, with no further `when` in between.
    AlternateResponse,
    /// The next event after a `when` is a `then`.
    ChainResponse,
    /// Each `when` was preceded by a `then`.
    Precedence,
    /// Precedence, with no other `when` in between.
    AlternatePrecedence,
    /// The event directly before a `when` is a `then`.
    ChainPrecedence,
    /// Response and precedence.
    Succession,
    /// Alternate response and alternate precedence.
    AlternateSuccession,
    /// Chain response and chain precedence.
    ChainSuccession,
    /// No `when` has a `then` before or after.
    NotRespondedExistence,
    /// Never both.
    NotCoExistence,
    /// No `when` is followed by a `then`.
    NotResponse,
    /// The next event after a `when` is no `then`.
    NotChainResponse,
    /// No `when` was preceded by a `then`.
    NotPrecedence,
    /// The event directly before a `when` is no `then`.
    NotChainPrecedence,
    /// Not response, and not precedence.
    NotSuccession,
    /// Not chain response, and not chain precedence.
    NotChainSuccession,
}

/// A legal clock. The seam for law-dated clocks: only [`Limit`] and [`DayCount`] know of days.
#[derive(Clone, Debug)]
pub struct Deadline {
    /// Starts a clock; each occurrence starts one.
    pub start: Pattern,
    /// Stops it: every running clock that `correlation` fits.
    pub stop: Pattern,
    /// How long it may run.
    pub limit: Bound,
    /// Halts it (expert review, hearing).
    pub pause: Pattern,
    /// Lets it run on. A clock of dates moves its last day by the days of the pause, the day of
    /// the pause counted and the day of resumption not.
    pub resume: Pattern,
    /// Lengthens it, once per occurrence.
    pub extend: Option<Extension>,
    /// Starts it without a start event.
    pub deemed: Option<Deemed>,
    /// Start (earlier) against stop, pause, resume or extension (current): only `forward`.
    pub correlation: Correlation,
}

/// An extension of a clock.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The event that grants it.
    pub what: Pattern,
    /// By how much, counted on from the day on which the clock would have ended.
    pub by: Limit,
}

/// Deemed acceptance: the clock starts although nobody started it.
#[derive(Clone, Debug)]
pub struct Deemed {
    /// The event that would have had to be answered.
    pub after: Pattern,
    /// Within this time; when it passes, the clock counts from `after`.
    pub within: Limit,
    /// By one of these.
    pub unless: Pattern,
}

/// Too fast or too slow between two events. Each `to` closes the earliest open `from`.
#[derive(Clone, Debug)]
pub struct Duration {
    /// The first event.
    pub from: Pattern,
    /// The second event.
    pub to: Pattern,
    /// From (earlier) against to (current): only `forward`.
    pub correlation: Correlation,
    /// At least this long.
    pub min: Option<Limit>,
    /// At most this long; an open `from` past it is a violation before `to` comes.
    pub max: Option<Limit>,
    /// Where learned bounds come from; the finding shows it.
    pub group: Option<ComparisonGroup>,
}

/// The history that learned bounds rest on.
#[derive(Clone, PartialEq, Debug)]
pub struct ComparisonGroup {
    /// Pairs observed.
    pub observed: u64,
    /// Their mean, in microseconds.
    pub mean: i64,
    /// Their standard deviation, in microseconds.
    pub deviation: i64,
    /// How many deviations from the mean are tolerated, in hundredths.
    pub z_hundredths: u32,
}

/// Different persons (or the same person) for two acts; all pairs of acts are looked at.
#[derive(Clone, Debug)]
pub struct Separation {
    /// One act.
    pub a: Pattern,
    /// The other act; the same pattern as `a` when two acts of one kind are meant.
    pub b: Pattern,
    /// Whose values are compared: an expression over the current event, usually one slot.
    pub by: Expr,
    /// Whether the values must be the same (`binding`) instead of different (`separation`).
    pub same: bool,
}

/// First come, first served. The rule's object is the queue.
#[derive(Clone, Debug)]
pub struct Order {
    /// A waiting object enters.
    pub enter: Pattern,
    /// It is served.
    pub serve: Pattern,
    /// The waiting object: an expression over the current event, usually the case's id.
    pub item: Expr,
    /// Places by which one may overtake without a finding.
    pub places: u32,
    /// A serve for which this holds is a declared exception.
    pub unless: Option<Expr>,
}

/// Running numbers without hole, repetition or late one. The rule's object owns the numbers.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// Events that carry a number.
    pub what: Pattern,
    /// The number: an expression of type integer over the current event.
    pub number: Expr,
    /// How long a missing number may stay missing before it is a hole; at once when `None`.
    pub grace: Option<Limit>,
}

/// Values that may not change once written.
#[derive(Clone, Debug)]
pub struct Immutable {
    /// Events that write.
    pub what: Pattern,
    /// What identifies the value within the object; the object itself when `None`.
    pub key: Option<Expr>,
    /// The value.
    pub field: Expr,
}

/// An expected heartbeat.
#[derive(Clone, Debug)]
pub struct Silence {
    /// The heartbeat.
    pub what: Pattern,
    /// At least this often.
    pub every: Limit,
    /// Expected only between these events; always from the first heartbeat when `None`.
    pub during: Option<(Pattern, Pattern)>,
}

/// An aggregate over a window against a limit. A violation is raised when it leaves the limit,
/// once until it returns. A dated limit is that of the first day of a window of the calendar, of
/// the object's first event that counts for its whole life, and of the day of judging for a sliding
/// window.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// Events that count.
    pub what: Pattern,
    /// What is computed.
    pub value: AggregateValue,
    /// Over which window.
    pub window: AggregateWindow,
    /// Violated above this number.
    pub over: Option<NumberLimit>,
    /// Violated below this number, judged when a calendar window (or the object) ends.
    pub under: Option<NumberLimit>,
}

/// What an aggregate computes. Sums are of integers and decimals, never of floats.
#[derive(Clone, Debug)]
pub enum AggregateValue {
    /// How many events.
    Count,
    /// The sum of an expression.
    Sum(Expr),
    /// How many different values of an expression.
    Distinct(Expr),
    /// The share of events for which an expression holds, from 0 to 1, once this many were seen.
    Ratio {
        /// Holds or not.
        holds: Expr,
        /// Events needed before the ratio is judged.
        at_least: u32,
    },
}

/// The window of an aggregate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AggregateWindow {
    /// The object's whole life.
    Whole,
    /// The time before each event, the event included.
    Sliding(Span),
    /// A local day.
    Day,
    /// A local week, Monday to Sunday.
    Week,
    /// A local month.
    Month,
    /// A local year.
    Year,
}

/// Time from event to entry.
#[derive(Clone, Debug)]
pub struct Lag {
    /// Events that are looked at.
    pub what: Pattern,
    /// At most this much between event and arrival. An event without arrival time is undecided.
    pub max: Limit,
}

/// Evidence that must cover an act.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The act.
    pub what: Pattern,
    /// The evidence.
    pub by: Pattern,
    /// Start of the evidence: expression of type time over the evidence event; its time if `None`.
    pub start: Option<Expr>,
    /// End of the evidence: likewise.
    pub end: Option<Expr>,
    /// The act's time plus and minus this, in microseconds, must lie inside the evidence.
    pub around: i64,
    /// How long the evidence may take to arrive after the act; until the end when `None`.
    pub within: Option<Limit>,
    /// Act (trigger) against evidence (target): both directions.
    pub correlation: Correlation,
}

/// Conformance to a flow.
#[derive(Clone, Debug)]
pub struct FlowRule {
    /// Index into [`Program::flows`].
    pub flow: u16,
    /// Activities that may be inserted anywhere without a finding.
    pub allow_inserted: Vec<Symbol>,
    /// Activities that may be skipped without a finding.
    pub allow_skipped: Vec<Symbol>,
}
