//! One end of a relation: its events of all objects, remembered and let go.

use cage_law::{DayCount, Due};

use super::groups::{Mark, Near};
use super::judge::{Found, Waiting};
use super::kept::{Entry, Further, Memory, Standing, Until};
use super::packed::Kept;
use super::shape::Reach;
use super::terms::{Arrival, Terms, Which};
use crate::matching::{Fit, Match, Matcher};
use crate::monitor::{Emit, EmitEnd, End};

/// One end of a relation.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) which: Which,
    pub(super) matcher: Matcher,
    /// For a later event of the other end: whether it fits an event of this one.
    pub(super) fit: Fit,
    pub(super) memory: Memory,
}

impl Side {
    pub(super) fn new(which: Which, matcher: Matcher, fit: Fit, reach: Reach) -> Self {
        // The other forms keep few events, and look at some whatever the correlation.
        let key_at = fit.equated().filter(|_| reach == Reach::Any);
        Self {
            which,
            matcher,
            memory: Memory::new(fit.width(), key_at),
            fit,
        }
    }

    /// Whether events of this end that came before the current one fit it.
    pub(super) fn look_back(&self, kept: Kept, terms: &Terms, now: &Arrival<'_>) -> Found {
        let mut found = Found::default();
        let extra = &self.memory.extra;
        self.memory.each(kept, self.wanted(now), |entry| {
            if entry.standing == Standing::None {
                return true;
            }
            found.neighbour = Some(entry.event);
            if entry.standing == Standing::Neighbour {
                return true;
            }
            let doubt = match terms.fits((self.which, &self.fit), entry, &extra.rows, now) {
                Match::No => None,
                Match::Yes if entry.standing == Standing::Certain => {
                    found.fitting = Some(entry.event);
                    return false;
                }
                Match::Yes => extra.doubt_of(entry),
                Match::Unknown(unknown) => Some(now.doubt(unknown)),
            };
            found.doubt = found.doubt.or(doubt);
            true
        });
        found
    }

    /// Lets the current event change what is remembered.
    pub(super) fn review(
        &mut self,
        kept: &mut Kept,
        terms: &Terms,
        now: &Arrival<'_>,
        out: &mut dyn Emit,
    ) {
        if kept.is_empty() {
            return;
        }
        let sweeps = !terms.window.is_always() && self.memory.begin_sweep(*kept);
        if !sweeps && !self.is_moved(terms, now) {
            let days = now.step.days;
            let bounded = !terms.window.is_always() && terms.window.is_orderly(days);
            if bounded && !Memory::is_grouped(*kept) {
                self.expire(kept, terms, &now.step.now(), out);
            }
            return;
        }
        let near = if sweeps {
            Near::All
        } else {
            match (now.opposite(self.which), now.as_end(self.which)) {
                (Match::No, _) => self.offered(now),
                (_, Match::No) => self.wanted(now),
                _ => Near::All,
            }
        };
        let Self {
            which, fit, memory, ..
        } = self;
        memory.review(kept, near, |entry, extra| {
            if entry.open {
                terms.advance((*which, fit), entry, extra, now, out);
            }
            if entry.standing != Standing::None {
                terms.age((*which, fit), entry, extra, now);
            }
            Further::On
        });
    }

    /// The entries that the current event may fit.
    fn wanted(&self, now: &Arrival<'_>) -> Near {
        match self.fit.equated() {
            Some(_) => Near::Value(Mark::of(self.fit.wanted(now.step))),
            None => Near::All,
        }
    }

    /// The entries of which the same was captured as of the current event.
    fn offered(&self, now: &Arrival<'_>) -> Near {
        match self.fit.equated() {
            Some(_) => Near::Value(Mark::of(self.fit.offered(now.step))),
            None => Near::All,
        }
    }

    /// Whether the current event can change what is remembered, other than by its time. Where it
    /// cannot, only what is due first is looked at, so that many open activations do not make
    /// every event slow.
    fn is_moved(&self, terms: &Terms, now: &Arrival<'_>) -> bool {
        let waits = terms.look(self.which).ahead();
        let comes_again = now.as_end(self.which) != Match::No;
        terms.shape.reach != Reach::Any
            || waits && now.opposite(self.which) != Match::No
            || self.fit.width() > 0 && comes_again && self.keeps_recent(terms)
    }

