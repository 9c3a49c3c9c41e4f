//! One finding as a row of named columns.

use cage_model::{EventRef, Finding, FindingId, Instant};
use cage_runtime::{Outcome, RuleOutcome};

use crate::clock::Clock;
use crate::explain;
use crate::identity;
use crate::titles::Titles;
use crate::words;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// An instant.
    Time,
}

/// A column of every findings file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Its name in files.
    pub(super) name: &'static str,
    /// Its heading for people.
    pub(super) heading: &'static str,
    /// What it holds.
    pub(super) kind: Kind,
    /// Its width in a workbook, in characters.
    pub(super) width: u16,
}

const fn column(name: &'static str, heading: &'static str, kind: Kind, width: u16) -> Column {
    Column {
        name,
        heading,
        kind,
        width,
    }
}

/// The columns, in order.
pub(super) const COLUMNS: [Column; 23] = [
    column("finding", "编号 Finding", Kind::Text, 34),
    column("rule", "规则 Rule", Kind::Text, 12),
    column("title_zh", "规则名称", Kind::Text, 34),
    column("title_en", "Title", Kind::Text, 34),
    column("severity", "级别 Severity", Kind::Text, 10),
    column("grade", "等级 Grade", Kind::Text, 10),
    column("verdict", "结论 Verdict", Kind::Text, 11),
    column("object_type", "对象类型 Object type", Kind::Text, 13),
    column("object", "对象 Object", Kind::Text, 20),
    column("trigger_position", "触发序号 Trigger no.", Kind::Number, 11),
    column("trigger_time", "触发时间 Trigger time", Kind::Time, 19),
    column("trigger_activity", "触发步骤 Trigger", Kind::Text, 24),
    column("other_position", "相关序号 Other no.", Kind::Number, 11),
    column("other_time", "相关时间 Other time", Kind::Time, 19),
    column("other_activity", "相关步骤 Other", Kind::Text, 24),
    column("at", "成立时间 At", Kind::Time, 19),
    column("reason", "原因 Reason", Kind::Text, 18),
    column("due", "期限 Due", Kind::Time, 19),
    column("measured", "实际 Measured", Kind::Text, 16),
    column("limit", "限度 Limit", Kind::Text, 16),
    column("explanation_zh", "说明", Kind::Text, 70),
    column("explanation_en", "Explanation", Kind::Text, 70),
    column("basis", "依据 Basis", Kind::Text, 30),
];

/// The value of one cell.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Cell<'a> {
    /// Nothing.
    Empty,
    /// A text that the outcome holds.
    Borrowed(&'a str),
    /// A text made for the row.
    Owned(String),
    /// A whole number.
    Number(u64),
    /// An instant.
    Time(Instant),
}

impl Cell<'_> {
    /// The text of a text cell; `None` for any other.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Borrowed(text) => Some(text),
            Self::Owned(text) => Some(text),
            Self::Empty | Self::Number(_) | Self::Time(_) => None,
        }
    }
}

/// An instant; nothing where the event had no time.
fn time(at: Instant) -> Cell<'static> {
    if at == Instant::MIN {
        Cell::Empty
    } else {
        Cell::Time(at)
    }
}

/// Makes rows of an outcome's findings.
pub(super) struct Rows<'a> {
    outcome: &'a Outcome,
    clock: Clock,
    bases: Vec<String>,
}

impl<'a> Rows<'a> {
    /// The rows of an outcome.
    pub(super) fn of(outcome: &'a Outcome) -> Self {
        let bases = outcome
            .rules
            .iter()
            .map(|rule| rule.basis.join("; "))
            .collect();
        Self {
            outcome,
            clock: Clock::of(outcome),
            bases,
        }
    }

    /// The clock that instants are shown with.
    pub(super) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The outcome itself.
    pub(super) const fn outcome(&self) -> &'a Outcome {
        self.outcome
    }

    /// Every finding as the cells of [`COLUMNS`].
    pub(super) fn iter(&self) -> impl Iterator<Item = [Cell<'_>; COLUMNS.len()]> {
        let findings = &self.outcome.findings;
        let ids = cage_runtime::identify(self.outcome, findings);
        findings
            .iter()
            .zip(ids)
            .map(|(finding, id)| self.row(finding, id))
    }

    fn row(&self, finding: &Finding, id: FindingId) -> [Cell<'_>; COLUMNS.len()] {
        let names = &self.outcome.names;
        let rule = self.outcome.rules.get(usize::from(finding.rule));
        let of_rule = |pick: fn(&RuleOutcome) -> &str| Cell::Borrowed(rule.map_or("", pick));
        let (object_type, object) = identity::object(self.outcome, finding);
        let said = explain::explanation(finding, names, &self.clock, &Titles::default());
        let (measured, limit) = explain::measured(finding, names);
        let basis = self
            .bases
            .get(usize::from(finding.rule))
            .map_or("", String::as_str);
        let [trigger_position, trigger_time, trigger_activity] = self.event(finding.trigger);
        let [other_position, other_time, other_activity] = self.event(finding.other);
        [
            Cell::Owned(identity::shown(id)),
            of_rule(|rule| &rule.id),
            of_rule(|rule| rule.title.chinese()),
            of_rule(|rule| rule.title.english()),
            of_rule(|rule| words::severity(rule.severity).code),
            of_rule(|rule| words::grade(rule.grade).code),
            Cell::Borrowed(words::verdict(finding.verdict).code),
            Cell::Borrowed(object_type),
            Cell::Borrowed(object),
            trigger_position,
            trigger_time,
            trigger_activity,
            other_position,
            other_time,
            other_activity,
            time(finding.at),
            Cell::Borrowed(finding.reason.code()),
            explain::due(finding).map_or(Cell::Empty, Cell::Time),
            Cell::Owned(measured),
            Cell::Owned(limit),
            Cell::Owned(said.zh),
            Cell::Owned(said.en),
            Cell::Borrowed(basis),
        ]
    }

    fn event(&self, event: Option<EventRef>) -> [Cell<'_>; 3] {
        event.map_or([Cell::Empty, Cell::Empty, Cell::Empty], |event| {
            [
                Cell::Number(event.position),
                time(event.at),
                Cell::Borrowed(self.outcome.names.text(event.activity)),
            ]
        })
    }
}
