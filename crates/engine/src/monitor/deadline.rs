//! `deadline`: a legal clock with pauses, extensions and deemed acceptance.
//!
//! An activation is a clock: each start runs one, and so does each deemed acceptance once the time
//! for an answer has passed. A clock is satisfied by a stop in time, violated when its time is up
//! ([`Reason::Overdue`]), pending while it runs or stands still. A stop that comes too late is
//! added to the finding. An event that could have helped but cannot be decided (a stop, a pause, an
//! extension whose guard lacks data) leaves the clock undecided if its time then passes.
//!
//! How a clock counts is said by [`cage_law::Clock`].

mod memory;
mod packed;
mod running;
mod work;

use cage_law::{Clock, DayCount};
use cage_model::Instant;
use cage_pack::{Bound, Deadline, Limit};

use crate::lists::{List, Lists, Row, Rows};
use crate::matching::{Fit, Guard, Match, Matcher, Unknown};
use crate::monitor::{
    Activities, Breach, Changed, Emit, EmitEnd, End, Monitor, OpenClock, Owed, Setting, Step,
};
use crate::state::Damaged;
use crate::timing::{due_of, instant_of, term_of};

use memory::{DeadlineMemory, RunningMemory, WaitingMemory};
use packed::Packed;
use running::{Running, Standing, Waiting, release};
use work::{Parts, Work, Worked};

/// Judges a [`Deadline`].
#[derive(Clone, Debug)]
pub(crate) struct DeadlineMonitor {
    start: Matcher,
    stop: Matcher,
    pause: Matcher,
    resume: Matcher,
    extend: Option<(Matcher, Limit)>,
    deemed: Option<Deemed>,
    term: Term,
    remind_percent: Option<u8>,
    fit: Fit,
    arenas: Arenas,
}

/// How long a clock may run.
#[derive(Clone, Debug)]
enum Term {
    Within(Limit),
    Until(Guard),
}

#[derive(Clone, Debug)]
struct Deemed {
    after: Matcher,
    within: Limit,
    unless: Matcher,
}

#[derive(Clone, Debug)]
struct Arenas {
    clocks: Lists<Packed>,
    waiting: Lists<Waiting>,
    changes: Lists<Changed>,
    rows: Rows,
}

impl Arenas {
    /// The clocks of an object.
    fn running(&self, clocks: List) -> impl Iterator<Item = Running> {
        let packed = self.clocks.iter(clocks);
        packed.map(|packed| packed.open(&self.changes))
    }
}

/// What is kept for one object: its clocks, and those that may start by themselves.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct DeadlineState {
    clocks: List,
    waiting: List,
}

impl DeadlineMonitor {
    /// Takes a deadline into a monitor.
    pub(crate) fn new(deadline: &Deadline, setting: &mut Setting<'_>) -> Self {
        let fit = Fit::forward(&deadline.correlation, setting);
        let arenas = Arenas {
            clocks: Lists::default(),
            waiting: Lists::default(),
            changes: Lists::default(),
            rows: Rows::new(fit.width()),
        };
        let extend = deadline.extend.as_ref();
        let deemed = deadline.deemed.as_ref();
        Self {
            start: Matcher::new(&deadline.start, setting),
            stop: Matcher::new(&deadline.stop, setting),
            pause: Matcher::new(&deadline.pause, setting),
            resume: Matcher::new(&deadline.resume, setting),
            extend: extend.map(|grant| (Matcher::new(&grant.what, setting), grant.by.clone())),
            deemed: deemed.map(|deemed| Deemed {
                after: Matcher::new(&deemed.after, setting),
                within: deemed.within.clone(),
                unless: Matcher::new(&deemed.unless, setting),
            }),
            term: match &deadline.limit {
                Bound::Within(limit) => Term::Within(limit.clone()),
                Bound::Until(expr) => Term::Until(Guard::new(expr, setting)),
            },
            remind_percent: setting.rule.remind_percent,
            fit,
            arenas,
        }
    }

    fn parts(&self, step: &Step<'_>) -> Parts {
        Parts {
            stop: self.stop.matches(step),
            resume: self.resume.matches(step),
            pause: self.pause.matches(step),
            extend: match &self.extend {
                None => Match::No,
                Some((what, _)) => what.matches(step),
            },
        }
    }

