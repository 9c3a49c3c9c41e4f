//! The nineteen binary Declare templates: what each means is in `docs/semantics.md`.
//!
//! One automaton serves them all. Of each end the events that a later one may need are kept:
//! activations that wait for the other end, and events that an activation may look back for. A
//! pair of events fits when the later one plays its part, the window of its `when` holds the
//! moment of its `then`, and the correlation holds; each of these may be unknown.

mod groups;
mod judge;
mod kept;
mod late;
mod memory;
mod packed;
mod shape;
mod side;
mod terms;
#[cfg(test)]
mod tests;

use cage_law::{DayCount, Due};
use cage_model::Instant;

use crate::columns::{Column, column};
use crate::matching::{Fit, Match, Matcher};
use crate::monitor::{Activities, Emit, EmitEnd, End, Monitor, Owed, Setting, Step};
use crate::state::{Damaged, demand};
use crate::timing::{Allowed, TimeWindow};

use kept::{Entry, Further};
pub use late::Latecomers;
use memory::EndMemory;
use packed::Kept;
use shape::{Need, Reach, Shape};
use side::Side;
use terms::{Arrival, Terms, Which};

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
        each: &mut dyn FnMut(&Entry, Option<Due>) -> Further,
    ) {
        let ends = self.ends(state);
        let Binary { terms, when, then } = &self.0;
        when.each_open(ends.whens, terms, days, each);
        then.each_open(ends.thens, terms, days, each);
    }
}

impl<const ENDS: usize> Monitor for RelationMonitor<ENDS> {
    type State = State<ENDS>;
    type Memory = [EndMemory; 2];

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
            let orderly = self.0.terms.window.is_orderly(days);
            self.each_open(state, days, &mut |entry, due| {
                let expiry = due.map(|due| days.expiry(due, entry.offset));
                next = [next, expiry].into_iter().flatten().min();
                if orderly { Further::Stop } else { Further::On }
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
                Further::On
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

    fn recall(&self, state: &Self::State) -> [EndMemory; 2] {
        let ends = self.ends(state);
        let Binary { when, then, .. } = &self.0;
        [
            when.memory.recall(ends.whens),
            then.memory.recall(ends.thens),
        ]
    }

    fn remember(&mut self, [whens, thens]: [EndMemory; 2]) -> Result<Self::State, Damaged> {
        let shape = self.0.terms.shape;
        let Binary { when, then, .. } = &mut self.0;
        let ends = Ends {
            whens: when.memory.remember(whens)?,
            thens: then.memory.remember(thens)?,
        };
        let fits = (shape.keeps_whens() || ends.whens.is_empty())
            && (shape.keeps_thens() || ends.thens.is_empty());
        demand(fits, "events that the rule does not keep")?;
        let mut state = Self::State::default();
        self.store(&mut state, ends);
        Ok(state)
    }

    fn bytes(&self) -> usize {
        self.0.when.memory.bytes() + self.0.then.memory.bytes()
    }

    fn warms(&self) -> bool {
        // Without values to keep, most events fit into the state.
        self.0.when.fit.width() > 0 || self.0.then.fit.width() > 0
    }

    fn warm(&self, state: &Self::State) {
        let ends = self.ends(state);
        self.0.when.memory.warm(ends.whens);
        self.0.then.memory.warm(ends.thens);
    }
}

/// A relation.
#[derive(Clone, Debug)]
struct Binary {
    terms: Terms,
    when: Side,
    then: Side,
}

impl Binary {
    fn new(relation: &cage_pack::Relation, setting: &mut Setting<'_>) -> Self {
        let shape = Shape::of(relation.template);
        let forward = Fit::forward(&relation.correlation, setting);
        let backward = Fit::backward(&relation.correlation, setting);
        let when = Matcher::new(&relation.when, setting);
        let then = Matcher::new(&relation.then, setting);
        Self {
            terms: Terms {
                shape,
                window: TimeWindow::new(&relation.window, setting),
            },
            when: Side::new(Which::When, when, forward, shape.reach),
            then: Side::new(Which::Then, then, backward, shape.reach),
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
        let plays = when != Match::No || then != Match::No;
        let shape = self.terms.shape;
        if !plays && shape.reach != Reach::Chain {
            return;
        }
        // Nothing waits, and only a `when` would begin something.
        let begins = when != Match::No || shape.keeps_thens() || shape.then.activates();
        if !begins && ends.is_empty() {
            return;
        }
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
