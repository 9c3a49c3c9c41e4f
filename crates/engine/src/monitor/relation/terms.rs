//! What a relation demands of a pair of events, and of an event that begins an activation.

use cage_law::{DayCount, Due};
use cage_model::Instant;

use super::judge::{Case, Found, Meeting, Waiting};
use super::kept::{Doubt, Entry, Extra, Standing};
use super::shape::{Look, Reach, Shape};
use crate::lists::Rows;
use crate::matching::{Fit, Match, Unknown};
use crate::monitor::{Emit, Step};
use crate::timing::{Allowed, TimeWindow};

/// Which end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Which {
    When,
    Then,
}

/// The current event, as both ends see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival<'s> {
    pub(super) step: &'s Step<'s>,
    pub(super) when: Match,
    pub(super) then: Match,
    /// As a `when`: the latest moment that it brings.
    pub(super) until: Result<Option<Instant>, Unknown>,
    /// As a `when`: what its window allows; `None` where no line is in force for it, so that the
    /// rule does not apply to it. Where the instant is missing, what else is known.
    pub(super) allowed: Option<Allowed>,
}

impl Arrival<'_> {
    /// Whether the event plays the part of this end.
    pub(super) const fn as_end(&self, which: Which) -> Match {
        match which {
            Which::When => self.when,
            Which::Then => self.then,
        }
    }

    /// Whether it plays the part of the other end.
    pub(super) const fn opposite(&self, which: Which) -> Match {
        match which {
            Which::When => self.then,
            Which::Then => self.when,
        }
    }

    pub(super) fn doubt(&self, unknown: Unknown) -> Doubt {
        Doubt {
            unknown,
            event: self.step.event(),
        }
    }
}

/// What a relation demands.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) shape: Shape,
    pub(super) window: TimeWindow,
}

impl Terms {
    pub(super) const fn look(&self, which: Which) -> Look {
        match which {
            Which::When => self.shape.when,
            Which::Then => self.shape.then,
        }
    }

    /// Where activations of the other end look.
    pub(super) const fn opposite_look(&self, which: Which) -> Look {
        match which {
            Which::When => self.shape.then,
            Which::Then => self.shape.when,
        }
    }

    /// What the window of a remembered `when` allows; all, where no line is in force for it.
    #[inline]
    pub(super) fn allowed(&self, when: &Entry, days: &DayCount) -> Allowed {
        let allowed = self
            .window
            .after_kept(when.moment(), when.offset, when.until.get(), days);
        allowed.unwrap_or_default()
    }

    /// The last moment at which the other end can still come.
    #[inline]
    pub(super) fn due(&self, which: Which, entry: &Entry, days: &DayCount) -> Option<Due> {
        if self.window.is_always() {
            return None;
        }
        match which {
            Which::When => self.allowed(entry, days).due,
            Which::Then => self.window.last_reach(entry.moment(), entry.offset, days),
        }
    }

    /// Whether of two events of this end the later one fits whatever the earlier one still fits, as
    /// far as the window goes.
    pub(super) fn prefers_recent(&self, which: Which) -> bool {
        match which {
            Which::When => self.window.prefers_recent_trigger(),
            Which::Then => self.window.prefers_recent(),
        }
    }

    /// Whether the current event fits a remembered one of this end.
    pub(super) fn fits(
        &self,
        side: (Which, &Fit),
        earlier: &Entry,
        rows: &Rows,
        now: &Arrival<'_>,
    ) -> Match {
        let (which, fit) = side;
        let matched = now.opposite(which);
        if matched == Match::No {
            return Match::No;
        }
        let inside = self.holds(which, earlier, now);
        if inside == Match::No {
            return Match::No;
        }
        let fitting = fit.fits(now.step, rows.get(earlier.row));
        match (matched, inside, fitting) {
            (_, _, Match::No) => Match::No,
            (unknown @ Match::Unknown(_), ..)
            | (_, unknown @ Match::Unknown(_), _)
            | (_, _, unknown) => unknown,
        }
    }

