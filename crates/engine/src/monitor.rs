//! The shape of a monitor: a small automaton for one rule, with one small state per object.
//!
//! A monitor is a pure fold over the events of one object in the order of event time. Its state
//! starts as `Default`, is a few bytes, and keeps anything longer (open activations, windows) in
//! the monitor's own arenas. It says what happened through [`Emit`]; counting, findings' identity,
//! exemptions, late events, events without a time and timers are the engine's business.
//!
//! # Life of an activation
//! [`Emit::activated`] once when it begins; then at most one of [`Emit::satisfied`],
//! [`Emit::violated`], [`Emit::undecided`] when it is settled for good. What is not settled stays
//! open in the state, and [`Monitor::finish`] says how it stands. A trigger whose own guard cannot
//! be decided is reported by [`Emit::undecided_trigger`] and is not activated.
//!
//! # Building one
//! A monitor has a constructor that takes its part of [`cage_pack::Judge`] and a [`Setting`].
//! Patterns and correlations are run by [`crate::matching`], limits by [`crate::timing`], lists of
//! open activations are kept in [`crate::lists`].

pub(crate) mod aggregate;
#[cfg(test)]
mod cases;
pub(crate) mod choice;
pub(crate) mod count;
pub(crate) mod coverage;
pub(crate) mod deadline;
pub(crate) mod duration;
pub(crate) mod flow;
pub(crate) mod immutable;
pub(crate) mod lag;
#[cfg(test)]
mod laws;
pub(crate) mod order;
pub(crate) mod position;
pub(crate) mod relation;
pub(crate) mod separation;
pub(crate) mod sequence;
pub(crate) mod silence;

use cage_law::{Change, DayCount, Due, Moment};
use cage_model::{Date, EventRef, Instant, Interner, Payload, Reason, Symbol, Value};
use cage_pack::{Limit, MissingMeaning, Program, Rule};
use serde::{Deserialize, Serialize};

use crate::state::{Damaged, Plain, Reader, Writer};
use crate::variants::Variants;

/// What a monitor may look at while it is built.
#[derive(Debug)]
pub struct Setting<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The program it belongs to.
    pub program: &'a Program,
    /// The engine's interner, for texts that findings will need (an expression's source).
    pub names: &'a mut Interner,
}

impl Setting<'_> {
    /// What a guard means that meets missing data.
    #[must_use]
    pub fn missing(&self) -> MissingMeaning {
        self.rule.missing
    }
}

/// One event as a monitor sees it: the event, and the object that is being judged.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The event's place in the order of arrival.
    pub position: u64,
    /// The activity.
    pub activity: Symbol,
    /// When it happened: instant and local date.
    pub moment: Moment,
    /// The offset the event was written with, in minutes (for timers where no zone is declared).
    pub offset: i16,
    /// When it arrived, where known.
    pub arrival: Option<Moment>,
    /// The event's slots, by [`cage_pack::Program::fields`].
    pub slots: &'a [Value],
    /// The object's fields, by [`cage_pack::ObjectType::fields`].
    pub object: &'a [Value],
    /// The texts behind symbols.
    pub names: &'a Interner,
    /// How days are counted.
    pub days: &'a DayCount,
}

impl Step<'_> {
    /// The event as a finding names it.
    #[must_use]
    pub fn event(&self) -> EventRef {
        EventRef {
            position: self.position,
            at: self.moment.instant,
            activity: self.activity,
        }
    }

    /// The same moment as an [`End`] that is not final, for code that [`Monitor::step`] shares
    /// with [`Monitor::expire`].
    #[must_use]
    pub fn now(&self) -> End<'_> {
        End {
            now: self.moment,
            finite: false,
            days: self.days,
            names: self.names,
        }
    }
}

/// How an object stands when nothing more comes, or when somebody asks.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// The moment of asking ("as of").
    pub now: Moment,
    /// Whether every object ends here, as batch checkers assume: what is still owed is violated.
    pub finite: bool,
    /// How days are counted.
    pub days: &'a DayCount,
    /// The texts behind symbols.
    pub names: &'a Interner,
}