    /// Whether of two events that are remembered for looking back the later one is enough, where
    /// the same was captured of both.
    fn keeps_recent(&self, terms: &Terms) -> bool {
        terms.opposite_look(self.which).back() && terms.prefers_recent(self.which)
    }

    /// Remembers the current event where it waits, or may be looked back for.
    pub(super) fn remember(
        &mut self,
        kept: &mut Kept,
        terms: &Terms,
        now: &Arrival<'_>,
        waiting: Option<&Waiting>,
    ) {
        let matched = now.as_end(self.which);
        let mut entry = Memory::entry(now.step);
        if terms.opposite_look(self.which).back() {
            entry.standing = match (matched, self.which, now.until) {
                (Match::No, ..) if terms.shape.reach == Reach::Chain => Standing::Neighbour,
                (Match::No, ..) => Standing::None,
                (Match::Unknown(unknown), ..) | (_, Which::When, Err(unknown)) => {
                    self.memory.extra.doubt(&mut entry, now.doubt(unknown));
                    Standing::Doubtful
                }
                (Match::Yes, ..) => Standing::Certain,
            };
        }
        if let Some(waiting) = waiting {
            entry.open = true;
            self.memory.extra.keep_waiting(&mut entry, waiting);
        }
        if entry.open || matches!(entry.standing, Standing::Certain | Standing::Doubtful) {
            if self.which == Which::When {
                entry.until = Until::of(now.until.unwrap_or(None));
            }
            let values = self.fit.capture(now.step);
            entry.row = self.memory.extra.rows.keep(values);
        }
        self.push(kept, terms, now, entry);
    }

    fn push(&mut self, kept: &mut Kept, terms: &Terms, now: &Arrival<'_>, mut entry: Entry) {
        let is_alone = terms.shape.reach == Reach::Any && self.fit.width() == 0;
        if is_alone && self.keeps_recent(terms) {
            match (self.memory.last_standing(*kept), entry.standing) {
                (Standing::Certain, Standing::Doubtful) if terms.window.is_always() => {
                    entry.standing = Standing::None;
                }
                (Standing::Certain | Standing::Doubtful, Standing::Certain)
                | (Standing::Doubtful, Standing::Doubtful) => {
                    self.memory.push_for_last(kept, entry);
                    return;
                }
                _ => {}
            }
        } else if terms.shape.reach == Reach::Any && terms.opposite_look(self.which).back() {
            self.forget_first(kept, terms, now);
        }
        self.memory.push(kept, entry);
    }

    /// Forgets the first events to which no later one can look back.
    fn forget_first(&mut self, kept: &mut Kept, terms: &Terms, now: &Arrival<'_>) {
        let (which, days) = (self.which, now.step.days);
        let near = self.offered(now);
        self.memory.review(kept, near, |entry, _| {
            let due = terms.due(which, entry, days);
            if due.is_none_or(|due| !due.is_past(now.step.moment)) {
                return Further::Stop;
            }
            entry.standing = Standing::None;
            if entry.open {
                Further::Stop
            } else {
                Further::On
            }
        });
    }

    /// Settles what has run out at a moment.
    pub(super) fn expire(
        &mut self,
        kept: &mut Kept,
        terms: &Terms,
        now: &End<'_>,
        out: &mut dyn Emit,
    ) {
        let which = self.which;
        let orderly = terms.window.is_orderly(now.days);
        self.memory.review(kept, Near::All, |entry, extra| {
            if entry.open {
                let case = terms.case(which, entry, now.days);
                if case.due.is_some_and(|due| due.is_past(now.now)) {
                    case.time_up(&extra.waiting(entry), out);
                    entry.open = false;
                } else if orderly {
                    return Further::Stop;
                }
            }
            Further::On
        });
    }

    pub(super) fn each_open(
        &self,
        kept: Kept,
        terms: &Terms,
        days: &DayCount,
        each: &mut dyn FnMut(&Entry, Option<Due>) -> Further,
    ) {
        self.memory.each(kept, Near::All, |entry| {
            let further = if entry.open {
                each(entry, terms.due(self.which, entry, days))
            } else {
                Further::On
            };
            further == Further::On
        });
    }

    pub(super) fn finish(&self, kept: Kept, terms: &Terms, end: &End<'_>, out: &mut dyn EmitEnd) {
        self.memory.each(kept, Near::All, |entry| {
            if entry.open {
                let case = terms.case(self.which, entry, end.days);
                case.stands(&self.memory.extra.waiting(entry), end, out);
            }
            true
        });
    }
}
