//! What a rule asks of an event's time, so that events without one are told apart.

use cage_pack::{AggregateWindow, Judge, Relation, Rule, Window};

use crate::engine::EventOrder;

/// Whether a rule can take an event that has no time. Its place is known, behind the event that
/// stands before it in the file; how long before or after another it was is not.
pub(crate) fn takes_untimed(rule: &Rule, order: EventOrder) -> bool {
    match (&rule.judge, order) {
        // These compare events of different lines of a file by their times, where times decide.
        (Judge::Order(_) | Judge::Sequence(_), EventOrder::Time) => false,
        (judge, _) => !depends_on_time(judge),
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
