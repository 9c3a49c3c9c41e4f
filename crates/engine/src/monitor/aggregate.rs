//! `aggregate`: a count, sum, number of different values or ratio over a window, against a limit.
//!
//! *Over*: an activation is an event that counts while the aggregate is within its limit; it is
//! violated when it takes the aggregate beyond it ([`Reason::OverLimit`]), satisfied when not.
//! Further events are no activations until the aggregate has returned (time has passed, a new
//! window has begun, a sum went down): one excess is one finding.
//!
//! *Under*: an activation is a window of the calendar, or the object's whole life, judged when it
//! ends. After a window that was under the limit the next is an activation only when one has
//! reached it again. Windows without any event count from the object's first one on. A sliding
//! window is judged when the object is taken to end.
//!
//! Of a dated limit the line counts that is in force on the first day of a window of the calendar, on
//! the day of the first event of a whole life, on the day of judging of a sliding window; where none
//! is, there is no activation.
//!
//! An event whose value is missing does not count. Against an upper limit it is undecided itself;
//! against a lower one its window is, if that falls short.

mod sum;
mod threshold;
mod window;

use cage_law::{DayCount, Due};
use cage_model::{Date, Instant, Payload, Reason};
use cage_pack::{Aggregate, AggregateValue, AggregateWindow};

use crate::key::Key;
use crate::matching::{Guard, Match, Matcher, Unknown};
use crate::monitor::{Activities, Breach, Emit, EmitEnd, End, Monitor, Setting, Step};
use crate::slab::{Slab, Slot};
use crate::state::{Damaged, demand};

use sum::Sum;
use threshold::{Side, Threshold};
use window::{Measured, Part, Period, Window};

/// Judges an [`Aggregate`].
#[derive(Clone, Debug)]
pub(crate) struct AggregateMonitor {
    what: Matcher,
    measure: Measure,
    window: AggregateWindow,
    over: Option<Threshold>,
    under: Option<Threshold>,
    windows: Slab<Window>,
}

/// What is computed.
#[derive(Clone, Debug)]
enum Measure {
    Count,
    Sum(Guard),
    Distinct(Guard),
    Ratio { holds: Guard, at_least: u64 },
}

impl Measure {
    fn of(value: &AggregateValue, setting: &mut Setting<'_>) -> Self {
        match value {
            AggregateValue::Count => Self::Count,
            AggregateValue::Sum(expr) => Self::Sum(Guard::new(expr, setting)),
            AggregateValue::Distinct(expr) => Self::Distinct(Guard::new(expr, setting)),
            AggregateValue::Ratio { holds, at_least } => Self::Ratio {
                holds: Guard::new(holds, setting),
                at_least: u64::from(*at_least),
            },
        }
    }

    /// What the current event adds.
    fn part(&self, step: &Step<'_>) -> Result<Part, Unknown> {
        Ok(match self {
            Self::Count => Part::One,
            Self::Sum(guard) => {
                Part::Number(Sum::of(guard.value(step)?).ok_or_else(|| guard.unfit())?)
            }
            Self::Distinct(guard) => {
                Part::Value(Key::of(guard.value(step)?).ok_or_else(|| guard.unfit())?)
            }
            Self::Ratio { holds, .. } => match holds.test(step, &[]) {
                Match::Yes => Part::Holds(true),
                Match::No => Part::Holds(false),
                Match::Unknown(unknown) => return Err(unknown),
            },
        })
    }

    /// The aggregate of a window; `None` where too little was seen.
    fn measured(&self, window: &Window) -> Option<Measured> {
        Some(match self {
            Self::Count => Measured::Number(Sum::from(window.events)),
            Self::Sum(_) => Measured::Number(window.sum),
            Self::Distinct(_) => Measured::Number(Sum::from(window.different())),
            Self::Ratio { at_least, .. } => {
                let (part, whole) = (window.holding, window.events);
                (whole > 0 && whole >= *at_least).then_some(Measured::Ratio { part, whole })?
            }
        })
    }
}

impl AggregateMonitor {
    /// Takes an aggregate into a monitor.
    pub(crate) fn new(aggregate: &Aggregate, setting: &mut Setting<'_>) -> Self {
        let (over, under) = (aggregate.over.as_ref(), aggregate.under.as_ref());
        Self {
            what: Matcher::new(&aggregate.what, setting),
            measure: Measure::of(&aggregate.value, setting),
            window: aggregate.window,
            over: over.map(|limit| Threshold::new(limit, Side::Over)),
            under: under.map(|limit| Threshold::new(limit, Side::Under)),
            windows: Slab::default(),
        }
    }

