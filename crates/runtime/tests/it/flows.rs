//! Flows on real logs. The figures are of pm4py 2.7.23.11 with its state-equation A*, kept beside the
//! models; the larger log is checked with the rules of `declare.rs`.

use cage_runtime::{CheckOptions, Outcome};

use crate::data::{checked, flow, shared};

/// Objects, variants, cost and fitting objects of the one flow of a check that took every object
/// to end. Its rule is the last one.
pub(crate) fn assert_aligned(outcome: &Outcome, expected: [u64; 4]) {
    let [flow] = &outcome.flows[..] else {
        panic!("one flow was asked for");
    };
    let numbers = [flow.cases, flow.variants, flow.cost, flow.fitting];
    assert_eq!(numbers, expected);
    assert_eq!(flow.not_aligned, 0);
    // What fits from start to end is what the automaton lets end.
    let rule = outcome.rules.last().unwrap();
    assert_eq!(rule.objects.satisfied, flow.fitting);
    assert_eq!(rule.objects.violated, flow.cases - flow.fitting);
    let inserted: u64 = flow.inserted.iter().map(|one| one.count).sum();
    let skipped: u64 = flow.steps.iter().map(|step| step.skipped).sum();
    assert_eq!(inserted + skipped, flow.cost);
}

#[test]
fn alignments_of_a_whole_log_cost_what_another_tool_says() {
    let log = shared("logs/receipt.xes.gz");
    let model = shared("logs/alignments/receipt_im02.pnml");
    let (Some(log), Some(model)) = (log, model) else {
        return;
    };
    for threads in [1, 3] {
        let options = CheckOptions {
            finite: true,
            threads,
            ..CheckOptions::default()
        };
        let outcome = checked(flow(&model), &log, &options);
        assert_aligned(&outcome, [1_434, 116, 2_465, 713]);
    }
}
