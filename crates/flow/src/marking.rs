//! Where tokens may lie: the markings that a net can reach, built when they are first asked for.
//!
//! Owns the rules of firing. Every marking is kept once and known by a number; its steps are
//! computed once and shared by all traces. Knows no labels' meaning and no trace.

use std::sync::Arc;

use cage_model::Keyed;

use crate::behaviour::{BehaviourError, Limits};
use crate::net::{Consume, InclusiveJoin, Net, Place, Transition, TransitionId};

/// The number of a marking in its [`MarkingGraph`]. Numbers follow the order of discovery, so they
/// never show in a result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Marking(pub(crate) u32);

impl Marking {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A transition that may fire in a marking, and the marking after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    pub(crate) transition: TransitionId,
    pub(crate) target: Marking,
}

/// The markings of a net and the steps between them, as far as anybody has asked.
#[derive(Clone, Debug)]
pub(crate) struct MarkingGraph {
    net: Arc<Net>,
    limits: Limits,
    presets: Presets,
    /// Tokens of each marking: places in ascending order, a place once for each of its tokens.
    tokens: Vec<Arc<[Place]>>,
    numbers: Keyed<Arc<[Place]>, Marking>,
    finals: Vec<Arc<[Place]>>,
    /// Tokens of all markings together.
    held: usize,
    /// For each marking where its steps lie in `steps`, once they are known.
    known: Vec<Option<(u32, u32)>>,
    steps: Vec<Step>,
    scratch: Scratch,
}

/// Which transitions a token in a place may help to fire.
#[derive(Clone, Debug, Default)]
struct Presets {
    /// For each place the transitions that take from it, ascending, each once.
    consumers: Vec<Vec<TransitionId>>,
    /// Transitions that take nothing.
    sources: Vec<TransitionId>,
}

#[derive(Clone, Debug, Default)]
struct Scratch {
    candidates: Vec<TransitionId>,
    tokens: Vec<Place>,
    found: Vec<Step>,
}

impl MarkingGraph {
    /// The graph of a net, with its initial marking.
    ///
    /// # Errors
    /// [`BehaviourError::Malformed`] when the net names a place or label that it does not have;
    /// [`BehaviourError::TooManyTokens`] when the initial marking is beyond the bound.
    pub(crate) fn new(net: Arc<Net>, limits: Limits) -> Result<Self, BehaviourError> {
        check(&net)?;
        let mut finals: Vec<Arc<[Place]>> =
            net.finals.iter().map(|places| sorted(places)).collect();
        finals.sort_unstable();
        finals.dedup();
        let mut graph = Self {
            presets: Presets::of(&net),
            limits: limits.within_numbers(),
            tokens: Vec::new(),
            numbers: Keyed::new(),
            finals,
            held: 0,
            known: Vec::new(),
            steps: Vec::new(),
            scratch: Scratch::default(),
            net,
        };
        graph.scratch.tokens = graph.net.initial.clone();
        graph.number_scratch()?;
        Ok(graph)
    }

    /// The initial marking.
    pub(crate) fn initial(&self) -> Marking {
        Marking(0)
    }

    /// The net.
    pub(crate) fn net(&self) -> &Arc<Net> {
        &self.net
    }

    /// The tokens of a marking, ascending, a place once for each token.
    pub(crate) fn tokens(&self, marking: Marking) -> &[Place] {
        &self.tokens[marking.index()]
    }

    /// Whether a marking is one of the net's final markings.
    pub(crate) fn is_final(&self, marking: Marking) -> bool {
        self.finals
            .binary_search(&self.tokens[marking.index()])
            .is_ok()
    }

