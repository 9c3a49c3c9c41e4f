//! Whether a net can be followed: is there a way to the end from everywhere, does every step have a
//! part in some run, is there a bound on its tokens. Looks at markings up to a bound and says when
//! it stopped there.
//!
//! The classical notion (van der Aalst 1998): option to complete, proper completion, no dead
//! transitions. Proper completion is part of the first here, because a final marking is met
//! exactly: a token left behind is no end.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::behaviour::{BehaviourError, Limits};
use crate::marking::{Marking, MarkingGraph};
use crate::net::{Consume, Net, Place, TransitionId};

/// Markings before that one which are looked at for a repetition.
const ANCESTORS_MAX: usize = 1_000;
/// Steps that a sentence lists.
const LISTED_MAX: usize = 8;

/// What was found out about a net.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Soundness {
    /// How far the net was looked at.
    pub extent: Extent,
    /// How many markings were looked at.
    pub markings: usize,
    /// Whether a case can always reach an end.
    pub completion: Completion,
    /// Transitions that no run uses, as far as was looked; empty unless the extent is whole.
    pub dead: Vec<TransitionId>,
}

/// How far a net was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Extent {
    /// All reachable markings.
    Whole,
    /// There were more markings than the bound.
    GaveUp,
    /// Tokens pile up in a place: after the first steps the second ones can be repeated without end.
    Unbounded {
        /// The place.
        place: Place,
        /// A shortest way to the repetition.
        after: Vec<TransitionId>,
        /// The repetition.
        repeating: Vec<TransitionId>,
    },
    /// A place came to hold more tokens than are followed.
    Crowded {
        /// The place, as messages call it.
        place: String,
        /// The bound.
        most: usize,
    },
}

/// Whether cases can reach an end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Completion {
    /// From every reachable marking.
    Always,
    /// From some only.
    Sometimes {
        /// A shortest way into a marking from which there is none.
        stuck_after: Vec<TransitionId>,
        /// Where the tokens lie then.
        tokens: Vec<Place>,
        /// Whether nothing at all can happen there.
        deadlock: bool,
    },
    /// From none: the model has no run.
    Never,
    /// The net was not looked at as a whole; whether some run to an end was seen.
    Unknown {
        /// Whether some run to an end was seen.
        some_run: bool,
    },
}

/// Looks at the markings of a net, at most [`Limits::markings_max`] of them.
///
/// # Errors
/// [`BehaviourError::Malformed`] only; everything else is a finding.
pub fn soundness(net: &Arc<Net>, limits: Limits) -> Result<Soundness, BehaviourError> {
    let mut walk = Walk::new(net, limits)?;
    walk.explore();
    Ok(walk.conclude())
}

impl Soundness {
    /// Why the net should be refused, if it should: no run reaches an end.
    #[must_use]
    pub fn refusal(&self, net: &Net) -> Option<String> {
        if self.completion != Completion::Never {
            return None;
        }
        let finals: Vec<String> = net
            .finals
            .iter()
            .map(|places| listed(net, places))
            .collect();
        let dead = if self.dead.is_empty() {
            String::new()
        } else {
            format!("; never possible: {}", steps(net, &self.dead))
        };
        Some(format!(
            "the model has no end that can be reached: no run leads to tokens in exactly {}{dead}",
            finals.join(", or ")
        ))
    }

