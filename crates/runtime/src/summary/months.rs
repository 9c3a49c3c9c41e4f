//! The month of an instant, by the pack's zone, looked up rather than computed: findings are many
//! and months are few.

use cage_engine::Months;
use cage_law::{DayCount, Due};
use cage_model::{Date, Instant, Time};

/// Months with their first instants, as far as they were asked for.
pub(super) struct Calendar<'a> {
    days: &'a DayCount,
    offset: Option<i16>,
    /// First instant, one past the last, and the month; of the answer before.
    current: Option<(Instant, Instant, i32)>,
    known: Vec<(Instant, Instant, i32)>,
}

impl<'a> Calendar<'a> {
    /// `offset`, in minutes, is used where no zone is declared.
    pub(super) const fn new(days: &'a DayCount, offset: Option<i16>) -> Self {
        Self {
            days,
            offset,
            current: None,
            known: Vec::new(),
        }
    }

    /// Months since the year 0; `None` for the ends of time, which stand for "no time".
    pub(super) fn month(&mut self, at: Instant) -> Option<i32> {
        if at == Instant::MIN || at == Instant::MAX {
            return None;
        }
        let inside = |span: &(Instant, Instant, i32)| span.0 <= at && at < span.1;
        if let Some(found) = self.current.filter(inside) {
            return Some(found.2);
        }
        let place = self.known.partition_point(|span| span.1 <= at);
        let span = match self.known.get(place).copied().filter(inside) {
            Some(span) => span,
            None => {
                let span = self.span(at);
                self.known.insert(place, span);
                span
            }
        };
        self.current = Some(span);
        Some(span.2)
    }

    fn span(&self, at: Instant) -> (Instant, Instant, i32) {
        let date = self.days.moment(Time::new(at, self.offset)).date;
        let (_, _, day) = date.parts();
        let first = date.plus(1 - i32::try_from(day).unwrap_or(1));
        let mut next = first.plus(28);
        while next.parts().2 != 1 {
            next = next.plus(1);
        }
        let start = |date: Date| {
            let before = Due::EndOf(date.plus(-1));
            self.days.expiry(before, self.offset.unwrap_or(0))
        };
        // A shift of the clock at midnight may put the instant just outside; it is in it.
        let (start, end) = (start(first).min(at), start(next).max(at.plus(1)));
        (start, end, Months::of(date))
    }
}
