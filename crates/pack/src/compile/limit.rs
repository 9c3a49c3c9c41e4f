//! Time limits: literal, dated, or brought by an event.

use cage_law::{Span, Term};

use super::Compiler;
use super::expression::Wanted;
use crate::diagnostic::Problems;
use crate::expr::nearest::nearest;
use crate::expr::{Expected, Place as At};
use crate::pack::{Amount, Pack, PackValue, Status};
use crate::program::{Bound, Limit, LimitLine};
use crate::tree::{Node, Table};

impl Compiler<'_, '_> {
    /// The limit that a key states.
    pub(super) fn limit(&mut self, table: &Table, name: &str) -> Option<Limit> {
        let node = table.get(name)?;
        let text = node.as_text()?;
        let Some(value) = text.strip_prefix('@') else {
            let worded = text.parse().ok()?;
            return Some(Limit::Fixed(self.read_literal(worded, node)));
        };
        let value = find_value(self.pack, value, node, self.problems)?;
        let mut lines = Vec::new();
        for line in &value.lines {
            let Amount::Span(span) = line.amount else {
                let message = format!("@{} is no length of time", value.id);
                self.problems.error(&node.place, message);
                return None;
            };
            self.unconfirmed |= line.status == Status::Unconfirmed;
            lines.push(LimitLine {
                from: Some(line.from),
                to: line.to,
                term: self.read_by(span, &line.basis),
                worded: span,
                basis: line.basis.clone(),
                jurisdiction: line.jurisdiction.clone(),
                status: line.status,
            });
        }
        Some(Limit::Dated(lines))
    }

    /// What the law of a citation means by a span as it words it.
    fn read_by(&mut self, worded: Span, cited: &str) -> Term {
        let law = self.pack.law(cited);
        let Some(rule) = law.and_then(|law| law.days.as_ref()) else {
            return worded.into();
        };
        let term = rule.read(worded);
        self.unconfirmed |= term != Term::from(worded) && rule.basis.status == Status::Unconfirmed;
        term
    }

    /// What the laws that the rule at hand rests on mean by a span that it words itself.
    fn read_literal(&mut self, worded: Span, node: &Node) -> Term {
        let mut read = self.day_rules.iter().map(|rule| (rule, rule.read(worded)));
        let Some((first, term)) = read.next() else {
            return worded.into();
        };
        if let Some((other, _)) = read.find(|(_, other)| *other != term) {
            let message = format!(
                "{} and {} count {worded} differently; take the limit from a dated value, whose \
                 line names one law, or write working days",
                first.basis.law, other.basis.law
            );
            self.problems.error(&node.place, message);
        }
        self.unconfirmed |= term != Term::from(worded) && first.basis.status == Status::Unconfirmed;
        term
    }

    /// `within` or `until`; not both.
    pub(super) fn bound(
        &mut self,
        table: &Table,
        role: &'static str,
        activities: &[String],
        per: u16,
    ) -> Option<Bound> {
        if let (Some(_), Some(until)) = (table.get("within"), table.get("until")) {
            let message = "a rule has either within or until, not both";
            self.problems.error(&until.place, message);
        }
        if let Some(limit) = self.limit(table, "within") {
            return Some(Bound::Within(limit));
        }
        let node = table.get("until")?;
        let roles = vec![
            self.role(role, At::Current, activities),
            self.role("event", At::Current, activities),
        ];
        let wanted = Wanted {
            node,
            expected: Expected::Time,
            roles,
            per: Some(per),
        };
        self.expression(wanted).map(Bound::Until)
    }

    /// A limit in elapsed time that must be known at once, in microseconds.
    pub(super) fn micros(&mut self, table: &Table, name: &str) -> Option<i64> {
        let node = table.get(name)?;
        match node.as_text()?.parse() {
            Ok(Span::Elapsed(micros)) => Some(micros),
            Ok(_) => {
                let message = format!("{name} is elapsed time; write seconds, minutes or hours");
                self.problems.error(&node.place, message);
                None
            }
            Err(_) => None,
        }
    }
}

/// The dated value of a name, reported when there is none.
pub(super) fn find_value<'v>(
    pack: &'v Pack,
    name: &str,
    node: &Node,
    problems: &mut Problems<'_>,
) -> Option<&'v PackValue> {
    let found = pack.values.iter().find(|value| value.id == name);
    if found.is_none() {
        let meant = nearest(name, pack.values.iter().map(|value| value.id.as_str()));
        let message = format!("there is no value @{name} in values.toml");
        problems.suggest(&node.place, message, meant.map(|name| format!("@{name}")));
    }
    found
}
