//! The nineteen binary Declare templates: what each means is in `docs/semantics.md`.
//!
//! One automaton serves them all. Of each end the events that a later one may need are kept:
//! activations that wait for the other end, and events that an activation may look back for. A
//! pair of events fits when the later one plays its part, the window of its `when` holds the
//! moment of its `then`, and the correlation holds; each of these may be unknown.

mod judge;
mod kept;
mod shape;
#[cfg(test)]
mod tests;

use cage_law::{DayCount, Due};
use cage_model::Instant;

use crate::columns::{Column, column};
use crate::lists::Rows;
use crate::matching::{Fit, Match, Matcher, Unknown};
use crate::monitor::{Activities, Emit, EmitEnd, End, Monitor, Owed, Setting, Step};
use crate::timing::{Allowed, TimeWindow};

use judge::{Case, Found, Meeting, Waiting};
use kept::{Doubt, Entry, Extra, Kept, Memory, Standing};
use shape::{Look, Need, Reach, Shape};

/// The monitor of a relation, in a column as narrow as its template allows.
pub(crate) fn build(relation: &cage_pack::Relation, setting: &mut Setting<'_>) -> Box<dyn Column> {
    let binary = Binary::new(relation, setting);
    if binary.terms.shape.keeps_whens() && binary.terms.shape.keeps_thens() {
        column(RelationMonitor::<2>(binary))
    } else {
        column(RelationMonitor::<1>(binary))
    }
}

/// A relation that remembers events of `ENDS` of its ends.
#[derive(Clone, Debug)]
struct RelationMonitor<const ENDS: usize>(Binary);

/// The remembered events of an object.
#[derive(Clone, Copy, Debug)]
struct State<const ENDS: usize>([Kept; ENDS]);

const _: () = assert!(size_of::<State<1>>() == 16 && size_of::<State<2>>() == 32);

impl<const ENDS: usize> Default for State<ENDS> {
    fn default() -> Self {
        Self([Kept::default(); ENDS])
    }
}

/// The remembered events of both ends of an object.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    whens: Kept,
    thens: Kept,
}

impl Ends {
    fn is_empty(self) -> bool {
        self.whens.is_empty() && self.thens.is_empty()
    }
}

impl<const ENDS: usize> RelationMonitor<ENDS> {
    #[inline]
    fn ends(&self, state: &State<ENDS>) -> Ends {
        let mut kept = state.0.iter().copied();
        let mut next = |keeps: bool| {
            let end = if keeps { kept.next() } else { None };
            end.unwrap_or_default()
        };
        Ends {
            whens: next(self.0.terms.shape.keeps_whens()),
            thens: next(self.0.terms.shape.keeps_thens()),
        }
    }

    #[inline]
    fn store(&self, state: &mut State<ENDS>, ends: Ends) {
        let mut places = state.0.iter_mut();
        for (keeps, kept) in [
            (self.0.terms.shape.keeps_whens(), ends.whens),
            (self.0.terms.shape.keeps_thens(), ends.thens),
        ] {
            if keeps && let Some(place) = places.next() {
                *place = kept;
            }
        }
    }
}

impl<const ENDS: usize> RelationMonitor<ENDS> {
    fn each_open(
        &self,
        state: &State<ENDS>,
        days: &DayCount,
        each: &mut dyn FnMut(&Entry, Option<Due>),
    ) {
        let ends = self.ends(state);
        let Binary { terms, when, then } = &self.0;
        when.each_open(ends.whens, terms, days, each);
        then.each_open(ends.thens, terms, days, each);
    }
}

impl<const ENDS: usize> Monitor for RelationMonitor<ENDS> {
    type State = State<ENDS>;

    fn activities(&self) -> Activities {
        self.0.activities()
    }

    fn step(&mut self, state: &mut Self::State, step: &Step<'_>, out: &mut dyn Emit) {
        let mut ends = self.ends(state);
        self.0.step(&mut ends, step, out);
        self.store(state, ends);
    }

    fn expire(&mut self, state: &mut Self::State, now: &End<'_>, out: &mut dyn Emit) {
        let mut ends = self.ends(state);
        if !ends.is_empty() && !self.0.terms.window.is_always() {
            self.0.expire(&mut ends, now, out);
            self.store(state, ends);
        }
    }

    fn next_due(&self, state: &Self::State, days: &DayCount) -> Option<Instant> {
        let mut next = None;
        if !self.0.terms.window.is_always() {
            self.each_open(state, days, &mut |entry, due| {
                let expiry = due.map(|due| days.expiry(due, entry.offset));
                next = [next, expiry].into_iter().flatten().min();
            });
        }
        next
    }

