//! Declare rules on real logs: the figures of other tools where they agree with the definitions,
//! and the failures that were met in them.

use cage_runtime::CheckOptions;

use crate::data::{activations, checked, decl, flow, objects, pack, shared};
use crate::flows::assert_aligned;

fn finite() -> CheckOptions {
    CheckOptions {
        finite: true,
        ..CheckOptions::default()
    }
}

/// Kind, activation, other end, limit; activations, violated.
const FINES: [(&str, &str, &str, &str, u64, u64); 7] = [
    ("response", "Create Fine", "Send Fine", "", 150_370, 46_383),
    (
        "precedence",
        "Insert Fine Notification",
        "Send Fine",
        "",
        79_860,
        0,
    ),
    (
        "response",
        "Create Fine",
        "Send Fine",
        "within = \"2160 h\"",
        150_370,
        96_419,
    ),
    (
        "not-response",
        "Send for Credit Collection",
        "Payment",
        "",
        59_013,
        0,
    ),
    (
        "response",
        "Insert Fine Notification",
        "Add penalty",
        "within = \"1440 h\"",
        79_860,
        17_564,
    ),
    (
        "response",
        "Create Fine",
        "Send Fine",
        "within = \"90 days\"",
        150_370,
        96_155,
    ),
    (
        "response",
        "Insert Fine Notification",
        "Add penalty",
        "within = \"60 days\"",
        79_860,
        0,
    ),
];

/// The road traffic fines, 150,370 cases: activations, satisfied, violated, as pm4py and
/// Declare4Py count them; dates (the last two) they cannot count. Sixty elapsed days against sixty
/// dates are 17,564 false alarms, from summer time alone.
#[test]
fn fines_count_as_elsewhere_and_dates_are_no_seconds() {
    let Some(log) = shared("logs/road_traffic_fines.xes.gz") else {
        return;
    };
    let mut text = String::new();
    for (number, (kind, when, other, more, ..)) in FINES.iter().enumerate() {
        let end = if *kind == "precedence" {
            "before"
        } else {
            "then"
        };
        text += &format!(
            "[[rule]]\nid = \"C{number}\"\ninternal = true\ngrade = \"observe\"\nper = \"case\"\n\
             kind = \"{kind}\"\nwhen = \"{when}\"\n{end} = \"{other}\"\n{more}\n"
        );
    }
    let mut program = pack(&text);
    let model = shared("logs/alignments/road_traffic_im02.pnml");
    if let Some(model) = &model {
        let mut flow = flow(model);
        program.rules.append(&mut flow.rules);
        program.flows = flow.flows;
    }
    // The log is large: everything that is asked of it is asked in one reading.
    let outcome = checked(program, &log, &finite());
    if model.is_some() {
        assert_aligned(&outcome, [150_370, 231, 2_450, 148_986]);
    }
    for ((kind, when, _, more, total, violated), rule) in FINES.iter().zip(&outcome.rules) {
        let expected = [*total, total - violated, *violated, 0, 0];
        assert_eq!(activations(rule), expected, "{kind} {when} {more}");
        // Every case has at most one of each of these.
        assert_eq!(objects(rule), expected, "{kind} {when} {more}");
    }
}

