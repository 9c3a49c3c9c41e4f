//! Which steps matter for a goal: the search that keeps parallel steps from multiplying.
//!
//! From a marking, only those steps are tried that a stubborn set (Valmari 1991) of the goal holds:
//! the steps that can bring about what the goal lacks, and whatever competes with them. Any other
//! step can be taken later with the same outcome, so every way to the goal is found up to the order
//! of its steps, and with no more of them than it needs.

use super::shape::{Kind, Scope, Shape, TransitionShape, held};
use crate::behaviour::BehaviourError;
use crate::marking::{Marking, MarkingGraph, Step};
use crate::net::{Place, TransitionId};

/// What steps are to bring about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Goal {
    /// That this visible transition may fire.
    Enable(TransitionId),
    /// The final marking of this index.
    Final(usize),
}

/// Something that a search found: the goal, or a visible step that may be on the way to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Hit {
    /// Index among the markings found, for [`Search::path`].
    pub(super) index: u32,
    /// How many silent steps lead there.
    pub(super) distance: u32,
    /// The visible transition; without meaning where the goal is a final marking.
    pub(super) transition: TransitionId,
    /// The marking after the visible transition; the marking itself for a final one.
    pub(super) target: Marking,
}

/// The tables of a search, kept from one to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    found: Vec<Reached>,
    /// Where the goal holds, nearest first.
    pub(super) hits: Vec<Hit>,
    /// In [`Scope::All`] the visible steps, other than the goal, that may be on the way to it.
    pub(super) detours: Vec<Hit>,
    /// For each marking the round in which it was found last.
    seen: Vec<u32>,
    /// For each transition the round in which it was last put in a stubborn set.
    chosen: Vec<u32>,
    round: u32,
    open: Vec<TransitionId>,
    /// The chosen steps that may fire.
    possible: Vec<Step>,
}

#[derive(Clone, Copy, Debug)]
struct Reached {
    marking: Marking,
    distance: u32,
    /// The marking before, by index, and the silent step from it; itself at the start.
    before: u32,
    by: TransitionId,
}

impl Search {
    /// Walks silent steps towards a goal. Finds the markings in which it holds, up to the order of
    /// steps; for a final marking the first is enough.
    ///
    /// # Errors
    /// When a marking goes beyond a bound.
    pub(super) fn run(
        &mut self,
        (shape, scope): (&Shape, Scope),
        markings: &mut MarkingGraph,
        start: Marking,
        goal: Goal,
    ) -> Result<(), BehaviourError> {
        self.found.clear();
        self.hits.clear();
        self.detours.clear();
        self.next_round();
        let visit = self.round;
        self.reach(visit, start, 0, 0, TransitionId(0));
        let mut at = 0;
        while let Some(reached) = self.found.get(at).copied() {
            let Reached {
                marking, distance, ..
            } = reached;
            let index = at as u32;
            if let Some(target) = holds(shape, markings, goal, marking)? {
                let transition = match goal {
                    Goal::Enable(transition) => transition,
                    Goal::Final(_) => TransitionId(0),
                };
                self.hits.push(Hit {
                    index,
                    distance,
                    transition,
                    target,
                });
                if let Goal::Final(_) = goal {
                    return Ok(());
                }
            }
            self.choose((shape, scope), markings, goal, marking)?;
            // In the order of transitions, whatever order they were chosen in.
            self.possible.sort_unstable_by_key(|step| step.transition);
            for step in 0..self.possible.len() {
                let Step { transition, target } = self.possible[step];
                if shape.transitions[transition.0 as usize].is_silent {
                    self.reach(visit, target, distance + 1, index, transition);
                } else if goal != Goal::Enable(transition) {
                    self.detours.push(Hit {
                        index,
                        distance,
                        transition,
                        target,
                    });
                }
            }
            at += 1;
        }
        Ok(())
    }

    /// The silent steps from the start to an index.
    pub(super) fn path(&self, index: u32) -> Vec<TransitionId> {
        let mut path = Vec::new();
        let mut reached = self.found[index as usize];
        while reached.distance > 0 {
            path.push(reached.by);
            reached = self.found[reached.before as usize];
        }
        path.reverse();
        path
    }

    fn reach(
        &mut self,
        visit: u32,
        marking: Marking,
        distance: u32,
        before: u32,
        by: TransitionId,
    ) {
        if self.seen.len() <= marking.index() {
            self.seen.resize(marking.index() + 1, 0);
        }
        if std::mem::replace(&mut self.seen[marking.index()], visit) != visit {
            self.found.push(Reached {
                marking,
                distance,
                before,
                by,
            });
        }
    }

