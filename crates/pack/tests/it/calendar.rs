//! The calendar of China and what its laws mean by "day": the requirement vectors, an independent
//! table, and what amendments change.

use cage_law::{Calendar, DayCount, DayKind, Due, LastDay, Moment, Span, Term};
use cage_model::Date;
use cage_pack::{Limit, Loaded, Status};
use proptest::prelude::*;

use crate::{listed, load_files, root};

fn cn() -> Loaded {
    match cage_pack::load(&root().join("packs/cn-calendar")) {
        Ok(loaded) => loaded,
        Err(found) => panic!("{}", listed(&found)),
    }
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("a date of this test")
}

fn at_noon(date: Date) -> Moment {
    Moment {
        instant: date.start(-720),
        date,
    }
}

/// Requirement vectors (domain.md 5.8): start, working days, due.
const VECTORS: [(&str, u32, &str); 10] = [
    ("2025-12-30", 3, "2026-01-05"),
    ("2026-02-13", 5, "2026-02-27"),
    ("2026-02-10", 5, "2026-02-24"),
    ("2026-02-10", 20, "2026-03-16"),
    ("2026-04-30", 3, "2026-05-08"),
    ("2026-06-17", 2, "2026-06-22"),
    ("2026-09-24", 7, "2026-10-12"),
    ("2026-09-30", 5, "2026-10-13"),
    ("2025-09-26", 10, "2025-10-16"),
    ("2015-12-01", 20, "2015-12-29"),
];

#[test]
fn the_requirement_vectors_hold() {
    let days = cn().program.days;
    for (start, count, due) in VECTORS {
        let start = at_noon(day(start));
        assert_eq!(
            days.due(start, Span::WorkingDays(count)),
            Due::EndOf(day(due)),
            "{} + {count}",
            start.date
        );
        assert_eq!(days.calendar.unpublished(start.date, day(due)), None);
    }
}

/// Every day of the years against the raw tables of an independent project, which state one date
/// after another; the notices here state ranges, and amendments apart.
#[test]
fn every_day_is_that_of_an_independent_table() {
    let folder = std::env::var("CAGE_SHARED_DATA").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned()
    });
    let calendar = cn().program.days.calendar;
    let mut listed = std::collections::BTreeMap::new();
    for year in 2015..=2026 {
        let Ok(text) = std::fs::read_to_string(format!("{folder}/calendar/{year}.json")) else {
            println!("skipped: no calendars in CAGE_SHARED_DATA or ../shared/data");
            return;
        };
        let table: serde_json::Value = serde_json::from_str(&text).unwrap();
        for one in table["days"].as_array().unwrap() {
            let date = day(one["date"].as_str().unwrap());
            listed.insert(date, one["isOffDay"].as_bool().unwrap());
        }
    }
    let (mut date, mut worked) = (day("2015-01-01"), 0);
    while date <= day("2026-12-31") {
        let off = listed.get(&date).copied();
        let off = off.unwrap_or_else(|| date.weekday() >= 5);
        assert_eq!(calendar.is_worked(date), !off, "{date}");
        worked += i64::from(!off);
        let from = day("2014-12-31");
        assert_eq!(calendar.worked_between(from, date), worked, "{date}");
        date = date.plus(1);
    }
    assert_eq!(worked, 2992, "working days of twelve years");
}

#[test]
fn an_amendment_counts_from_the_day_it_is_known() {
    let calendar = cn().program.days.calendar;
    let amended = [
        // (day, worked before, amended on, worked after)
        ("2015-09-03", true, "2015-05-13", false),
        ("2015-09-04", true, "2015-05-13", false),
        ("2015-09-06", false, "2015-05-13", true),
        ("2018-12-29", false, "2018-12-06", true),
        ("2018-12-31", true, "2018-12-06", false),
        ("2019-05-02", true, "2019-03-22", false),
        ("2019-04-28", false, "2019-03-22", true),
        ("2020-01-31", true, "2020-01-26", false),
        ("2020-02-01", true, "2020-01-26", false),
    ];
    for (date, before, issued, after) in amended {
        let (date, issued) = (day(date), day(issued));
        let known = |on| calendar.as_known_on(on).is_worked(date);
        assert_eq!(known(issued.plus(-1)), before, "{date} before {issued}");
        assert_eq!(known(issued), after, "{date} from {issued}");
        assert_eq!(calendar.is_worked(date), after, "{date} today");
    }
}

