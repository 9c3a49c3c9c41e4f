//! Who works in the office.

use cage_model::Instant;

/// Somebody who handles cases.
pub(super) struct Worker {
    pub(super) id: String,
    /// Work done per unit of time, in percent of the usual.
    pub(super) skill: i64,
    pub(super) free_at: Instant,
}

/// Who does a piece of work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pool {
    Clerks,
    Reviewers,
    Approvers,
    /// Done at once beside the queue, as favours are.
    Idle,
}

pub(super) fn staff(prefix: &str, count: usize) -> Vec<Worker> {
    let worker = |index| Worker {
        id: format!("{prefix}{}", index + 1),
        skill: 90 + 10 * index as i64,
        free_at: Instant::MIN,
    };
    (0..count).map(worker).collect()
}
