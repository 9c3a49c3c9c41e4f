//! The shape of a monitor: a small automaton for one rule, with one small state per object.
//!
//! A monitor is a pure fold over the events of one object in the order of event time. Its state
//! starts as `Default`, is a few bytes, and keeps anything longer (open activations, windows) in
//! the monitor's own arenas. It says what happened through [`Emit`]; counting, findings' identity,
//! late events and timers are the engine's business.
//!
//! # Life of an activation
//! [`Emit::activated`] once when it begins; then at most one of [`Emit::satisfied`],
//! [`Emit::violated`], [`Emit::undecided`] when it is settled for good. What is not settled stays
//! open in the state, and [`Monitor::finish`] says how it stands. A trigger whose own guard cannot
//! be decided is reported by [`Emit::undecided_trigger`] and is not activated.

use cage_law::{DayCount, Moment};
use cage_model::{EventRef, Finding, Instant, Interner, Payload, Reason, Symbol, Value};

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
/// object and makes a [`Finding`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Breach {
    /// The event that set the rule off; `None` when the object itself did.
    pub trigger: Option<EventRef>,
    /// The event that broke it; `None` when the breach is that nothing came.
    pub other: Option<EventRef>,
    /// When it became true.
    pub at: Instant,
    /// The machine form of the reason.
    pub reason: Reason,
    /// Numbers that belong to the reason.
    pub payload: Payload,
}

/// Where a monitor says what happened. Implemented by the engine.
pub trait Emit {
    /// Some activations begin.
    fn activated(&mut self, count: u64);
    /// Some activations are fulfilled for good.
    fn satisfied(&mut self, count: u64);
    /// One activation is broken for good.
    fn violated(&mut self, breach: Breach);
    /// One activation will never be decided for want of data.
    fn undecided(&mut self, breach: Breach);
    /// Some event may or may not be a trigger: its guard met missing data. Counted among the
    /// undecided activations; the object is not thereby activated.
    fn undecided_trigger(&mut self, breach: Breach);
}

/// How the open activations of one object stand at an [`End`].
pub trait EmitEnd: Emit {
    /// Some open activations are fulfilled so far: counted as satisfied.
    fn possibly_satisfied(&mut self, count: u64);
    /// Some open activations are still owed something whose time is not up.
    fn pending(&mut self, count: u64);
}

/// A rule's automaton.
pub trait Monitor {
    /// What is kept for one object.
    type State: Clone + Default;

    /// Whether the monitor needs every event of its objects (chains, first and last event, flows)
    /// or only those of [`Monitor::activities`].
    fn activities(&self) -> Activities;

    /// Takes one event of one object, in the order of event time. Obligations whose time passed
    /// before this event are reported first, as [`Monitor::expire`] would.
    fn step(&mut self, state: &mut Self::State, step: &Step<'_>, out: &mut dyn Emit);

    /// Reports what has run out at `now`. Calling it early, late, often or never changes no
    /// finding of a finished fold, only when it is reported.
    fn expire(&mut self, state: &mut Self::State, now: &End<'_>, out: &mut dyn Emit);

    /// When [`Monitor::expire`] has something to report next, if nothing else comes.
    fn next_due(&self, state: &Self::State, days: &DayCount) -> Option<Instant>;

    /// Says how the object stands, without changing its state: open activations whose time is
    /// past are violated; the rest are pending, possibly satisfied or (finite) violated.
    fn finish(&self, state: &Self::State, end: &End<'_>, out: &mut dyn EmitEnd);

    /// Forgets an object: gives back what its state holds in the arenas and makes it `Default`.
    fn reset(&mut self, state: &mut Self::State);

    /// Bytes held by the arenas, the states themselves not counted.
    fn bytes(&self) -> usize;
}

/// Which events a monitor needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Activities {
    /// All events of its objects.
    All,
    /// Events of these activities.
    Only(Vec<Symbol>),
}

/// Turns a breach into a finding.
#[must_use]
pub fn finding(
    rule: u16,
    object_type: u16,
    object: u32,
    verdict: cage_model::Verdict,
    breach: &Breach,
) -> Finding {
    let Breach {
        trigger,
        other,
        at,
        reason,
        payload,
    } = *breach;
    Finding {
        rule,
        object_type,
        object,
        verdict,
        trigger,
        other,
        at,
        reason,
        payload,
    }
}