    /// The number that must not be exceeded, of those in force on a day.
    fn over_on(&self, day: Date) -> Option<Sum> {
        self.over.as_ref()?.on(day)
    }

    /// Likewise the number that must be reached.
    fn under_on(&self, day: Date) -> Option<Sum> {
        self.under.as_ref()?.on(day)
    }

    /// The day whose limits hold for a window that is open now.
    fn limit_day(&self, window: &Window, now: Date) -> Date {
        match self.window {
            AggregateWindow::Whole if window.events > 0 => window.start.date,
            _ => Period::of(self.window, now).map_or(now, |period| period.first),
        }
    }

    fn exceeds(&self, window: &Window, day: Date) -> Option<(Measured, Sum)> {
        let (measured, over) = (self.measure.measured(window)?, self.over_on(day)?);
        (measured.cmp_to(over) == std::cmp::Ordering::Greater).then_some((measured, over))
    }

    fn falls_short(&self, window: &Window, day: Date) -> Option<(Measured, Sum)> {
        let (measured, under) = (self.measure.measured(window)?, self.under_on(day)?);
        (measured.cmp_to(under) == std::cmp::Ordering::Less).then_some((measured, under))
    }

    /// Judges a window that has ended against the lower limit of a day.
    fn end_window(&self, window: &mut Window, day: Date, at: Instant, out: &mut dyn Emit) {
        if self.under_on(day).is_none() || self.measure.measured(window).is_none() {
            return;
        }
        let short = self.falls_short(window, day);
        if !window.short {
            out.activated_since(window.start);
            match (short, window.unknown) {
                (None, _) => out.satisfied(1),
                (Some(_), Some(unknown)) => out.undecided(Breach {
                    reason: unknown.reason,
                    payload: unknown.payload(),
                    ..short_breach(window, short, at)
                }),
                (Some(_), None) => out.violated(short_breach(window, short, at)),
            }
        }
        window.short = short.is_some();
    }

    /// Ends the windows of the calendar that are over at a moment.
    fn roll(&self, window: &mut Window, now: &End<'_>, out: &mut dyn Emit) {
        while let Some(period) = window.period {
            if now.now.date <= period.last {
                return;
            }
            let due = Due::EndOf(period.last);
            let at = now.days.expiry(due, window.offset);
            self.end_window(window, period.first, at, out);
            window.clear(None);
            window.clear(self.empty_after(window, period));
        }
    }

    /// The next window after one that something is to be said of even if it stays empty. Most often
    /// there is none: empty windows stay short, or never are, unless another limit comes into force.
    fn empty_after(&self, empty: &Window, period: Period) -> Option<Period> {
        let under = self.under.as_ref().filter(|_| !empty.short)?;
        let mut next = period.next(self.window)?;
        while self.falls_short(empty, next.first).is_none() {
            let change = under.next_change(next.first)?;
            let around = Period::of(self.window, change)?;
            next = if around.first < change {
                around.next(self.window)?
            } else {
                around
            };
        }
        Some(next)
    }

    /// Lets the current event count.
    fn count(&mut self, state: &mut Slot, part: Part, step: &Step<'_>, out: &mut dyn Emit) {
        let mut window = std::mem::take(self.windows.entry(state, Window::default));
        if window.events == 0 {
            window.start = step.moment;
        }
        window.offset = step.offset;
        window.period = Period::of(self.window, step.moment.date);
        let day = self.limit_day(&window, step.moment.date);
        // What was within the limit of its day may be outside by another limit alone: the event
        // that comes then is found.
        let before = if window.events == 0 {
            day
        } else {
            window.judged
        };
        let outside = [before, day].map(|day| self.exceeds(&window, day).is_some());
        let outside = outside == [true; 2];
        window.judged = day;
        let due = match self.window {
            AggregateWindow::Sliding(span) => Some(step.days.due(step.moment, span)),
            _ => None,
        };
        window.add(part, step.event(), due);
        if self.over_on(day).is_some() && !outside {
            out.activated(1);
            match self.exceeds(&window, day) {
                None => out.satisfied(1),
                Some((measured, over)) => {
                    let first = window.first.filter(|first| *first != step.event());
                    out.violated(Breach {
                        trigger: Some(first.unwrap_or(step.event())),
                        other: first.map(|_| step.event()),
                        at: step.moment.instant,
                        reason: Reason::OverLimit,
                        payload: measured.payload(over),
                    });
                }
            }
        }
        *self.windows.entry(state, Window::default) = window;
    }