    /// The steps that may be taken in a marking, in the order of transitions.
    ///
    /// # Errors
    /// When a step leads beyond a bound.
    pub(crate) fn steps(&mut self, marking: Marking) -> Result<&[Step], BehaviourError> {
        if let Some((start, end)) = self.known[marking.index()] {
            return Ok(&self.steps[start as usize..end as usize]);
        }
        let mut found = std::mem::take(&mut self.scratch.found);
        found.clear();
        let outcome = self.fire_all(marking, &mut found);
        let start = self.steps.len();
        self.steps.extend_from_slice(&found);
        self.scratch.found = found;
        outcome?;
        if self.steps.len() > self.limits.steps_max {
            return Err(BehaviourError::TooManySteps {
                most: self.limits.steps_max,
            });
        }
        // `steps_max` is below 2^32, see `Limits`.
        self.known[marking.index()] = Some((start as u32, self.steps.len() as u32));
        Ok(&self.steps[start..])
    }

    /// The marking after one transition, or `None` when it may not fire.
    ///
    /// # Errors
    /// When the marking is beyond a bound.
    pub(crate) fn fire(
        &mut self,
        marking: Marking,
        transition: TransitionId,
    ) -> Result<Option<Marking>, BehaviourError> {
        let tokens = &self.tokens[marking.index()];
        let fired = &self.net.transitions[transition.0 as usize];
        if fire(fired, tokens, &mut self.scratch.tokens) {
            self.number_scratch().map(Some)
        } else {
            Ok(None)
        }
    }

    fn fire_all(&mut self, marking: Marking, found: &mut Vec<Step>) -> Result<(), BehaviourError> {
        let tokens = Arc::clone(&self.tokens[marking.index()]);
        let mut candidates = std::mem::take(&mut self.scratch.candidates);
        self.presets.candidates(&tokens, &mut candidates);
        let net = Arc::clone(&self.net);
        let outcome = candidates.iter().try_for_each(|transition| {
            let fired = &net.transitions[transition.0 as usize];
            if fire(fired, &tokens, &mut self.scratch.tokens) {
                let target = self.number_scratch()?;
                found.push(Step {
                    transition: *transition,
                    target,
                });
            }
            Ok(())
        });
        self.scratch.candidates = candidates;
        outcome
    }

    /// The number of the marking that lies in the scratch tokens, in any order.
    fn number_scratch(&mut self) -> Result<Marking, BehaviourError> {
        let tokens = &mut self.scratch.tokens;
        tokens.sort_unstable();
        if let Some(known) = self.numbers.get(tokens.as_slice()) {
            return Ok(*known);
        }
        let most = self.limits.tokens_per_place_max;
        if let Some(crowded) = tokens.chunk_by(|a, b| a == b).find(|run| run.len() > most) {
            return Err(BehaviourError::TooManyTokens {
                place: self.net.place_name(crowded[0]),
                most,
            });
        }
        if self.tokens.len() >= self.limits.markings_max {
            return Err(BehaviourError::TooManyMarkings {
                most: self.limits.markings_max,
            });
        }
        self.held += tokens.len();
        if self.held > self.limits.tokens_max {
            return Err(BehaviourError::TooManyTokensHeld {
                most: self.limits.tokens_max,
            });
        }
        // `markings_max` is below 2^32, see `Limits`.
        let number = Marking(self.tokens.len() as u32);
        let tokens: Arc<[Place]> = Arc::from(tokens.as_slice());
        self.tokens.push(Arc::clone(&tokens));
        self.known.push(None);
        self.numbers.insert(tokens, number);
        Ok(number)
    }
}

impl Presets {
    fn of(net: &Net) -> Self {
        let mut presets = Self {
            consumers: vec![Vec::new(); net.places as usize],
            sources: Vec::new(),
        };
        for (number, transition) in net.transitions.iter().enumerate() {
            let number = TransitionId(number as u32);
            let inputs = match &transition.consume {
                Consume::All(places) => places,
                Consume::Inclusive(join) => &join.incoming,
            };
            if inputs.is_empty() && matches!(transition.consume, Consume::All(_)) {
                presets.sources.push(number);
            }
            for place in inputs {
                let consumers = &mut presets.consumers[place.0 as usize];
                if consumers.last() != Some(&number) {
                    consumers.push(number);
                }
            }
        }
        presets
    }

