//! `duration`: too fast or too slow from one event to another.
//!
//! Each second event closes the earliest first event that it fits and that is still open. Where a
//! longest time is stated, every first event is an activation, because it owes a second one: it is
//! violated when the time passes ([`Reason::TooSlow`]), and the second event, when it comes after
//! all, is added to the finding. Where only a shortest time is stated, and where the bounds were
//! learned from pairs, each pair is an activation and an event that stays alone says nothing.
//!
//! A second event whose guard or correlation cannot be decided leaves the first event that it
//! would close undecided.

use cage_law::{DayCount, Due, Moment};
use cage_model::{EventRef, Instant, Payload, Reason, Value};
use cage_pack::{Duration, Limit};
use serde::{Deserialize, Serialize};

use crate::lists::{List, Lists, Row, Rows};
use crate::matching::{Fit, Match, Matcher};
use crate::monitor::{Activities, Breach, Emit, EmitEnd, End, Monitor, Owed, Setting, Step};
use crate::state::Damaged;
use crate::timing::{Allowed, due_of, reminder, term_of};

/// Judges a [`Duration`].
#[derive(Clone, Debug)]
pub(crate) struct DurationMonitor {
    from: Matcher,
    to: Matcher,
    fit: Fit,
    min: Option<Limit>,
    max: Option<Limit>,
    /// Whether a first event owes a second one: bounds learned from pairs say nothing of it.
    owes: bool,
    remind_percent: Option<u8>,
    opened: Lists<Open>,
    rows: Rows,
}

/// A first event that no second one has closed.
#[derive(Clone, Copy, Debug)]
struct Open {
    event: EventRef,
    start: Moment,
    max: Option<Due>,
    row: Row,
    offset: i16,
    reported: bool,
}

/// What is kept for one object: first events whose time is up, and those whose time is not.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct DurationState {
    late: List,
    open: List,
}

/// An [`Open`] first event as a plain value.
#[derive(Serialize, Deserialize)]
pub(crate) struct OpenMemory {
    event: EventRef,
    start: Moment,
    max: Option<Due>,
    row: Vec<Value>,
    offset: i16,
    reported: bool,
}

impl DurationMonitor {
    /// Takes a duration into a monitor.
    pub(crate) fn new(duration: &Duration, setting: &mut Setting<'_>) -> Self {
        let fit = Fit::forward(&duration.correlation, setting);
        Self {
            from: Matcher::new(&duration.from, setting),
            to: Matcher::new(&duration.to, setting),
            min: duration.min.clone(),
            max: duration.max.clone(),
            owes: duration.max.is_some() && duration.group.is_none(),
            remind_percent: setting.rule.remind_percent,
            opened: Lists::default(),
            rows: Rows::new(fit.width()),
            fit,
        }
    }

    fn open(&mut self, state: &mut DurationState, step: &Step<'_>, out: &mut dyn Emit) {
        match self.from.matches(step) {
            Match::No => return,
            Match::Unknown(unknown) => return out.undecided_trigger(unknown.of_trigger(step)),
            Match::Yes => {}
        }
        let due = |limit: &Option<Limit>| {
            let limit = limit.as_ref()?;
            due_of(limit, step.moment, step.offset, step.days)
        };
        let max = due(&self.max);
        if max.is_none() && due(&self.min).is_none() {
            return;
        }
        let open = Open {
            event: step.event(),
            start: step.moment,
            max,
            row: self.rows.keep(self.fit.capture(step)),
            offset: step.offset,
            reported: false,
        };
        if self.is_activated(&open) {
            out.activated(1);
        }
        self.opened.push(&mut state.open, open);
    }

    fn is_activated(&self, open: &Open) -> bool {
        self.owes && open.max.is_some()
    }