#[test]
fn what_is_not_published_is_said() {
    let calendar = cn().program.days.calendar;
    let first = |after: &str, to: &str| calendar.unpublished(day(after), day(to));
    assert_eq!(first("2026-11-20", "2026-12-25"), None);
    // The notice for the next year may still move the last days of December, as in 2018.
    assert_eq!(first("2026-11-20", "2026-12-30"), Some(day("2026-12-26")));
    assert_eq!(first("2026-12-01", "2027-02-01"), Some(day("2026-12-26")));
    assert_eq!(
        first("2017-12-20", "2018-12-31"),
        None,
        "settled by the next"
    );
    let then = calendar.as_known_on(day("2018-11-30"));
    assert_eq!(
        then.unpublished(day("2018-12-20"), day("2018-12-31")),
        Some(day("2018-12-26"))
    );
    assert_eq!(first("2014-12-01", "2014-12-05"), Some(day("2014-12-02")));
    assert_eq!(calendar.published_to(), Some(day("2026-12-25")));
}

#[test]
fn the_order_in_which_notices_are_added_does_not_matter() {
    let calendar = cn().program.days.calendar;
    let mut turned = Calendar::weekends();
    for notice in calendar.notices().iter().rev() {
        turned.announce(notice.clone()).unwrap();
    }
    assert_eq!(turned, calendar);
    let from = day("2018-12-20");
    let part = calendar.extract(from, day("2019-05-31"));
    assert!(part.notices().len() < 5, "{}", part.notices().len());
    for after in 0..160 {
        let date = from.plus(after);
        assert_eq!(part.day(date), calendar.day(date), "{date}");
    }
}

#[test]
fn laws_say_what_a_day_is() {
    let pack = cn().pack;
    let read = |law: &str, days| {
        let rule = pack.law(law).unwrap().days.clone().unwrap();
        rule.read(Span::Days(days))
    };
    let working = |days| Term::from(Span::WorkingDays(days));
    let rolling = |days| Term {
        span: Span::Days(days),
        last_day: LastDay::RollsForward,
    };
    for (law, days, term) in [
        ("licensing-law", 20, working(20)),
        ("penalty-law", 7, working(7)),
        ("penalty-law", 90, Span::Days(90).into()),
        ("compulsion-law", 10, working(10)),
        ("compulsion-law", 30, Span::Days(30).into()),
        ("reconsideration-law", 10, working(10)),
        ("reconsideration-law", 60, rolling(60)),
        ("traffic-procedure", 15, working(15)),
        ("traffic-procedure", 30, Span::Days(30).into()),
        ("police-case-procedure", 3, rolling(3)),
    ] {
        assert_eq!(read(law, days), term, "{law}: {days} days");
    }
    assert!(pack.laws.iter().all(|law| law.days.is_some()));
}

