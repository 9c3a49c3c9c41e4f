//! The kinds of rules and their parameters.

use super::{Key, Shape, may, must};
use crate::program::Template;

/// What a kind is compiled to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    Flow,
    Existence,
    Absence,
    Exactly,
    Init,
    End,
    Choice { exclusive: bool },
    Relation(Template),
    Deadline,
    Duration,
    Separation { same: bool },
    Order,
    Sequence,
    Immutable,
    Silence,
    Aggregate,
    Lag,
    Coverage,
}

/// A kind of rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KindSpec {
    pub(crate) name: &'static str,
    pub(crate) family: Family,
    /// Its parameters, in the order in which they are written.
    pub(crate) keys: &'static [Key],
}

/// Kinds that the language names, and why they are refused.
pub(crate) const LATER_KINDS: &[(&str, &str)] = &[
    (
        "outlier",
        "it compares an object with its peers, which needs statistics over all objects",
    ),
    (
        "concentration",
        "it needs a permutation test over all objects",
    ),
    (
        "heaping",
        "it needs the distribution of a value over all objects",
    ),
    ("geo", "it needs positions and fences"),
    (
        "waiting",
        "it needs the parallel branches of a running flow",
    ),
];

/// The kind of a name.
pub(crate) fn find_kind(name: &str) -> Option<&'static KindSpec> {
    KINDS.iter().find(|kind| kind.name == name)
}

const fn kind(name: &'static str, family: Family, keys: &'static [Key]) -> KindSpec {
    KindSpec { name, family, keys }
}

const fn after(name: &'static str, template: Template) -> KindSpec {
    kind(name, Family::Relation(template), AFTER)
}

const fn before(name: &'static str, template: Template) -> KindSpec {
    kind(name, Family::Relation(template), BEFORE)
}

/// Every kind, in the order of the reference.
pub(crate) const KINDS: &[KindSpec] = &[
    kind("flow", Family::Flow, FLOW),
    kind("existence", Family::Existence, COUNTED),
    kind("absence", Family::Absence, COUNTED),
    kind("exactly", Family::Exactly, COUNTED),
    kind("init", Family::Init, WHAT),
    kind("end", Family::End, WHAT),
    after("responded-existence", Template::RespondedExistence),
    after("co-existence", Template::CoExistence),
    after("response", Template::Response),
    after("alternate-response", Template::AlternateResponse),
    after("chain-response", Template::ChainResponse),
    before("precedence", Template::Precedence),
    before("alternate-precedence", Template::AlternatePrecedence),
    before("chain-precedence", Template::ChainPrecedence),
    after("succession", Template::Succession),
    after("alternate-succession", Template::AlternateSuccession),
    after("chain-succession", Template::ChainSuccession),
    after("not-responded-existence", Template::NotRespondedExistence),
    after("not-co-existence", Template::NotCoExistence),
    after("not-response", Template::NotResponse),
    after("not-chain-response", Template::NotChainResponse),
    before("not-precedence", Template::NotPrecedence),
    before("not-chain-precedence", Template::NotChainPrecedence),
    after("not-succession", Template::NotSuccession),
    after("not-chain-succession", Template::NotChainSuccession),
    kind("choice", Family::Choice { exclusive: false }, CHOICE),
    kind(
        "exclusive-choice",
        Family::Choice { exclusive: true },
        CHOICE,
    ),
    kind("deadline", Family::Deadline, DEADLINE),
    kind("duration", Family::Duration, DURATION),
    kind("separation", Family::Separation { same: false }, HANDS),
    kind("binding", Family::Separation { same: true }, HANDS),
    kind("order", Family::Order, ORDER),
    kind("sequence", Family::Sequence, SEQUENCE),
    kind("immutable", Family::Immutable, IMMUTABLE),
    kind("silence", Family::Silence, SILENCE),
    kind("aggregate", Family::Aggregate, AGGREGATE),
    kind("lag", Family::Lag, LAG),
    kind("coverage", Family::Coverage, COVERAGE),
];

const MATCH: Key = may(
    "match",
    Shape::Expression,
    "How the two events must fit together.",
);
const WHEN: Key = must(
    "when",
    Shape::Activities,
    "The event that sets the rule off.",
);

/// Keys of the binary kinds beside their two ends.
const BINARY_COMMON: [Key; 4] = [
    MATCH,
    may("within", Shape::Limit, "Not later than this."),
    may(
        "until",
        Shape::Expression,
        "Not later than the time that the first event brings.",
    ),
    may("not-before", Shape::Limit, "Not sooner than this."),
];
const REMIND: Key = may(
    "remind",
    Shape::Percent,
    "Share of the limit after which to remind.",
);

