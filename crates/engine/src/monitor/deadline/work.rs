//! What one event does to one clock.

use cage_law::Change;
use cage_pack::Limit;

use super::running::Running;
use crate::lists::Lists;
use crate::matching::{Match, Unknown};
use crate::monitor::{Changed, Emit, Step};
use crate::timing::term_of;

/// What the current event is to clocks.
pub(super) struct Parts {
    pub(super) stop: Match,
    pub(super) resume: Match,
    pub(super) pause: Match,
    pub(super) extend: Match,
}

impl Parts {
    pub(super) fn any(&self) -> bool {
        let all = [self.stop, self.resume, self.pause, self.extend];
        all.iter().any(|part| *part != Match::No)
    }
}

/// What the current event does to a clock.
pub(super) enum Worked {
    /// It stays.
    Stays,
    /// It was stopped in time.
    Stopped,
    /// It cannot be said how it stands, now or ever.
    Undecided(Unknown),
    /// It was settled, and reported.
    Settled,
}

/// The current event and one clock.
pub(super) struct Work<'a> {
    pub(super) parts: &'a Parts,
    pub(super) fits: Match,
    pub(super) grant: Option<&'a Limit>,
    pub(super) step: &'a Step<'a>,
}

impl Work<'_> {
    /// Whether the event plays a part for this clock.
    fn plays(&self, part: Match) -> Match {
        match (part, self.fits) {
            (Match::No, _) | (_, Match::No) => Match::No,
            (Match::Yes, Match::Yes) => Match::Yes,
            (Match::Unknown(unknown), _) | (_, Match::Unknown(unknown)) => Match::Unknown(unknown),
        }
    }

    /// Works on a clock that is activated.
    pub(super) fn work(
        &self,
        running: &mut Running,
        changes: &mut Lists<Changed>,
        out: &mut dyn Emit,
    ) -> Worked {
        let stopped = self.plays(self.parts.stop) == Match::Yes;
        let days = self.step.days;
        if running.is_overdue() {
            if !stopped {
                return Worked::Stays;
            }
            out.amended(running.overdue(Some(self.step.event()), days));
            return Worked::Settled;
        }
        if !running.clock.is_past(self.step.moment, days) {
            return self.change(running, changes);
        }
        let stop = stopped.then(|| self.step.event());
        match running.run_out(stop, days, out) {
            true => Worked::Stays,
            false => Worked::Settled,
        }
    }

    /// Stops, pauses, resumes or lengthens a clock whose time is not up.
    pub(super) fn change(&self, running: &mut Running, changes: &mut Lists<Changed>) -> Worked {
        let moment = self.step.moment;
        match self.plays(self.parts.stop) {
            Match::Yes => return Worked::Stopped,
            Match::Unknown(unknown) => running.cast_doubt(unknown),
            Match::No => {}
        }
        // What is past without being activated yet is not helped by a pause any more.
        if running.clock.is_past(moment, self.step.days) {
            return Worked::Stays;
        }
        match self.plays(self.parts.resume) {
            Match::Yes if running.clock.is_paused() => {
                self.apply(running, Change::Resume(moment), changes);
            }
            Match::Unknown(unknown) if running.clock.is_paused() => {
                // It runs or stands still: no later event can decide that.
                return Worked::Undecided(unknown);
            }
            _ => {}
        }
        match self.plays(self.parts.extend) {
            Match::Yes => {
                let (start, offset) = (running.clock.start, running.clock.offset);
                let by = self.grant;
                let by = by.and_then(|by| term_of(by, start, offset, self.step.days));
                if let Some(term) = by {
                    self.apply(running, Change::Extend(term.span), changes);
                }
            }
            Match::Unknown(unknown) => running.cast_doubt(unknown),
            Match::No => {}
        }
        match self.plays(self.parts.pause) {
            Match::Yes => self.apply(running, Change::Pause(moment), changes),
            Match::Unknown(unknown) => running.cast_doubt(unknown),
            Match::No => {}
        }
        Worked::Stays
    }

    fn apply(&self, running: &mut Running, change: Change, changes: &mut Lists<Changed>) {
        running.clock.apply(change, self.step.days);
        let changed = Changed {
            change,
            by: self.step.event(),
            date: self.step.moment.date,
        };
        changes.push(&mut running.changes, changed);
    }
}
