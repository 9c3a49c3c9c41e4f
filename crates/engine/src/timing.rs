//! Limits at work: from a trigger to when something is due, and when to remind of it.

use cage_law::{DayCount, Due, Moment, Span, Term};
use cage_model::{Date, Instant, Value};
use cage_pack::{Bound, Limit, Window};

use crate::matching::{Guard, Unknown};
use crate::monitor::{Setting, Step};

/// The terms of a limit that are in force on the local date of a trigger.
fn in_force(limit: &Limit, date: Date) -> impl Iterator<Item = Term> {
    let (fixed, dated) = match limit {
        Limit::Fixed(term) => (Some(*term), &[][..]),
        Limit::Dated(lines) => (None, lines.as_slice()),
    };
    let dated = dated.iter().filter(move |line| {
        line.from.is_none_or(|from| from <= date) && line.to.is_none_or(|to| date <= to)
    });
    fixed.into_iter().chain(dated.map(|line| line.term))
}

/// The same without a last day that rolls forward: what may not happen sooner waits no longer.
fn unrolled(limit: &Limit, date: Date) -> impl Iterator<Item = Term> {
    in_force(limit, date).map(|term| Term::from(term.span))
}

/// The term of a limit that applies to a trigger: of the lines in force on its local date the one
/// that is due first. `None` when no line is in force: the rule does not apply to this trigger.
#[must_use]
#[inline]
pub fn term_of(limit: &Limit, start: Moment, offset: i16, days: &DayCount) -> Option<Term> {
    match limit {
        Limit::Fixed(term) => Some(*term),
        Limit::Dated(_) => in_force(limit, start.date)
            .min_by_key(|term| days.expiry(days.due(start, *term), offset)),
    }
}

/// When a limit that starts at a trigger is due; `None` as for [`term_of`].
#[must_use]
pub fn due_of(limit: &Limit, start: Moment, offset: i16, days: &DayCount) -> Option<Due> {
    term_of(limit, start, offset, days).map(|term| days.due(start, term))
}

/// When to remind of a term that starts at a trigger, once some percent of it have passed. A span
/// of days is reminded of at the end of the last whole day of that share.
#[must_use]
pub fn reminder(term: Term, percent: u8, start: Moment, offset: i16, days: &DayCount) -> Instant {
    let share = |count: u32| (u64::from(count) * u64::from(percent) / 100) as u32;
    let span = term.span;
    let part = match span {
        Span::Elapsed(micros) => {
            let share = i128::from(micros) * i128::from(percent) / 100;
            return start.instant.plus(share as i64);
        }
        Span::Days(count) => Span::Days(share(count)),
        Span::WorkingDays(count) => Span::WorkingDays(share(count)),
        // A share of months has no date of its own; the days up to the due date have.
        Span::Months(_) => match days.due(start, span) {
            Due::EndOf(date) => {
                let total = u32::try_from(date.0.saturating_sub(start.date.0)).unwrap_or(0);
                Span::Days(share(total))
            }
            Due::At(instant) => return instant,
        },
    };
    days.expiry(days.due(start, part), offset)
}

/// What a [`TimeWindow`] allows, worked out for one trigger.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Allowed {
    /// Not before, see [`Allowed::too_early`].
    pub not_before: Option<Due>,
    /// Not after.
    pub due: Option<Due>,
}

impl Allowed {
    /// Whether a moment is too early. In elapsed time at least that much must have passed; in
    /// days the local date must have been reached.
    #[must_use]
    pub fn too_early(&self, at: Moment) -> bool {
        match self.not_before {
            None => false,
            Some(Due::At(instant)) => at.instant < instant,
            Some(Due::EndOf(date)) => at.date < date,
        }
    }

    /// Whether a moment is too late.
    #[must_use]
    pub fn too_late(&self, at: Moment) -> bool {
        self.due.is_some_and(|due| due.is_past(at))
    }
}

/// A [`Window`] that a monitor runs.
#[derive(Clone, Debug, Default)]
pub struct TimeWindow {
    not_before: Option<Limit>,
    within: Option<Limit>,
    until: Option<Guard>,
    remind_percent: Option<u8>,
}

impl TimeWindow {
    /// Takes a window into a monitor.
    pub fn new(window: &Window, setting: &mut Setting<'_>) -> Self {
        let mut made = match &window.bound {
            None => Self::default(),
            Some(bound) => Self::of_bound(bound, setting),
        };
        made.not_before.clone_from(&window.not_before);
        made
    }

    /// Takes a bound alone into a monitor.
    pub fn of_bound(bound: &Bound, setting: &mut Setting<'_>) -> Self {
        let (within, until) = match bound {
            Bound::Within(limit) => (Some(limit.clone()), None),
            Bound::Until(expr) => (None, Some(Guard::new(expr, setting))),
        };
        Self {
            not_before: None,
            within,
            until,
            remind_percent: setting.rule.remind_percent,
        }
    }

