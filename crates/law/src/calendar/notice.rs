//! An official notice about holidays: which document says which day is off, and which is worked
//! instead. Data; nothing here knows a holiday.

use std::collections::BTreeMap;

use cage_model::{Bilingual, Date};

use super::{CalendarError, DayKind};
use crate::basis::Status;

/// An official notice about holidays.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// Its name in the calendar, for example `cn-2026`; an amendment has a name of its own.
    pub id: String,
    /// The document's title.
    pub title: Bilingual,
    /// The document's number.
    pub number: Option<String>,
    /// The day on which it was issued: of two notices about one day the later one counts.
    pub issued: Date,
    /// Where the document is published.
    pub source: Option<String>,
    /// Whether its days were confirmed.
    pub status: Status,
    /// First and last day of the time that it settles; `None` for an amendment.
    pub covers: Option<(Date, Date)>,
    /// From this day on the next notice may still move days.
    pub unsettled_from: Option<Date>,
    /// The holidays.
    pub holidays: Vec<Holiday>,
}

/// One holiday of a notice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holiday {
    /// What it is called.
    pub name: Bilingual,
    /// Its days off, weekends among them.
    pub off: Vec<Date>,
    /// Days of the weekend that are worked for it.
    pub worked: Vec<Date>,
}

/// How many days after a stretch the notice lies that settles the last days of the stretch.
const SETTLED_WITHIN: i32 = 31;

impl Notice {
    /// Whether the notice is one with itself.
    pub(super) fn check(&self) -> Result<(), CalendarError> {
        if self.covers.is_some_and(|(from, to)| to < from) {
            return Err(CalendarError::Reversed(self.id.clone()));
        }
        let mut seen: BTreeMap<Date, DayKind> = BTreeMap::new();
        for (date, kind) in self.days() {
            if seen.insert(date, kind).is_some_and(|was| was != kind) {
                return Err(CalendarError::BothWays(date));
            }
        }
        Ok(())
    }

    /// Every day that it speaks of.
    pub fn days(&self) -> impl Iterator<Item = (Date, DayKind)> {
        self.holidays.iter().flat_map(|holiday| {
            let off = holiday.off.iter().map(|date| (*date, DayKind::Off));
            let worked = holiday.worked.iter().map(|date| (*date, DayKind::Worked));
            off.chain(worked)
        })
    }

    /// Whether it bears on the days from one to another.
    pub(super) fn speaks_of(&self, from: Date, to: Date) -> bool {
        let after = to.plus(SETTLED_WITHIN);
        let covers = |(first, last): (Date, Date)| first <= after && from <= last;
        self.covers.is_some_and(covers) || self.days().any(|(date, _)| (from..=to).contains(&date))
    }
}