    fn owed(&self, state: &Self::State, days: &DayCount, each: &mut dyn FnMut(Owed)) {
        let terms = &self.0.terms;
        if terms.shape.need == Need::Required {
            self.each_open(state, days, &mut |entry, due| {
                each(Owed {
                    trigger: Some(entry.event),
                    due,
                    remind: terms.window.remind(entry.moment(), entry.offset, days),
                    offset: entry.offset,
                });
            });
        }
    }

    fn finish(&self, state: &Self::State, end: &End<'_>, out: &mut dyn EmitEnd) {
        let ends = self.ends(state);
        let Binary { terms, when, then } = &self.0;
        when.finish(ends.whens, terms, end, out);
        then.finish(ends.thens, terms, end, out);
    }

    fn reset(&mut self, state: &mut Self::State) {
        let mut ends = self.ends(state);
        self.0.when.memory.reset(&mut ends.whens);
        self.0.then.memory.reset(&mut ends.thens);
        self.store(state, ends);
    }

    fn bytes(&self) -> usize {
        self.0.when.memory.bytes() + self.0.then.memory.bytes()
    }
}

/// A relation.
#[derive(Clone, Debug)]
struct Binary {
    terms: Terms,
    when: Side,
    then: Side,
}

/// What a relation demands.
#[derive(Clone, Debug)]
struct Terms {
    shape: Shape,
    window: TimeWindow,
}

/// One end of a relation.
#[derive(Clone, Debug)]
struct Side {
    which: Which,
    matcher: Matcher,
    /// For a later event of the other end: whether it fits an event of this one.
    fit: Fit,
    memory: Memory,
}

/// Which end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Which {
    When,
    Then,
}

/// The current event, as both ends see it.
#[derive(Clone, Copy, Debug)]
struct Arrival<'s> {
    step: &'s Step<'s>,
    when: Match,
    then: Match,
    /// As a `when`: the latest moment that it brings.
    until: Result<Option<Instant>, Unknown>,
    /// As a `when`: what its window allows; `None` where no line is in force for it, so that the
    /// rule does not apply to it. Where the instant is missing, what else is known.
    allowed: Option<Allowed>,
}

impl Arrival<'_> {
    /// Whether the event plays the part of this end.
    const fn as_end(&self, which: Which) -> Match {
        match which {
            Which::When => self.when,
            Which::Then => self.then,
        }
    }

    /// Whether it plays the part of the other end.
    const fn opposite(&self, which: Which) -> Match {
        match which {
            Which::When => self.then,
            Which::Then => self.when,
        }
    }

    fn doubt(&self, unknown: Unknown) -> Doubt {
        Doubt {
            unknown,
            event: self.step.event(),
        }
    }
}

impl Terms {
    const fn look(&self, which: Which) -> Look {
        match which {
            Which::When => self.shape.when,
            Which::Then => self.shape.then,
        }
    }

    /// Where activations of the other end look.
    const fn opposite_look(&self, which: Which) -> Look {
        match which {
            Which::When => self.shape.then,
            Which::Then => self.shape.when,
        }
    }

    /// What the window of a remembered `when` allows; all, where no line is in force for it.
    #[inline]
    fn allowed(&self, when: &Entry, days: &DayCount) -> Allowed {
        let allowed = self
            .window
            .after_kept(when.moment(), when.offset, when.until, days);
        allowed.unwrap_or_default()
    }

    /// The last moment at which the other end can still come.
    #[inline]
    fn due(&self, which: Which, entry: &Entry, days: &DayCount) -> Option<Due> {
        if self.window.is_always() {
            return None;
        }
        match which {
            Which::When => self.allowed(entry, days).due,
            Which::Then => self.window.last_reach(entry.moment(), entry.offset, days),
        }
    }

    /// Whether the current event fits a remembered one of this end.
    fn fits(&self, side: (Which, &Fit), earlier: &Entry, rows: &Rows, now: &Arrival<'_>) -> Match {
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
    fn holds(&self, which: Which, earlier: &Entry, now: &Arrival<'_>) -> Match {
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

    fn case<'c>(&self, which: Which, entry: &Entry, days: &'c DayCount) -> Case<'c> {
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
    fn advance(
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
    fn age(&self, side: (Which, &Fit), entry: &mut Entry, extra: &mut Extra, now: &Arrival<'_>) {
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
                && self.window.prefers_recent()
                && fit.captures_same(step, extra.rows.get(entry.row))
        };
        if entry.standing != Standing::None && (gone || replaced()) {
            entry.standing = Standing::None;
        }
    }
}

impl Side {
    fn new(which: Which, matcher: Matcher, fit: Fit) -> Self {
        Self {
            which,
            matcher,
            memory: Memory::new(fit.width()),
            fit,
        }
    }

