//! `lag`: how long after it happened an event was entered.
//!
//! An activation is an event that is looked at. It is violated when it arrived after its time
//! ([`Reason::LateEntry`], known at the arrival), undecided when it has no arrival time. An event
//! that arrived before it happened is not late.

use cage_model::{Payload, Reason, Symbol};
use cage_pack::Lag;

use crate::matching::{Match, Matcher, Unknown};
use crate::monitor::{Activities, Breach, Emit, EmitEnd, End, Monitor, Setting, Step};
use crate::state::Damaged;
use crate::timing::due_of;

/// Judges a [`Lag`].
#[derive(Clone, Debug)]
pub(crate) struct LagMonitor {
    what: Matcher,
    max: cage_pack::Limit,
    /// How an event's arrival time is called.
    arrival: Symbol,
}

impl LagMonitor {
    /// Takes a lag into a monitor.
    pub(crate) fn new(lag: &Lag, setting: &mut Setting<'_>) -> Self {
        Self {
            what: Matcher::new(&lag.what, setting),
            max: lag.max.clone(),
            arrival: setting.names.intern("received"),
        }
    }
}

impl Monitor for LagMonitor {
    type State = ();
    type Memory = ();

    fn activities(&self) -> Activities {
        self.what.activities()
    }

    fn step(&mut self, _state: &mut (), step: &Step<'_>, out: &mut dyn Emit) {
        match self.what.matches(step) {
            Match::No => return,
            Match::Unknown(unknown) => return out.undecided_trigger(unknown.of_trigger(step)),
            Match::Yes => {}
        }
        let Some(due) = due_of(&self.max, step.moment, step.offset, step.days) else {
            return;
        };
        out.activated(1);
        let Some(arrival) = step.arrival else {
            let unknown = Unknown {
                reason: Reason::DataMissing,
                field: self.arrival,
            };
            return out.undecided(unknown.of_trigger(step));
        };
        if !due.is_past(arrival) {
            return out.satisfied(1);
        }
        let since = |instant: cage_model::Instant| instant.0.saturating_sub(step.moment.instant.0);
        out.violated(Breach {
            trigger: Some(step.event()),
            other: None,
            at: arrival.instant,
            reason: Reason::LateEntry,
            payload: Payload::Span {
                measured: since(arrival.instant),
                limit: since(step.days.shown(due, step.offset)),
            },
        });
    }

    fn finish(&self, _state: &(), _end: &End<'_>, _out: &mut dyn EmitEnd) {}

    fn reset(&mut self, _state: &mut ()) {}

    fn recall(&self, _state: &()) {}

    fn remember(&mut self, _memory: ()) -> Result<(), Damaged> {
        Ok(())
    }

    fn bytes(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use crate::monitor::cases::{Case, OFFICE, check};

    #[test]
    fn what_is_entered_days_later_is_found() {
        let head = format!("{OFFICE}kind = \"lag\"\nwhat = \"reviewed\"\n");
        check(&head, &[
            Case {
                // Friday, then a make-up Saturday, nine days off, Tuesday.
                name: "two working days reach over the Spring Festival",
                rule: "max = \"2 working days\"",
                as_of: "",
                story: "2026-02-13T16:00:00+08:00 reviewed case=C1 received=2026-02-24T20:00:00+08:00
                        2026-02-13T16:00:00+08:00 reviewed case=C2 received=2026-02-25T00:00:00+08:00",
                counts: [2, 1, 1, 0, 0],
                findings: "RULE C2 Violated LateEntry reviewed@1 at 2026-02-25T00:00:00+08:00 \
                           Span { measured: 979200000000, limit: 979200000000 }",
            },
            Case {
                name: "ten minutes are ten minutes; before the event is not late",
                rule: "max = \"10 min\"",
                as_of: "",
                story: "2026-02-13T16:00:00+08:00 reviewed case=C1 received=2026-02-13T16:10:00+08:00
                        2026-02-13T16:01:00+08:00 reviewed case=C1 received=2026-02-13T16:11:00.000001+08:00
                        2026-02-13T16:02:00+08:00 reviewed case=C1 received=2026-02-13T15:00:00+08:00",
                counts: [3, 2, 1, 0, 0],
                findings: "RULE C1 Violated LateEntry reviewed@1 at 2026-02-13T16:11:00.000001+08:00 \
                           Span { measured: 600000001, limit: 600000000 }",
            },
            Case {
                name: "without an arrival time nothing can be said",
                rule: "max = \"10 min\"",
                as_of: "",
                story: "2026-02-13T16:00:00+08:00 reviewed case=C1
                        2026-02-13T16:00:00+08:00 other case=C1",
                counts: [1, 0, 0, 0, 1],
                findings: "RULE C1 Undecided DataMissing reviewed@0 at 2026-02-13T16:00:00+08:00 \
                           field received",
            },
        ]);
    }
}
