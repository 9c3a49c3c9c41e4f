//! Times written without an offset, in the zone that the user named for them.

use cage_model::{Instant, Time};
use jiff::tz::{Offset, TimeZone};

/// Gives times their offset.
#[derive(Debug)]
pub(crate) struct LocalTime {
    zone: Option<TimeZone>,
}

impl LocalTime {
    /// With a zone, or without one: then times without an offset stay as they are, read as UTC.
    pub(crate) fn new(zone: Option<TimeZone>) -> Self {
        Self { zone }
    }

    /// The time; one without an offset is a local time of the zone. Where clocks were put back the
    /// earlier of two instants, where they were put forward the later reading. The instant is
    /// exact; an offset with seconds, as before 1901, is cut to the minute.
    pub(crate) fn of(&self, time: Time) -> Time {
        let Some(zone) = self
            .zone
            .as_ref()
            .filter(|_| time.offset_minutes().is_none())
        else {
            return time;
        };
        let utc = jiff::Timestamp::from_microsecond(time.instant().0);
        let civil = utc.map(|stamp| Offset::UTC.to_datetime(stamp));
        let zoned = civil.and_then(|civil| zone.to_ambiguous_zoned_datetime(civil).compatible());
        match zoned {
            Ok(zoned) => {
                let offset = (zoned.offset().seconds() / 60) as i16;
                let instant = Instant(zoned.timestamp().as_microsecond());
                Time::new(instant, Some(offset)).with_nanoseconds(time.nanoseconds())
            }
            // Outside the years that zones are known for.
            Err(_) => time,
        }
    }
}
