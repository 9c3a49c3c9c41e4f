//! `sequence`: running numbers without hole, repetition or late one. The rule's object owns the
//! numbers.
//!
//! The run begins with the lowest number of the first instant. Activations are the events that
//! carry a number, and the holes: a run of numbers that was jumped over. A number that follows, or
//! fills a hole in time, is satisfied; one that was there before is violated
//! ([`Reason::NumberRepeated`]), and so is one that fills a hole too late or is lower than the
//! first ([`Reason::NumberLate`]). A hole is pending for its time of grace and then violated for
//! each run of numbers that is still missing ([`Reason::NumberMissing`]); without grace at once.
//!
//! Numbers of one instant are in no order: they are judged together, the lowest first, once time
//! has moved on. An event without a number, or whose guard cannot be decided, is undecided.

mod book;

use cage_law::{DayCount, Due};
use cage_model::{EventRef, Instant, Payload, Reason, Value};
use cage_pack::{Limit, Sequence};

use crate::matching::{Guard, Match, Matcher, Unknown, shown};
use crate::monitor::{Activities, Breach, Emit, EmitEnd, End, Monitor, Owed, Setting, Step};
use crate::slab::{Slab, Slot};
use crate::state::Damaged;

use book::{Book, Hole, Numbered, Standing, Taken};

/// Judges a [`Sequence`].
#[derive(Clone, Debug)]
pub(crate) struct SequenceMonitor {
    what: Matcher,
    number: Guard,
    grace: Option<Limit>,
    books: Slab<Book>,
}

impl SequenceMonitor {
    /// Takes a run of numbers into a monitor.
    pub(crate) fn new(sequence: &Sequence, setting: &mut Setting<'_>) -> Self {
        Self {
            what: Matcher::new(&sequence.what, setting),
            number: Guard::new(&sequence.number, setting),
            grace: sequence.grace.clone(),
            books: Slab::default(),
        }
    }

    fn number(&self, step: &Step<'_>) -> Result<i64, Unknown> {
        match self.number.value(step)? {
            Value::Integer(number) => Ok(number),
            _ => Err(self.number.unfit()),
        }
    }
}

/// What is needed to judge a book.
struct Judge<'a> {
    grace: Option<&'a Limit>,
    now: &'a End<'a>,
    out: &'a mut dyn Emit,
}

impl Judge<'_> {
    /// Judges what arrived at an instant that is over.
    fn arrived(&mut self, book: &mut Book) {
        for one in book.take_arrived() {
            self.out.activated_since(one.moment);
            match book.take(one, self.grace, self.now.days) {
                Taken::InOrder { hole, closes } => {
                    self.out.satisfied(1 + u64::from(closes));
                    if let Some((first, hole)) = hole {
                        self.jumped(first, &hole);
                    }
                }
                Taken::Repeated => {
                    let number = shown(Value::Integer(one.number), self.now.names, self.out);
                    let payload = Payload::Values {
                        before: number,
                        after: number,
                    };
                    self.out
                        .violated(breach(&one, Reason::NumberRepeated, payload));
                }
                Taken::Late(due) => {
                    let due = due.map(|due| self.now.days.shown(due, one.offset));
                    let payload = due.map_or(Payload::None, Payload::Due);
                    self.out.violated(breach(&one, Reason::NumberLate, payload));
                }
            }
        }
    }

    fn jumped(&mut self, first: i64, hole: &Hole) {
        match hole.standing {
            Standing::Awaited(_) => self.out.activated_since(hole.jump.moment),
            Standing::Missing(_) => {
                self.out.activated_since(hole.jump.moment);
                self.out.violated(missing(first, hole, hole.jump.event.at));
            }
            Standing::Free | Standing::Below => {}
        }
    }

    /// Reports the holes whose time of grace is over.
    fn run_out(&mut self, book: &mut Book) {
        let mut last = None;
        let over: Vec<_> = book
            .awaited()
            .filter(|(_, _, due)| due.is_past(self.now.now))
            .collect();
        for (first, hole, due) in over {
            let at = self.now.days.expiry(due, hole.jump.offset);
            // What is left of one hole in parts is as many activations.
            if last == Some(hole.jump.event) {
                self.out.activated_since(hole.jump.moment);
            }
            last = Some(hole.jump.event);
            self.out.violated(missing(first, &hole, at));
            book.miss(first);
        }
    }
}

