//! `coverage`: an act without evidence that covers it.
//!
//! An activation is an act. It is covered when every moment from some time before to some time
//! after it lies inside evidence that fits it; several pieces together may cover it, and evidence
//! may come before the act or after it. An act that is covered is satisfied, one that is not when
//! the time for evidence has passed is violated ([`Reason::Uncovered`], with the last piece that
//! covered a part of it), and pending until then; without such a time it is pending until its
//! object ends.
//!
//! Evidence whose start, end, guard or correlation cannot be decided covers nothing for sure, but
//! leaves every act undecided that it could cover and that nothing else does.

mod watch;

use cage_law::{DayCount, Moment};
use cage_model::{Instant, Reason};
use cage_pack::{Coverage, Limit};

use crate::lists::Rows;
use crate::matching::{Fit, Guard, Match, Matcher, Unknown};
use crate::monitor::{Activities, Breach, Emit, EmitEnd, End, Monitor, Owed, Setting, Step};
use crate::slab::{Slab, Slot};
use crate::state::Damaged;
use crate::timing::{due_of, instant_of, reminder, term_of};

use watch::{Act, Evidence, Extent, Watch, WatchMemory};

/// Judges a [`Coverage`].
#[derive(Clone, Debug)]
pub(crate) struct CoverageMonitor {
    what: Matcher,
    by: Matcher,
    start: Option<Guard>,
    end: Option<Guard>,
    around: i64,
    within: Option<Limit>,
    remind_percent: Option<u8>,
    forward: Fit,
    backward: Fit,
    watches: Slab<Watch>,
    act_rows: Rows,
    evidence_rows: Rows,
}

impl CoverageMonitor {
    /// Takes a coverage into a monitor.
    pub(crate) fn new(coverage: &Coverage, setting: &mut Setting<'_>) -> Self {
        let forward = Fit::forward(&coverage.correlation, setting);
        let backward = Fit::backward(&coverage.correlation, setting);
        Self {
            what: Matcher::new(&coverage.what, setting),
            by: Matcher::new(&coverage.by, setting),
            start: coverage
                .start
                .as_ref()
                .map(|start| Guard::new(start, setting)),
            end: coverage.end.as_ref().map(|end| Guard::new(end, setting)),
            around: coverage.around,
            within: coverage.within.clone(),
            remind_percent: setting.rule.remind_percent,
            act_rows: Rows::new(forward.width()),
            evidence_rows: Rows::new(backward.width()),
            forward,
            backward,
            watches: Slab::default(),
        }
    }

    /// What the current event covers, as evidence.
    fn extent(&self, step: &Step<'_>) -> Result<Extent, Unknown> {
        let time = |guard: &Option<Guard>| match guard {
            None => Ok(step.moment.instant),
            Some(guard) => instant_of(guard.value(step)?, guard),
        };
        Ok(Extent {
            from: time(&self.start)?,
            to: time(&self.end)?,
        })
    }

    /// Takes the current event as evidence for what came before, and keeps it for what comes.
    fn prove(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        let doubt = match self.by.matches(step) {
            Match::No => return,
            Match::Yes => None,
            Match::Unknown(unknown) => Some(unknown),
        };
        let (extent, doubt) = match self.extent(step) {
            Ok(extent) => (extent, doubt),
            Err(unknown) => (Extent::ALL, doubt.or(Some(unknown))),
        };
        if extent.from > extent.to {
            return;
        }
        let watch = self.watches.entry(state, Watch::default);
        let (forward, rows) = (&self.forward, &mut self.act_rows);
        let mut settled = 0;
        for act in watch.acts_within(extent, self.around) {
            let doubt = match (forward.fits(step, rows.get(act.row)), doubt) {
                (Match::No, _) => continue,
                (Match::Unknown(unknown), doubt) => doubt.or(Some(unknown)),
                (Match::Yes, doubt) => doubt,
            };
            if act.prove(extent, step.event(), doubt) {
                out.satisfied(1);
                rows.release(act.row);
                settled += 1;
            }
        }
        watch.sweep(settled);
        if extent.to >= step.moment.instant.plus(-self.around) {
            let row = self.evidence_rows.keep(self.backward.capture(step));
            watch.evidence.push(Evidence {
                extent,
                event: step.event(),
                doubt,
                row,
            });
        }
    }

    /// Takes the current event as an act.
    fn act(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        match self.what.matches(step) {
            Match::No => return,
            Match::Unknown(unknown) => return out.undecided_trigger(unknown.of_trigger(step)),
            Match::Yes => {}
        }
        let due = match &self.within {
            None => None,
            Some(limit) => match due_of(limit, step.moment, step.offset, step.days) {
                // No line of a dated limit is in force.
                None => return,
                due => due,
            },
        };
        out.activated(1);
        let row = self.act_rows.keep(self.forward.capture(step));
        let mut act = Act::new(step.event(), step.moment, self.around, row);
        (act.offset, act.due) = (step.offset, due);
        let watch = self.watches.entry(state, Watch::default);
        for evidence in &watch.evidence {
            let kept = self.evidence_rows.get(evidence.row);
            let doubt = match (self.backward.fits(step, kept), evidence.doubt) {
                (Match::No, _) => continue,
                (Match::Unknown(unknown), doubt) => doubt.or(Some(unknown)),
                (Match::Yes, doubt) => doubt,
            };
            if act.prove(evidence.extent, evidence.event, doubt) {
                self.act_rows.release(row);
                return out.satisfied(1);
            }
        }
        watch.await_evidence(act);
    }

