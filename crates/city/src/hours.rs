//! Office hours: work happens from 09:00 to 12:00 and from 13:30 to 17:30 on worked days.

use cage_law::Calendar;
use cage_model::{Date, Instant, MICROS_PER_DAY, MICROS_PER_SECOND};

const MINUTE: i64 = 60 * MICROS_PER_SECOND;
/// Minutes after local midnight at which work starts and ends.
const SHIFTS: [(i64, i64); 2] = [(9 * 60, 12 * 60), (13 * 60 + 30, 17 * 60 + 30)];

/// The hours of one office in one place.
pub(crate) struct Hours {
    pub(crate) calendar: Calendar,
    pub(crate) offset_minutes: i16,
}

impl Hours {
    /// The instant some minutes of work after another one; work starts when the office is open.
    pub(crate) fn after_work(&self, start: Instant, minutes: i64) -> Instant {
        let (mut date, mut minute) = self.local(start);
        let mut left = minutes;
        loop {
            if self.calendar.is_worked(date) {
                for (open, close) in SHIFTS {
                    let from = minute.max(open);
                    let available = (close - from).max(0);
                    if left <= available && from < close {
                        return self.instant(date, from + left);
                    }
                    left -= available;
                }
            }
            date = date.plus(1);
            minute = 0;
        }
    }

    /// The first open instant not before another one.
    pub(crate) fn open_from(&self, start: Instant) -> Instant {
        self.after_work(start, 0)
    }

    /// The same time of day some working days later.
    pub(crate) fn after_days(&self, start: Instant, days: u32) -> Instant {
        let (date, minute) = self.local(start);
        self.instant(self.calendar.after(date, days), minute)
    }

    /// The local date of an instant.
    pub(crate) fn date(&self, instant: Instant) -> Date {
        self.local(instant).0
    }

    /// An instant from a local date and minutes after its midnight.
    pub(crate) fn instant(&self, date: Date, minute: i64) -> Instant {
        date.start(self.offset_minutes).plus(minute * MINUTE)
    }

    fn local(&self, instant: Instant) -> (Date, i64) {
        let local = instant.0 + i64::from(self.offset_minutes) * MINUTE;
        let date = Date(local.div_euclid(MICROS_PER_DAY) as i32);
        (date, local.rem_euclid(MICROS_PER_DAY) / MINUTE)
    }
}

/// An instant some minutes later, by the clock.
pub(crate) fn minutes_later(instant: Instant, minutes: i64) -> Instant {
    instant.plus(minutes * MINUTE)
}

#[cfg(test)]
mod tests {
    use cage_model::Time;

    use super::*;

    #[test]
    fn work_pauses_at_noon_at_night_and_on_weekends() {
        let hours = Hours {
            calendar: Calendar::weekends(),
            offset_minutes: 480,
        };
        let at = |text: &str| Time::parse(text).unwrap().instant();
        for (start, minutes, end) in [
            ("2026-03-02T09:00+08:00", 60, "2026-03-02T10:00+08:00"),
            ("2026-03-02T11:30+08:00", 60, "2026-03-02T14:00+08:00"),
            ("2026-03-06T17:00+08:00", 60, "2026-03-09T09:30+08:00"), // Friday to Monday.
            ("2026-03-07T10:00+08:00", 0, "2026-03-09T09:00+08:00"),
        ] {
            assert_eq!(
                hours.after_work(at(start), minutes),
                at(end),
                "{start} + {minutes}"
            );
        }
    }
}