    /// The clock that the current event starts; `None` when no limit is in force.
    fn clock(&self, step: &Step<'_>) -> Result<Option<Clock>, Unknown> {
        let (start, offset) = (step.moment, step.offset);
        Ok(match &self.term {
            Term::Within(limit) => term_of(limit, start, offset, step.days)
                .map(|term| Clock::of_term(start, term, offset, step.days)),
            Term::Until(until) => {
                let instant = instant_of(until.value(step)?, until)?;
                Some(Clock::until(start, instant, offset))
            }
        })
    }

    fn running(&mut self, clock: Clock, standing: Standing, step: &Step<'_>) -> Running {
        Running {
            trigger: step.event(),
            clock,
            row: self.arenas.rows.keep(self.fit.capture(step)),
            changes: List::default(),
            standing,
            doubt: None,
        }
    }

    /// Starts a clock by the current event.
    fn start(&mut self, state: &mut DeadlineState, step: &Step<'_>, out: &mut dyn Emit) {
        match self.start.matches(step) {
            Match::No => return,
            Match::Unknown(unknown) => return out.undecided_trigger(unknown.of_trigger(step)),
            Match::Yes => {}
        }
        if self.belongs_to_deemed(state) {
            return;
        }
        match self.clock(step) {
            Ok(None) => {}
            Ok(Some(clock)) => {
                out.activated(1);
                let running = self.running(clock, Standing::Running, step);
                let packed = Packed::of(&running);
                self.arenas.clocks.push(&mut state.clocks, packed);
                // An instant that the start brings may be past already.
                if clock.is_past(step.moment, step.days) {
                    self.expire(state, &step.now(), out);
                }
            }
            Err(unknown) => {
                out.activated(1);
                out.undecided(unknown.of_trigger(step));
            }
        }
    }

    /// Whether a clock runs by deemed acceptance and lacks its start: then this is it.
    fn belongs_to_deemed(&mut self, state: &mut DeadlineState) -> bool {
        if self.deemed.is_none() {
            return false;
        }
        let mut found = false;
        let Arenas {
            clocks, changes, ..
        } = &mut self.arenas;
        clocks.retain(&mut state.clocks, |packed| {
            let mut running = packed.open(changes);
            let standing = match running.standing {
                Standing::Deemed => Standing::Running,
                Standing::OverdueDeemed => Standing::Overdue,
                other => other,
            };
            if !found && standing != running.standing {
                running.standing = standing;
                *packed = Packed::of(&running);
                found = true;
            }
            true
        });
        found
    }

    /// Waits for the answer to the current event, or takes the current event as the answer.
    fn await_answer(&mut self, state: &mut DeadlineState, step: &Step<'_>, out: &mut dyn Emit) {
        let Some(deemed) = &self.deemed else {
            return;
        };
        let arenas = &mut self.arenas;
        match deemed.unless.matches(step) {
            Match::No => {}
            Match::Yes => {
                while let Some(waiting) = arenas.waiting.pop(&mut state.waiting) {
                    release(waiting.running, &mut arenas.changes, &mut arenas.rows);
                }
            }
            Match::Unknown(unknown) => arenas.waiting.retain(&mut state.waiting, |waiting| {
                waiting.doubt.get_or_insert(unknown);
                true
            }),
        }
        match deemed.after.matches(step) {
            Match::No => return,
            Match::Unknown(unknown) => return out.undecided_trigger(unknown.of_trigger(step)),
            Match::Yes => {}
        }
        let Some(until) = due_of(&deemed.within, step.moment, step.offset, step.days) else {
            return;
        };
        let (clock, termless) = match self.clock(step) {
            Ok(None) => return,
            Ok(Some(clock)) => (clock, None),
            Err(unknown) => {
                let never = Clock::until(step.moment, Instant::MAX, step.offset);
                (never, Some(unknown))
            }
        };
        let waiting = Waiting {
            running: self.running(clock, Standing::Deemed, step),
            until,
            doubt: None,
            termless,
        };
        self.arenas.waiting.push(&mut state.waiting, waiting);
    }

