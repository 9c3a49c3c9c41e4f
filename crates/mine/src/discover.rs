//! All of discovery in one call.

use cage_model::MICROS_PER_SECOND;

use crate::candidate::{QueueCandidate, SeparationCandidate, queues, separations};
use crate::declare::{Constraint, constraints};
use crate::follows::{DirectlyFollows, directly_follows};
use crate::inductive::mine;
use crate::profile::{PairProfile, Profile};
use crate::traces::Traces;
use crate::tree::ProcessTree;

/// How much history must say before something is drafted. Percentages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// A constraint must be triggered in at least this share of the cases.
    pub support_percent: u64,
    /// And be fulfilled in at least this share of its activations.
    pub confidence_percent: u64,
    /// Share below which the flow leaves behaviour out; 0 fits every case.
    pub noise_percent: u32,
    /// Fewest cases for a candidate of people, queues or times.
    pub cases_min: u64,
    /// Most constraints drafted, the best supported first.
    pub constraints_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            support_percent: 10,
            confidence_percent: 95,
            noise_percent: 20,
            cases_min: 30,
            constraints_max: 200,
        }
    }
}

/// What history says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Discovered {
    /// How many different sequences there are.
    pub variants: usize,
    /// Which activity follows which.
    pub follows: DirectlyFollows,
    /// Frequent constraints, the best supported first.
    pub constraints: Vec<Constraint>,
    /// Times between all pairs.
    pub profile: Profile,
    /// Pairs that follow each other directly and regularly enough to draft bounds for.
    pub durations: Vec<PairProfile>,
    /// Four-eyes and same-hand candidates.
    pub separations: Vec<SeparationCandidate>,
    /// Queue candidates.
    pub queues: Vec<QueueCandidate>,
    /// The flow.
    pub tree: ProcessTree,
}

/// Looks at history.
#[must_use]
pub fn discover(traces: &Traces, options: &Options) -> Discovered {
    let variants = traces.variants();
    let follows = directly_follows(&variants);
    let mut found = constraints(
        &variants,
        traces.activities.len(),
        options.support_percent * 100,
        options.confidence_percent * 100,
    );
    found.sort_by_key(|constraint| {
        let evidence = &constraint.evidence;
        std::cmp::Reverse((evidence.confidence(), evidence.support()))
    });
    found.truncate(options.constraints_max);
    let profile = Profile::learn(traces);
    let durations = regular(traces, &profile, &follows, options.cases_min);
    Discovered {
        variants: variants.len(),
        constraints: found,
        durations,
        profile,
        separations: separations(traces, options.confidence_percent, options.cases_min),
        queues: queues(traces, options.confidence_percent, options.cases_min),
        tree: mine(&variants, options.noise_percent),
        follows,
    }
}

/// Pairs that follow directly often enough and whose times vary: others give no useful bound. They
/// are learned as the rule that is drafted from them pairs events, and in its unit, seconds.
fn regular(
    traces: &Traces,
    profile: &Profile,
    follows: &DirectlyFollows,
    cases_min: u64,
) -> Vec<PairProfile> {
    let pairs = profile.pairs().map(|pair| (pair.from, pair.to));
    let direct = pairs.filter(|pair| {
        let count = follows.edges.get(pair).copied().unwrap_or(0);
        count >= cases_min && pair.0 != pair.1
    });
    let in_turn = Profile::learn_in_turn(traces, &direct.collect::<Vec<_>>());
    let varies = |pair: &&PairProfile| pair.deviation >= MICROS_PER_SECOND;
    in_turn.pairs().filter(varies).copied().collect()
}
