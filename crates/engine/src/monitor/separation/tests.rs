use crate::monitor::cases::{self, Case, OFFICE};

fn check(kind: &str, a: &str, b: &str, cases: &[Case]) {
    let head = format!("{OFFICE}kind = \"{kind}\"\na = \"{a}\"\nb = \"{b}\"\nby = 'event.hand'\n");
    cases::check(&head, cases);
}

#[test]
fn two_acts_need_two_persons_in_every_pair() {
    check(
        "separation",
        "reviewed",
        "decided",
        &[
            Case {
                name: "an early pair counts though a later one is clean",
                rule: "",
                as_of: "",
                story: "2026-03-02T10:00:00+08:00 reviewed case=C1 hand=\"Pete\"
                        2026-03-02T11:00:00+08:00 decided case=C1 hand=\"Pete\"
                        2026-03-02T12:00:00+08:00 decided case=C1 hand=\"Sue\"",
                counts: [2, 1, 1, 0, 0],
                findings: "RULE C1 Violated SamePerson reviewed@0 / decided@1 \
                           at 2026-03-02T11:00:00+08:00 Pete -> Pete",
            },
            Case {
                name: "three pairs broken by one act are one finding",
                rule: "",
                as_of: "",
                story: "2026-03-02T10:00:00+08:00 reviewed case=C1 hand=\"Pete\"
                        2026-03-02T10:10:00+08:00 reviewed case=C1 hand=\"Pete\"
                        2026-03-02T10:20:00+08:00 reviewed case=C1 hand=\"Sue\"
                        2026-03-02T10:30:00+08:00 reviewed case=C1 hand=\"Pete\"
                        2026-03-02T11:00:00+08:00 decided case=C1 hand=\"Pete\"",
                counts: [4, 1, 3, 0, 0],
                findings: "RULE C1 Violated SamePerson reviewed@0 / decided@4 \
                           at 2026-03-02T11:00:00+08:00 Pete -> Pete",
            },
            Case {
                name: "who decided is not known",
                rule: "",
                as_of: "",
                story: "2026-03-02T10:00:00+08:00 reviewed case=C1 hand=\"Pete\"
                        2026-03-02T11:00:00+08:00 decided case=C1
                        2026-03-02T12:00:00+08:00 reviewed case=C1 hand=\"Sue\"",
                counts: [2, 0, 0, 0, 2],
                findings: "RULE C1 Undecided DataMissing reviewed@0 / decided@1 \
                           at 2026-03-02T11:00:00+08:00 field hand\n\
                           RULE C1 Undecided DataMissing decided@1 / reviewed@2 \
                           at 2026-03-02T12:00:00+08:00 field event.hand",
            },
            Case {
                name: "one act alone is no pair",
                rule: "",
                as_of: "",
                story: "2026-03-02T10:00:00+08:00 reviewed case=C1 hand=\"Pete\"",
                counts: [0, 0, 0, 0, 0],
                findings: "",
            },
        ],
    );
}

#[test]
fn two_acts_of_one_kind() {
    check(
        "separation",
        "signed",
        "signed",
        &[Case {
            name: "three signatures are three pairs",
            rule: "",
            as_of: "",
            story: "2026-03-02T10:00:00+08:00 signed case=C1 hand=\"Pete\"
                    2026-03-02T11:00:00+08:00 signed case=C1 hand=\"Sue\"
                    2026-03-02T12:00:00+08:00 signed case=C1 hand=\"Pete\"",
            counts: [3, 2, 1, 0, 0],
            findings: "RULE C1 Violated SamePerson signed@0 / signed@2 \
                       at 2026-03-02T12:00:00+08:00 Pete -> Pete",
        }],
    );
}

#[test]
fn a_binding_wants_one_hand() {
    check(
        "binding",
        "received",
        "delivered",
        &[Case {
            name: "the same hand, then another",
            rule: "",
            as_of: "",
            story: "2026-03-02T10:00:00+08:00 received case=C1 hand=\"Pete\"
                    2026-03-02T11:00:00+08:00 delivered case=C1 hand=\"Pete\"
                    2026-03-02T12:00:00+08:00 delivered case=C1 hand=\"Sue\"",
            counts: [2, 1, 1, 0, 0],
            findings: "RULE C1 Violated DifferentPerson received@0 / delivered@2 \
                       at 2026-03-02T12:00:00+08:00 Pete -> Sue",
        }],
    );
}
