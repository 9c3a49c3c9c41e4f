//! A program with the lines of its limits that hold in one place.

use cage_pack::{Bound, Judge, Limit, NumberLimit, Program};

/// The program as it applies in a jurisdiction: lines for the whole country and its own. For the
/// empty text all lines stay.
pub(super) fn restrict(program: &Program, jurisdiction: &str) -> Program {
    let mut program = program.clone();
    if jurisdiction.is_empty() {
        return program;
    }
    let holds = |of: &str| of.is_empty() || of == jurisdiction;
    for rule in &mut program.rules {
        if let Judge::Aggregate(aggregate) = &mut rule.judge {
            for limit in aggregate.over.iter_mut().chain(&mut aggregate.under) {
                if let NumberLimit::Dated(lines) = limit {
                    lines.retain(|line| holds(&line.jurisdiction));
                }
            }
        }
        each_limit(&mut rule.judge, &mut |limit| {
            if let Limit::Dated(lines) = limit {
                lines.retain(|line| holds(&line.jurisdiction));
            }
        });
    }
    program
}

fn each_limit(judge: &mut Judge, each: &mut dyn FnMut(&mut Limit)) {
    let bound = |bound: &mut Bound, each: &mut dyn FnMut(&mut Limit)| {
        if let Bound::Within(limit) = bound {
            each(limit);
        }
    };
    match judge {
        Judge::Relation(relation) => {
            relation.window.not_before.iter_mut().for_each(&mut *each);
            relation
                .window
                .bound
                .iter_mut()
                .for_each(|found| bound(found, each));
        }
        Judge::Deadline(deadline) => {
            bound(&mut deadline.limit, each);
            if let Some(extension) = &mut deadline.extend {
                each(&mut extension.by);
            }
            if let Some(deemed) = &mut deadline.deemed {
                each(&mut deemed.within);
            }
        }
        Judge::Duration(duration) => {
            let limits = duration.min.iter_mut().chain(&mut duration.max);
            limits.for_each(each);
        }
        Judge::Sequence(sequence) => sequence.grace.iter_mut().for_each(each),
        Judge::Silence(silence) => each(&mut silence.every),
        Judge::Lag(lag) => each(&mut lag.max),
        Judge::Coverage(coverage) => coverage.within.iter_mut().for_each(each),
        Judge::Count { .. }
        | Judge::Init(_)
        | Judge::End(_)
        | Judge::Choice { .. }
        | Judge::Separation(_)
        | Judge::Order(_)
        | Judge::Immutable(_)
        | Judge::Aggregate(_)
        | Judge::Flow(_) => {}
    }
}
