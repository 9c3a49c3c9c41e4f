//! One object's window: what counts in it now.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::VecDeque;

use cage_law::{Due, Moment};
use cage_model::{Date, EventRef, Instant, Keyed, Payload};
use cage_pack::AggregateWindow;

use super::sum::Sum;
use crate::key::Key;
use crate::matching::Unknown;

/// What one event adds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Part {
    One,
    Number(Sum),
    Value(Key),
    Holds(bool),
}

/// An aggregate.
#[derive(Clone, Copy, Debug)]
pub(super) enum Measured {
    Number(Sum),
    Ratio { part: u64, whole: u64 },
}

impl Measured {
    pub(super) fn cmp_to(self, limit: Sum) -> Ordering {
        match self {
            Self::Number(number) => number.cmp(&limit),
            Self::Ratio { part, whole } => limit.compare_ratio(part, whole),
        }
    }

    /// For a finding: floats are shown, never judged.
    pub(super) fn payload(self, limit: Sum) -> Payload {
        Payload::Number {
            computed: match self {
                Self::Number(number) => number.to_float(),
                Self::Ratio { part, whole } => part as f64 / whole as f64,
            },
            limit: limit.to_float(),
        }
    }
}

/// A window of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Period {
    pub(super) first: Date,
    pub(super) last: Date,
}

impl Period {
    /// The window of a date; `None` for windows that are none of the calendar.
    pub(super) fn of(window: AggregateWindow, date: Date) -> Option<Self> {
        let (year, month, _) = date.parts();
        let (first, next) = match window {
            AggregateWindow::Whole | AggregateWindow::Sliding(_) => return None,
            AggregateWindow::Day => (Some(date), Some(date.plus(1))),
            AggregateWindow::Week => {
                let monday = date.plus(-(date.weekday() as i32));
                (Some(monday), Some(monday.plus(7)))
            }
            AggregateWindow::Month => {
                let next = match month {
                    12 => Date::new(year + 1, 1, 1),
                    _ => Date::new(year, month + 1, 1),
                };
                (Date::new(year, month, 1), next)
            }
            AggregateWindow::Year => (Date::new(year, 1, 1), Date::new(year + 1, 1, 1)),
        };
        Some(Self {
            first: first.unwrap_or(date),
            last: next.map_or(date, |next| next.plus(-1)),
        })
    }

    /// The window after this one; `None` at the end of time.
    pub(super) fn next(self, window: AggregateWindow) -> Option<Self> {
        let next = Self::of(window, self.last.plus(1))?;
        (next.last > self.last).then_some(next)
    }
}

/// What is kept for one object.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Window {
    /// Of a window of the calendar: which.
    pub(super) period: Option<Period>,
    /// When it began: its first event, or its first day.
    pub(super) start: Moment,
    pub(super) offset: i16,
    /// Events that count.
    pub(super) events: u64,
    pub(super) sum: Sum,
    pub(super) holding: u64,
    values: Keyed<Key, u32>,
    pub(super) first: Option<EventRef>,
    pub(super) latest: Option<EventRef>,
    /// Of a sliding window: its events, with when they leave it.
    inside: VecDeque<(Due, EventRef, Part)>,
    /// The day whose limits its last event was judged by.
    pub(super) judged: Date,
    /// An event that may count, by how much is not known.
    pub(super) unknown: Option<Unknown>,
    /// Whether the last window that ended was under the lower limit.
    pub(super) short: bool,
}

impl Window {
    /// Adds an event; to a sliding window with the time at which it leaves.
    pub(super) fn add(&mut self, part: Part, event: EventRef, leaves: Option<Due>) {
        self.events += 1;
        match part {
            Part::One => {}
            Part::Number(number) => self.sum.add(number),
            Part::Holds(holds) => self.holding += u64::from(holds),
            Part::Value(key) => *self.values.entry_or_insert_with(key, || 0) += 1,
        }
        self.first.get_or_insert(event);
        self.latest = Some(event);
        if let Some(due) = leaves {
            self.inside.push_back((due, event, part));
        }
    }

    /// Different values.
    pub(super) fn different(&self) -> u64 {
        self.values.len() as u64
    }

    /// Lets the events leave that happened too long ago.
    pub(super) fn slide(&mut self, now: Moment) {
        let over = |due: Due| match due {
            Due::At(instant) => now.instant >= instant,
            Due::EndOf(date) => now.date >= date,
        };
        let mut any = false;
        while let Some((_, _, part)) = self.inside.pop_front_if(|(due, _, _)| over(*due)) {
            any = true;
            self.events -= 1;
            match part {
                Part::One => {}
                Part::Number(number) => self.sum.subtract(number),
                Part::Holds(holds) => self.holding -= u64::from(holds),
                Part::Value(key) => {
                    if let Some(count) = self.values.get_mut(&key) {
                        *count -= 1;
                        if *count == 0 {
                            self.values.remove(&key);
                        }
                    }
                }
            }
        }
        if any {
            self.first = self.inside.front().map(|(_, event, _)| *event);
        }
    }

    /// Begins another window of the calendar.
    pub(super) fn clear(&mut self, period: Option<Period>) {
        let first = period.map_or(self.start.date, |period| period.first);
        *self = Self {
            period,
            start: Moment {
                instant: Instant(i64::from(first.0).saturating_mul(cage_model::MICROS_PER_DAY)),
                date: first,
            },
            offset: self.offset,
            latest: self.latest,
            short: self.short,
            ..Self::default()
        };
    }

    /// Whether it can go on: of a sliding window all that it holds must be able to leave, and no count
    /// may be near its end.
    pub(super) fn is_sound(&self, slides: bool) -> bool {
        let large = |part: &Part| matches!(part, Part::Number(number) if !number.is_one());
        if self.inside.iter().any(|(_, _, part)| large(part)) {
            return false;
        }
        let mut held = Self::default();
        for (due, event, part) in &self.inside {
            held.add(*part, *event, Some(*due));
        }
        let small = self.events < 1 << 62 && self.holding <= self.events && self.sum.is_sound();
        let alike = held.events == self.events
            && held.holding == self.holding
            && held.values.sorted() == self.values.sorted();
        let values = self.values.sorted();
        small
            && values.iter().all(|(_, count)| **count < 1 << 31)
            && (self.inside.is_empty() || slides)
            && (!slides || alike)
    }

    /// Bytes held beyond the window itself.
    pub(super) fn bytes(&self) -> usize {
        self.values.bytes() + self.inside.capacity() * size_of::<(Due, EventRef, Part)>()
    }
}
