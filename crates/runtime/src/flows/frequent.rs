//! Which variants an outcome keeps whole, so that people can read them.

use cage_flow::Alignment;
use cage_model::{Interner, Symbol};

use super::FlowVariant;

/// Variants that are kept for their frequency; as many again that do not fit.
const KEPT_MAX: usize = 12;

/// The most frequent variants, and the most frequent of those that do not fit, each once. Equal
/// numbers are told in the order of the activities' names, which no other object changes.
pub(super) fn frequent(
    variants: &[(&[Symbol], u64)],
    aligned: &mut [Option<Alignment>],
    names: &Interner,
) -> Vec<FlowVariant> {
    let texts = |index: usize| variants[index].0.iter().map(|symbol| names.text(*symbol));
    let mut order: Vec<usize> = (0..variants.len()).collect();
    order.sort_by(|a, b| {
        let by_number = variants[*b].1.cmp(&variants[*a].1);
        by_number.then_with(|| texts(*a).cmp(texts(*b)))
    });
    let fits = |alignment: &Option<Alignment>| alignment.as_ref().is_some_and(|one| one.cost == 0);
    let mut misfits = 0;
    let mut kept = Vec::new();
    for (rank, index) in order.into_iter().enumerate() {
        let misfit = !fits(&aligned[index]);
        misfits += usize::from(misfit);
        if rank < KEPT_MAX || misfit && misfits <= KEPT_MAX {
            kept.push(FlowVariant {
                activities: texts(index).map(str::to_owned).collect(),
                objects: variants[index].1,
                alignment: aligned[index].take(),
            });
        }
        if rank >= KEPT_MAX && misfits >= KEPT_MAX {
            break;
        }
    }
    kept
}