/// Activations, satisfied, violated; cases activated, cases violated: as Declare4Py 2.2.0 counts.
type Counted = (&'static str, [u64; 5]);

const RECEIPT: [Counted; 14] = [
    (
        "Alternate Precedence[T04 Determine confirmation of receipt, T06 Determine necessity of stop advice] |A.org:resource is Resource01 |T.org:resource is Resource01 |",
        [203, 157, 46, 203, 46],
    ),
    (
        "Alternate Precedence[T05 Print and send confirmation of receipt, T06 Determine necessity of stop advice] | | |0,5,d",
        [1416, 684, 732, 1309, 643],
    ),
    (
        "Alternate Response[T02 Check confirmation of receipt, T06 Determine necessity of stop advice] |A.org:resource is Resource01 |T.org:resource is Resource01 |",
        [209, 181, 28, 208, 28],
    ),
    (
        "Alternate Response[T06 Determine necessity of stop advice, T05 Print and send confirmation of receipt] | | |",
        [1416, 505, 911, 1309, 845],
    ),
    (
        "Chain Precedence[Confirmation of receipt, T02 Check confirmation of receipt] |A.org:resource is Resource01 |T.org:resource is Resource01 |",
        [209, 185, 24, 208, 23],
    ),
    (
        "Chain Response[T05 Print and send confirmation of receipt, T06 Determine necessity of stop advice] | | |0,5,d",
        [1300, 680, 620, 1300, 620],
    ),
    (
        "Not Chain Precedence[T05 Print and send confirmation of receipt, T06 Determine necessity of stop advice] | | |0,5,d",
        [1416, 736, 680, 1309, 680],
    ),
    (
        "Not Chain Response[T02 Check confirmation of receipt, T04 Determine confirmation of receipt] |A.org:resource is Resource01 |T.org:resource is Resource01 |",
        [209, 31, 178, 208, 178],
    ),
    (
        "Not Precedence[T05 Print and send confirmation of receipt, T06 Determine necessity of stop advice] | | |",
        [1416, 571, 845, 1309, 798],
    ),
    (
        "Not Responded Existence[T06 Determine necessity of stop advice, T05 Print and send confirmation of receipt] | | |0,5,d",
        [1416, 284, 1132, 1309, 1069],
    ),
    (
        "Not Response[T04 Determine confirmation of receipt, T06 Determine necessity of stop advice] | | |0,5,d",
        [1307, 560, 747, 1303, 747],
    ),
    (
        "Precedence[T05 Print and send confirmation of receipt, T06 Determine necessity of stop advice] | | |0,5,d",
        [1416, 714, 702, 1309, 635],
    ),
    (
        "Responded Existence[T06 Determine necessity of stop advice, T05 Print and send confirmation of receipt] | | |0,5,d",
        [1416, 1132, 284, 1309, 250],
    ),
    (
        "Response[T06 Determine necessity of stop advice, T05 Print and send confirmation of receipt] | | |",
        [1416, 554, 862, 1309, 814],
    ),
];

#[test]
fn receipt_counts_as_declare4py_does() {
    let Some(log) = shared("logs/receipt.xes.gz") else {
        return;
    };
    let lines: Vec<&str> = RECEIPT.iter().map(|(line, _)| *line).collect();
    let outcome = checked(decl(&lines.join("\n")), &log, &finite());
    for ((line, expected), rule) in RECEIPT.iter().zip(&outcome.rules) {
        let [total, satisfied, violated, ..] = activations(rule);
        let [activated, _, broken, ..] = objects(rule);
        let counted = [total, satisfied, violated, activated, broken];
        assert_eq!(counted, *expected, "{line}");
    }
}

/// Guards on which Declare4Py fails: a number that is compared with a text, two events that are
/// compared, the same value in both, and a line without its bars.
#[test]
fn guards_that_fail_elsewhere_are_counted() {
    let Some(log) = shared("logs/roadtraffic100traces.xes") else {
        return;
    };
    let lines = [
        (
            "Response[Create Fine, Send Fine] |A.article is 157 | |",
            [46, 33, 13],
        ),
        (
            "Response[Create Fine, Send Fine] |A.article = 157 | |",
            [46, 33, 13],
        ),
        (
            "Response[Create Fine, Payment] | |T.totalPaymentAmount >= A.amount |",
            [100, 48, 52],
        ),
        (
            "Response[Create Fine, Add penalty] | |T.amount >= A.amount |",
            [100, 57, 43],
        ),
        // No Send Fine of this log says who sent it.
        (
            "Response[Create Fine, Send Fine] | |same org:resource |",
            [100, 0, 100],
        ),
        ("Succession[Create Fine, Payment]", [158, 106, 52]),
        (
            "Alternate Succession[Create Fine, Send Fine]",
            [178, 156, 22],
        ),
        ("Co-Existence[Create Fine, Payment]", [158, 106, 52]),
    ];
    let text: Vec<&str> = lines.iter().map(|(line, _)| *line).collect();
    let outcome = checked(decl(&text.join("\n")), &log, &finite());
    assert_eq!(outcome.rules.len(), lines.len(), "no constraint is dropped");
    for ((line, expected), rule) in lines.iter().zip(&outcome.rules) {
        let [total, satisfied, violated, ..] = activations(rule);
        assert_eq!([total, satisfied, violated], *expected, "{line}");
    }
}

/// An open obligation is pending, not violated; and it is not passed over in silence.
#[test]
fn what_is_still_owed_is_pending() {
    let Some(log) = shared("logs/roadtraffic100traces.xes") else {
        return;
    };
    let lines = "Response[Create Fine, Payment]\nResponse[Create Fine, Payment] | | |0,30,d\n";
    let outcome = checked(decl(lines), &log, &CheckOptions::default());
    let [open, timed] = &outcome.rules[..] else {
        panic!("two rules were given");
    };
    assert_eq!(activations(open), [100, 48, 0, 52, 0]);
    assert_eq!(objects(open), [100, 100, 0, 52, 0]);
    let [total, satisfied, violated, pending, _] = activations(timed);
    assert_eq!((total, pending), (100, 0), "the log ends years later");
    assert_eq!(satisfied + violated, 100);
}

/// The model of Declare4Py's own tests on the sepsis log: its guarded constraint never fires, and
/// is said not to, instead of being satisfied 1,050 times.
#[test]
fn a_rule_that_never_fires_is_reported() {
    let log = shared("logs/sepsis.xes.gz");
    let model = shared("logs/sepsis_declare4py.decl");
    let (Some(log), Some(model)) = (log, model) else {
        return;
    };
    let text = std::fs::read_to_string(model).unwrap();
    let outcome = checked(decl(&text), &log, &finite());
    let counted: Vec<_> = outcome.rules.iter().map(activations).collect();
    assert_eq!(
        counted,
        [
            [1050, 995, 55, 0, 0],
            [1050, 971, 79, 0, 0],
            [1182, 916, 266, 0, 0],
            [0; 5],
        ]
    );
    let idle = &outcome.rules[3];
    assert_eq!(objects(idle), [0; 5]);
    let notices = outcome.notices.iter();
    let about: Vec<_> = notices
        .filter(|notice| notice.rule.as_ref() == Some(&idle.id))
        .collect();
    assert!(!about.is_empty(), "{:?}", outcome.notices);
}
