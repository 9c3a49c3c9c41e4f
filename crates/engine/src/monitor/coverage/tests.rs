use crate::monitor::cases::{self, Case, OFFICE};

fn check(rule: &str, cases: &[Case]) {
    let head = format!(
        "{OFFICE}kind = \"coverage\"\nwhat = \"accepted\"\nby = \"footage\"\n\
         start = 'event.start'\nend = 'event.end'\n{rule}\n"
    );
    cases::check(&head, cases);
}

#[test]
fn an_act_is_covered_by_footage_before_and_after_it() {
    check(
        "around = \"60 s\"\nwithin = \"24 h\"",
        &[
            Case {
                name: "one recording covers it; its edge does too; a minute less does not",
                rule: "",
                as_of: "2026-03-05T00:00:00+08:00",
                story: "2026-03-02T10:00:00+08:00 accepted case=C1
                        2026-03-02T18:00:00+08:00 footage case=C1 start=2026-03-02T09:59:00+08:00 end=2026-03-02T10:01:00+08:00
                        2026-03-02T10:00:00+08:00 accepted case=C2
                        2026-03-02T18:00:00+08:00 footage case=C2 start=2026-03-02T09:00:00+08:00 end=2026-03-02T10:00:59+08:00",
                counts: [2, 1, 1, 0, 0],
                findings: "RULE C2 Violated Uncovered accepted@2 / footage@3 \
                           at 2026-03-03T10:00:00.000001+08:00",
            },
            Case {
                name: "two recordings that meet cover it together; a gap stays a gap",
                rule: "",
                as_of: "2026-03-05T00:00:00+08:00",
                story: "2026-03-02T10:00:00+08:00 accepted case=C1
                        2026-03-02T18:00:00+08:00 footage case=C1 start=2026-03-02T10:00:00+08:00 end=2026-03-02T10:10:00+08:00
                        2026-03-02T18:01:00+08:00 footage case=C1 start=2026-03-02T09:50:00+08:00 end=2026-03-02T10:00:00+08:00
                        2026-03-02T10:00:00+08:00 accepted case=C2
                        2026-03-02T18:00:00+08:00 footage case=C2 start=2026-03-02T10:00:01+08:00 end=2026-03-02T10:10:00+08:00
                        2026-03-02T18:01:00+08:00 footage case=C2 start=2026-03-02T09:50:00+08:00 end=2026-03-02T10:00:00+08:00",
                counts: [2, 1, 1, 0, 0],
                findings: "RULE C2 Violated Uncovered accepted@3 / footage@5 \
                           at 2026-03-03T10:00:00.000001+08:00",
            },
            Case {
                name: "stored too late; never; not due yet",
                rule: "",
                as_of: "2026-03-04T11:00:00+08:00",
                story: "2026-03-02T10:00:00+08:00 accepted case=C1
                        2026-03-03T10:00:01+08:00 footage case=C1 start=2026-03-02T09:00:00+08:00 end=2026-03-02T11:00:00+08:00
                        2026-03-03T10:30:00+08:00 accepted case=C1
                        2026-03-03T11:30:00+08:00 accepted case=C1",
                counts: [3, 0, 2, 1, 0],
                findings: "RULE C1 Violated Uncovered accepted@0 at 2026-03-03T10:00:00.000001+08:00\n\
                           RULE C1 Violated Uncovered accepted@2 at 2026-03-04T10:30:00.000001+08:00",
            },
            Case {
                name: "footage of unknown extent leaves it undecided, unless other footage covers it",
                rule: "",
                as_of: "2026-03-05T00:00:00+08:00",
                story: "2026-03-02T10:00:00+08:00 accepted case=C1
                        2026-03-02T18:00:00+08:00 footage case=C1 start=2026-03-02T09:00:00+08:00
                        2026-03-02T10:00:00+08:00 accepted case=C2
                        2026-03-02T18:00:00+08:00 footage case=C2 start=2026-03-02T09:00:00+08:00
                        2026-03-02T18:00:00+08:00 footage case=C2 start=2026-03-02T09:00:00+08:00 end=2026-03-02T11:00:00+08:00",
                counts: [2, 1, 0, 0, 1],
                findings: "RULE C1 Undecided DataMissing accepted@0 \
                           at 2026-03-03T10:00:00.000001+08:00 field end",
            },
        ],
    );
}

#[test]
fn a_permit_covers_what_is_done_under_it() {
    check(
        "match = 'by.vehicle == what.vehicle'",
        &[
            Case {
                name: "the permit comes first; another vehicle's permit does not serve",
                rule: "",
                as_of: "2026-03-05T00:00:00+08:00",
                story: "2026-03-01T10:00:00+08:00 footage case=C1 vehicle=7 start=2026-03-02T00:00:00+08:00 end=2026-03-03T00:00:00+08:00
                        2026-03-02T10:00:00+08:00 accepted case=C1 vehicle=7
                        2026-03-02T11:00:00+08:00 accepted case=C1 vehicle=8
                        2026-03-03T00:00:01+08:00 accepted case=C1 vehicle=7",
                counts: [3, 1, 0, 2, 0],
                findings: "",
            },
            Case {
                name: "a permit for nobody knows whom",
                rule: "within = \"1 h\"",
                as_of: "2026-03-05T00:00:00+08:00",
                story: "2026-03-01T10:00:00+08:00 footage case=C1 start=2026-03-02T00:00:00+08:00 end=2026-03-03T00:00:00+08:00
                        2026-03-02T10:00:00+08:00 accepted case=C1 vehicle=7",
                counts: [1, 0, 0, 0, 1],
                findings: "RULE C1 Undecided DataMissing accepted@1 \
                           at 2026-03-02T11:00:00.000001+08:00 field vehicle",
            },
        ],
    );
}