/// A violation or an undecided activation, as a monitor reports it; the engine adds rule and
/// object and makes a [`cage_model::Finding`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Breach {
    /// The event that set the rule off; `None` when the object itself did.
    pub trigger: Option<EventRef>,
    /// The event that broke it; `None` when the breach is that nothing came.
    pub other: Option<EventRef>,
    /// When it became true: the breaking event's time; where the time was up, the first instant
    /// past it ([`DayCount::expiry`]); where the object ended ([`End::finite`]), [`End::now`].
    pub at: Instant,
    /// The machine form of the reason.
    pub reason: Reason,
    /// Numbers that belong to the reason.
    pub payload: Payload,
}

/// Something that is still owed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Owed {
    /// The event that set the rule off; `None` when the object itself did.
    pub trigger: Option<EventRef>,
    /// By when; `None` when there is no limit.
    pub due: Option<Due>,
    /// When to remind of it, as [`crate::timing::reminder`] gives it; `None` when the rule states
    /// no reminder or there is no limit.
    pub remind: Option<Instant>,
    /// The trigger's own offset in minutes.
    pub offset: i16,
}

/// A clock that runs, stands still, or ran out and was not stopped yet, with what its certificate
/// needs.
#[derive(Clone, Debug)]
pub struct OpenClock<'m> {
    /// The event that started it.
    pub trigger: EventRef,
    /// When that was.
    pub start: Moment,
    /// The offset that the trigger was written with, in minutes.
    pub offset: i16,
    /// How long it may run; `None` for a clock that runs up to an instant that its trigger brought.
    pub limit: Option<&'m Limit>,
    /// After which time without an answer it runs by itself, where it does.
    pub deemed_after: Option<&'m Limit>,
    /// What happened to it, in the order of time.
    pub changes: Vec<Changed>,
}

/// A change of a clock, and the event that brought it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Changed {
    /// The change.
    pub change: Change,
    /// The event.
    pub by: EventRef,
    /// The local date of the event.
    pub date: Date,
}

/// Where a monitor says what happened. Implemented by the engine.
pub trait Emit {
    /// Some activations begin.
    fn activated(&mut self, count: u64);
    /// One activation begins of which it is known only now that it began at an earlier moment.
    fn activated_since(&mut self, _start: Moment) {
        self.activated(1);
    }
    /// Some activations are fulfilled for good.
    fn satisfied(&mut self, count: u64);
    /// One activation is broken for good.
    fn violated(&mut self, breach: Breach);
    /// Some activations are broken by one event, in one way: all are counted, one finding is made.
    fn violated_times(&mut self, count: u64, breach: Breach) {
        for _ in 0..count {
            self.violated(breach);
        }
    }
    /// More became known of a breach that was reported by [`Emit::violated`]: what was missed came
    /// after all. The finding of the same trigger and reason becomes this one, which differs in
    /// [`Breach::other`] and payload only; where there is none, because it was excused, none is
    /// made. Nothing is counted.
    fn amended(&mut self, breach: Breach);
    /// One activation will never be decided for want of data.
    fn undecided(&mut self, breach: Breach);
    /// Some activations stay undecided by one event: all are counted, one finding is made.
    fn undecided_times(&mut self, count: u64, breach: Breach) {
        for _ in 0..count {
            self.undecided(breach);
        }
    }
    /// Some event may or may not be a trigger: its guard met missing data. Counted among the
    /// undecided activations; the object is not thereby activated.
    fn undecided_trigger(&mut self, breach: Breach);
    /// The symbol of a text that no event brought, for a [`Payload`] only: it is no symbol of
    /// [`Step::names`] and must not be kept in a state.
    fn text(&mut self, text: &str) -> Symbol;
}

/// How the open activations of one object stand at an [`End`].
pub trait EmitEnd: Emit {
    /// Some open activations are fulfilled so far: counted as satisfied.
    fn possibly_satisfied(&mut self, count: u64);
    /// Some open activations are still owed something whose time is not up.
    fn pending(&mut self, count: u64);
}

