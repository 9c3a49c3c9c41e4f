use crate::monitor::cases::{Case, OFFICE, check};

#[test]
fn each_change_of_a_value_is_found() {
    let head = format!(
        "{OFFICE}kind = \"immutable\"\nwhat = [\"assessed\", \"corrected\"]\nfield = 'event.fee'\n"
    );
    check(
        &head,
        &[
            Case {
                name: "written once: nothing to judge",
                rule: "",
                as_of: "",
                story: "2026-02-13T16:00:00+08:00 assessed case=C1 fee=100.00",
                counts: [0, 0, 0, 0, 0],
                findings: "",
            },
            Case {
                name: "the same number in another notation is the same",
                rule: "",
                as_of: "",
                story: "2026-02-13T16:00:00+08:00 assessed case=C1 fee=100.00
                        2026-02-14T16:00:00+08:00 assessed case=C1 fee=100
                        2026-02-14T16:00:00+08:00 assessed case=C2 fee=7",
                counts: [1, 1, 0, 0, 0],
                findings: "",
            },
            Case {
                name: "there and back again are two changes; repeating one is none",
                rule: "",
                as_of: "",
                story: "2026-02-13T16:00:00+08:00 assessed case=C1 fee=100
                        2026-02-14T16:00:00+08:00 corrected case=C1 fee=50
                        2026-02-15T16:00:00+08:00 corrected case=C1 fee=50
                        2026-02-16T16:00:00+08:00 corrected case=C1 fee=100",
                counts: [3, 1, 2, 0, 0],
                findings: "RULE C1 Violated Changed assessed@0 / corrected@1 \
                           at 2026-02-14T16:00:00+08:00 100 -> 50\n\
                           RULE C1 Violated Changed corrected@1 / corrected@3 \
                           at 2026-02-16T16:00:00+08:00 50 -> 100",
            },
            Case {
                name: "a write without value, and values of different kinds",
                rule: "",
                as_of: "",
                story: "2026-02-13T16:00:00+08:00 assessed case=C1
                        2026-02-14T16:00:00+08:00 assessed case=C1 fee=100
                        2026-02-15T16:00:00+08:00 corrected case=C1 fee=\"none\"",
                counts: [2, 0, 0, 0, 2],
                findings: "RULE C1 Undecided DataMissing assessed@0 \
                           at 2026-02-13T16:00:00+08:00 field fee\n\
                           RULE C1 Undecided DataMissing assessed@1 / corrected@2 \
                           at 2026-02-15T16:00:00+08:00 field event.fee",
            },
        ],
    );
}

#[test]
fn values_are_told_apart_by_their_key() {
    let head = format!(
        "{OFFICE}kind = \"immutable\"\nwhat = \"listed\"\nkey = 'event.item'\nfield = 'event.place'\n"
    );
    check(
        &head,
        &[Case {
            name: "an item in two places; another item is another matter",
            rule: "",
            as_of: "",
            story: "2026-02-13T16:00:00+08:00 listed case=C1 item=1 place=\"A\"
                    2026-02-13T16:00:00+08:00 listed case=C1 item=2 place=\"B\"
                    2026-02-13T16:00:00+08:00 listed case=C2 item=1 place=\"B\"
                    2026-02-14T16:00:00+08:00 listed case=C1 item=1 place=\"C\"
                    2026-02-14T16:00:00+08:00 listed case=C1 place=\"C\"
                    2026-02-14T16:00:00+08:00 listed case=C1 item=2 place=\"B\"",
            counts: [3, 1, 1, 0, 1],
            findings: "RULE C1 Violated Changed listed@0 / listed@3 \
                       at 2026-02-14T16:00:00+08:00 A -> C\n\
                       RULE C1 Undecided DataMissing listed@4 \
                       at 2026-02-14T16:00:00+08:00 field item",
        }],
    );
}
