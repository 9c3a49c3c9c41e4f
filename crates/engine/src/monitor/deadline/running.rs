//! A clock with its place in the story: what started it, how it stands, what is reported of it.

use cage_law::{Clock, DayCount, Due};
use cage_model::{EventRef, Instant, Payload, Reason};
use cage_pack::Limit;
use serde::{Deserialize, Serialize};

use crate::lists::{List, Lists, Row, Rows};
use crate::matching::Unknown;
use crate::monitor::{Breach, Changed, Emit, EmitEnd, End, OpenClock};

/// A clock with its place in the story.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    pub(super) trigger: EventRef,
    pub(super) clock: Clock,
    pub(super) row: Row,
    pub(super) changes: List,
    pub(super) standing: Standing,
    /// What could have helped, but cannot be decided.
    pub(super) doubt: Option<Unknown>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Standing {
    Running,
    /// Running though nobody started it: the first start belongs to it.
    Deemed,
    /// Reported as overdue, and not stopped yet.
    Overdue,
    /// The same of a deemed clock whose start did not come yet.
    OverdueDeemed,
}

/// A clock that starts unless somebody answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) running: Running,
    pub(super) until: Due,
    /// An answer that cannot be decided.
    pub(super) doubt: Option<Unknown>,
    /// Why it cannot be said how long the clock may run.
    pub(super) termless: Option<Unknown>,
}

impl Waiting {
    /// The clock that runs by deemed acceptance, or why it cannot be said that it does.
    pub(super) fn deem(&self, days: &DayCount) -> Result<Running, Breach> {
        let Some(unknown) = self.doubt.or(self.termless) else {
            return Ok(self.running);
        };
        Err(Breach {
            trigger: Some(self.running.trigger),
            other: None,
            at: days.expiry(self.until, self.running.clock.offset),
            reason: unknown.reason,
            payload: unknown.payload(),
        })
    }
}

impl Running {
    pub(super) fn is_overdue(&self) -> bool {
        matches!(self.standing, Standing::Overdue | Standing::OverdueDeemed)
    }

    /// The clock with what its certificate needs; `changes` is the arena of what happened to it.
    pub(super) fn told<'m>(
        &self,
        (limit, deemed_after): (Option<&'m Limit>, Option<&'m Limit>),
        changes: &Lists<Changed>,
    ) -> OpenClock<'m> {
        let is_deemed = matches!(self.standing, Standing::Deemed | Standing::OverdueDeemed);
        OpenClock {
            trigger: self.trigger,
            start: self.clock.start,
            offset: self.clock.offset,
            limit,
            deemed_after: deemed_after.filter(|_| is_deemed),
            changes: changes.iter(self.changes).copied().collect(),
        }
    }

    pub(super) fn cast_doubt(&mut self, unknown: Unknown) {
        self.doubt.get_or_insert(unknown);
    }

    /// The breach that its time is up; with the stop that came too late.
    pub(super) fn overdue(&self, stopped: Option<EventRef>, days: &DayCount) -> Breach {
        let due = self.clock.due(days);
        let due = due.map(|due| days.shown(due, self.clock.offset));
        Breach {
            trigger: Some(self.trigger),
            other: stopped,
            at: self.clock.expiry(days).max(self.trigger.at),
            reason: Reason::Overdue,
            payload: due.map_or(Payload::None, Payload::Due),
        }
    }

    /// The breach that it cannot be said whether it was stopped in time.
    pub(super) fn doubtful(&self, doubt: Unknown, at: Instant) -> Breach {
        Breach {
            trigger: Some(self.trigger),
            other: None,
            at,
            reason: doubt.reason,
            payload: doubt.payload(),
        }
    }

    /// Reports that its time is up; answers whether it stays for its stop to come.
    pub(super) fn run_out(
        &mut self,
        stopped: Option<EventRef>,
        days: &DayCount,
        out: &mut dyn Emit,
    ) -> bool {
        let breach = self.overdue(stopped, days);
        if let Some(doubt) = self.doubt {
            out.undecided(self.doubtful(doubt, breach.at));
            return false;
        }
        if stopped.is_some() {
            out.violated(breach);
            return false;
        }
        self.standing = match self.standing {
            Standing::Deemed => Standing::OverdueDeemed,
            _ => Standing::Overdue,
        };
        out.violated(breach);
        true
    }

    /// Says how it stands, without changing it.
    pub(super) fn finish(&self, end: &End<'_>, out: &mut dyn EmitEnd) {
        if self.is_overdue() {
            return;
        }
        let up = self.clock.is_past(end.now, end.days);
        if !up && !end.finite {
            return out.pending(1);
        }
        let breach = if up {
            self.overdue(None, end.days)
        } else {
            Breach {
                at: end.now.instant,
                reason: Reason::NotFollowed,
                ..self.overdue(None, end.days)
            }
        };
        match self.doubt {
            Some(doubt) => out.undecided(self.doubtful(doubt, breach.at)),
            None => out.violated(breach),
        }
    }
}

pub(super) fn release(running: Running, changes: &mut Lists<Changed>, rows: &mut Rows) {
    let mut list = running.changes;
    changes.clear(&mut list);
    rows.release(running.row);
}
