//! `choice` and `exclusive-choice`: one of two things happens to an object, or only one. The
//! object itself is the one activation.

use cage_law::DayCount;
use cage_model::{Payload, Reason, Symbol};
use cage_pack::Pattern;
use serde::{Deserialize, Serialize};

use super::count::{breach, unknown};
use crate::matching::{Match, Matcher, Unknown};
use crate::monitor::{Activities, Emit, EmitEnd, End, Monitor, Owed, Setting, Step};
use crate::state::Damaged;

/// Looks for one of two.
#[derive(Clone, Debug)]
pub(crate) struct ChoiceMonitor {
    a: Matcher,
    b: Matcher,
    exclusive: bool,
}

/// What was seen of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Chosen {
    a: Seen,
    b: Seen,
    settled: bool,
    /// Why something is not known, for the first such event.
    failed: bool,
    field: Symbol,
}

const _: () = assert!(size_of::<Chosen>() == 8);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
enum Seen {
    #[default]
    No,
    Perhaps,
    Yes,
}

impl ChoiceMonitor {
    pub(crate) fn new(
        a: &Pattern,
        b: &Pattern,
        exclusive: bool,
        setting: &mut Setting<'_>,
    ) -> Self {
        Self {
            a: Matcher::new(a, setting),
            b: Matcher::new(b, setting),
            exclusive,
        }
    }
}

impl Chosen {
    fn doubt(&mut self, unknown: Unknown) -> Seen {
        if self.field == Symbol::EMPTY {
            self.field = unknown.field;
            self.failed = unknown.reason == Reason::ExpressionFailed;
        }
        Seen::Perhaps
    }

    fn seen(&mut self, matched: Match) -> Seen {
        match matched {
            Match::No => Seen::No,
            Match::Yes => Seen::Yes,
            Match::Unknown(unknown) => self.doubt(unknown),
        }
    }
}

impl Monitor for ChoiceMonitor {
    type State = Chosen;
    type Memory = Option<Chosen>;

    fn activities(&self) -> Activities {
        Activities::union([self.a.activities(), self.b.activities()])
    }

    fn step(&mut self, state: &mut Chosen, step: &Step<'_>, out: &mut dyn Emit) {
        if state.settled {
            return;
        }
        let (a, b) = (self.a.matches(step), self.b.matches(step));
        state.a = state.a.max(state.seen(a));
        state.b = state.b.max(state.seen(b));
        if self.exclusive && state.a == Seen::Yes && state.b == Seen::Yes {
            state.settled = true;
            out.activated(1);
            let at = step.moment.instant;
            let event = Some(step.event());
            out.violated(breach(event, at, Reason::TooMany, LIMIT_BOTH));
        } else if !self.exclusive && (state.a == Seen::Yes || state.b == Seen::Yes) {
            state.settled = true;
            out.activated(1);
            out.satisfied(1);
        }
    }

    fn owed(&self, state: &Chosen, _days: &DayCount, each: &mut dyn FnMut(Owed)) {
        if !state.settled && state.a != Seen::Yes && state.b != Seen::Yes {
            each(Owed {
                trigger: None,
                due: None,
                remind: None,
                offset: 0,
            });
        }
    }

    fn finish(&self, state: &Chosen, end: &End<'_>, out: &mut dyn EmitEnd) {
        if state.settled {
            return;
        }
        out.activated(1);
        let at = end.now.instant;
        match (state.a, state.b) {
            (Seen::No, Seen::No) if end.finite => {
                out.violated(breach(None, at, Reason::TooFew, LIMIT_NONE));
            }
            (Seen::No, Seen::No) => out.pending(1),
            // The plain choice is settled as soon as one is seen for sure.
            (Seen::Yes, Seen::No) | (Seen::No, Seen::Yes) => out.possibly_satisfied(1),
            _ => {
                let unknown = unknown(state.failed, state.field);
                out.undecided(breach(None, at, unknown.reason, unknown.payload()));
            }
        }
    }

    fn reset(&mut self, state: &mut Chosen) {
        *state = Chosen::default();
    }

    fn recall(&self, state: &Chosen) -> Option<Chosen> {
        (*state != Chosen::default()).then_some(*state)
    }

    fn remember(&mut self, memory: Option<Chosen>) -> Result<Chosen, Damaged> {
        Ok(memory.unwrap_or_default())
    }

    fn bytes(&self) -> usize {
        0
    }
}

const LIMIT_NONE: Payload = Payload::Count {
    counted: 0,
    limit: 1,
};
const LIMIT_BOTH: Payload = Payload::Count {
    counted: 2,
    limit: 1,
};