    /// Runs the clocks whose answer is overdue.
    fn deem(&mut self, state: &mut DeadlineState, now: &End<'_>, out: &mut dyn Emit) {
        let Arenas {
            clocks,
            waiting,
            changes,
            rows,
        } = &mut self.arenas;
        waiting.retain(&mut state.waiting, |waiting| {
            if !waiting.until.is_past(now.now) {
                return true;
            }
            match waiting.deem(now.days) {
                Ok(running) => {
                    out.activated_since(running.clock.start);
                    clocks.push(&mut state.clocks, Packed::of(&running));
                }
                Err(breach) => {
                    out.undecided_trigger(breach);
                    release(waiting.running, changes, rows);
                }
            }
            false
        });
    }

    /// Lets the current event work on every clock that it fits.
    fn work(&mut self, state: &mut DeadlineState, step: &Step<'_>, out: &mut dyn Emit) {
        let parts = self.parts(step);
        let Self {
            fit,
            extend,
            arenas,
            ..
        } = self;
        let Arenas {
            clocks,
            waiting,
            changes,
            rows,
        } = arenas;
        let fits = |row: Row, rows: &Rows| match parts.any() {
            true => fit.fits(step, rows.get(row)),
            false => Match::No,
        };
        let grant = extend.as_ref().map(|(_, by)| by);
        let work = |fits: Match| Work {
            parts: &parts,
            fits,
            grant,
            step,
        };
        clocks.retain(&mut state.clocks, |packed| {
            let mut running = packed.open(changes);
            match work(fits(running.row, rows)).work(&mut running, changes, out) {
                Worked::Stays => {
                    *packed = Packed::of(&running);
                    return true;
                }
                Worked::Settled => {}
                Worked::Stopped => out.satisfied(1),
                Worked::Undecided(unknown) => out.undecided(Breach {
                    trigger: Some(running.trigger),
                    other: Some(step.event()),
                    ..unknown.of_trigger(step)
                }),
            }
            release(running, changes, rows);
            false
        });
        waiting.retain(&mut state.waiting, |waiting| {
            let running = &mut waiting.running;
            match work(fits(running.row, rows)).change(running, changes) {
                Worked::Stays => return true,
                Worked::Undecided(unknown) => {
                    waiting.termless.get_or_insert(unknown);
                    return true;
                }
                // What was finished before the answer was overdue needs no clock.
                Worked::Stopped | Worked::Settled => {}
            }
            release(*running, changes, rows);
            false
        });
    }
}

impl Monitor for DeadlineMonitor {
    type State = DeadlineState;
    type Memory = DeadlineMemory;

    fn activities(&self) -> Activities {
        let mut parts = vec![&self.start, &self.stop, &self.pause, &self.resume];
        parts.extend(self.extend.as_ref().map(|(what, _)| what));
        if let Some(deemed) = &self.deemed {
            parts.extend([&deemed.after, &deemed.unless]);
        }
        Activities::union(parts.into_iter().map(Matcher::activities))
    }

    /// An event that plays several parts plays them in this order: stop, resume, extension, pause,
    /// answer, start.
    fn step(&mut self, state: &mut DeadlineState, step: &Step<'_>, out: &mut dyn Emit) {
        if !state.waiting.is_empty() {
            self.deem(state, &step.now(), out);
        }
        if !state.clocks.is_empty() || !state.waiting.is_empty() {
            self.work(state, step, out);
        }
        self.await_answer(state, step, out);
        self.start(state, step, out);
    }

    fn expire(&mut self, state: &mut DeadlineState, now: &End<'_>, out: &mut dyn Emit) {
        self.deem(state, now, out);
        let Arenas {
            clocks,
            changes,
            rows,
            ..
        } = &mut self.arenas;
        clocks.retain(&mut state.clocks, |packed| {
            let mut running = packed.open(changes);
            if running.is_overdue() || !running.clock.is_past(now.now, now.days) {
                return true;
            }
            let stays = running.run_out(None, now.days, out);
            if stays {
                *packed = Packed::of(&running);
            } else {
                release(running, changes, rows);
            }
            stays
        });
    }

