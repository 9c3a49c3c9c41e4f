//! The binary Declare templates, and how two events are correlated.

use super::Compiler;
use super::expression::Wanted;
use super::pattern::{Part, part};
use crate::expr::{Expected, Place as At};
use crate::program::{Correlation, Judge, Relation, Template, Window};
use crate::tree::Table;

impl Compiler<'_, '_> {
    pub(super) fn relation(&mut self, rule: &Table, template: Template, per: u16) -> Option<Judge> {
        let when = part(rule, "when");
        let other = if rule.get("before").is_some() {
            "before"
        } else {
            "then"
        };
        let then = part(rule, other);
        let correlation = self.correlation(rule, &when, &[&then], per);
        let window = Window {
            not_before: self.limit(rule, "not-before"),
            bound: self.bound(rule, "when", &when.activities(), per),
        };
        Some(Judge::Relation(Box::new(Relation {
            template,
            when: self.pattern(&when, rule, per),
            then: self.pattern(&then, rule, per),
            correlation,
            window,
        })))
    }

    /// `match`, compiled both ways round. Several targets share the name of the first.
    pub(super) fn correlation(
        &mut self,
        rule: &Table,
        trigger: &Part<'_>,
        targets: &[&Part<'_>],
        per: u16,
    ) -> Correlation {
        let mut correlation = Correlation::default();
        let (Some(node), Some(target)) = (rule.get("match"), targets.first()) else {
            return correlation;
        };
        let activities: Vec<String> = targets.iter().flat_map(|part| part.activities()).collect();
        let mut compile = |trigger_at, target_at, slots: &mut Vec<u16>| {
            let roles = vec![
                self.role(trigger.name, trigger_at, &trigger.activities()),
                self.role(target.name, target_at, &activities),
            ];
            let wanted = Wanted {
                node,
                expected: Expected::Condition,
                roles,
                per: Some(per),
            };
            self.captured(wanted, slots)
        };
        correlation.forward = compile(At::Earlier, At::Current, &mut correlation.capture_trigger);
        correlation.backward = compile(At::Current, At::Earlier, &mut correlation.capture_target);
        let never = correlation
            .forward
            .as_ref()
            .is_some_and(crate::expr::Expr::can_never_hold);
        if never {
            let message = "no two events can ever fit together so";
            self.problems.error(&node.place, message);
        }
        correlation
    }
}
