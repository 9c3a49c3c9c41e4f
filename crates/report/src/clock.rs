//! Instants and spans as people read them.
//!
//! A finding names an instant. It is shown in the pack's zone; without one at the offset that the
//! moment of judgement was written with. Machine files carry the offset, so the instant is exact
//! in any case.

use std::collections::BTreeMap;

use cage_model::{Instant, MICROS_PER_SECOND, Time};
use cage_runtime::{Outcome, Story};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::words::Language;

/// Shows instants in the zone of the outcome, or at one offset from UTC.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    zone: Option<TimeZone>,
    offset_minutes: i16,
    /// Without a zone: the offsets that the events of a story were written with, by instant.
    written: BTreeMap<i64, i16>,
}

impl Clock {
    /// The clock of an outcome: its zone, else the offset of its moment of judgement, else of its
    /// log.
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let offset = [outcome.as_of, outcome.log.last, outcome.log.first]
            .into_iter()
            .flatten()
            .find_map(|time| time.offset_minutes());
        Self {
            zone: outcome.zone.clone(),
            offset_minutes: offset.unwrap_or(0),
            written: BTreeMap::new(),
        }
    }

    /// The clock of a story. Without a zone an instant is shown as the story's last event up to
    /// then was written, so that a finding and its event say the same time.
    pub(crate) fn of_story(outcome: &Outcome, story: &Story) -> Self {
        let times = story.events.iter().filter_map(|event| event.time);
        Self {
            written: times
                .filter_map(|time| Some((time.instant().0, time.offset_minutes()?)))
                .collect(),
            ..Self::of(outcome)
        }
    }

    /// The clock of a zone, or at one offset.
    pub(crate) const fn new(zone: Option<TimeZone>, offset_minutes: i16) -> Self {
        Self {
            zone,
            offset_minutes,
            written: BTreeMap::new(),
        }
    }

    /// The instant as a time with this clock's offset at that instant.
    pub(crate) fn time(&self, instant: Instant) -> Time {
        let written = || {
            let before = self.written.range(..=instant.0).next_back();
            before.map(|(_, offset)| *offset)
        };
        let offset = self.zone_offset(instant).or_else(written);
        let offset = offset.unwrap_or(self.offset_minutes);
        Time::new(instant, Some(offset))
    }

    /// The zone's offset in minutes; `None` without a zone, and where no calendar reaches.
    fn zone_offset(&self, instant: Instant) -> Option<i16> {
        let at = Timestamp::from_microsecond(instant.0).ok()?;
        let seconds = self.zone.as_ref()?.to_offset(at).seconds();
        i16::try_from(seconds.div_euclid(60)).ok()
    }

    /// To the minute, or to the second where the minute does not say it all; a dash for that of an
    /// event without a time.
    pub(crate) fn show(&self, instant: Instant) -> String {
        if instant == Instant::MIN {
            return "–".to_owned();
        }
        show(self.time(instant))
    }

    /// A time of the log: in the zone where there is one, else as its source wrote it.
    pub(crate) fn show_time(&self, time: Time) -> String {
        if self.zone.is_some() {
            self.show(time.instant())
        } else {
            show(time)
        }
    }

    /// How late an instant is for what was due: in dates where that ended with a day, else in
    /// elapsed time. `None` where it is not late.
    pub(crate) fn late(&self, due: Instant, at: Instant, language: Language) -> Option<String> {
        if at < due {
            return None;
        }
        let ended = self.time(due);
        let text = ended.to_string();
        if text.get(10..19) == Some("T00:00:00") && !text.contains('.') {
            let last = self.time(due.plus(-1)).written_date();
            let days = i64::from(self.time(at).written_date().0) - i64::from(last.0);
            let shown = grouped(days.unsigned_abs());
            return Some(format!("{shown}{}", language.pick(" 天", " d")));
        }
        let micros = at.0.saturating_sub(due.0);
        (micros > 0).then(|| span(micros, language))
    }

    /// Exact, with offset (RFC 3339).
    pub(crate) fn exact(&self, instant: Instant) -> String {
        self.time(instant).to_string()
    }

    /// What times are shown in, for example `Asia/Shanghai` or `+08:00`.
    pub(crate) fn name(&self) -> String {
        if let Some(name) = self.zone.as_ref().and_then(TimeZone::iana_name) {
            return name.to_owned();
        }
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let minutes = self.offset_minutes.unsigned_abs();
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// A time as its source wrote it, without its offset, as short as it stays exact to the second.
fn show(time: Time) -> String {
    let exact = time.to_string();
    // Years beyond four digits move every column; such a time is shown as it is.
    match (exact.get(..10), exact.get(11..16), exact.get(16..19)) {
        (Some(day), Some(clock), Some(seconds)) if exact.as_bytes().get(4) == Some(&b'-') => {
            let seconds = if seconds == ":00" { "" } else { seconds };
            format!("{day} {clock}{seconds}")
        }
        _ => exact,
    }
}

/// A span in words a person would say: the two largest units that are not zero.
pub(crate) fn span(micros: i64, language: Language) -> String {
    let seconds = micros.unsigned_abs() / MICROS_PER_SECOND.unsigned_abs();
    // Up to three days a person counts hours.
    let days = if seconds < 72 * 3_600 {
        0
    } else {
        seconds / 86_400
    };
    let hours = seconds / 3_600 - days * 24;
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    let units = [
        (days, " 天", " d"),
        (hours, " 小时", " h"),
        (minutes, " 分", " min"),
        (rest, " 秒", " s"),
    ];
    let first = units.iter().position(|(count, ..)| *count > 0).unwrap_or(3);
    let shown: Vec<String> = units
        .iter()
        .skip(first)
        .take(2)
        .filter(|(count, ..)| *count > 0 || seconds == 0)
        .map(|(count, zh, en)| format!("{}{}", grouped(*count), language.pick(zh, en)))
        .collect();
    let sign = if micros < 0 { "-" } else { "" };
    format!("{sign}{}", shown.join(" "))
}

/// A whole number with commas between groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A fitness between 0 and 1; a dash where nothing could be aligned.
pub(crate) fn fitness(value: f64) -> String {
    if value.is_nan() {
        "–".to_owned()
    } else {
        format!("{value:.4}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_as_people_say_them() {
        let minute = 60 * MICROS_PER_SECOND;
        for (micros, zh, en) in [
            (0, "0 秒", "0 s"),
            (59 * MICROS_PER_SECOND, "59 秒", "59 s"),
            (4 * minute, "4 分", "4 min"),
            ((34 * 60 + 56) * minute, "34 小时 56 分", "34 h 56 min"),
            (99 * 60 * minute, "4 天 3 小时", "4 d 3 h"),
            (-90 * minute, "-1 小时 30 分", "-1 h 30 min"),
            (86_400_000 * MICROS_PER_SECOND, "1,000 天", "1,000 d"),
        ] {
            assert_eq!(span(micros, Language::Chinese), zh);
            assert_eq!(span(micros, Language::English), en);
        }
        assert!(span(i64::MIN, Language::English).starts_with('-'));
    }

    #[test]
    fn times_are_as_short_as_they_stay_exact_to_the_second() {
        for (written, shown) in [
            ("2026-02-10T23:10:00+08:00", "2026-02-10 23:10"),
            ("2026-02-10T23:10:05.25Z", "2026-02-10 23:10:05"),
        ] {
            assert_eq!(show(Time::parse(written).unwrap()), shown);
        }
        for end in [Instant::MIN, Instant::MAX] {
            assert!(!show(Time::new(end, Some(480))).is_empty());
        }
    }

    #[test]
    fn without_a_zone_a_story_keeps_the_offsets_it_was_written_with() {
        let (summer, winter) = ("2011-10-12T08:26:25+02:00", "2011-11-24T15:37:16+01:00");
        let times = [summer, winter].map(|text| Time::parse(text).unwrap());
        let mut clock = Clock::new(None, 60);
        clock.written = times
            .iter()
            .map(|time| (time.instant().0, time.offset_minutes().unwrap()))
            .collect();
        assert_eq!(clock.show(times[0].instant()), "2011-10-12 08:26:25");
        assert_eq!(clock.show(times[1].instant()), "2011-11-24 15:37:16");
        let earlier = times[0].instant().plus(-3_600_000_000);
        assert_eq!(clock.show(earlier), "2011-10-12 06:26:25");
    }

    #[test]
    fn what_there_is_not_is_a_dash() {
        assert_eq!(fitness(f64::NAN), "–");
        assert_eq!(fitness(0.98), "0.9800");
        assert_eq!(Clock::new(None, 0).show(Instant::MIN), "–");
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(150_370), "150,370");
        assert_eq!(grouped(1_000), "1,000");
    }
}