fn breach(one: &Numbered, reason: Reason, payload: Payload) -> Breach {
    Breach {
        trigger: Some(one.event),
        other: None,
        at: one.event.at,
        reason,
        payload,
    }
}

fn missing(first: i64, hole: &Hole, at: Instant) -> Breach {
    Breach {
        trigger: Some(hole.below),
        other: Some(hole.above),
        at,
        reason: Reason::NumberMissing,
        payload: Payload::Missing {
            first,
            last: hole.last,
        },
    }
}

/// The holes that are awaited, one for each jump that left any.
fn by_jump(book: &Book) -> impl Iterator<Item = (Hole, Due)> {
    let mut last: Option<EventRef> = None;
    book.awaited().filter_map(move |(_, hole, due)| {
        let new = last != Some(hole.jump.event);
        last = Some(hole.jump.event);
        new.then_some((hole, due))
    })
}

impl Monitor for SequenceMonitor {
    type State = Slot;
    type Memory = Option<Book>;

    fn activities(&self) -> Activities {
        self.what.activities()
    }

    fn step(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        self.expire(state, &step.now(), out);
        match self.what.matches(step) {
            Match::No => return,
            Match::Unknown(unknown) => return out.undecided_trigger(unknown.of_trigger(step)),
            Match::Yes => {}
        }
        let number = match self.number(step) {
            Ok(number) => number,
            Err(unknown) => return out.undecided_trigger(unknown.of_trigger(step)),
        };
        self.books
            .entry(state, Book::default)
            .arrived
            .push(Numbered {
                number,
                event: step.event(),
                moment: step.moment,
                offset: step.offset,
            });
    }

    fn expire(&mut self, state: &mut Slot, now: &End<'_>, out: &mut dyn Emit) {
        let Some(book) = self.books.get_mut(*state) else {
            return;
        };
        let grace = self.grace.as_ref();
        let mut judge = Judge { grace, now, out };
        if book.is_due(now.now.instant) {
            judge.arrived(book);
        }
        if grace.is_some() {
            judge.run_out(book);
        }
    }

    fn next_due(&self, state: &Slot, days: &DayCount) -> Option<Instant> {
        let book = self.books.get(*state)?;
        let arrived = book.arrived.first().map(|one| one.event.at.plus(1));
        let holes = book.awaited();
        let holes = holes.map(|(_, hole, due)| days.expiry(due, hole.jump.offset));
        holes.chain(arrived).min()
    }

    fn owed(&self, state: &Slot, _days: &DayCount, each: &mut dyn FnMut(Owed)) {
        let Some(book) = self.books.get(*state) else {
            return;
        };
        for (hole, due) in by_jump(book) {
            each(Owed {
                trigger: Some(hole.jump.event),
                due: Some(due),
                remind: None,
                offset: hole.jump.offset,
            });
        }
    }

    fn finish(&self, state: &Slot, end: &End<'_>, out: &mut dyn EmitEnd) {
        let Some(book) = self.books.get(*state) else {
            return;
        };
        let mut book = book.clone();
        let grace = self.grace.as_ref();
        let now = end;
        Judge { grace, now, out }.arrived(&mut book);
        Judge { grace, now, out }.run_out(&mut book);
        if !end.finite {
            return out.pending(by_jump(&book).count() as u64);
        }
        let mut last = None;
        for (first, hole, _) in book.awaited() {
            if last == Some(hole.jump.event) {
                out.activated_since(hole.jump.moment);
            }
            last = Some(hole.jump.event);
            out.violated(missing(first, &hole, end.now.instant));
        }
    }

    fn reset(&mut self, state: &mut Slot) {
        self.books.take(state);
    }

    fn recall(&self, state: &Slot) -> Option<Book> {
        self.books.get(*state).cloned()
    }

    fn remember(&mut self, memory: Option<Book>) -> Result<Slot, Damaged> {
        Ok(self.books.keep(memory))
    }

    fn bytes(&self) -> usize {
        self.books.bytes() + self.books.iter().map(Book::bytes).sum::<usize>()
    }
}

#[cfg(test)]
mod tests;
