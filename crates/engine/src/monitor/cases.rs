//! For tests: tables of stories with what must come of them.

use cage_model::Time;

use crate::harness::Harness;

/// A rule, a story and what must come of it. The rule's id is `RULE`.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The rule's own lines, behind the head that the table shares.
    pub(crate) rule: &'static str,
    /// The moment of judgement; after the last event when empty.
    pub(crate) as_of: &'static str,
    pub(crate) story: &'static str,
    /// Activations: total, satisfied, violated, pending, undecided.
    pub(crate) counts: [u64; 5],
    pub(crate) findings: &'static str,
}

/// Judges every case of a table in all ways that must not differ: in batch, live, and with what
/// ran out reported before each event (which an exemption asks for).
pub(crate) fn check(head: &str, cases: &[Case]) {
    for case in cases {
        let rule = format!("{head}{}\n", case.rule);
        let judge = |rule: &str| {
            let harness = Harness::pack(rule);
            match case.as_of {
                "" => harness.judge(case.story),
                as_of => harness.judged_at(as_of).judge(case.story),
            }
        };
        let plain = judge(&rule);
        let object = if rule.contains("per = \"queue\"") {
            "queue"
        } else {
            "case"
        };
        let watched = judge(&format!("{rule}exempt = 'has({object}.waived)'\n"));
        assert_eq!(
            (plain.activations("RULE"), plain.listed().as_str()),
            (case.counts, case.findings),
            "{}",
            case.name
        );
        assert_eq!(plain.listed(), watched.listed(), "{}: run out", case.name);
        let counts = [&plain, &watched].map(|judged| judged.activations("RULE"));
        assert_eq!(counts[0], counts[1], "{}: run out", case.name);
    }
}

/// A head for a rule per case, in Shanghai, with the working days of 2026 as the State Council's
/// notice states them.
pub(crate) const OFFICE: &str = r#"
zone = "Asia/Shanghai"
[calendar]
covered-to = 2026-12-31
off = [
  2026-01-01, 2026-01-02, 2026-01-03,
  2026-02-15, 2026-02-16, 2026-02-17, 2026-02-18, 2026-02-19, 2026-02-20, 2026-02-21, 2026-02-22, 2026-02-23,
  2026-04-04, 2026-04-05, 2026-04-06,
  2026-05-01, 2026-05-02, 2026-05-03, 2026-05-04, 2026-05-05,
]
worked = [2026-01-04, 2026-02-14, 2026-02-28, 2026-05-09]
[[rule]]
id = "RULE"
per = "case"
internal = true
grade = "observe"
"#;

/// Events of a made-up story, each some seconds after Monday, 2026-02-09, 00:00 in Shanghai, as
/// the lines of a story in the order of time.
pub(crate) fn told(events: &[(i64, String)]) -> String {
    let mut sorted: Vec<_> = events.iter().collect();
    sorted.sort_by_key(|(seconds, _)| *seconds);
    let lines = sorted
        .iter()
        .map(|(seconds, text)| format!("{} {text}", clock(*seconds)));
    lines.collect::<Vec<_>>().join("\n")
}

/// A moment of a made-up story, as findings are listed.
pub(crate) fn clock(seconds: i64) -> Time {
    let start = Time::parse("2026-02-09T00:00:00+08:00").unwrap();
    Time::new(start.instant().plus(seconds * 1_000_000), Some(480))
}
