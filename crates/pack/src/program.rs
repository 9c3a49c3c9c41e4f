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

mod kinds;

use std::sync::Arc;

use cage_flow::Model;
use cage_law::{DayCount, Span, Status, Term};
use cage_model::{Bilingual, Date, Grade, Interner, Severity, Symbol, Type, Value};

use crate::expr::Expr;

pub use kinds::{
    Aggregate, AggregateValue, AggregateWindow, ComparisonGroup, Coverage, Deadline, Deemed,
    Duration, Extension, FlowRule, Immutable, Lag, Order, Relation, Separation, Sequence, Silence,
    Template,
};

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
    Fixed(Term),
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
    /// How long, as the law that it rests on counts.
    pub term: Term,
    /// How long, as the line words it.
    pub worded: Span,
    /// The law and article.
    pub basis: String,
    /// The jurisdiction; empty for the whole country.
    pub jurisdiction: String,
    /// Whether a lawyer confirmed it.
    pub status: Status,
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
