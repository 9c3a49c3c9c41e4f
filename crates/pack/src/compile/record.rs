//! Kinds that compare what events carry: hands, queues, numbers, values, aggregates.

use cage_law::Span;
use cage_model::Value;

use super::Compiler;
use super::expression::Wanted;
use super::limit::find_value;
use super::pattern::part;
use crate::expr::{Expected, Expr, Place as At};
use crate::pack::{Amount, Datum, PackValue, Status, decimal};
use crate::program::{
    Aggregate, AggregateValue, AggregateWindow, Immutable, Judge, NumberLimit, NumberLine, Order,
    Separation, Sequence,
};
use crate::tree::{Form, Node, Table};

impl Compiler<'_, '_> {
    pub(super) fn separation(&mut self, rule: &Table, same: bool, per: u16) -> Option<Judge> {
        let (a, b) = (part(rule, "a"), part(rule, "b"));
        let both = [a.activities(), b.activities()].concat();
        let (a, b) = (self.pattern(&a, rule, per), self.pattern(&b, rule, per));
        let roles = vec![self.role("event", At::Current, &both)];
        let by = self.identity(rule.get("by")?, Expected::Value, roles, per)?;
        Some(Judge::Separation(Box::new(Separation { a, b, by, same })))
    }

    pub(super) fn order(&mut self, rule: &Table, per: u16) -> Option<Judge> {
        let (enter, serve) = (part(rule, "enter"), part(rule, "serve"));
        let both = [enter.activities(), serve.activities()].concat();
        let roles = vec![self.role("event", At::Current, &both)];
        let item = self.identity(rule.get("queue")?, Expected::Value, roles, per);
        let unless = rule.get("unless").and_then(|node| {
            let roles = vec![
                self.role("serve", At::Current, &serve.activities()),
                self.role("event", At::Current, &serve.activities()),
            ];
            self.condition(node, roles, per)
        });
        Some(Judge::Order(Box::new(Order {
            enter: self.pattern(&enter, rule, per),
            serve: self.pattern(&serve, rule, per),
            item: item?,
            places: rule
                .integer("places")
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(0),
            unless,
        })))
    }

    pub(super) fn sequence(&mut self, rule: &Table, per: u16) -> Option<Judge> {
        let what = self.pattern_of(rule, "what", per);
        let number = self.over_what(rule, rule.get("number")?, Expected::Integer, per);
        let grace = self.limit(rule, "grace");
        Some(Judge::Sequence(Box::new(Sequence {
            what,
            number: number?,
            grace,
        })))
    }

    pub(super) fn immutable(&mut self, rule: &Table, per: u16) -> Option<Judge> {
        let what = self.pattern_of(rule, "what", per);
        let roles = vec![self.role("event", At::Current, &part(rule, "what").activities())];
        let key = rule
            .get("key")
            .and_then(|node| self.identity(node, Expected::Value, roles, per));
        let field = self.over_what(rule, rule.get("field")?, Expected::Value, per);
        Some(Judge::Immutable(Box::new(Immutable {
            what,
            key,
            field: field?,
        })))
    }

    /// An expression over the event that `what` describes.
    fn over_what(
        &mut self,
        rule: &Table,
        node: &Node,
        expected: Expected,
        per: u16,
    ) -> Option<Expr> {
        let activities = part(rule, "what").activities();
        let roles = vec![
            self.role("what", At::Current, &activities),
            self.role("event", At::Current, &activities),
        ];
        self.expression(Wanted {
            node,
            expected,
            roles,
            per: Some(per),
        })
    }

    pub(super) fn aggregate(&mut self, rule: &Table, per: u16) -> Option<Judge> {
        let what = self.pattern_of(rule, "what", per);
        let value = self.measure(rule, per);
        if rule.get("over").is_none() && rule.get("under").is_none() {
            let message = "an aggregate needs a limit: over, under, or both";
            self.problems.error(rule.place_of("kind"), message);
        }
        Some(Judge::Aggregate(Box::new(Aggregate {
            what,
            value: value?,
            window: self.window(rule)?,
            over: self.threshold(rule, "over"),
            under: self.threshold(rule, "under"),
        })))
    }

    fn measure(&mut self, rule: &Table, per: u16) -> Option<AggregateValue> {
        let Some(table) = rule.table("value") else {
            return Some(AggregateValue::Count);
        };
        if let Some(node) = table.get("sum") {
            return self
                .over_what(rule, node, Expected::Exact, per)
                .map(AggregateValue::Sum);
        }
        if let Some(node) = table.get("distinct") {
            return self
                .over_what(rule, node, Expected::Value, per)
                .map(AggregateValue::Distinct);
        }
        let node = table.get("ratio")?;
        Some(AggregateValue::Ratio {
            holds: self.over_what(rule, node, Expected::Condition, per)?,
            at_least: table
                .integer("at-least")
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(1),
        })
    }

    fn window(&mut self, rule: &Table) -> Option<AggregateWindow> {
        Some(match rule.text("window") {
            None | Some("whole") => AggregateWindow::Whole,
            Some("day") => AggregateWindow::Day,
            Some("week") => AggregateWindow::Week,
            Some("month") => AggregateWindow::Month,
            Some("year") => AggregateWindow::Year,
            Some(text) => AggregateWindow::Sliding(text.parse::<Span>().ok()?),
        })
    }

    /// A number, or a dated value.
    fn threshold(&mut self, rule: &Table, name: &str) -> Option<NumberLimit> {
        let node = rule.get(name)?;
        match &node.form {
            Form::Integer(value) => Some(NumberLimit::Fixed(Value::Integer(*value))),
            Form::Decimal(text) => decimal(text, &node.place, self.problems)
                .map(|number| NumberLimit::Fixed(Value::from(number))),
            Form::Text(text) => {
                let value = text.strip_prefix('@')?;
                let value = find_value(self.pack, value, node, self.problems)?;
                self.dated_number(value, node)
            }
            _ => None,
        }
    }

    fn dated_number(&mut self, value: &PackValue, node: &Node) -> Option<NumberLimit> {
        let mut lines = Vec::new();
        for line in &value.lines {
            let number = match &line.amount {
                Amount::Datum(Datum::Integer(number)) => Value::Integer(*number),
                Amount::Datum(Datum::Decimal(number)) => Value::from(*number),
                _ => {
                    let message = format!("@{} is no number", value.id);
                    self.problems.error(&node.place, message);
                    return None;
                }
            };
            self.unconfirmed |= line.status == Status::Unconfirmed;
            lines.push(NumberLine {
                from: Some(line.from),
                to: line.to,
                number,
                basis: line.basis.clone(),
                jurisdiction: line.jurisdiction.clone(),
            });
        }
        Some(NumberLimit::Dated(lines))
    }
}
