//! What a certificate rests on: everything that is needed to count again, and nothing that follows
//! from it.

use cage_model::Bilingual;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::written::{Point, Written};
use crate::basis::{Basis, Status};
use crate::calendar::{Calendar, CalendarError, DayKind, Holiday, Notice};
use crate::due::DayCount;
use crate::span::Span;
use crate::term::{DayRule, Term};
use cage_model::Date;

/// What a certificate rests on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The time zone whose dates are counted, as an IANA name; absent: as each time is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What starts the clock, and when.
    pub start: Start,
    /// How long it may run.
    pub limit: LimitFacts,
    /// Other lines in force at the start, for example the line of the law beside a stricter
    /// promise. They are counted with the same pauses, and without the extensions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_limits: Vec<LimitFacts>,
    /// Where nobody answered an application: the time after which it counts as accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deemed_after: Option<LimitFacts>,
    /// What does not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// What lengthens it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// The part of the calendar that speaks of these days.
    pub calendar: CalendarFacts,
}

/// What starts a clock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// When.
    pub at: Written<Point>,
    /// The act or document.
    #[serde(default, skip_serializing_if = "Document::is_empty")]
    pub document: Document,
}

/// A document, or an event of the ledger that stands for it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What it is called.
    pub name: String,
    /// Source and id of the event that brought it, as the ledger has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

/// One limit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitFacts {
    /// How long, as law or pack words it.
    pub worded: Written<Span>,
    /// What its law means by "day"; absent: as worded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_rule: Option<DayRule>,
    /// The law and article that it rests on; absent for an office's own limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// Where it holds; absent for the whole country.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub jurisdiction: String,
}

/// A time that does not count.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// The first day, or instant, that does not count.
    pub from: Written<Point>,
    /// The day, or instant, on which the clock runs on; absent while it stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Written<Point>>,
    /// The document that halted it: expert review, hearing, inspection, notice of what is missing.
    pub document: Document,
}

/// A lengthening.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// By how much.
    pub by: Written<Span>,
    /// When it was approved.
    pub at: Written<Point>,
    /// The approval.
    pub document: Document,
    /// The most that the law allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<Written<Span>>,
    /// The law and article that allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
}

/// The part of a calendar that a certificate rests on.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarFacts {
    /// Which calendar, for example `cn-calendar`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// SHA-256 of the pack that it was taken from, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// Official notices, in the order in which they were issued.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<NoticeFacts>,
    /// The office's own days off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<Written<Date>>,
    /// The office's own make-up workdays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub worked: Vec<Written<Date>>,
    /// Up to which day these are complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_to: Option<Written<Date>>,
}

/// A notice as a certificate writes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeFacts {
    /// Its name in the calendar.
    pub id: String,
    /// The document's title.
    pub title: Bilingual,
    /// The document's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The day of issue.
    pub issued: Written<Date>,
    /// Where it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether its days were confirmed.
    pub status: Status,
    /// First and last day that it settles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<(Written<Date>, Written<Date>)>,
    /// From this day on the next notice may still move days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsettled_from: Option<Written<Date>>,
    /// Its holidays.
    pub holidays: Vec<HolidayFacts>,
}

/// A holiday as a certificate writes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayFacts {
    /// What it is called.
    pub name: Bilingual,
    /// Its days off.
    pub off: Vec<Written<Date>>,
    /// Its make-up workdays.
    pub worked: Vec<Written<Date>>,
}

impl Document {
    /// A document known by its name only.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            event: None,
        }
    }

    /// Whether nothing is said of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.event.is_none()
    }
}

impl LimitFacts {
    /// A limit that nothing but its wording is known of.
    #[must_use]
    pub const fn worded(span: Span) -> Self {
        Self {
            worded: Written(span),
            day_rule: None,
            basis: None,
            jurisdiction: String::new(),
        }
    }

    /// The limit as it is counted.
    #[must_use]
    pub fn term(&self) -> Term {
        let worded = self.worded.0;
        self.day_rule
            .as_ref()
            .map_or_else(|| worded.into(), |rule| rule.read(worded))
    }
}

impl CalendarFacts {
    /// A calendar as a certificate writes it.
    #[must_use]
    pub fn of(calendar: &Calendar) -> Self {
        let own = |wanted: DayKind| {
            let days = calendar.own().filter(move |(_, kind)| *kind == wanted);
            days.map(|(date, _)| Written(date)).collect()
        };
        Self {
            notices: calendar.notices().iter().map(NoticeFacts::of).collect(),
            off: own(DayKind::Off),
            worked: own(DayKind::Worked),
            complete_to: calendar.own_to().map(Written),
            ..Self::default()
        }
    }

    /// The calendar that is written here.
    ///
    /// # Errors
    /// When it contradicts itself.
    pub fn calendar(&self) -> Result<Calendar, CalendarError> {
        let mut calendar = Calendar::weekends();
        for (dates, kind) in [(&self.off, DayKind::Off), (&self.worked, DayKind::Worked)] {
            for date in dates {
                calendar.except(date.0, kind)?;
            }
        }
        if let Some(date) = self.complete_to {
            calendar.cover_to(date.0);
        }
        for notice in &self.notices {
            calendar.announce(notice.notice())?;
        }
        Ok(calendar)
    }
}

impl NoticeFacts {
    /// A notice as a certificate writes it.
    #[must_use]
    pub fn of(notice: &Notice) -> Self {
        let written = |dates: &[Date]| dates.iter().copied().map(Written).collect();
        let holidays = notice.holidays.iter().map(|holiday| HolidayFacts {
            name: holiday.name.clone(),
            off: written(&holiday.off),
            worked: written(&holiday.worked),
        });
        Self {
            id: notice.id.clone(),
            title: notice.title.clone(),
            number: notice.number.clone(),
            issued: Written(notice.issued),
            source: notice.source.clone(),
            status: notice.status,
            covers: notice.covers.map(|(from, to)| (Written(from), Written(to))),
            unsettled_from: notice.unsettled_from.map(Written),
            holidays: holidays.collect(),
        }
    }

    fn notice(&self) -> Notice {
        let read = |dates: &[Written<Date>]| dates.iter().map(|date| date.0).collect();
        let holidays = self.holidays.iter().map(|holiday| Holiday {
            name: holiday.name.clone(),
            off: read(&holiday.off),
            worked: read(&holiday.worked),
        });
        Notice {
            id: self.id.clone(),
            title: self.title.clone(),
            number: self.number.clone(),
            issued: self.issued.0,
            source: self.source.clone(),
            status: self.status,
            covers: self.covers.map(|(from, to)| (from.0, to.0)),
            unsettled_from: self.unsettled_from.map(|date| date.0),
            holidays: holidays.collect(),
        }
    }
}

impl Facts {
    /// How the facts count days, by themselves alone.
    ///
    /// # Errors
    /// [`super::Unaccountable`] when the zone is unknown or the calendar contradicts itself.
    pub fn day_count(&self) -> Result<DayCount, super::Unaccountable> {
        let zone = match &self.zone {
            None => None,
            Some(name) => match TimeZone::get(name) {
                Ok(zone) => Some(zone),
                Err(_) => return Err(super::Unaccountable::Zone(name.clone())),
            },
        };
        Ok(DayCount {
            zone,
            calendar: self.calendar.calendar()?,
        })
    }
}