    /// Takes the current event as a second event.
    fn close(&mut self, state: &mut DurationState, step: &Step<'_>, out: &mut dyn Emit) {
        let answer = self.to.matches(step);
        if answer == Match::No {
            return;
        }
        let found = self.take(&mut state.late, answer, step);
        let Some((open, fits)) = found.or_else(|| self.take(&mut state.open, answer, step)) else {
            return;
        };
        self.rows.release(open.row);
        let activated = self.is_activated(&open);
        if open.reported {
            if fits == Match::Yes {
                out.amended(open.too_slow(Some(step.event()), step.days));
            }
            return;
        }
        if !activated {
            out.activated_since(open.start);
        }
        match fits {
            // Nothing sure came in time.
            Match::Unknown(_) if activated && open.is_past(step.moment) => {
                out.violated(open.too_slow(None, step.days));
            }
            Match::Unknown(unknown) => out.undecided(Breach {
                trigger: Some(open.event),
                other: Some(step.event()),
                ..unknown.of_trigger(step)
            }),
            _ => self.judge(&open, step, out),
        }
    }

    /// Takes the earliest first event that the current event fits, or may fit, out of a list.
    fn take(&mut self, list: &mut List, answer: Match, step: &Step<'_>) -> Option<(Open, Match)> {
        let Self {
            fit, rows, opened, ..
        } = self;
        let both = |open: &Open| match (answer, fit.fits(step, rows.get(open.row))) {
            (_, Match::No) => Match::No,
            (Match::Yes, fits) => fits,
            (unknown, _) => unknown,
        };
        let first = *opened.first(*list)?;
        let fits = both(&first);
        if fits != Match::No {
            return opened.pop(list).map(|open| (open, fits));
        }
        let mut found = None;
        opened.retain(list, |open| {
            if found.is_none() {
                let fits = both(open);
                found = (fits != Match::No).then_some((*open, fits));
                return found.is_none();
            }
            true
        });
        found
    }

    fn judge(&self, open: &Open, step: &Step<'_>, out: &mut dyn Emit) {
        let min = self.min.as_ref();
        let allowed = Allowed {
            not_before: min.and_then(|min| due_of(min, open.start, open.offset, step.days)),
            due: open.max,
        };
        if allowed.too_late(step.moment) {
            let breach = open.too_slow(Some(step.event()), step.days);
            let at = if self.owes {
                breach.at
            } else {
                step.moment.instant
            };
            return out.violated(Breach { at, ..breach });
        }
        match allowed.not_before {
            Some(bound) if allowed.too_early(step.moment) => out.violated(Breach {
                trigger: Some(open.event),
                other: Some(step.event()),
                at: step.moment.instant,
                reason: Reason::TooFast,
                payload: open.span(step.moment.instant, bound, step.days),
            }),
            _ => out.satisfied(1),
        }
    }

    /// Parts the first events whose time is up from the others, without reporting them.
    fn part(&mut self, state: &mut DurationState, now: Moment) {
        if !self.owes {
            return;
        }
        let past = |open: &Open| open.is_past(now);
        if let Some(Limit::Fixed(_)) = self.max {
            // In the order of their starts they also run out.
            while self.opened.first(state.open).is_some_and(past) {
                if let Some(open) = self.opened.pop(&mut state.open) {
                    self.opened.push(&mut state.late, open);
                }
            }
            return;
        }
        let mut late = Vec::new();
        self.opened.retain(&mut state.open, |open| {
            let stays = !past(open);
            if !stays {
                late.push(*open);
            }
            stays
        });
        for open in late {
            self.opened.push(&mut state.late, open);
        }
    }

    /// Reports the first events whose time is up.
    fn report(&mut self, state: &mut DurationState, days: &DayCount, out: &mut dyn Emit) {
        // New ones stand at the end.
        if self
            .opened
            .last(state.late)
            .is_none_or(|open| open.reported)
        {
            return;
        }
        self.opened.retain(&mut state.late, |open| {
            if open.reported {
                return true;
            }
            open.reported = true;
            out.violated(open.too_slow(None, days));
            // It still waits for its second event, which must not close another.
            true
        });
    }
}

impl Open {
    fn is_past(&self, now: Moment) -> bool {
        self.max.is_some_and(|due| due.is_past(now))
    }

    /// How long it took to an instant, against the bound.
    fn span(&self, to: Instant, bound: Due, days: &DayCount) -> Payload {
        let since = |instant: Instant| instant.0.saturating_sub(self.start.instant.0);
        Payload::Span {
            measured: since(to),
            limit: since(days.shown(bound, self.offset)),
        }
    }