/// A pack whose limits cite laws gets terms that count as these laws say.
#[test]
fn a_limit_counts_as_the_law_it_cites() {
    let laws = "[[law]]\nid = \"short\"\ntitle = \"Short\"\n\
                days = { working = [2, 3, 5, 7], article = \"85\", last-day = \"rolls-forward\" }\n";
    let rule = |within: &str| {
        format!(
            "{laws}[[value]]\nid = \"limit\"\nentries = [{{ value = \"5 days\", basis = \"short#56\", \
             from = 2021-07-15, status = \"confirmed\" }}]\n[[rule]]\nid = \"R\"\nper = \"case\"\n\
             kind = \"response\"\nwhen = \"a\"\nthen = \"b\"\nwithin = \"{within}\"\n\
             basis = [\"short#56\"]\ngrade = \"observe\"\n[pack]\nid = \"p\"\nversion = \"1\"\n"
        )
    };
    let limit = |within: &str| {
        let text = rule(within);
        let loaded = load_files(&[("pack.toml", &text)]).map_err(|found| listed(&found));
        let rule = loaded.unwrap().program.rules.remove(0);
        match rule.judge {
            cage_pack::Judge::Relation(relation) => match relation.window.bound {
                Some(cage_pack::Bound::Within(limit)) => limit,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(limit("5 days"), Limit::Fixed(Span::WorkingDays(5).into()));
    let rolling = Term {
        span: Span::Days(90),
        last_day: LastDay::RollsForward,
    };
    assert_eq!(limit("90 days"), Limit::Fixed(rolling));
    assert_eq!(
        limit("5 h"),
        Limit::Fixed(Span::Elapsed(18_000_000_000).into())
    );
    let Limit::Dated(lines) = limit("@limit") else {
        panic!("a dated value");
    };
    assert_eq!(lines[0].term, Span::WorkingDays(5).into());
    assert_eq!(
        (lines[0].worded, lines[0].status),
        (Span::Days(5), Status::Confirmed)
    );
}

#[test]
fn faults_of_a_calendar_are_said() {
    let faults = |text: &str| {
        let text = format!("[pack]\nid = \"p\"\nversion = \"1\"\ndata = true\n{text}");
        listed(&load_files(&[("pack.toml", &text)]).unwrap_err())
    };
    let notice = "[[holiday-notice]]\nid = \"n\"\ntitle = \"N\"\nissued = 2025-11-04\n";
    for (text, said) in [
        (
            format!(
                "{notice}holidays = [{{ name = \"x\", off = [2026-01-01], worked = [2026-01-01] }}]"
            ),
            "2026-01-01 is listed both",
        ),
        (
            format!("{notice}holidays = []\n{notice}holidays = []"),
            "two notices n",
        ),
        (
            format!(
                "{notice}holidays = [{{ name = \"x\", off = {{ from = 2026-02-23, to = 2026-02-15 }} }}]"
            ),
            "is no holiday",
        ),
        (
            "[[law]]\nid = \"l\"\ntitle = \"L\"\ndays = { working = \"some\", article = \"1\" }"
                .to_owned(),
            "up-to = 10",
        ),
        (
            "[[rule]]\nid = \"R\"\nper = \"case\"\nkind = \"init\"\nwhat = \"a\"\ninternal = true"
                .to_owned(),
            "data = true states no rule",
        ),
    ] {
        let found = faults(&text);
        assert!(found.contains(said), "{said}: {found}");
    }
}

proptest! {
    /// Later starts and longer limits are never due earlier; a last day that may not be a day off
    /// is none; working days are never due on a day off.
    #[test]
    fn due_days_are_monotone_and_worked(
        start in 16_436i32..20_600, more in 0i32..30, days in 0u32..120, longer in 0u32..30,
    ) {
        let count: DayCount = CN.with(Clone::clone);
        let (start, later) = (Date(start), Date(start + more));
        let rolling = |days| Term { span: Span::Days(days), last_day: LastDay::RollsForward };
        let kinds: [&dyn Fn(u32) -> Term; 3] =
            [&|days| Span::WorkingDays(days).into(), &|days| Span::Days(days).into(), &rolling];
        for (at, kind) in kinds.iter().enumerate() {
            let due = |start, days| match count.due(at_noon(start), kind(days)) {
                Due::EndOf(date) => date,
                Due::At(instant) => panic!("{instant:?}"),
            };
            prop_assert!(due(start, days) <= due(later, days));
            prop_assert!(due(start, days) <= due(start, days + longer));
            if at != 1 && days > 0 {
                prop_assert!(count.calendar.is_worked(due(start, days)));
            }
            if days > 0 {
                prop_assert!(due(start, days) > start);
            }
        }
    }
}

thread_local! {
    static CN: DayCount = cn().program.days;
}

#[test]
fn a_holiday_says_its_notice() {
    let calendar = cn().program.days.calendar;
    let told = calendar.day(day("2026-02-14"));
    assert_eq!(told.kind, DayKind::Worked);
    let cage_law::Cause::Notice { notice, holiday } = told.cause else {
        panic!("{told:?}");
    };
    assert_eq!(notice.number.as_deref(), Some("国办发明电〔2025〕7号"));
    assert_eq!(holiday.zh, "春节");
}