    /// What a careful reader should know of the net's behaviour, one sentence each; empty when it
    /// is sound.
    #[must_use]
    pub fn cautions(&self, net: &Net) -> Vec<String> {
        let mut said = Vec::new();
        match &self.extent {
            Extent::Whole => {}
            Extent::GaveUp => said.push(format!(
                "the model has more than {} states; whether every case can end was not settled",
                self.markings
            )),
            Extent::Unbounded {
                place,
                after,
                repeating,
            } => said.push(format!(
                "tokens pile up without bound in {}: {}, {} can be repeated for ever",
                net.place_name(*place),
                after_steps(net, after),
                steps(net, repeating)
            )),
            Extent::Crowded { place, most } => said.push(format!(
                "{place} can come to hold more than {most} tokens; such runs are not followed"
            )),
        }
        if let Completion::Unknown { some_run: false } = self.completion {
            said.push("no run to an end was met as far as was looked".to_owned());
        }
        if let Completion::Sometimes {
            stuck_after,
            tokens,
            deadlock,
        } = &self.completion
        {
            let why = if *deadlock {
                "nothing is possible any more"
            } else {
                "no step leads to it"
            };
            said.push(format!(
                "a case may never reach its end: {} tokens lie in {} and {why}",
                after_steps(net, stuck_after),
                listed(net, tokens)
            ));
        }
        if !self.dead.is_empty() && self.completion != Completion::Never {
            said.push(format!(
                "never possible in any run: {}",
                steps(net, &self.dead)
            ));
        }
        said
    }
}

fn after_steps(net: &Net, taken: &[TransitionId]) -> String {
    if taken.is_empty() {
        "from the start".to_owned()
    } else {
        format!("after {}", steps(net, taken))
    }
}

/// The names of steps; silent ones only where there is no other.
fn steps(net: &Net, taken: &[TransitionId]) -> String {
    let is_visible = |step: &&TransitionId| net.transitions[step.0 as usize].label.is_some();
    let visible: Vec<TransitionId> = taken.iter().filter(is_visible).copied().collect();
    let shown = if visible.is_empty() { taken } else { &visible };
    let names: Vec<String> = shown
        .iter()
        .map(|step| net.transition_name(*step))
        .collect();
    cut(&names, " > ")
}

fn listed(net: &Net, places: &[Place]) -> String {
    if places.is_empty() {
        return "no place at all".to_owned();
    }
    let names: Vec<String> = places.iter().map(|place| net.place_name(*place)).collect();
    cut(&names, " and ")
}

fn cut(names: &[String], between: &str) -> String {
    if names.len() <= LISTED_MAX {
        return names.join(between);
    }
    let more = names.len() - LISTED_MAX;
    format!("{}{between}{more} more", names[..LISTED_MAX].join(between))
}

/// A breadth-first walk over the markings.
struct Walk {
    graph: MarkingGraph,
    /// For each marking the one before it on a shortest way, and the step between.
    before: Vec<(Marking, TransitionId)>,
    /// The steps as pairs: from, to.
    pairs: Vec<(Marking, Marking)>,
    fired: Vec<bool>,
    /// Whether more tokens never forbid a step, which the test for piles rests on.
    monotone: bool,
    extent: Extent,
}

impl Walk {
    fn new(net: &Arc<Net>, limits: Limits) -> Result<Self, BehaviourError> {
        let graph = MarkingGraph::new(Arc::clone(net), limits)?;
        let joins = |consume: &Consume| matches!(consume, Consume::Inclusive(_));
        Ok(Self {
            before: vec![(graph.initial(), TransitionId(0))],
            pairs: Vec::new(),
            fired: vec![false; net.transitions.len()],
            monotone: !net.transitions.iter().any(|found| joins(&found.consume)),
            extent: Extent::Whole,
            graph,
        })
    }

    fn explore(&mut self) {
        let mut at = 0;
        while at < self.before.len() {
            let from = Marking(at as u32);
            at += 1;
            let steps = match self.graph.steps(from) {
                Ok(steps) => steps.to_vec(),
                Err(error) => {
                    if self.extent == Extent::Whole {
                        self.extent = match error {
                            BehaviourError::TooManyTokens { place, most } => {
                                Extent::Crowded { place, most }
                            }
                            _ => Extent::GaveUp,
                        };
                    }
                    return;
                }
            };
            for step in steps {
                self.fired[step.transition.0 as usize] = true;
                self.pairs.push((from, step.target));
                if step.target.index() == self.before.len() {
                    self.before.push((from, step.transition));
                    self.look_for_pile(step.target);
                }
            }
        }
    }