const AFTER: &[Key] = &[
    WHEN,
    must("then", Shape::Activities, "The other end."),
    BINARY_COMMON[0],
    BINARY_COMMON[1],
    BINARY_COMMON[2],
    BINARY_COMMON[3],
    REMIND,
];
const BEFORE: &[Key] = &[
    WHEN,
    must("before", Shape::Activities, "What must have come before."),
    BINARY_COMMON[0],
    BINARY_COMMON[1],
    BINARY_COMMON[2],
    BINARY_COMMON[3],
    REMIND,
];
const FLOW: &[Key] = &[
    must(
        "flow",
        Shape::Text,
        "The flow: a file of flows/, without its extension.",
    ),
    may(
        "allow",
        Shape::Allow,
        "Activities that may be inserted or skipped without a finding.",
    ),
];
const WHAT: &[Key] = &[must("what", Shape::Activities, "The event that is meant.")];
const COUNTED: &[Key] = &[
    must("what", Shape::Activities, "What is counted."),
    may(
        "n",
        Shape::Integer(0),
        "How often; absence means fewer than n. 1 when absent.",
    ),
];
const CHOICE: &[Key] = &[
    must("a", Shape::Activities, "One of the two."),
    must("b", Shape::Activities, "The other."),
];
const DEADLINE: &[Key] = &[
    must("start", Shape::Activities, "Starts the clock."),
    must("stop", Shape::Activities, "Stops it."),
    MATCH,
    may("within", Shape::Limit, "How long it may run."),
    may(
        "until",
        Shape::Expression,
        "The time that the start brings.",
    ),
    may("pause", Shape::Activities, "Halts it."),
    may("resume", Shape::Activities, "Lets it run on."),
    may("extend", Shape::Table(EXTEND), "Lengthens it."),
    may(
        "deemed",
        Shape::Table(DEEMED),
        "Starts it though nobody did.",
    ),
    REMIND,
];
const EXTEND: &[Key] = &[
    must("what", Shape::Activities, "The event that grants it."),
    must("by", Shape::Limit, "By how much."),
];
const DEEMED: &[Key] = &[
    must(
        "after",
        Shape::Activities,
        "What would have had to be answered.",
    ),
    must("within", Shape::Limit, "Within this time."),
    must("unless", Shape::Activities, "By one of these."),
];
const DURATION: &[Key] = &[
    must("from", Shape::Activities, "The first event."),
    must("to", Shape::Activities, "The second."),
    MATCH,
    may("min", Shape::Limit, "At least this long."),
    may("max", Shape::Limit, "At most this long."),
    may("learned", Shape::Table(LEARNED), "Bounds from history."),
];
const LEARNED: &[Key] = &[
    must("observed", Shape::Integer(2), "Pairs observed."),
    must("mean", Shape::Span, "Their mean, in elapsed time."),
    must(
        "deviation",
        Shape::Span,
        "Their standard deviation, in elapsed time.",
    ),
    must(
        "z",
        Shape::Number,
        "Deviations from the mean that are tolerated.",
    ),
];
const HANDS: &[Key] = &[
    must("a", Shape::Activities, "One act."),
    must(
        "b",
        Shape::Activities,
        "The other; the same for two acts of one kind.",
    ),
    must(
        "by",
        Shape::Identity,
        "Whose: an object type such as officer, or an expression.",
    ),
];
const ORDER: &[Key] = &[
    must(
        "queue",
        Shape::Identity,
        "What waits: an object type such as case, or an expression.",
    ),
    must("enter", Shape::Activities, "It comes."),
    must("serve", Shape::Activities, "It is served."),
    may(
        "places",
        Shape::Integer(0),
        "Places by which one may overtake. 0 when absent.",
    ),
    may(
        "unless",
        Shape::Expression,
        "A declared exception, over the serving event.",
    ),
];
const SEQUENCE: &[Key] = &[
    must("what", Shape::Activities, "Events that carry a number."),
    must("number", Shape::Expression, "The number."),
    may("grace", Shape::Limit, "How long a number may be missing."),
];
const IMMUTABLE: &[Key] = &[
    must("what", Shape::Activities, "Events that write."),
    may(
        "key",
        Shape::Identity,
        "What identifies the value within the object.",
    ),
    must("field", Shape::Expression, "The value."),
];
const SILENCE: &[Key] = &[
    must("what", Shape::Activities, "The heartbeat."),
    must("every", Shape::Limit, "At least this often."),
    may("while", Shape::Table(WHILE), "Only between these events."),
];
const WHILE: &[Key] = &[
    must("from", Shape::Activities, "Expected from here."),
    must("to", Shape::Activities, "Up to here."),
];
const AGGREGATE: &[Key] = &[
    must("what", Shape::Activities, "Events that count."),
    must(
        "value",
        Shape::Measure,
        "count, or a table with sum, distinct or ratio.",
    ),
    may(
        "window",
        Shape::Window,
        "whole, day, week, month, year, or a length of time.",
    ),
    may("over", Shape::Threshold, "Violated above this."),
    may("under", Shape::Threshold, "Violated below this."),
];
const LAG: &[Key] = &[
    must(
        "max",
        Shape::Limit,
        "At most this long between event and arrival.",
    ),
    may("what", Shape::Activities, "Which events; all when absent."),
];
const COVERAGE: &[Key] = &[
    must("what", Shape::Activities, "The act."),
    must("by", Shape::Activities, "The evidence."),
    MATCH,
    may(
        "start",
        Shape::Expression,
        "When the evidence starts; its time when absent.",
    ),
    may(
        "end",
        Shape::Expression,
        "When it ends; its time when absent.",
    ),
    may(
        "around",
        Shape::Span,
        "Time before and after the act that must be covered too.",
    ),
    may(
        "within",
        Shape::Limit,
        "How long the evidence may take to arrive.",
    ),
];