    /// Whether the window of the pair's `when` holds the moment of its `then`.
    #[inline]
    pub(super) fn holds(&self, which: Which, earlier: &Entry, now: &Arrival<'_>) -> Match {
        if self.window.is_always() {
            return Match::Yes;
        }
        let step = now.step;
        let inside = match which {
            Which::When => {
                let allowed = self.allowed(earlier, step.days);
                !allowed.too_early(step.moment) && !allowed.too_late(step.moment)
            }
            Which::Then if now.allowed.is_none() => true,
            Which::Then => {
                let until = now.until.unwrap_or(None);
                self.window.reaches_back(earlier.moment(), step, until)
            }
        };
        match (inside, which, now.until) {
            (false, ..) => Match::No,
            (true, Which::Then, Err(unknown)) => Match::Unknown(unknown),
            (true, ..) => Match::Yes,
        }
    }

    pub(super) fn case<'c>(&self, which: Which, entry: &Entry, days: &'c DayCount) -> Case<'c> {
        Case {
            shape: self.shape,
            look: self.look(which),
            trigger: entry.event,
            offset: entry.offset,
            due: self.due(which, entry, days),
            days,
        }
    }

    /// Lets the current event, which comes after a remembered activation, settle it.
    pub(super) fn advance(
        &self,
        side: (Which, &Fit),
        entry: &mut Entry,
        extra: &mut Extra,
        now: &Arrival<'_>,
        out: &mut dyn Emit,
    ) {
        let step = now.step;
        let case = self.case(side.0, entry, step.days);
        let mut waiting = extra.waiting(entry);
        if case.due.is_some_and(|due| due.is_past(step.moment)) {
            case.time_up(&waiting, out);
            entry.open = false;
            return;
        }
        let met = self.fits(side, entry, &extra.rows, now);
        let interrupts = now.as_end(side.0);
        let early = self.shape.reach == Reach::Chain
            && now.opposite(side.0) == Match::Yes
            && self.allowed(entry, step.days).too_early(step.moment);
        entry.open = case.meets(
            &mut waiting,
            Meeting {
                met,
                interrupts,
                early,
            },
            step,
            out,
        );
        if entry.open {
            extra.keep_waiting(entry, &waiting);
        }
    }

    /// Takes from a remembered event what the current one takes from its worth for later ones.
    pub(super) fn age(
        &self,
        side: (Which, &Fit),
        entry: &mut Entry,
        extra: &mut Extra,
        now: &Arrival<'_>,
    ) {
        let (which, fit) = side;
        let step = now.step;
        match (self.shape.reach, now.opposite(which)) {
            (Reach::Chain, _) | (Reach::Alternate, Match::Yes) => entry.standing = Standing::None,
            (Reach::Alternate, Match::Unknown(unknown)) => {
                entry.standing = Standing::Doubtful;
                extra.doubt(entry, now.doubt(unknown));
            }
            (Reach::Alternate, Match::No) | (Reach::Any, _) => {}
        }
        let due = self.due(which, entry, step.days);
        let gone = due.is_some_and(|due| due.is_past(step.moment));
        let replaced = || {
            now.as_end(which) == Match::Yes
                && self.prefers_recent(which)
                && fit.captures_same(step, extra.rows.get(entry.row))
        };
        if entry.standing != Standing::None && (gone || replaced()) {
            entry.standing = Standing::None;
        }
    }

    /// Judges the current event as an activation of one end, as far as that can be done now.
    /// What is still open comes back.
    pub(super) fn arrive(
        &self,
        which: Which,
        now: &Arrival<'_>,
        out: &mut dyn Emit,
        look_back: impl FnOnce() -> Found,
    ) -> Option<Waiting> {
        let (look, matched, step) = (self.look(which), now.as_end(which), now.step);
        if !look.activates() || matched == Match::No {
            return None;
        }
        let due = match which {
            Which::When => now.allowed?.due,
            Which::Then => self.window.last_reach(step.moment, step.offset, step.days),
        };
        if let Match::Unknown(unknown) = matched {
            out.undecided_trigger(unknown.of_trigger(step));
            return None;
        }
        out.activated(1);
        if let (Which::When, Err(unknown)) = (which, now.until) {
            out.undecided(unknown.of_trigger(step));
            return None;
        }
        let found = if look.back() {
            look_back()
        } else {
            Found::default()
        };
        let case = Case {
            shape: self.shape,
            look,
            trigger: step.event(),
            offset: step.offset,
            due,
            days: step.days,
        };
        case.looked_back(&found, step.moment, out)
    }
}
