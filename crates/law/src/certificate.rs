//! The certificate of a deadline: from what it rests on, through an account of every day, to the
//! last day; in words and as data. It can be counted again from its own facts alone.

mod account;
mod facts;
mod reckoning;
mod refusal;
mod words;
mod written;

use cage_model::{Date, Time};
use serde::{Deserialize, Serialize};

use account::{account, depends_on_calendar};
use reckoning::{Reckoning, offset};

use crate::calendar::Calendar;
use crate::due::{DayCount, Due};
use crate::term::LastDay;

pub use account::{Because, Line};
pub use facts::{
    CalendarFacts, Document, Extension, Facts, HolidayFacts, LimitFacts, NoticeFacts, Pause, Start,
};
pub use refusal::{Happening, Unaccountable};
pub use words::Words;
pub use written::{Point, Written};

/// The name and version of the form in which certificates are written.
pub const CERTIFICATE_SCHEMA: &str = "ironcage/deadline-certificate/1";

/// The JSON Schema (2020-12) of a certificate, as `docs/schema` has it.
pub const CERTIFICATE_JSON_SCHEMA: &str =
    include_str!("../../../docs/schema/deadline-certificate.schema.json");

/// A certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The last day, or the last instant; absent while the clock stands still.
    pub due: Option<String>,
    /// The first instant at which the time is up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_at: Option<Written<Time>>,
    /// [`CERTIFICATE_SCHEMA`].
    pub schema: String,
    /// What had to be assumed, where nothing is published yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisional: Option<Provisional>,
    /// The last day before it was moved to a worked one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_from: Option<Written<Date>>,
    /// The day with whose end an application that nobody answered counts as accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deemed_accepted: Option<Written<Date>>,
    /// When the other limits are up, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_due: Vec<Option<String>>,
    /// What became of every day.
    pub account: Vec<Line>,
    /// The same in words.
    pub words: Words,
    /// What all this rests on.
    pub facts: Facts,
}

/// What had to be assumed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provisional {
    /// The first day on which nothing is published.
    pub from: Written<Date>,
    /// What is assumed of it and the days after it.
    pub assumed: Assumed,
}

/// What is assumed where nothing is published.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assumed {
    /// Monday to Friday are worked, and no holiday falls on them.
    MondayToFriday,
}

/// Where a certificate does not say what follows from its own facts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// Where, for example `account[7]`.
    pub place: String,
    /// What the certificate says.
    pub stated: String,
    /// What follows from its facts.
    pub follows: String,
}

/// Days after a due date that the calendar of a certificate goes on for.
const LOOK_AHEAD: i32 = 62;

impl Certificate {
    /// The certificate of a clock, on days counted by a calendar of which it takes what it needs.
    /// `facts.calendar` says which calendar that is; its days are filled in.
    ///
    /// # Errors
    /// When the facts contradict themselves, or no account can be given of them.
    pub fn of(mut facts: Facts, calendar: &Calendar) -> Result<Self, Unaccountable> {
        let (from, to) = {
            let days = DayCount {
                calendar: calendar.clone(),
                ..facts.day_count()?
            };
            let reckoning = Reckoning::of(&facts, days)?;
            (reckoning.clock.start.date, reach(&reckoning)?)
        };
        let part = CalendarFacts::of(&calendar.extract(from, to.plus(LOOK_AHEAD)));
        facts.calendar = CalendarFacts {
            id: facts.calendar.id,
            version: facts.calendar.version,
            hash: facts.calendar.hash,
            ..part
        };
        Self::recounted(&facts)
    }

    /// The certificate that follows from facts alone.
    ///
    /// # Errors
    /// As for [`Certificate::of`].
    pub fn recounted(facts: &Facts) -> Result<Self, Unaccountable> {
        let reckoning = Reckoning::of(facts, facts.day_count()?)?;
        let (clock, days) = (&reckoning.clock, &reckoning.days);
        let zone = offset(facts.start.at.0);
        let due = clock.due(days);
        let shown = |due: Due| shown(due, zone);
        let other = |limit: &LimitFacts| reckoning.due_of(limit).map(|due| due.map(shown));
        let mut certificate = Self {
            due: due.map(shown),
            up_at: due.map(|due| {
                let instant = days.expiry(due, zone);
                Written(days.written(instant, zone))
            }),
            schema: CERTIFICATE_SCHEMA.to_owned(),
            provisional: provisional(&reckoning),
            rolled_from: match (clock.last, due) {
                (Due::EndOf(last), Some(Due::EndOf(due))) if last != due => Some(Written(last)),
                _ => None,
            },
            deemed_accepted: deemed(&reckoning),
            other_due: facts
                .other_limits
                .iter()
                .map(other)
                .collect::<Result<_, _>>()?,
            account: account(&reckoning)?,
            words: Words::default(),
            facts: facts.clone(),
        };
        certificate.words = words::words(&certificate);
        Ok(certificate)
    }