    /// The transitions that take from a marked place, ascending, each once.
    fn candidates(&self, tokens: &[Place], into: &mut Vec<TransitionId>) {
        into.clear();
        into.extend_from_slice(&self.sources);
        let mut before = None;
        for place in tokens {
            if before != Some(place) {
                into.extend_from_slice(&self.consumers[place.0 as usize]);
            }
            before = Some(place);
        }
        into.sort_unstable();
        into.dedup();
    }
}

/// Fires a transition on some sorted tokens; `false`, with nothing of use in `after`, when it may not.
fn fire(transition: &Transition, before: &[Place], after: &mut Vec<Place>) -> bool {
    after.clear();
    after.extend_from_slice(before);
    if !take(&transition.consume, after) {
        return false;
    }
    if !transition.reset.is_empty() {
        after.retain(|place| !transition.reset.contains(place));
    }
    after.extend_from_slice(&transition.produce);
    true
}

/// Takes what a transition consumes out of some sorted tokens; `false`, with the tokens in
/// disorder, when it may not fire.
fn take(consume: &Consume, tokens: &mut Vec<Place>) -> bool {
    match consume {
        Consume::All(places) => places.iter().all(|place| take_one(*place, tokens)),
        Consume::Inclusive(join) => {
            if !may_join(join, tokens) {
                return false;
            }
            for place in &join.incoming {
                take_one(*place, tokens);
            }
            true
        }
    }
}

fn take_one(place: Place, tokens: &mut Vec<Place>) -> bool {
    match tokens.binary_search(&place) {
        Ok(at) => {
            tokens.remove(at);
            true
        }
        Err(_) => false,
    }
}

/// BPMN 2.0.2, section 13.4.3: an inclusive join waits for an empty incoming flow as long as a
/// token can still reach it, unless that token can also reach an incoming flow that holds one.
fn may_join(join: &InclusiveJoin, tokens: &[Place]) -> bool {
    let marked = |place: &Place| tokens.binary_search(place).is_ok();
    if !join.incoming.iter().any(marked) {
        return false;
    }
    let reaches = |token: Place, want_marked: bool| {
        let flows = join.incoming.iter().zip(&join.upstream);
        flows
            .filter(|(flow, _)| marked(flow) == want_marked)
            .any(|(_, upstream)| upstream.contains(&token))
    };
    tokens
        .iter()
        .all(|token| !reaches(*token, false) || reaches(*token, true))
}

fn sorted(places: &[Place]) -> Arc<[Place]> {
    let mut places = places.to_vec();
    places.sort_unstable();
    Arc::from(places)
}

/// Refuses a net that names what it does not have.
fn check(net: &Net) -> Result<(), BehaviourError> {
    let place = |place: &Place| place.0 < net.places;
    let consumed = |consume: &Consume| match consume {
        Consume::All(places) => places.iter().all(place),
        Consume::Inclusive(join) => {
            join.incoming.len() == join.upstream.len()
                && join.incoming.iter().all(place)
                && join.upstream.iter().flatten().all(place)
        }
    };
    for (number, transition) in net.transitions.iter().enumerate() {
        let whole = transition.produce.iter().all(place)
            && transition.reset.iter().all(place)
            && consumed(&transition.consume);
        let labelled = transition
            .label
            .is_none_or(|label| (label.0 as usize) < net.labels.len());
        if !(whole && labelled) {
            return Err(BehaviourError::Malformed {
                what: format!(
                    "transition {} names a place or label that is not there",
                    number + 1
                ),
            });
        }
    }
    if net
        .initial
        .iter()
        .chain(net.finals.iter().flatten())
        .all(place)
    {
        Ok(())
    } else {
        Err(BehaviourError::Malformed {
            what: "the initial or a final marking names a place that is not there".to_owned(),
        })
    }
}
