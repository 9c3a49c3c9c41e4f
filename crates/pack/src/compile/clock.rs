//! Kinds that measure time: deadline, duration, silence, lag, coverage.

use cage_law::Span;

use super::Compiler;
use super::expression::Wanted;
use super::pattern::part;
use crate::expr::{Expected, Expr, Place as At};
use crate::program::{
    ComparisonGroup, Coverage, Deadline, Deemed, Duration, Extension, Judge, Lag, Limit, Pattern,
    Silence, Step,
};

use crate::tree::{Form, Table};

impl Compiler<'_, '_> {
    pub(super) fn deadline(&mut self, rule: &Table, per: u16) -> Option<Judge> {
        let (start, stop) = (part(rule, "start"), part(rule, "stop"));
        let (pause, resume) = (part(rule, "pause"), part(rule, "resume"));
        let granted = rule.table("extend").map(|table| part(table, "what"));
        let mut targets = vec![&stop, &pause, &resume];
        targets.extend(&granted);
        let correlation = self.correlation(rule, &start, &targets, per);
        let limit = self.bound(rule, "start", &start.activities(), per);
        if rule.get("within").is_none() && rule.get("until").is_none() {
            let message = "a deadline needs within = \"...\" or until = '...'";
            self.problems.error(rule.place_of("kind"), message);
        }
        if rule.get("pause").is_some() != rule.get("resume").is_some() {
            let message = "pause and resume belong together: a clock that halts must run on";
            self.problems.error(rule.place_of("pause"), message);
        }
        let deadline = Deadline {
            start: self.pattern(&start, rule, per),
            stop: self.pattern(&stop, rule, per),
            limit: limit?,
            pause: self.pattern(&pause, rule, per),
            resume: self.pattern(&resume, rule, per),
            extend: rule.table("extend").and_then(|table| {
                let what = self.pattern_of(table, "what", per);
                let by = self.limit(table, "by")?;
                Some(Extension { what, by })
            }),
            deemed: rule.table("deemed").and_then(|table| {
                Some(Deemed {
                    after: self.pattern_of(table, "after", per),
                    within: self.limit(table, "within")?,
                    unless: self.pattern_of(table, "unless", per),
                })
            }),
            correlation,
        };
        Some(Judge::Deadline(Box::new(deadline)))
    }

    pub(super) fn duration(&mut self, rule: &Table, per: u16) -> Option<Judge> {
        let (from, to) = (part(rule, "from"), part(rule, "to"));
        let correlation = self.correlation(rule, &from, &[&to], per);
        let (mut min, mut max) = (self.limit(rule, "min"), self.limit(rule, "max"));
        let mut group = None;
        if let Some(table) = rule.table("learned") {
            if rule.get("min").is_some() || rule.get("max").is_some() {
                let message = "a duration has either min and max, or learned";
                self.problems.error(rule.place_of("learned"), message);
            }
            let learned = self.learned(table)?;
            let spread = learned
                .deviation
                .saturating_mul(i64::from(learned.z_hundredths))
                / 100;
            let low = learned.mean.saturating_sub(spread);
            min = (low > 0).then_some(Limit::Fixed(Span::Elapsed(low).into()));
            let high = learned.mean.saturating_add(spread);
            max = Some(Limit::Fixed(Span::Elapsed(high).into()));
            group = Some(learned);
        } else if rule.get("min").is_none() && rule.get("max").is_none() {
            let message = "a duration needs min, max or learned";
            self.problems.error(rule.place_of("kind"), message);
        }
        Some(Judge::Duration(Box::new(Duration {
            from: self.pattern(&from, rule, per),
            to: self.pattern(&to, rule, per),
            correlation,
            min,
            max,
            group,
        })))
    }

    fn learned(&mut self, table: &Table) -> Option<ComparisonGroup> {
        let node = table.get("z")?;
        let z = match &node.form {
            Form::Integer(value) => Some(cage_model::Decimal::from(*value)),
            Form::Decimal(text) => crate::pack::decimal(text, &node.place, self.problems),
            _ => None,
        }?;
        // In hundredths: finer than anyone sets a threshold.
        let hundredths = (z.to_float() * 100.0).round();
        if !(1.0..=10_000.0).contains(&hundredths) {
            self.problems
                .error(&node.place, "z lies between 0.01 and 100");
            return None;
        }
        Some(ComparisonGroup {
            observed: u64::try_from(table.integer("observed")?).ok()?,
            mean: self.micros(table, "mean")?,
            deviation: self.micros(table, "deviation")?,
            z_hundredths: hundredths as u32,
        })
    }

    pub(super) fn silence(&mut self, rule: &Table, per: u16) -> Option<Judge> {
        let during = rule.table("while").map(|table| {
            let from = self.pattern_of(table, "from", per);
            (from, self.pattern_of(table, "to", per))
        });
        let silence = Silence {
            what: self.pattern_of(rule, "what", per),
            every: self.limit(rule, "every")?,
            during,
        };
        Some(Judge::Silence(Box::new(silence)))
    }

    pub(super) fn lag(&mut self, rule: &Table, per: u16) -> Option<Judge> {
        let any = Pattern(vec![Step {
            activity: None,
            guard: None,
        }]);
        let what = match rule.get("what") {
            Some(_) => self.pattern_of(rule, "what", per),
            None => any,
        };
        let max = self.limit(rule, "max")?;
        Some(Judge::Lag(Box::new(Lag { what, max })))
    }

    pub(super) fn coverage(&mut self, rule: &Table, per: u16) -> Option<Judge> {
        let (what, by) = (part(rule, "what"), part(rule, "by"));
        let correlation = self.correlation(rule, &what, &[&by], per);
        let mut time = |name: &str| -> Option<Expr> {
            let wanted = Wanted {
                node: rule.get(name)?,
                expected: Expected::Time,
                roles: vec![
                    self.role("by", At::Current, &by.activities()),
                    self.role("event", At::Current, &by.activities()),
                ],
                per: Some(per),
            };
            self.expression(wanted)
        };
        let (start, end) = (time("start"), time("end"));
        Some(Judge::Coverage(Box::new(Coverage {
            what: self.pattern(&what, rule, per),
            by: self.pattern(&by, rule, per),
            start,
            end,
            around: self.micros(rule, "around").unwrap_or(0),
            within: self.limit(rule, "within"),
            correlation,
        })))
    }
}