    /// Counts again from the certificate's own facts.
    ///
    /// # Errors
    /// The first line that does not follow from them, or why nothing does.
    pub fn verify(&self) -> Result<(), Fault> {
        let mismatch = |place: &str, stated: String, follows: String| {
            Fault::Mismatch(Mismatch {
                place: place.to_owned(),
                stated,
                follows,
            })
        };
        if self.schema != CERTIFICATE_SCHEMA {
            let follows = CERTIFICATE_SCHEMA.to_owned();
            return Err(mismatch("schema", self.schema.clone(), follows));
        }
        let again = Self::recounted(&self.facts).map_err(Fault::Unaccountable)?;
        first_wrong("account", &self.account, &again.account)?;
        let due = |due: &Option<String>| due.clone().unwrap_or_else(|| "none".to_owned());
        if self.due != again.due {
            return Err(mismatch("due", due(&self.due), due(&again.due)));
        }
        for (place, stated, follows) in [
            ("up_at", said(&self.up_at), said(&again.up_at)),
            (
                "provisional",
                said(&self.provisional),
                said(&again.provisional),
            ),
            (
                "rolled_from",
                said(&self.rolled_from),
                said(&again.rolled_from),
            ),
            (
                "deemed_accepted",
                said(&self.deemed_accepted),
                said(&again.deemed_accepted),
            ),
            ("other_due", said(&self.other_due), said(&again.other_due)),
        ] {
            if stated != follows {
                return Err(mismatch(place, stated, follows));
            }
        }
        first_wrong("words.zh", &self.words.zh, &again.words.zh)?;
        first_wrong("words.en", &self.words.en, &again.words.en)
    }
}

/// Why a certificate is not accepted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// A line does not follow from the facts.
    #[error("{} says {}, but from the facts follows {}", .0.place, .0.stated, .0.follows)]
    Mismatch(Mismatch),
    /// Nothing follows from the facts.
    #[error("nothing follows from the facts: {0}")]
    Unaccountable(Unaccountable),
}

impl Fault {
    /// The same in Chinese.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::Mismatch(wrong) => format!(
                "{} 写的是 {}，由所列事实应得 {}",
                wrong.place, wrong.stated, wrong.follows
            ),
            Self::Unaccountable(error) => format!("由所列事实得不出结论：{}", error.chinese()),
        }
    }
}

/// Something as a fault names it.
trait Shown {
    fn shown(&self) -> String;
}

impl Shown for String {
    fn shown(&self) -> String {
        format!("\"{self}\"")
    }
}

impl Shown for Line {
    fn shown(&self) -> String {
        let place = match (&self.day, &self.stretch) {
            (Some(day), _) => day.0.to_string(),
            (None, Some((from, to))) => format!("{} to {}", from.0, to.0),
            (None, None) => "no day".to_owned(),
        };
        let counts = match self.counts {
            Some(number) => format!("day {number}"),
            None => "not counted".to_owned(),
        };
        let notice = self.notice.as_deref().map(|notice| format!(", {notice}"));
        format!(
            "{place} {:?} ({counts}{})",
            self.because,
            notice.unwrap_or_default()
        )
    }
}

fn first_wrong<T: PartialEq + Shown>(place: &str, stated: &[T], again: &[T]) -> Result<(), Fault> {
    let nothing = || "nothing".to_owned();
    let longer = stated.len().max(again.len());
    for at in 0..longer {
        let (one, other) = (stated.get(at), again.get(at));
        if one != other {
            return Err(Fault::Mismatch(Mismatch {
                place: format!("{place}[{at}]"),
                stated: one.map_or_else(nothing, Shown::shown),
                follows: other.map_or_else(nothing, Shown::shown),
            }));
        }
    }
    Ok(())
}

fn said(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

fn shown(due: Due, offset: i16) -> String {
    match due {
        Due::EndOf(date) => date.to_string(),
        Due::At(instant) => Time::new(instant, Some(offset)).to_string(),
    }
}

/// The last date of which the certificate speaks.
fn reach(reckoning: &Reckoning<'_>) -> Result<Date, Unaccountable> {
    let mut dues = vec![
        Some(reckoning.clock.last),
        reckoning.clock.due(&reckoning.days),
    ];
    for limit in &reckoning.facts.other_limits {
        dues.push(reckoning.due_of(limit)?);
    }
    dues.push(deemed(reckoning).map(|date| Due::EndOf(date.0)));
    let dates = dues.into_iter().flatten().map(|due| match due {
        Due::EndOf(date) => date,
        Due::At(_) => reckoning.clock.start.date,
    });
    let last = dates.max().unwrap_or(reckoning.clock.start.date);
    Ok(last.max(reckoning.clock.since.date))
}

fn deemed(reckoning: &Reckoning<'_>) -> Option<Written<Date>> {
    let limit = reckoning.facts.deemed_after.as_ref()?;
    match reckoning.days.due(reckoning.start, limit.term()) {
        Due::EndOf(date) => Some(Written(date)),
        Due::At(_) => None,
    }
}

fn provisional(reckoning: &Reckoning<'_>) -> Option<Provisional> {
    let (clock, days) = (&reckoning.clock, &reckoning.days);
    let (Due::EndOf(last), Some(Due::EndOf(due))) = (clock.last, clock.due(days)) else {
        return None;
    };
    if !depends_on_calendar(clock.counting) {
        return None;
    }
    // Of calendar days only the last one asks who works.
    let after = match clock.counting.last_day() {
        LastDay::RollsForward => last.plus(-1),
        LastDay::Stays => clock.start.date,
    };
    let from = days.calendar.unpublished(after, due)?;
    Some(Provisional {
        from: Written(from),
        assumed: Assumed::MondayToFriday,
    })
}

#[cfg(test)]
mod tests;
