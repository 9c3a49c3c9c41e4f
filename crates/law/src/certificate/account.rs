//! The account: what became of every day, or of every stretch of hours.

use cage_model::{Bilingual, Date, Instant, Time};
use serde::{Deserialize, Serialize};

use super::facts::Document;
use super::reckoning::{Reckoning, dates, offset};
use super::refusal::Unaccountable;
use super::written::Written;
use crate::calendar::{Cause, DayKind};
use crate::clock::Counting;
use crate::due::Due;
use crate::span::Span;

/// One line of an account: a day, or a stretch of elapsed time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Written<Date>>,
    /// Beginning and end of a stretch of elapsed time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stretch: Option<(Written<Time>, Written<Time>)>,
    /// What becomes of it.
    pub because: Because,
    /// Which day of the limit it is, counted from 1; absent where it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<u32>,
    /// Of a stretch that counts: how many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// The holiday for which it is off, or worked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holiday: Option<Bilingual>,
    /// The notice that says so, by its id among the facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// The document for which it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// Whether nothing is published about the day yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unpublished: bool,
}

/// What becomes of a day or a stretch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// The day on which the clock starts does not count.
    FirstDay,
    /// A worked day, by the week.
    Workday,
    /// A day of the weekend that a notice makes a workday.
    MakeUpWorkday,
    /// A workday that the office itself declares.
    OwnWorkday,
    /// A day, worked or not: the limit is in calendar days.
    CalendarDay,
    /// A weekend.
    Weekend,
    /// A day off by a notice.
    Holiday,
    /// A day off that the office itself declares.
    OwnDayOff,
    /// A day on which the clock stands still.
    Paused,
    /// A day off after the last counted one: the last day is moved on.
    RolledPast,
    /// The worked day to which the last day is moved.
    RolledTo,
    /// Elapsed time that counts.
    Runs,
    /// Elapsed time in which the clock stands still.
    StandsStill,
}

impl Line {
    fn of(because: Because) -> Self {
        Self {
            day: None,
            stretch: None,
            because,
            counts: None,
            seconds: None,
            holiday: None,
            notice: None,
            document: None,
            unpublished: false,
        }
    }
}

/// The account of a clock.
pub(super) fn account(reckoning: &Reckoning<'_>) -> Result<Vec<Line>, Unaccountable> {
    match reckoning.clock.last {
        Due::At(_) => Ok(stretches(reckoning)),
        Due::EndOf(last) => days(reckoning, last),
    }
}

fn days(reckoning: &Reckoning<'_>, last: Date) -> Result<Vec<Line>, Unaccountable> {
    let clock = &reckoning.clock;
    let end = match clock.due(&reckoning.days) {
        Some(Due::EndOf(date)) => date,
        // It stands still: the account ends with the day on which it was halted.
        _ => clock.since.date,
    };
    let total = total(reckoning);
    let mut counted = 0;
    let mut lines = Vec::new();
    for date in dates(clock.start.date, end)? {
        let used = date > last || total.is_some_and(|total| counted >= total);
        let mut line = if date == clock.start.date {
            Line::of(Because::FirstDay)
        } else if let Some(document) = paused(reckoning, date) {
            Line {
                document: Some(document),
                ..Line::of(Because::Paused)
            }
        } else if used {
            let mut line = weekday(reckoning, date);
            line.because = match reckoning.days.calendar.is_worked(date) {
                true => Because::RolledTo,
                false => Because::RolledPast,
            };
            line
        } else {
            counted_day(reckoning, date, &mut counted)
        };
        line.day = Some(Written(date));
        line.unpublished &= depends_on_calendar(clock.counting);
        lines.push(line);
    }
    Ok(lines)
}

