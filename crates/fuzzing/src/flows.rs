//! Reads bytes as a flow and follows it: is it sound, how does it look, how does a short trace fit.

use std::sync::Arc;

use cage_flow::{Aligner, Automaton, Label, Limits, Move, Outcome, PictureCounts};

/// States that one trace may cost here.
const BUDGET: u64 = 20_000;

/// Follows a flow, if the bytes are one. No bytes may make that panic or grow without bound; an
/// alignment costs what was said before, and tells every event of its trace once.
///
/// # Panics
/// When that does not hold.
pub(crate) fn follow(bytes: &[u8]) {
    let Ok(model) = cage_flow::read_model("model", bytes) else {
        return;
    };
    let picture = cage_flow::picture(&model, &PictureCounts::default());
    assert!(picture.starts_with("<svg"), "a picture is one <svg>");
    let limits = Limits {
        markings_max: 5_000,
        steps_max: 50_000,
        states_max: 5_000,
        table_max: 500_000,
        ..Limits::quick()
    };
    let net = Arc::new(model.net);
    let Ok(soundness) = cage_flow::soundness(&net, limits) else {
        return;
    };
    let refused = soundness.refusal(&net).is_some();
    let _ = soundness.cautions(&net);
    let known = net.labels.len() as u32;
    let trace: Vec<Label> = [0, 1, known, 0, 2].map(Label).to_vec();
    walk(&net, limits, &trace);
    align(&net, limits, &trace, refused);
}

fn walk(net: &Arc<cage_flow::Net>, limits: Limits, trace: &[Label]) {
    let Ok(mut automaton) = Automaton::new(Arc::clone(net), limits) else {
        return;
    };
    let mut state = automaton.start();
    for label in trace {
        let Ok(expected) = automaton.expected(state) else {
            return;
        };
        match automaton.step(state, *label) {
            Ok(Some(next)) => {
                assert!(expected.contains(label), "what can happen is expected");
                state = next;
            }
            Ok(None) => assert!(!expected.contains(label), "what is expected can happen"),
            Err(_) => return,
        }
    }
}

fn align(net: &Arc<cage_flow::Net>, limits: Limits, trace: &[Label], refused: bool) {
    let Ok(aligner) = Aligner::new(Arc::clone(net), limits) else {
        return;
    };
    let mut aligner = aligner.with_budget(BUDGET);
    let Ok(cost) = aligner.cost(trace) else {
        return;
    };
    if refused {
        assert!(
            cost.optimal().is_none(),
            "a flow without a run aligns nothing"
        );
        return;
    }
    let (Outcome::Optimal(cost), Ok(Outcome::Optimal(alignment))) = (cost, aligner.align(trace))
    else {
        return;
    };
    assert_eq!(cost, alignment.cost);
    let told = alignment.moves.iter().filter_map(|step| match step {
        Move::Both { event, .. } | Move::Log { event } => Some(*event),
        Move::Model { .. } | Move::Silent { .. } => None,
    });
    assert!(told.eq(0..trace.len() as u32), "every event is told once");
}