    /// Whether any time is allowed.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.not_before.is_none() && self.within.is_none() && self.until.is_none()
    }

    /// What is allowed after a trigger, the current event. `None` when no line of a dated limit
    /// is in force: the rule does not apply to this trigger.
    ///
    /// # Errors
    /// When the instant that the trigger should bring is missing.
    pub fn after(&self, trigger: &Step<'_>) -> Result<Option<Allowed>, Unknown> {
        let until = self.brought(trigger)?;
        Ok(self.after_kept(trigger.moment, trigger.offset, until, trigger.days))
    }

    /// The latest moment that a trigger, the current event, brings; `None` where the rule asks
    /// for none.
    ///
    /// # Errors
    /// When it should bring one and does not.
    pub fn brought(&self, trigger: &Step<'_>) -> Result<Option<Instant>, Unknown> {
        let Some(until) = &self.until else {
            return Ok(None);
        };
        instant_of(until.value(trigger)?, until).map(Some)
    }

    /// As [`TimeWindow::after`], for a trigger of which only its moment, its offset and what it
    /// [brought](TimeWindow::brought) were kept.
    #[must_use]
    #[inline]
    pub fn after_kept(
        &self,
        start: Moment,
        offset: i16,
        until: Option<Instant>,
        days: &DayCount,
    ) -> Option<Allowed> {
        let mut allowed = Allowed {
            not_before: None,
            due: until.map(Due::At),
        };
        if let Some(limit) = &self.not_before {
            allowed.not_before = Some(latest(unrolled(limit, start.date), start, offset, days)?);
        }
        if let Some(limit) = &self.within {
            allowed.due = Some(due_of(limit, start, offset, days)?);
        }
        Some(allowed)
    }

    /// Whether an event that came before its trigger, the current event, lies inside the window,
    /// measured back from the trigger. `until` is what the trigger [brought](Self::brought).
    #[must_use]
    pub fn reaches_back(
        &self,
        earlier: Moment,
        trigger: &Step<'_>,
        until: Option<Instant>,
    ) -> bool {
        let (now, days) = (trigger.moment, trigger.days);
        let of = |limit| in_force(limit, now.date).map(|term| days.due(earlier, term));
        let early = |due| {
            let allowed = Allowed {
                not_before: Some(due),
                due: None,
            };
            allowed.too_early(now)
        };
        until.is_none_or(|until| earlier.instant <= until)
            && self.within.iter().flat_map(of).all(|due| !due.is_past(now))
            && !self.not_before.iter().flat_map(of).any(early)
    }

    /// The last moment at which any trigger can reach back to an event; `None` when there is none.
    #[must_use]
    pub fn last_reach(&self, earlier: Moment, offset: i16, days: &DayCount) -> Option<Due> {
        match self.within.as_ref()? {
            Limit::Fixed(term) => Some(days.due(earlier, *term)),
            Limit::Dated(lines) => {
                let terms = lines.iter().map(|line| line.term);
                latest(terms, earlier, offset, days)
            }
        }
    }

    /// Whether of two events that a trigger looks back to the later one is allowed wherever the
    /// earlier one is.
    #[must_use]
    pub fn prefers_recent(&self) -> bool {
        self.not_before.is_none() && self.until.is_none()
    }

    /// Whether of two triggers the later one allows all that the earlier one still allows.
    #[must_use]
    pub fn prefers_recent_trigger(&self) -> bool {
        self.prefers_recent() && !matches!(self.within, Some(Limit::Dated(_)))
    }

    /// Whether what a later trigger owes is never due before what an earlier one owes.
    #[must_use]
    pub fn is_orderly(&self, days: &DayCount) -> bool {
        match (&self.until, &self.within) {
            (None, None) => true,
            // Dates as events write them may run back where their offsets differ.
            (None, Some(Limit::Fixed(term))) => !term.span.counts_dates() || days.zone.is_some(),
            _ => false,
        }
    }

    /// When to remind of what a trigger at this moment owes; `None` when the rule states no
    /// reminder, or no span to take a share of.
    #[must_use]
    pub fn remind(&self, start: Moment, offset: i16, days: &DayCount) -> Option<Instant> {
        let percent = self.remind_percent?;
        let term = term_of(self.within.as_ref()?, start, offset, days)?;
        Some(reminder(term, percent, start, offset, days))
    }
}

/// The one of some terms that is due last.
fn latest(
    terms: impl Iterator<Item = Term>,
    start: Moment,
    offset: i16,
    days: &DayCount,
) -> Option<Due> {
    terms
        .map(|term| days.due(start, term))
        .max_by_key(|due| days.expiry(*due, offset))
}

/// The instant of a value that a guard gave.
///
/// # Errors
/// When it is no time.
pub fn instant_of(value: Value, guard: &Guard) -> Result<Instant, Unknown> {
    value
        .as_time()
        .map(cage_model::Time::instant)
        .ok_or_else(|| guard.unfit())
}