    fn too_slow(&self, to: Option<EventRef>, days: &DayCount) -> Breach {
        let payload = match (self.max, to) {
            (None, _) => Payload::None,
            (Some(due), None) => Payload::Due(days.shown(due, self.offset)),
            (Some(due), Some(to)) => self.span(to.at, due, days),
        };
        Breach {
            trigger: Some(self.event),
            other: to,
            at: self
                .max
                .map_or(self.event.at, |due| days.expiry(due, self.offset)),
            reason: Reason::TooSlow,
            payload,
        }
    }
}

impl Monitor for DurationMonitor {
    type State = DurationState;
    type Memory = [Vec<OpenMemory>; 2];

    fn activities(&self) -> Activities {
        Activities::union([self.from.activities(), self.to.activities()])
    }

    /// An event that is both closes an earlier first event before it opens its own.
    fn step(&mut self, state: &mut DurationState, step: &Step<'_>, out: &mut dyn Emit) {
        if !state.open.is_empty() || !state.late.is_empty() {
            self.part(state, step.moment);
            self.close(state, step, out);
            self.report(state, step.days, out);
        }
        self.open(state, step, out);
    }

    fn expire(&mut self, state: &mut DurationState, now: &End<'_>, out: &mut dyn Emit) {
        self.part(state, now.now);
        self.report(state, now.days, out);
    }

    fn next_due(&self, state: &DurationState, days: &DayCount) -> Option<Instant> {
        let expiry = |open: &Open| Some(days.expiry(open.max?, open.offset));
        match self.max {
            _ if !self.owes => None,
            Some(Limit::Fixed(_)) => expiry(self.opened.first(state.open)?),
            _ => self.opened.iter(state.open).filter_map(expiry).min(),
        }
    }

    fn owed(&self, state: &DurationState, days: &DayCount, each: &mut dyn FnMut(Owed)) {
        for open in self.opened.iter(state.open) {
            if self.is_activated(open) {
                let remind = self.remind_percent.zip(self.max.as_ref());
                let remind = remind.and_then(|(percent, max)| {
                    let term = term_of(max, open.start, open.offset, days)?;
                    Some(reminder(term, percent, open.start, open.offset, days))
                });
                each(Owed {
                    trigger: Some(open.event),
                    due: open.max,
                    remind,
                    offset: open.offset,
                });
            }
        }
    }

    fn finish(&self, state: &DurationState, end: &End<'_>, out: &mut dyn EmitEnd) {
        for open in self.opened.iter(state.open) {
            if !self.is_activated(open) {
                continue;
            }
            let breach = open.too_slow(None, end.days);
            if open.is_past(end.now) {
                out.violated(breach);
            } else if end.finite {
                out.violated(Breach {
                    at: end.now.instant,
                    reason: Reason::NotFollowed,
                    ..breach
                });
            } else {
                out.pending(1);
            }
        }
    }

    fn reset(&mut self, state: &mut DurationState) {
        for list in [&mut state.late, &mut state.open] {
            while let Some(open) = self.opened.pop(list) {
                self.rows.release(open.row);
            }
        }
    }

    fn recall(&self, state: &DurationState) -> [Vec<OpenMemory>; 2] {
        [state.late, state.open].map(|list| {
            let opened = self.opened.iter(list).map(|open| OpenMemory {
                event: open.event,
                start: open.start,
                max: open.max,
                row: self.rows.recall(open.row),
                offset: open.offset,
                reported: open.reported,
            });
            opened.collect()
        })
    }

    fn remember(&mut self, memory: [Vec<OpenMemory>; 2]) -> Result<DurationState, Damaged> {
        let mut lists = [List::default(); 2];
        for (list, opened) in lists.iter_mut().zip(memory) {
            for open in opened {
                let open = Open {
                    event: open.event,
                    start: open.start,
                    max: open.max,
                    row: self.rows.remember(open.row)?,
                    offset: open.offset,
                    reported: open.reported,
                };
                self.opened.push(list, open);
            }
        }
        let [late, open] = lists;
        Ok(DurationState { late, open })
    }

    fn bytes(&self) -> usize {
        self.opened.bytes() + self.rows.bytes()
    }
}

#[cfg(test)]
mod tests;