/// A rule's automaton.
pub trait Monitor: Clone + Send + 'static {
    /// What is kept for one object: a few bytes, so that it can be fetched ahead by copying it.
    type State: Copy + Default + Send + 'static;

    /// Everything that is remembered of one object as a plain value, without places in the arenas.
    type Memory: Plain;

    /// Whether the monitor needs every event of its objects (chains, first and last event, flows)
    /// or only those of [`Monitor::activities`].
    fn activities(&self) -> Activities;

    /// Takes one event of one object, in the order of event time. Obligations whose time passed
    /// before this event are reported first, as [`Monitor::expire`] would.
    fn step(&mut self, state: &mut Self::State, step: &Step<'_>, out: &mut dyn Emit);

    /// Reports what has run out at `now`. Calling it early, late, often or never changes no
    /// finding of a finished fold, only when it is reported.
    fn expire(&mut self, _state: &mut Self::State, _now: &End<'_>, _out: &mut dyn Emit) {}

    /// When [`Monitor::expire`] has something to report next, if nothing else comes.
    fn next_due(&self, _state: &Self::State, _days: &DayCount) -> Option<Instant> {
        None
    }

    /// Calls for everything that is open and owed, for stories and reminders, in a fixed order.
    fn owed(&self, _state: &Self::State, _days: &DayCount, _each: &mut dyn FnMut(Owed)) {}

    /// The clocks that an object has open, those that ran out among them.
    fn clocks(&self, _state: &Self::State, _each: &mut dyn FnMut(OpenClock<'_>)) {}

    /// Says how the object stands, without changing its state: open activations whose time is
    /// past are violated; the rest are pending, possibly satisfied or (finite) violated. Called
    /// for every object that exists, also for one whose record was read but none of its events.
    fn finish(&self, state: &Self::State, end: &End<'_>, out: &mut dyn EmitEnd);

    /// Forgets an object: gives back what its state holds in the arenas and makes it `Default`.
    fn reset(&mut self, state: &mut Self::State);

    /// What is remembered of an object. Equal for states that go on alike, however they came about.
    fn recall(&self, state: &Self::State) -> Self::Memory;

    /// Remembers what [`Monitor::recall`] gave: the state goes on as the one that it was made of. To be
    /// called for objects of which nothing is remembered.
    ///
    /// # Errors
    /// When no state gives such a memory, so that going on with it might not be possible. What was
    /// put into the arenas by then stays there unused.
    fn remember(&mut self, memory: Self::Memory) -> Result<Self::State, Damaged>;

    /// Writes what objects share; before any of them.
    fn save_shared(&self, _into: &mut Writer<'_>) {}

    /// Reads what [`Monitor::save_shared`] wrote.
    ///
    /// # Errors
    /// When it is something else.
    fn load_shared(&mut self, _from: &mut Reader<'_>) -> Result<(), Damaged> {
        Ok(())
    }

    /// Bytes held by the arenas, the states themselves not counted.
    fn bytes(&self) -> usize;

    /// Whether [`Monitor::warm`] does anything.
    fn warms(&self) -> bool {
        false
    }

    /// Fetches from memory what a step will need of the arenas, once the state is at hand. Changes
    /// nothing.
    fn warm(&self, _state: &Self::State) {}

    /// The sequences of activities of some objects, where the monitor keeps them.
    fn variants(&self, _states: &mut dyn Iterator<Item = &Self::State>) -> Variants {
        Variants::default()
    }
}

/// Which events a monitor needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Activities {
    /// All events of its objects.
    All,
    /// Events of these activities.
    Only(Vec<Symbol>),
}

impl Activities {
    /// The events that any of some need.
    #[must_use]
    pub fn union(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Self::All => return Self::All,
                Self::Only(some) => all.extend(some),
            }
        }
        all.sort_unstable();
        all.dedup();
        Self::Only(all)
    }
}
