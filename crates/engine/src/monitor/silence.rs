//! `silence`: an expected heartbeat did not come.
//!
//! An activation is an expectation: from each heartbeat (or the event from which heartbeats are
//! expected) the next is expected in time. It is satisfied by the next heartbeat, or by the event
//! that ends the expectation; violated when the time passes ([`Reason::Silent`]), once for each
//! gap, and the heartbeat that ends the gap is added to the finding; pending until then. Where an
//! object is taken to end, an expectation whose time is not up ends with it and is satisfied.
//!
//! A heartbeat that cannot be decided leaves the expectation undecided if no sure one comes in
//! time; an undecided end of the expectation does so until a sure beginning or end.

use cage_law::{DayCount, Due, Moment};
use cage_model::{EventRef, Instant, Payload, Reason};
use cage_pack::{Limit, Silence};
use serde::{Deserialize, Serialize};

use crate::matching::{Match, Matcher, Unknown};
use crate::monitor::{Activities, Breach, Emit, EmitEnd, End, Monitor, Owed, Setting, Step};
use crate::slab::{Slab, Slot};
use crate::state::Damaged;
use crate::timing::{due_of, reminder, term_of};

/// Judges a [`Silence`].
#[derive(Clone, Debug)]
pub(crate) struct SilenceMonitor {
    what: Matcher,
    every: Limit,
    during: Option<(Matcher, Matcher)>,
    remind_percent: Option<u8>,
    watches: Slab<Watch>,
}

/// What is kept for one object.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Watch {
    /// Whether heartbeats are expected.
    on: bool,
    /// Why they may not be expected any more.
    ended: Option<Unknown>,
    expected: Option<Expected>,
}

/// A heartbeat that is expected.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Expected {
    /// The last heartbeat, or the event from which they are expected.
    since: EventRef,
    start: Moment,
    offset: i16,
    due: Due,
    reported: bool,
    /// A heartbeat that cannot be decided.
    doubt: Option<Unknown>,
}

impl Expected {
    fn silent(&self, heard: Option<EventRef>, days: &DayCount) -> Breach {
        let due = days.shown(self.due, self.offset);
        let since = |instant: Instant| instant.0.saturating_sub(self.start.instant.0);
        Breach {
            trigger: Some(self.since),
            other: heard,
            at: days.expiry(self.due, self.offset),
            reason: Reason::Silent,
            payload: match heard {
                None => Payload::Due(due),
                Some(heard) => Payload::Span {
                    measured: since(heard.at),
                    limit: since(due),
                },
            },
        }
    }

    /// Why it cannot be said that nothing was heard.
    fn doubtful(&self, ended: Option<Unknown>, days: &DayCount) -> Option<Breach> {
        let unknown = self.doubt.or(ended)?;
        Some(Breach {
            reason: unknown.reason,
            payload: unknown.payload(),
            ..self.silent(None, days)
        })
    }
}

impl SilenceMonitor {
    /// Takes a heartbeat into a monitor.
    pub(crate) fn new(silence: &Silence, setting: &mut Setting<'_>) -> Self {
        let during = silence.during.as_ref();
        Self {
            what: Matcher::new(&silence.what, setting),
            every: silence.every.clone(),
            during: during
                .map(|(from, to)| (Matcher::new(from, setting), Matcher::new(to, setting))),
            remind_percent: setting.rule.remind_percent,
            watches: Slab::default(),
        }
    }

    /// Expects the next heartbeat from the current event on.
    fn expect(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        let due = due_of(&self.every, step.moment, step.offset, step.days);
        let expected = due.map(|due| Expected {
            since: step.event(),
            start: step.moment,
            offset: step.offset,
            due,
            reported: false,
            doubt: None,
        });
        out.activated(u64::from(expected.is_some()));
        if let Some(watch) = self.watches.get_mut(*state) {
            watch.expected = expected;
        }
    }

    /// Settles what was expected by a sure event: a heartbeat, or the end of the expectation.
    fn settle(watch: &mut Watch, heard: Option<EventRef>, now: &End<'_>, out: &mut dyn Emit) {
        let Some(expected) = watch.expected.take() else {
            return;
        };
        if expected.reported {
            if heard.is_some() {
                out.amended(expected.silent(heard, now.days));
            }
        } else if !expected.due.is_past(now.now) {
            out.satisfied(1);
        } else if let Some(breach) = expected.doubtful(watch.ended, now.days) {
            out.undecided(breach);
        } else {
            out.violated(expected.silent(heard, now.days));
        }
    }

