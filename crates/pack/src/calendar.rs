//! How a pack counts days: its zone, its own exceptions, the official notices of holidays of it
//! and of the packs it uses, and what each law means by "day".

use cage_law::{Basis, DayCount, DayKind, DayRule, Holiday, LastDay, Notice, Status, WorkingDays};
use cage_model::Date;
use jiff::tz::TimeZone;

use crate::diagnostic::Problems;
use crate::expr::nearest::nearest;
use crate::pack::{Law, Texts, bilingual, status};
use crate::tree::{Form, Node, Table};

/// Days off of one holiday; a holiday that is longer is a mistake.
const HOLIDAY_DAYS_MAX: i32 = 60;

/// The zone of the pack and the working days of it and the packs it uses.
pub(crate) fn day_count(
    texts: &Texts<'_>,
    manifest: Option<&Table>,
    problems: &mut Problems<'_>,
) -> DayCount {
    let mut days = DayCount::default();
    if let Some(node) = manifest.and_then(|table| table.get("zone")) {
        days.zone = zone(node, problems);
    }
    for table in texts.roots.iter().filter_map(|root| root.table("calendar")) {
        for (name, kind) in [("off", DayKind::Off), ("worked", DayKind::Worked)] {
            for node in table.list(name) {
                if let Form::Date(date) = node.form
                    && let Err(error) = days.calendar.except(date, kind)
                {
                    problems.error(&node.place, error.to_string());
                }
            }
        }
        if let Some(date) = table.date("covered-to") {
            days.calendar.cover_to(date);
        }
    }
    for table in texts.all("holiday-notice") {
        if let Some(notice) = notice(table, problems)
            && let Err(error) = days.calendar.announce(notice)
        {
            problems.error(table.place_of("id"), error.to_string());
        }
    }
    days
}

fn zone(node: &Node, problems: &mut Problems<'_>) -> Option<TimeZone> {
    let name = node.as_text().unwrap_or_default();
    let found = TimeZone::get(name).ok();
    if found.is_none() {
        let available = jiff::tz::db().available();
        let names: Vec<String> = available.map(|name| name.to_string()).collect();
        let meant = nearest(name, names.iter().map(String::as_str));
        let message =
            format!("there is no time zone {name}; write an IANA name such as Asia/Shanghai");
        problems.suggest(&node.place, message, meant);
    }
    found
}

fn notice(table: &Table, problems: &mut Problems<'_>) -> Option<Notice> {
    let covers = table.table("covers");
    let holidays = table.list("holidays").iter().filter_map(Node::as_table);
    Some(Notice {
        id: table.text("id")?.to_owned(),
        title: bilingual(table, "title"),
        number: table.text("number").map(str::to_owned),
        issued: table.date("issued")?,
        source: table.text("source").map(str::to_owned),
        status: status(table),
        covers: covers.and_then(|covers| Some((covers.date("from")?, covers.date("to")?))),
        unsettled_from: table.date("unsettled-from"),
        holidays: holidays
            .map(|holiday| Holiday {
                name: bilingual(holiday, "name"),
                off: dates(holiday, "off", problems),
                worked: dates(holiday, "worked", problems),
            })
            .collect(),
    })
}

/// The dates of a list, or from one to another.
fn dates(table: &Table, name: &str, problems: &mut Problems<'_>) -> Vec<Date> {
    let listed = table.list(name).iter().filter_map(|node| match node.form {
        Form::Date(date) => Some(date),
        _ => None,
    });
    let mut dates: Vec<Date> = listed.collect();
    if let Some(range) = table.table(name)
        && let (Some(from), Some(to)) = (range.date("from"), range.date("to"))
    {
        match to.0.checked_sub(from.0) {
            Some(length) if (0..HOLIDAY_DAYS_MAX).contains(&length) => {
                dates.extend((0..=length).map(|day| from.plus(day)));
            }
            _ => {
                let message = format!(
                    "from {from} to {to} is no holiday; it ends after it begins and has at most \
                     {HOLIDAY_DAYS_MAX} days"
                );
                problems.error(table.place_of(name), message);
            }
        }
    }
    dates
}

/// What a law means by "day"; `None` where it says nothing of it.
pub(crate) fn day_rule(table: &Table, law: &Law) -> Option<DayRule> {
    let days = table.table("days")?;
    let working = days.get("working")?;
    Some(DayRule {
        working: match &working.form {
            Form::Text(word) if word == "all" => WorkingDays::Always,
            Form::List(members) => {
                let counts = members.iter().filter_map(|member| match member.form {
                    Form::Integer(count) => u32::try_from(count).ok(),
                    _ => None,
                });
                WorkingDays::Of(counts.collect())
            }
            Form::Table(inner) => inner
                .integer("up-to")
                .and_then(|most| u32::try_from(most).ok())
                .map_or(WorkingDays::Never, WorkingDays::UpTo),
            _ => WorkingDays::Never,
        },
        last_day: match days.text("last-day") {
            Some("rolls-forward") => LastDay::RollsForward,
            _ => LastDay::Stays,
        },
        basis: law.basis(days.text("article").unwrap_or_default(), status(days)),
    })
}

impl Law {
    /// This law as the basis of something.
    #[must_use]
    pub fn basis(&self, article: &str, status: Status) -> Basis {
        Basis {
            law: self.id.clone(),
            article: article.to_owned(),
            title: self.title.clone(),
            number: self.number.clone(),
            source: self.source.clone(),
            status,
        }
    }
}