    /// Drops evidence that ended too early for any act to come.
    fn forget(&mut self, state: Slot, now: Moment) {
        let Some(watch) = self.watches.get_mut(state) else {
            return;
        };
        let earliest = now.instant.plus(-self.around);
        let rows = &mut self.evidence_rows;
        watch.evidence.retain(|evidence| {
            let stays = evidence.extent.to >= earliest;
            if !stays {
                rows.release(evidence.row);
            }
            stays
        });
    }

    fn is_monotone(&self) -> bool {
        matches!(self.within, Some(Limit::Fixed(_)))
    }
}

/// What is reported of an act without evidence.
fn report(act: &Act, at: Instant, out: &mut dyn Emit) {
    let breach = Breach {
        trigger: Some(act.event),
        other: act.partly,
        at,
        reason: Reason::Uncovered,
        payload: cage_model::Payload::None,
    };
    match act.doubt {
        None => out.violated(breach),
        Some(unknown) => out.undecided(Breach {
            reason: unknown.reason,
            payload: unknown.payload(),
            ..breach
        }),
    }
}

impl Monitor for CoverageMonitor {
    type State = Slot;
    type Memory = Option<WatchMemory>;

    fn activities(&self) -> Activities {
        Activities::union([self.what.activities(), self.by.activities()])
    }

    /// An event that is both may be evidence for itself.
    fn step(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        self.expire(state, &step.now(), out);
        self.forget(*state, step.moment);
        self.prove(state, step, out);
        self.act(state, step, out);
    }

    fn expire(&mut self, state: &mut Slot, now: &End<'_>, out: &mut dyn Emit) {
        let monotone = self.is_monotone();
        let Some(watch) = self.watches.get_mut(*state) else {
            return;
        };
        let mut settled = 0;
        for act in &mut watch.acts {
            match act.due.filter(|due| due.is_past(now.now)) {
                _ if act.is_settled() => {}
                None if monotone => break,
                None => {}
                Some(due) => {
                    report(act, now.days.expiry(due, act.offset), out);
                    self.act_rows.release(act.row);
                    act.settle();
                    settled += 1;
                }
            }
        }
        watch.sweep(settled);
    }

    fn next_due(&self, state: &Slot, days: &DayCount) -> Option<Instant> {
        let open = self.watches.get(*state)?.open();
        let mut due = open.filter_map(|act| Some(days.expiry(act.due?, act.offset)));
        if self.is_monotone() {
            due.next()
        } else {
            due.min()
        }
    }

    fn owed(&self, state: &Slot, days: &DayCount, each: &mut dyn FnMut(Owed)) {
        let Some(watch) = self.watches.get(*state) else {
            return;
        };
        for act in watch.open() {
            let remind = self.remind_percent.zip(self.within.as_ref());
            let remind = remind.and_then(|(percent, limit)| {
                let term = term_of(limit, act.start, act.offset, days)?;
                Some(reminder(term, percent, act.start, act.offset, days))
            });
            each(Owed {
                trigger: Some(act.event),
                due: act.due,
                remind,
                offset: act.offset,
            });
        }
    }

    fn finish(&self, state: &Slot, end: &End<'_>, out: &mut dyn EmitEnd) {
        let Some(watch) = self.watches.get(*state) else {
            return;
        };
        for act in watch.open() {
            match act.due.filter(|due| due.is_past(end.now)) {
                Some(due) => report(act, end.days.expiry(due, act.offset), out),
                None if end.finite => report(act, end.now.instant, out),
                None => out.pending(1),
            }
        }
    }

    fn reset(&mut self, state: &mut Slot) {
        if let Some(watch) = self.watches.take(state) {
            watch.open().for_each(|act| self.act_rows.release(act.row));
            for evidence in watch.evidence {
                self.evidence_rows.release(evidence.row);
            }
        }
    }

    fn recall(&self, state: &Slot) -> Option<WatchMemory> {
        let watch = self.watches.get(*state)?;
        WatchMemory::of(watch, &self.act_rows, &self.evidence_rows)
    }

    fn remember(&mut self, memory: Option<WatchMemory>) -> Result<Slot, Damaged> {
        let rows = (&mut self.act_rows, &mut self.evidence_rows);
        let watch = memory
            .map(|memory| memory.watch(rows.0, rows.1))
            .transpose()?;
        Ok(self.watches.keep(watch))
    }

    fn bytes(&self) -> usize {
        self.watches.bytes()
            + self.watches.iter().map(Watch::bytes).sum::<usize>()
            + self.act_rows.bytes()
            + self.evidence_rows.bytes()
    }
}

#[cfg(test)]
mod tests;
