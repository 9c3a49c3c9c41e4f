//! `init` and `end`: the object's first and last event. The object itself is the one activation,
//! from its first event on.

use cage_law::DayCount;
use cage_model::{EventRef, Instant, Payload, Reason, Symbol};
use cage_pack::Pattern;
use serde::{Deserialize, Serialize};

use super::count::{breach, unknown};
use crate::matching::{Match, Matcher};
use crate::monitor::{Activities, Emit, EmitEnd, End, Monitor, Owed, Setting, Step};
use crate::state::Damaged;

/// Looks at the first event of an object.
#[derive(Clone, Debug)]
pub(crate) struct InitMonitor {
    what: Matcher,
}

/// Whether the first event was seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) enum Begun {
    #[default]
    No,
    Yes,
}

impl InitMonitor {
    pub(crate) fn new(what: &Pattern, setting: &mut Setting<'_>) -> Self {
        Self {
            what: Matcher::new(what, setting),
        }
    }
}

impl Monitor for InitMonitor {
    type State = Begun;
    type Memory = Option<Begun>;

    fn activities(&self) -> Activities {
        Activities::All
    }

    fn step(&mut self, state: &mut Begun, step: &Step<'_>, out: &mut dyn Emit) {
        if *state == Begun::Yes {
            return;
        }
        *state = Begun::Yes;
        out.activated(1);
        let (event, at) = (Some(step.event()), step.moment.instant);
        match self.what.matches(step) {
            Match::Yes => out.satisfied(1),
            Match::No => out.violated(breach(event, at, Reason::WrongFirst, Payload::None)),
            Match::Unknown(unknown) => {
                out.undecided(breach(event, at, unknown.reason, unknown.payload()));
            }
        }
    }

    fn finish(&self, _state: &Begun, _end: &End<'_>, _out: &mut dyn EmitEnd) {}

    fn reset(&mut self, state: &mut Begun) {
        *state = Begun::No;
    }

    fn recall(&self, state: &Begun) -> Option<Begun> {
        (*state != Begun::default()).then_some(*state)
    }

    fn remember(&mut self, memory: Option<Begun>) -> Result<Begun, Damaged> {
        Ok(memory.unwrap_or_default())
    }

    fn bytes(&self) -> usize {
        0
    }
}

/// Looks at the last event of an object.
#[derive(Clone, Debug)]
pub(crate) struct EndMonitor {
    what: Matcher,
}

/// The last event of an object so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Last {
    position: u64,
    at: Instant,
    activity: Symbol,
    /// The field in doubt.
    field: Symbol,
    fits: LastFits,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
enum LastFits {
    /// There was no event.
    #[default]
    Absent,
    No,
    Yes,
    Unknown,
    Failed,
}

impl EndMonitor {
    pub(crate) fn new(what: &Pattern, setting: &mut Setting<'_>) -> Self {
        Self {
            what: Matcher::new(what, setting),
        }
    }
}

impl Monitor for EndMonitor {
    type State = Last;
    type Memory = Option<Last>;

    fn activities(&self) -> Activities {
        Activities::All
    }

    fn step(&mut self, state: &mut Last, step: &Step<'_>, out: &mut dyn Emit) {
        if state.fits == LastFits::Absent {
            out.activated(1);
        }
        let (fits, field) = match self.what.matches(step) {
            Match::No => (LastFits::No, Symbol::EMPTY),
            Match::Yes => (LastFits::Yes, Symbol::EMPTY),
            Match::Unknown(unknown) if unknown.reason == Reason::ExpressionFailed => {
                (LastFits::Failed, unknown.field)
            }
            Match::Unknown(unknown) => (LastFits::Unknown, unknown.field),
        };
        *state = Last {
            position: step.position,
            at: step.moment.instant,
            activity: step.activity,
            field,
            fits,
        };
    }

    fn owed(&self, state: &Last, _days: &DayCount, each: &mut dyn FnMut(Owed)) {
        if state.fits == LastFits::No {
            each(Owed {
                trigger: None,
                due: None,
                remind: None,
                offset: 0,
            });
        }
    }

    fn finish(&self, state: &Last, end: &End<'_>, out: &mut dyn EmitEnd) {
        let event = Some(EventRef {
            position: state.position,
            at: state.at,
            activity: state.activity,
        });
        let at = end.now.instant;
        match state.fits {
            LastFits::Absent => {}
            LastFits::Yes => out.possibly_satisfied(1),
            LastFits::No if end.finite => {
                out.violated(breach(event, at, Reason::WrongLast, Payload::None));
            }
            LastFits::No => out.pending(1),
            LastFits::Unknown | LastFits::Failed => {
                let unknown = unknown(state.fits == LastFits::Failed, state.field);
                out.undecided(breach(event, at, unknown.reason, unknown.payload()));
            }
        }
    }

    fn reset(&mut self, state: &mut Last) {
        *state = Last::default();
    }

    fn recall(&self, state: &Last) -> Option<Last> {
        (*state != Last::default()).then_some(*state)
    }

    fn remember(&mut self, memory: Option<Last>) -> Result<Last, Damaged> {
        Ok(memory.unwrap_or_default())
    }

    fn bytes(&self) -> usize {
        0
    }
}