    /// Chooses the steps to try; those of them that may fire are `possible` then.
    fn choose(
        &mut self,
        (shape, scope): (&Shape, Scope),
        markings: &mut MarkingGraph,
        goal: Goal,
        marking: Marking,
    ) -> Result<(), BehaviourError> {
        self.next_round();
        self.possible.clear();
        self.chosen.resize(shape.transitions.len(), 0);
        match goal {
            Goal::Enable(transition) => self.add(&[transition]),
            Goal::Final(index) => {
                let last = &shape.finals[index];
                self.add(imbalance((shape, scope), last, markings.tokens(marking)));
            }
        }
        while let Some(transition) = self.open.pop() {
            let own = &shape.transitions[transition.0 as usize];
            let lacking = lacking((shape, scope), own, markings.tokens(marking));
            if let Some(producers) = lacking {
                self.add(producers);
                continue;
            }
            match markings.fire(marking, transition)? {
                Some(target) => {
                    self.possible.push(Step { transition, target });
                    self.add_rivals((shape, scope), own);
                }
                // Only a join may be held up with all its tokens there.
                None => {
                    for place in &own.touches {
                        self.add(&shape.around(scope, *place).touchers);
                    }
                }
            }
        }
        Ok(())
    }

    /// The steps that could get in the way of one that may fire, or change its outcome.
    fn add_rivals(&mut self, (shape, scope): (&Shape, Scope), own: &TransitionShape) {
        if own.kind == Kind::Plain {
            for (place, _) in &own.inputs {
                self.add(&shape.around(scope, *place).takers);
            }
            for place in &own.touches {
                self.add(&shape.around(scope, *place).odd_touchers);
            }
        } else {
            for place in &own.touches {
                self.add(&shape.around(scope, *place).touchers);
            }
        }
    }

    fn add(&mut self, transitions: &[TransitionId]) {
        for transition in transitions {
            let chosen = &mut self.chosen[transition.0 as usize];
            if std::mem::replace(chosen, self.round) != self.round {
                self.open.push(*transition);
            }
        }
    }

    fn next_round(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.seen.fill(0);
            self.chosen.fill(0);
            self.round = 1;
        }
    }
}

/// The marking that a goal leads to, where it holds.
fn holds(
    shape: &Shape,
    markings: &mut MarkingGraph,
    goal: Goal,
    marking: Marking,
) -> Result<Option<Marking>, BehaviourError> {
    match goal {
        Goal::Enable(transition) => markings.fire(marking, transition),
        Goal::Final(index) => {
            let reached = shape.finals[index] == markings.tokens(marking);
            Ok(reached.then_some(marking))
        }
    }
}

/// The steps that can bring a token that a transition lacks, or `None` when it lacks none. Any
/// missing token must come first, so one of them is enough to look at: the one that the fewest
/// steps can bring.
fn lacking<'s>(
    (shape, scope): (&'s Shape, Scope),
    own: &TransitionShape,
    tokens: &[Place],
) -> Option<&'s [TransitionId]> {
    if own.kind == Kind::Joining {
        return None;
    }
    let is_missing = |(place, count): &&(Place, usize)| held(tokens, *place) < *count;
    let missing = own.inputs.iter().filter(is_missing);
    let producers = missing.map(|(place, _)| &shape.around(scope, *place).producers);
    let fewest = producers.min_by_key(|producers| producers.len());
    fewest.map(Vec::as_slice)
}

/// The steps that can mend one place in which a marking differs from a final one.
fn imbalance<'s>(
    (shape, scope): (&'s Shape, Scope),
    last: &[Place],
    tokens: &[Place],
) -> &'s [TransitionId] {
    let lacking = last.iter();
    let lacking = lacking.filter(|place| held(tokens, **place) < held(last, **place));
    let lacking = lacking.map(|place| &shape.around(scope, *place).producers);
    let beyond = tokens.iter();
    let beyond = beyond.filter(|place| held(tokens, **place) > held(last, **place));
    let beyond = beyond.map(|place| &shape.around(scope, *place).consumers);
    let fewest = lacking.chain(beyond).min_by_key(|steps| steps.len());
    fewest.map_or(&[], Vec::as_slice)
}