    /// Takes an event that counts, or may count, by an amount that is not known.
    fn count_unknown(
        &mut self,
        state: Slot,
        sure: bool,
        unknown: Unknown,
        told: (&Step<'_>, &mut dyn Emit),
    ) {
        let (step, out) = told;
        let date = step.moment.date;
        let is_open = |window: &&Window| {
            window.events > 0 || window.period.is_some_and(|period| period.first <= date)
        };
        let window = self.windows.get(state).filter(is_open);
        let day = self.limit_day(window.unwrap_or(&Window::default()), date);
        let (upper, lower) = (self.over_on(day).is_some(), self.under_on(day).is_some());
        if window.is_some()
            && let Some(window) = self.windows.get_mut(state)
        {
            window.unknown.get_or_insert(unknown);
            if lower && !upper {
                return;
            }
        }
        if !upper && !lower {
            return;
        }
        let breach = unknown.of_trigger(step);
        if sure {
            out.activated(1);
            out.undecided(breach);
        } else {
            out.undecided_trigger(breach);
        }
    }

    /// Whether a window that is open has something to be said of at its end.
    fn is_judged(&self, window: &Window, day: Date) -> bool {
        self.under_on(day).is_some() && !window.short && self.measure.measured(window).is_some()
    }
}

fn short_breach(window: &Window, short: Option<(Measured, Sum)>, at: Instant) -> Breach {
    let first = window.first;
    Breach {
        trigger: first.or(window.latest),
        other: window
            .latest
            .filter(|_| first.is_some() && window.latest != first),
        at,
        reason: Reason::OverLimit,
        payload: short.map_or(Payload::None, |(measured, under)| measured.payload(under)),
    }
}

impl Monitor for AggregateMonitor {
    type State = Slot;
    type Memory = Option<Window>;

    fn activities(&self) -> Activities {
        self.what.activities()
    }

    fn step(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        self.expire(state, &step.now(), out);
        match (self.what.matches(step), self.measure.part(step)) {
            (Match::No, _) => {}
            (Match::Unknown(unknown), _) => {
                self.count_unknown(*state, false, unknown, (step, out));
            }
            (Match::Yes, Err(unknown)) => self.count_unknown(*state, true, unknown, (step, out)),
            (Match::Yes, Ok(part)) => self.count(state, part, step, out),
        }
    }

    fn expire(&mut self, state: &mut Slot, now: &End<'_>, out: &mut dyn Emit) {
        let Some(window) = self.windows.get_mut(*state) else {
            return;
        };
        window.slide(now.now);
        let mut window = std::mem::take(window);
        self.roll(&mut window, now, out);
        *self.windows.entry(state, Window::default) = window;
    }

    fn next_due(&self, state: &Slot, days: &DayCount) -> Option<Instant> {
        let window = self.windows.get(*state)?;
        let period = window.period.filter(|_| self.under.is_some())?;
        Some(days.expiry(Due::EndOf(period.last), window.offset))
    }

    fn finish(&self, state: &Slot, end: &End<'_>, out: &mut dyn EmitEnd) {
        if self.under.is_none() {
            return;
        }
        let Some(window) = self.windows.get(*state) else {
            return;
        };
        let mut window = window.clone();
        window.slide(end.now);
        self.roll(&mut window, end, out);
        let sliding = matches!(self.window, AggregateWindow::Sliding(_));
        let date = end.now.date;
        let begun = window.period.is_some_and(|period| period.first <= date);
        let open = begun || self.window == AggregateWindow::Whole || sliding;
        let day = self.limit_day(&window, date);
        if !open || !self.is_judged(&window, day) {
            return;
        }
        if end.finite {
            self.end_window(&mut window, day, end.now.instant, out);
        } else if !sliding {
            out.activated_since(window.start);
            match self.falls_short(&window, day) {
                Some(_) => out.pending(1),
                None => out.possibly_satisfied(1),
            }
        }
    }

    fn reset(&mut self, state: &mut Slot) {
        self.windows.take(state);
    }

    fn recall(&self, state: &Slot) -> Option<Window> {
        self.windows.get(*state).cloned()
    }

    fn remember(&mut self, memory: Option<Window>) -> Result<Slot, Damaged> {
        if let Some(window) = &memory {
            let slides = matches!(self.window, AggregateWindow::Sliding(_));
            demand(window.is_sound(slides), "a window that holds too much")?;
        }
        Ok(self.windows.keep(memory))
    }

    fn bytes(&self) -> usize {
        self.windows.bytes() + self.windows.iter().map(Window::bytes).sum::<usize>()
    }
}

#[cfg(test)]
mod tests;
