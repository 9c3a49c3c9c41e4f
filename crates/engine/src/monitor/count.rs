//! `existence`, `absence`, `exactly`: how often something happens to an object. The object itself
//! is the one activation.

use cage_model::{EventRef, Instant, Payload, Reason, Symbol};
use cage_pack::Pattern;
use serde::{Deserialize, Serialize};

use crate::matching::{Match, Matcher, Unknown};
use crate::monitor::{Activities, Breach, Emit, EmitEnd, End, Monitor, Owed, Setting, Step};
use crate::state::Damaged;

/// Counts events against bounds.
#[derive(Clone, Debug)]
pub(crate) struct CountMonitor {
    what: Matcher,
    at_least: u32,
    at_most: Option<u32>,
}

/// What was counted of one object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counted {
    sure: u32,
    /// Events of which it is not known whether they count.
    doubtful: u32,
    /// Why, for the first of them.
    field: Symbol,
    failed: bool,
    settled: bool,
}

const _: () = assert!(size_of::<Counted>() == 16);

impl CountMonitor {
    pub(crate) fn new(
        what: &Pattern,
        at_least: u32,
        at_most: Option<u32>,
        setting: &mut Setting<'_>,
    ) -> Self {
        Self {
            what: Matcher::new(what, setting),
            at_least,
            at_most,
        }
    }

    fn too_few(&self, counted: u32, at: Instant) -> Breach {
        let payload = Payload::Count {
            counted: u64::from(counted),
            limit: u64::from(self.at_least),
        };
        breach(None, at, Reason::TooFew, payload)
    }

    fn too_many(&self, counted: u32, step: &Step<'_>) -> Breach {
        let payload = Payload::Count {
            counted: u64::from(counted),
            limit: u64::from(self.at_most.unwrap_or(u32::MAX)),
        };
        let event = Some(step.event());
        breach(event, step.moment.instant, Reason::TooMany, payload)
    }
}

/// A breach of which the object itself is the trigger.
pub(crate) fn breach(
    other: Option<EventRef>,
    at: Instant,
    reason: Reason,
    payload: Payload,
) -> Breach {
    Breach {
        trigger: None,
        other,
        at,
        reason,
        payload,
    }
}

impl Monitor for CountMonitor {
    type State = Counted;
    type Memory = Option<Counted>;

    fn activities(&self) -> Activities {
        self.what.activities()
    }

    fn step(&mut self, state: &mut Counted, step: &Step<'_>, out: &mut dyn Emit) {
        if state.settled {
            return;
        }
        match self.what.matches(step) {
            Match::No => return,
            Match::Yes => state.sure = state.sure.saturating_add(1),
            Match::Unknown(unknown) => {
                if state.doubtful == 0 {
                    state.field = unknown.field;
                    state.failed = unknown.reason == Reason::ExpressionFailed;
                }
                state.doubtful = state.doubtful.saturating_add(1);
                return;
            }
        }
        if self.at_most.is_some_and(|most| state.sure > most) {
            state.settled = true;
            out.activated(1);
            out.violated(self.too_many(state.sure, step));
        } else if self.at_most.is_none() && state.sure >= self.at_least {
            state.settled = true;
            out.activated(1);
            out.satisfied(1);
        }
    }

    fn owed(&self, state: &Counted, _days: &cage_law::DayCount, each: &mut dyn FnMut(Owed)) {
        if !state.settled && state.sure < self.at_least {
            each(Owed {
                trigger: None,
                due: None,
                remind: None,
                offset: 0,
            });
        }
    }

    fn finish(&self, state: &Counted, end: &End<'_>, out: &mut dyn EmitEnd) {
        if state.settled {
            return;
        }
        out.activated(1);
        let most = state.sure.saturating_add(state.doubtful);
        let may_be_few = state.sure < self.at_least;
        let must_be_few = most < self.at_least;
        let may_be_many = self.at_most.is_some_and(|limit| most > limit);
        let at = end.now.instant;
        if must_be_few && end.finite {
            out.violated(self.too_few(most, at));
        } else if must_be_few {
            out.pending(1);
        } else if may_be_few || may_be_many {
            let unknown = unknown(state.failed, state.field);
            out.undecided(breach(None, at, unknown.reason, unknown.payload()));
        } else if self.at_most.is_none() || end.finite {
            out.satisfied(1);
        } else {
            out.possibly_satisfied(1);
        }
    }

    fn reset(&mut self, state: &mut Counted) {
        *state = Counted::default();
    }

    fn recall(&self, state: &Counted) -> Option<Counted> {
        (*state != Counted::default()).then_some(*state)
    }

    fn remember(&mut self, memory: Option<Counted>) -> Result<Counted, Damaged> {
        Ok(memory.unwrap_or_default())
    }

    fn bytes(&self) -> usize {
        0
    }
}

/// What was kept of an [`Unknown`].
pub(crate) const fn unknown(failed: bool, field: Symbol) -> Unknown {
    let reason = if failed {
        Reason::ExpressionFailed
    } else {
        Reason::DataMissing
    };
    Unknown { reason, field }
}

#[cfg(test)]
mod tests;