    /// Whether a marking holds all tokens of one that lies before it and more: then the steps
    /// between can be repeated, and each time the surplus grows.
    fn look_for_pile(&mut self, marking: Marking) {
        if !self.monotone || matches!(self.extent, Extent::Unbounded { .. }) {
            return;
        }
        let mut repeating = Vec::new();
        let mut ancestor = marking;
        for _ in 0..ANCESTORS_MAX {
            if ancestor == self.graph.initial() {
                return;
            }
            let (before, by) = self.before[ancestor.index()];
            repeating.push(by);
            ancestor = before;
            let surplus = surplus(self.graph.tokens(marking), self.graph.tokens(ancestor));
            let grows = surplus.and_then(|places| {
                let kept = |place: &Place| {
                    let resets = |step: &TransitionId| {
                        let transition = &self.graph.net().transitions[step.0 as usize];
                        transition.reset.contains(place)
                    };
                    !repeating.iter().any(resets)
                };
                places.into_iter().find(kept)
            });
            if let Some(place) = grows {
                repeating.reverse();
                self.extent = Extent::Unbounded {
                    place,
                    after: self.way_to(ancestor),
                    repeating,
                };
                return;
            }
        }
    }

    fn way_to(&self, marking: Marking) -> Vec<TransitionId> {
        let mut way = Vec::new();
        let mut at = marking;
        while at != self.graph.initial() {
            let (before, by) = self.before[at.index()];
            way.push(by);
            at = before;
        }
        way.reverse();
        way
    }

    fn conclude(self) -> Soundness {
        let completes = self.completes();
        let some_run = completes[self.graph.initial().index()];
        let whole = self.extent == Extent::Whole;
        let stuck = completes.iter().position(|completes| !completes);
        let completion = match (whole, some_run, stuck) {
            (false, _, _) => Completion::Unknown { some_run },
            (true, false, _) => Completion::Never,
            (true, true, None) => Completion::Always,
            (true, true, Some(stuck)) => {
                let stuck = Marking(stuck as u32);
                Completion::Sometimes {
                    stuck_after: self.way_to(stuck),
                    tokens: self.graph.tokens(stuck).to_vec(),
                    deadlock: !self.pairs.iter().any(|(from, _)| *from == stuck),
                }
            }
        };
        let numbered = (0..).map(TransitionId).zip(&self.fired);
        let dead = numbered.filter(|(_, fired)| whole && !**fired);
        Soundness {
            markings: self.before.len(),
            completion,
            dead: dead.map(|(transition, _)| transition).collect(),
            extent: self.extent,
        }
    }

    /// For each marking whether an end can be reached from it: backwards from the final ones.
    fn completes(&self) -> Vec<bool> {
        let count = self.before.len();
        let mut pairs = self.pairs.clone();
        pairs.sort_unstable_by_key(|(_, to)| *to);
        let mut completes = vec![false; count];
        let mut open: Vec<Marking> = (0..count as u32)
            .map(Marking)
            .filter(|marking| self.graph.is_final(*marking))
            .collect();
        for marking in &open {
            completes[marking.index()] = true;
        }
        while let Some(reached) = open.pop() {
            let start = pairs.partition_point(|(_, to)| *to < reached);
            let into = pairs[start..].iter().take_while(|(_, to)| *to == reached);
            for (from, _) in into {
                if !std::mem::replace(&mut completes[from.index()], true) {
                    open.push(*from);
                }
            }
        }
        completes
    }
}

/// What a sorted marking holds beyond another, if it holds all of that and more.
fn surplus(tokens: &[Place], beyond: &[Place]) -> Option<Vec<Place>> {
    if tokens.len() <= beyond.len() {
        return None;
    }
    let mut rest = beyond.iter().peekable();
    let mut surplus = Vec::new();
    for place in tokens {
        if rest.peek() == Some(&place) {
            rest.next();
        } else {
            surplus.push(*place);
        }
    }
    rest.peek().is_none().then_some(surplus)
}