    /// Whether events of this end that came before the current one fit it.
    fn look_back(&self, kept: Kept, terms: &Terms, now: &Arrival<'_>) -> Found {
        let mut found = Found::default();
        let extra = &self.memory.extra;
        self.memory.each(kept, |entry| {
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
    fn review(&mut self, kept: &mut Kept, terms: &Terms, now: &Arrival<'_>, out: &mut dyn Emit) {
        if kept.is_empty() {
            return;
        }
        let Self {
            which, fit, memory, ..
        } = self;
        memory.review(kept, |entry, extra| {
            if entry.open {
                terms.advance((*which, fit), entry, extra, now, out);
            }
            if entry.standing != Standing::None {
                terms.age((*which, fit), entry, extra, now);
            }
        });
    }

    /// Remembers the current event where it waits, or may be looked back for.
    fn remember(
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
                entry.until = now.until.unwrap_or(None);
            }
            let values = self.fit.capture(now.step);
            entry.row = self.memory.extra.rows.keep(values);
        }
        self.memory.push(kept, entry);
    }

    /// Settles what has run out at a moment.
    fn expire(&mut self, kept: &mut Kept, terms: &Terms, now: &End<'_>, out: &mut dyn Emit) {
        let which = self.which;
        self.memory.review(kept, |entry, extra| {
            if entry.open {
                let case = terms.case(which, entry, now.days);
                if case.due.is_some_and(|due| due.is_past(now.now)) {
                    case.time_up(&extra.waiting(entry), out);
                    entry.open = false;
                }
            }
        });
    }

    fn each_open(
        &self,
        kept: Kept,
        terms: &Terms,
        days: &DayCount,
        each: &mut dyn FnMut(&Entry, Option<Due>),
    ) {
        self.memory.each(kept, |entry| {
            if entry.open {
                each(entry, terms.due(self.which, entry, days));
            }
            true
        });
    }

    fn finish(&self, kept: Kept, terms: &Terms, end: &End<'_>, out: &mut dyn EmitEnd) {
        self.memory.each(kept, |entry| {
            if entry.open {
                let case = terms.case(self.which, entry, end.days);
                case.stands(&self.memory.extra.waiting(entry), end, out);
            }
            true
        });
    }
}

impl Binary {
    fn new(relation: &cage_pack::Relation, setting: &mut Setting<'_>) -> Self {
        let forward = Fit::forward(&relation.correlation, setting);
        let backward = Fit::backward(&relation.correlation, setting);
        let when = Matcher::new(&relation.when, setting);
        let then = Matcher::new(&relation.then, setting);
        Self {
            terms: Terms {
                shape: Shape::of(relation.template),
                window: TimeWindow::new(&relation.window, setting),
            },
            when: Side::new(Which::When, when, forward),
            then: Side::new(Which::Then, then, backward),
        }
    }

    fn activities(&self) -> Activities {
        match self.terms.shape.reach {
            Reach::Chain => Activities::All,
            Reach::Any | Reach::Alternate => {
                let ends = [&self.when, &self.then];
                Activities::union(ends.map(|end| end.matcher.activities()))
            }
        }
    }

    fn step(&mut self, ends: &mut Ends, step: &Step<'_>, out: &mut dyn Emit) {
        let when = self.when.matcher.matches(step);
        let then = self.then.matcher.matches(step);
        let mut now = Arrival {
            step,
            when,
            then,
            until: Ok(None),
            allowed: Some(Allowed::default()),
        };
        let window = &self.terms.window;
        if when != Match::No && !window.is_always() {
            now.until = window.brought(step);
            let until = now.until.unwrap_or(None);
            now.allowed = window.after_kept(step.moment, step.offset, until, step.days);
        }
        let Self {
            terms,
            when: whens,
            then: thens,
        } = self;
        // An event is never its own other end: it looks back before it is remembered.
        let as_when = terms.arrive(Which::When, &now, out, || {
            thens.look_back(ends.thens, terms, &now)
        });
        let as_then = terms.arrive(Which::Then, &now, out, || {
            whens.look_back(ends.whens, terms, &now)
        });
        whens.review(&mut ends.whens, terms, &now, out);
        thens.review(&mut ends.thens, terms, &now, out);
        if terms.shape.keeps_whens() {
            whens.remember(&mut ends.whens, terms, &now, as_when.as_ref());
        }
        if terms.shape.keeps_thens() {
            thens.remember(&mut ends.thens, terms, &now, as_then.as_ref());
        }
    }

    fn expire(&mut self, ends: &mut Ends, now: &End<'_>, out: &mut dyn Emit) {
        self.when.expire(&mut ends.whens, &self.terms, now, out);
        self.then.expire(&mut ends.thens, &self.terms, now, out);
    }
}

impl Terms {
    /// Judges the current event as an activation of one end, as far as that can be done now.
    /// What is still open comes back.
    fn arrive(
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
