//! Requirement vectors of working days (domain.md 5.8), through the whole monitor, with the
//! calendars that the State Council's notices state.

use std::fmt::Write as _;

use crate::harness::Harness;

const VECTORS: [(&str, u32, &str); 9] = [
    ("2025-12-30", 3, "2026-01-05"),
    ("2026-02-13", 5, "2026-02-27"),
    ("2026-02-10", 20, "2026-03-16"),
    ("2026-04-30", 3, "2026-05-08"),
    ("2026-06-17", 2, "2026-06-22"),
    ("2026-09-24", 7, "2026-10-12"),
    ("2026-09-30", 5, "2026-10-13"),
    ("2025-09-26", 10, "2025-10-16"),
    ("2015-12-01", 20, "2015-12-29"),
];

/// The exceptions of a year's calendar file: `"date": "2026-01-01", "isOffDay": true`.
#[expect(clippy::disallowed_methods, reason = "calendars are shared test data")]
fn calendar(years: &[u32]) -> Option<String> {
    let folder = std::env::var("CAGE_SHARED_DATA").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned()
    });
    let (mut off, mut worked) = (String::new(), String::new());
    for year in years {
        let text = std::fs::read_to_string(format!("{folder}/calendar/{year}.json")).ok()?;
        for day in text.split("\"date\": \"").skip(1) {
            let list = if day.contains("\"isOffDay\": true") && !first(day).contains("false") {
                &mut off
            } else {
                &mut worked
            };
            let _ = write!(list, "{}, ", &day[..10]);
        }
    }
    Some(format!("[calendar]\noff = [{off}]\nworked = [{worked}]\n"))
}

/// What belongs to one day.
fn first(day: &str) -> &str {
    day.split('}').next().unwrap_or(day)
}

#[test]
fn working_days_are_those_of_the_notices() {
    let Some(calendar) = calendar(&[2015, 2025, 2026]) else {
        println!("skipped: no calendars in CAGE_SHARED_DATA or ../shared/data");
        return;
    };
    for (start, days, last) in VECTORS {
        let rule = format!(
            "zone = \"Asia/Shanghai\"\n{calendar}[[rule]]\nid = \"RULE\"\nper = \"case\"\n\
             internal = true\ngrade = \"observe\"\nkind = \"deadline\"\nstart = \"accepted\"\n\
             stop = \"decided\"\nwithin = \"{days} working days\"\n"
        );
        let story = format!(
            "{start}T16:00:00+08:00 accepted case=C1\n{last}T23:59:59+08:00 decided case=C1"
        );
        let judged = Harness::pack(&rule).judge(&story);
        assert_eq!(
            judged.activations("RULE"),
            [1, 1, 0, 0, 0],
            "{start} + {days}"
        );
        let late = story.lines().next().unwrap();
        let judged = Harness::pack(&rule)
            .judged_at(&format!("{last}T24:00:00+08:00"))
            .judge(late);
        assert_eq!(
            judged.activations("RULE"),
            [1, 0, 1, 0, 0],
            "{start} + {days}"
        );
    }
}
