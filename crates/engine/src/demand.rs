//! What a rule asks of an event's time, so that events without one are told apart.

use cage_pack::{AggregateWindow, Judge, Relation, Rule, Template, Window};

use crate::engine::EventOrder;

/// Whether a rule can take an event that has no time.
pub(crate) fn takes_untimed(rule: &Rule, order: EventOrder) -> bool {
    match order {
        // Its place among the other events is not known.
        EventOrder::Time => !depends_on_order(&rule.judge),
        EventOrder::File => !depends_on_time(&rule.judge),
    }
}

fn depends_on_order(judge: &Judge) -> bool {
    match judge {
        Judge::Count { .. } | Judge::Choice { .. } | Judge::Separation(_) => false,
        Judge::Relation(relation) => {
            !is_open(&relation.window)
                || !matches!(
                    relation.template,
                    Template::RespondedExistence
                        | Template::CoExistence
                        | Template::NotRespondedExistence
                        | Template::NotCoExistence
                )
        }
        _ => true,
    }
}

fn depends_on_time(judge: &Judge) -> bool {
    match judge {
        Judge::Relation(relation) => {
            let Relation { window, .. } = &**relation;
            !is_open(window)
        }
        Judge::Sequence(sequence) => sequence.grace.is_some(),
        Judge::Aggregate(aggregate) => aggregate.window != AggregateWindow::Whole,
        Judge::Deadline(_)
        | Judge::Duration(_)
        | Judge::Silence(_)
        | Judge::Lag(_)
        | Judge::Coverage(_) => true,
        Judge::Count { .. }
        | Judge::Init(_)
        | Judge::End(_)
        | Judge::Choice { .. }
        | Judge::Separation(_)
        | Judge::Order(_)
        | Judge::Immutable(_)
        | Judge::Flow(_) => false,
    }
}

fn is_open(window: &Window) -> bool {
    window.not_before.is_none() && window.bound.is_none()
}
