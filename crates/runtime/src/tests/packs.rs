//! Tests of packs, run.

use super::memory::load;
use crate::testing::test_pack;

const SAMPLE: &str = r#"
zone = "Asia/Shanghai"
[calendar]
off = [2026-02-15, 2026-02-16, 2026-02-17, 2026-02-18, 2026-02-19, 2026-02-20, 2026-02-21, 2026-02-22, 2026-02-23]
worked = [2026-02-14]
[[rule]]
id = "SAMPLE"
internal = true
grade = "observe"
per = "case"
kind = "deadline"
start = "blood.drawn"
stop = "lab.received"
within = "5 working days"
remind = "80%"
[[test]]
name = "four days late"
events = """
2026-02-10T23:10:00+08:00 blood.drawn   case=C1 officer=P7 sample=S1
2026-03-03T09:00:00+08:00 lab.received  case=C1 sample=S1
"""
expect = [
  { at = "2026-02-15T00:00:00+08:00", rule = "SAMPLE", verdict = "warning" },
  { at = "2026-02-25T00:00:00+08:00", rule = "SAMPLE", verdict = "violated" },
  { at = "2026-02-11T00:00:00+08:00", rule = "SAMPLE", verdict = "pending", object = "case:C1" },
]
absent = [{ rule = "SAMPLE", verdict = "undecided" }]
[[test]]
name = "wrong on purpose"
events = "2026-02-10T23:10:00+08:00 blood.drawn case=C1"
expect = [{ at = "2026-02-16T00:00:00+08:00", rule = "SAMPLE", verdict = "violated" }]
"#;

/// The example of the pack language: holidays move both the reminder and the breach.
#[test]
fn a_pack_is_tested_on_the_clock_of_its_events() {
    let (outcomes, coverage) = test_pack(&load(SAMPLE));
    assert_eq!(outcomes[0].failures, [], "{:#?}", outcomes[0].said);
    let failure = &outcomes[1].failures[0];
    assert_eq!(
        failure.expected,
        "2026-02-16T00:00:00+08:00 SAMPLE violated"
    );
    assert_eq!(
        failure.found,
        ["2026-02-15T00:00:00+08:00 SAMPLE case:C1 warning"]
    );
    let rule = &coverage.rules[0];
    assert!(rule.activated && rule.violated && !rule.satisfied);
    assert_eq!(rule.unused_branches, [""; 0]);
}
