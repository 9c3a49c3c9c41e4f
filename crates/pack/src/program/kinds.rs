//! What rules of each kind say, compiled.

use cage_law::Span;
use cage_model::Symbol;

use super::{Bound, Correlation, Limit, NumberLimit, Pattern, Window};
use crate::expr::Expr;

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

/// A legal clock. The seam for law-dated clocks: only [`Limit`] and [`cage_law::DayCount`] know of days.
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
    /// Index into [`super::Program::flows`].
    pub flow: u16,
    /// Activities that may be inserted anywhere without a finding.
    pub allow_inserted: Vec<Symbol>,
    /// Activities that may be skipped without a finding.
    pub allow_skipped: Vec<Symbol>,
}