    fn next_due(&self, state: &DeadlineState, days: &DayCount) -> Option<Instant> {
        let clocks = self.arenas.running(state.clocks);
        let running = clocks.filter(|running| !running.is_overdue() && !running.clock.is_paused());
        let running = running.map(|running| running.clock.expiry(days));
        let waiting = self.arenas.waiting.iter(state.waiting);
        let waiting =
            waiting.map(|waiting| days.expiry(waiting.until, waiting.running.clock.offset));
        running.chain(waiting).min()
    }

    fn owed(&self, state: &DeadlineState, days: &DayCount, each: &mut dyn FnMut(Owed)) {
        for running in self.arenas.running(state.clocks) {
            if running.is_overdue() {
                continue;
            }
            let (start, offset) = (running.clock.start, running.clock.offset);
            let term = match &self.term {
                Term::Within(limit) => term_of(limit, start, offset, days),
                Term::Until(_) => None,
            };
            let remind = self.remind_percent.zip(term).and_then(|(percent, term)| {
                let changes = self.arenas.changes.iter(running.changes);
                let changes = changes.map(|changed| changed.change);
                Clock::reminder(start, offset, (term, percent), changes, days)
            });
            each(Owed {
                trigger: Some(running.trigger),
                due: running.clock.due(days),
                remind,
                offset,
            });
        }
    }

    fn clocks(&self, state: &DeadlineState, each: &mut dyn FnMut(OpenClock<'_>)) {
        let limit = match &self.term {
            Term::Within(limit) => Some(limit),
            Term::Until(_) => None,
        };
        let deemed_after = self.deemed.as_ref().map(|deemed| &deemed.within);
        for running in self.arenas.running(state.clocks) {
            each(running.told((limit, deemed_after), &self.arenas.changes));
        }
    }

    fn finish(&self, state: &DeadlineState, end: &End<'_>, out: &mut dyn EmitEnd) {
        for running in self.arenas.running(state.clocks) {
            running.finish(end, out);
        }
        for waiting in self.arenas.waiting.iter(state.waiting) {
            if !waiting.until.is_past(end.now) {
                continue;
            }
            match waiting.deem(end.days) {
                Ok(running) => {
                    out.activated_since(running.clock.start);
                    running.finish(end, out);
                }
                Err(breach) => out.undecided_trigger(breach),
            }
        }
    }

    fn reset(&mut self, state: &mut DeadlineState) {
        let arenas = &mut self.arenas;
        while let Some(packed) = arenas.clocks.pop(&mut state.clocks) {
            let running = packed.open(&arenas.changes);
            release(running, &mut arenas.changes, &mut arenas.rows);
        }
        while let Some(waiting) = arenas.waiting.pop(&mut state.waiting) {
            release(waiting.running, &mut arenas.changes, &mut arenas.rows);
        }
    }

    fn recall(&self, state: &DeadlineState) -> DeadlineMemory {
        let Arenas {
            waiting,
            changes,
            rows,
            ..
        } = &self.arenas;
        let running = self.arenas.running(state.clocks);
        let waiting = waiting.iter(state.waiting);
        DeadlineMemory {
            running: running
                .map(|running| RunningMemory::of(&running, changes, rows))
                .collect(),
            waiting: waiting
                .map(|waiting| WaitingMemory::of(waiting, changes, rows))
                .collect(),
        }
    }

    fn remember(&mut self, memory: DeadlineMemory) -> Result<DeadlineState, Damaged> {
        let Arenas {
            clocks,
            waiting,
            changes,
            rows,
        } = &mut self.arenas;
        let mut state = DeadlineState::default();
        for running in memory.running {
            let running = running.running(changes, rows)?;
            clocks.push(&mut state.clocks, Packed::of(&running));
        }
        for one in memory.waiting {
            waiting.push(&mut state.waiting, one.waiting(changes, rows)?);
        }
        Ok(state)
    }

    fn bytes(&self) -> usize {
        let arenas = &self.arenas;
        arenas.clocks.bytes()
            + arenas.waiting.bytes()
            + arenas.changes.bytes()
            + arenas.rows.bytes()
    }

    fn warms(&self) -> bool {
        true
    }

    fn warm(&self, state: &DeadlineState) {
        std::hint::black_box(self.arenas.clocks.first(state.clocks).copied());
    }
}

#[cfg(test)]
mod tests;