/// A day of the limit, or a day off between them.
fn counted_day(reckoning: &Reckoning<'_>, date: Date, counted: &mut u32) -> Line {
    let mut line = match reckoning.clock.counting {
        Counting::WorkingDays => weekday(reckoning, date),
        _ => Line::of(Because::CalendarDay),
    };
    let counts = reckoning.clock.counting != Counting::WorkingDays
        || reckoning.days.calendar.is_worked(date);
    if counts {
        *counted += 1;
        line.counts = Some(*counted);
    }
    line
}

/// Whether a day is worked, and who says so.
fn weekday(reckoning: &Reckoning<'_>, date: Date) -> Line {
    let calendar = &reckoning.days.calendar;
    let day = calendar.day(date);
    let worked = day.kind == DayKind::Worked;
    let mut line = match day.cause {
        Cause::Week if worked => Line::of(Because::Workday),
        Cause::Week => Line::of(Because::Weekend),
        Cause::Own if worked => Line::of(Because::OwnWorkday),
        Cause::Own => Line::of(Because::OwnDayOff),
        Cause::Notice { notice, holiday } => Line {
            holiday: Some(holiday.clone()),
            notice: Some(notice.id.clone()),
            ..Line::of(if worked {
                Because::MakeUpWorkday
            } else {
                Because::Holiday
            })
        },
    };
    line.unpublished = calendar.unpublished(date.plus(-1), date).is_some();
    line
}

/// Whether a clock that counts like this looks at which days are worked.
pub(super) const fn depends_on_calendar(counting: Counting) -> bool {
    matches!(counting, Counting::WorkingDays | Counting::RollingDays)
}

/// How many days the clock counts with its extensions; `None` for months.
fn total(reckoning: &Reckoning<'_>) -> Option<u32> {
    let rule = &reckoning.facts.limit.day_rule;
    let read = |span: Span| rule.as_ref().map_or(span, |rule| rule.read(span).span);
    let days = |span: Span| match span {
        Span::Days(days) | Span::WorkingDays(days) => Some(days),
        Span::Months(_) | Span::Elapsed(_) => None,
    };
    let limit = days(reckoning.facts.limit.term().span)?;
    let mut extensions = reckoning.facts.extensions.iter();
    extensions.try_fold(limit, |sum, one| {
        Some(sum.saturating_add(days(read(one.by.0))?))
    })
}

/// The document for which a day does not count.
fn paused(reckoning: &Reckoning<'_>, date: Date) -> Option<Document> {
    let pauses = reckoning.pauses.iter();
    let mut over =
        pauses.filter(|(from, to, _)| from.date <= date && to.is_none_or(|to| date < to.date));
    over.next()
        .map(|(_, _, number)| document(reckoning, *number))
}

fn document(reckoning: &Reckoning<'_>, number: usize) -> Document {
    let pause = reckoning.facts.pauses.get(number);
    pause.map_or_else(Document::default, |pause| pause.document.clone())
}

fn stretches(reckoning: &Reckoning<'_>) -> Vec<Line> {
    let clock = &reckoning.clock;
    let zone = offset(reckoning.facts.start.at.0);
    let written = |instant: Instant| Written(Time::new(instant, Some(zone)));
    let end = match clock.due(&reckoning.days) {
        Some(Due::At(instant)) => instant,
        _ => clock.since.instant,
    };
    let mut lines = Vec::new();
    let mut push = |from: Instant, to: Instant, document: Option<Document>| {
        if to <= from {
            return;
        }
        let seconds = (to.0 - from.0) / cage_model::MICROS_PER_SECOND;
        let line = match &document {
            None => Line {
                seconds: Some(seconds),
                ..Line::of(Because::Runs)
            },
            Some(_) => Line::of(Because::StandsStill),
        };
        lines.push(Line {
            stretch: Some((written(from), written(to))),
            document,
            ..line
        });
    };
    let mut at = clock.start.instant;
    for (from, to, number) in &reckoning.pauses {
        let to = to.map_or(end, |to| to.instant);
        push(at, from.instant.min(end), None);
        push(from.instant.max(at), to, Some(document(reckoning, *number)));
        at = at.max(to);
    }
    push(at, end, None);
    lines
}