    fn heard(&mut self, state: &mut Slot, what: Match, step: &Step<'_>, out: &mut dyn Emit) {
        match what {
            Match::No => {}
            Match::Unknown(unknown) => match self.watches.get_mut(*state) {
                Some(watch) => {
                    if let Some(expected) = &mut watch.expected {
                        expected.doubt.get_or_insert(unknown);
                    }
                }
                // The first heartbeat begins it all.
                None if self.during.is_none() => out.undecided_trigger(unknown.of_trigger(step)),
                None => {}
            },
            Match::Yes => {
                if self.during.is_none() {
                    self.watches.entry(state, || Watch {
                        on: true,
                        ended: None,
                        expected: None,
                    });
                }
                if let Some(watch) = self.watches.get_mut(*state)
                    && watch.on
                {
                    Self::settle(watch, Some(step.event()), &step.now(), out);
                    self.expect(state, step, out);
                }
            }
        }
    }

    fn begin_or_end(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        let Some((from, to)) = &self.during else {
            return;
        };
        let (from, to) = (from.matches(step), to.matches(step));
        if let Some(watch) = self.watches.get_mut(*state) {
            match to {
                Match::No => {}
                Match::Unknown(unknown) if watch.on => watch.ended = Some(unknown),
                Match::Unknown(_) => {}
                Match::Yes => {
                    Self::settle(watch, None, &step.now(), out);
                    (watch.on, watch.ended) = (false, None);
                }
            }
        }
        match from {
            Match::No => {}
            Match::Unknown(unknown) => {
                let on = self.watches.get(*state).is_some_and(|watch| watch.on);
                if !on {
                    out.undecided_trigger(unknown.of_trigger(step));
                }
            }
            Match::Yes => {
                let watch = self.watches.entry(state, || Watch {
                    on: false,
                    ended: None,
                    expected: None,
                });
                watch.ended = None;
                if !watch.on {
                    watch.on = true;
                    self.expect(state, step, out);
                }
            }
        }
    }
}

impl Monitor for SilenceMonitor {
    type State = Slot;
    type Memory = Option<Watch>;

    fn activities(&self) -> Activities {
        let mut parts = vec![self.what.activities()];
        if let Some((from, to)) = &self.during {
            parts.extend([from.activities(), to.activities()]);
        }
        Activities::union(parts)
    }

    /// An event that plays several parts is first the heartbeat, then the end, then the beginning.
    fn step(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        let what = self.what.matches(step);
        if what != Match::Yes {
            self.expire(state, &step.now(), out);
        }
        self.heard(state, what, step, out);
        self.begin_or_end(state, step, out);
    }

    fn expire(&mut self, state: &mut Slot, now: &End<'_>, out: &mut dyn Emit) {
        let Some(watch) = self.watches.get_mut(*state) else {
            return;
        };
        let ended = watch.ended;
        let Some(expected) = &mut watch.expected else {
            return;
        };
        if expected.reported || !expected.due.is_past(now.now) {
            return;
        }
        if let Some(breach) = expected.doubtful(ended, now.days) {
            out.undecided(breach);
            watch.expected = None;
        } else {
            out.violated(expected.silent(None, now.days));
            expected.reported = true;
        }
    }

    fn next_due(&self, state: &Slot, days: &DayCount) -> Option<Instant> {
        let expected = self.watches.get(*state)?.expected?;
        (!expected.reported).then(|| days.expiry(expected.due, expected.offset))
    }

    fn owed(&self, state: &Slot, days: &DayCount, each: &mut dyn FnMut(Owed)) {
        let Some(expected) = self.watches.get(*state).and_then(|watch| watch.expected) else {
            return;
        };
        if !expected.reported {
            let (start, offset) = (expected.start, expected.offset);
            let remind = self.remind_percent.and_then(|percent| {
                let term = term_of(&self.every, start, offset, days)?;
                Some(reminder(term, percent, start, offset, days))
            });
            each(Owed {
                trigger: Some(expected.since),
                due: Some(expected.due),
                remind,
                offset,
            });
        }
    }

    fn finish(&self, state: &Slot, end: &End<'_>, out: &mut dyn EmitEnd) {
        let Some(watch) = self.watches.get(*state) else {
            return;
        };
        let Some(expected) = watch.expected.filter(|expected| !expected.reported) else {
            return;
        };
        if !expected.due.is_past(end.now) {
            match end.finite {
                true => out.possibly_satisfied(1),
                false => out.pending(1),
            }
        } else if let Some(breach) = expected.doubtful(watch.ended, end.days) {
            out.undecided(breach);
        } else {
            out.violated(expected.silent(None, end.days));
        }
    }

    fn reset(&mut self, state: &mut Slot) {
        self.watches.take(state);
    }

    fn recall(&self, state: &Slot) -> Option<Watch> {
        self.watches.get(*state).copied()
    }

    fn remember(&mut self, memory: Option<Watch>) -> Result<Slot, Damaged> {
        Ok(self.watches.keep(memory))
    }

    fn bytes(&self) -> usize {
        self.watches.bytes()
    }
}

#[cfg(test)]
mod tests;
