//! The patterns that a rule consists of, and which of them set it off.

use std::collections::BTreeSet;

use cage_model::Symbol;
use cage_pack::expr::Expr;
use cage_pack::{
    AggregateValue, Bound, Correlation, FieldSource, Judge, Pattern, Program, Rule, Template,
};

/// One pattern of a rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) pattern: &'a Pattern,
    /// Whether a match sets the rule off.
    pub(super) triggers: bool,
}

const fn trigger(pattern: &Pattern) -> Part<'_> {
    Part {
        pattern,
        triggers: true,
    }
}

const fn other(pattern: &Pattern) -> Part<'_> {
    Part {
        pattern,
        triggers: false,
    }
}

/// All patterns of a rule.
pub(super) fn parts(judge: &Judge) -> Vec<Part<'_>> {
    match judge {
        // These are set off by the object itself.
        Judge::Count { what, .. } | Judge::Init(what) | Judge::End(what) => vec![other(what)],
        Judge::Choice { a, b, .. } => vec![other(a), other(b)],
        Judge::Relation(relation) => {
            let both = matches!(
                relation.template,
                Template::CoExistence
                    | Template::NotCoExistence
                    | Template::Succession
                    | Template::AlternateSuccession
                    | Template::ChainSuccession
                    | Template::NotSuccession
                    | Template::NotChainSuccession
            );
            let then = Part {
                pattern: &relation.then,
                triggers: both,
            };
            vec![trigger(&relation.when), then]
        }
        Judge::Deadline(deadline) => {
            let mut found = vec![trigger(&deadline.start), other(&deadline.stop)];
            found.extend([&deadline.pause, &deadline.resume].map(other));
            found.extend(
                deadline
                    .extend
                    .iter()
                    .map(|extension| other(&extension.what)),
            );
            if let Some(deemed) = &deadline.deemed {
                found.extend([trigger(&deemed.after), other(&deemed.unless)]);
            }
            found
        }
        Judge::Duration(duration) => vec![trigger(&duration.from), other(&duration.to)],
        Judge::Separation(separation) => vec![trigger(&separation.a), trigger(&separation.b)],
        Judge::Order(order) => vec![other(&order.enter), trigger(&order.serve)],
        Judge::Sequence(sequence) => vec![trigger(&sequence.what)],
        Judge::Immutable(immutable) => vec![trigger(&immutable.what)],
        Judge::Silence(silence) => {
            let mut found = vec![other(&silence.what)];
            if let Some((from, to)) = &silence.during {
                found.extend([other(from), other(to)]);
            }
            found
        }
        Judge::Aggregate(aggregate) => vec![trigger(&aggregate.what)],
        Judge::Lag(lag) => vec![trigger(&lag.what)],
        Judge::Coverage(coverage) => vec![trigger(&coverage.what), other(&coverage.by)],
        Judge::Flow(_) => Vec::new(),
    }
}

/// Names of the attributes that a rule reads, in the order of their symbols.
pub(super) fn attributes(rule: &Rule, program: &Program) -> BTreeSet<Symbol> {
    let mut names = BTreeSet::new();
    for (expr, captured) in expressions(&rule.judge)
        .into_iter()
        .chain(rule.exempt.iter().map(|expr| (expr, &[][..])))
    {
        let earlier = expr.reads().earlier.iter();
        let slots = earlier.filter_map(|slot| captured.get(usize::from(*slot)));
        for slot in expr.reads().current.iter().chain(slots) {
            let field = program.fields.get(usize::from(*slot));
            if let Some(FieldSource::Attribute(name)) = field.map(|field| field.source) {
                names.insert(name);
            }
        }
        let kind = program.object_types.get(usize::from(rule.per));
        for slot in &expr.reads().object {
            let field = kind.and_then(|kind| kind.fields.get(usize::from(*slot)));
            names.extend(field.map(|field| field.attribute));
        }
    }
    names
}

/// The expressions of a rule, each with the slots that were captured for it.
fn expressions(judge: &Judge) -> Vec<(&Expr, &[u16])> {
    let mut found: Vec<(&Expr, &[u16])> = Vec::new();
    for part in parts(judge) {
        let guards = part.pattern.0.iter().filter_map(|step| step.guard.as_ref());
        found.extend(guards.map(|guard| (guard, &[][..])));
    }
    let mut plain: Vec<&Expr> = Vec::new();
    let mut correlation: Option<&Correlation> = None;
    match judge {
        Judge::Relation(relation) => {
            correlation = Some(&relation.correlation);
            if let Some(Bound::Until(until)) = &relation.window.bound {
                plain.push(until);
            }
        }
        Judge::Deadline(deadline) => {
            correlation = Some(&deadline.correlation);
            if let Bound::Until(until) = &deadline.limit {
                plain.push(until);
            }
        }
        Judge::Duration(duration) => correlation = Some(&duration.correlation),
        Judge::Separation(separation) => plain.push(&separation.by),
        Judge::Order(order) => {
            plain.push(&order.item);
            plain.extend(&order.unless);
        }
        Judge::Sequence(sequence) => plain.push(&sequence.number),
        Judge::Immutable(immutable) => {
            plain.extend(&immutable.key);
            plain.push(&immutable.field);
        }
        Judge::Aggregate(aggregate) => match &aggregate.value {
            AggregateValue::Count => {}
            AggregateValue::Sum(of) | AggregateValue::Distinct(of) => plain.push(of),
            AggregateValue::Ratio { holds, .. } => plain.push(holds),
        },
        Judge::Coverage(coverage) => {
            correlation = Some(&coverage.correlation);
            plain.extend(&coverage.start);
            plain.extend(&coverage.end);
        }
        Judge::Count { .. }
        | Judge::Init(_)
        | Judge::End(_)
        | Judge::Choice { .. }
        | Judge::Silence(_)
        | Judge::Lag(_)
        | Judge::Flow(_) => {}
    }
    found.extend(plain.into_iter().map(|expr| (expr, &[][..])));
    if let Some(correlation) = correlation {
        let forward = correlation.forward.as_ref();
        found.extend(forward.map(|expr| (expr, &correlation.capture_trigger[..])));
        let backward = correlation.backward.as_ref();
        found.extend(backward.map(|expr| (expr, &correlation.capture_target[..])));
    }
    found
}
