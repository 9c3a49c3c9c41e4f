//! Which silent steps matter for a goal: the search that keeps parallel silent steps from
//! multiplying.
//!
//! From a marking, only those silent steps are tried that a stubborn set (Valmari 1991) of the goal
//! holds: the steps that can bring about what the goal lacks, and whatever competes with them. Any
//! other silent step can be taken later with the same outcome, so every run to the goal is found up
//! to the order of its steps, and with no more of them than it needs.

use crate::behaviour::BehaviourError;
use crate::marking::{Marking, MarkingGraph, Step};
use crate::net::{Consume, Net, Place, Transition, TransitionId};

/// What silent steps are to bring about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Goal {
    /// That this visible transition may fire.
    Enable(TransitionId),
    /// The final marking of this index.
    Final(usize),
}

/// A marking in which the goal holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Hit {
    /// Index among the markings found, for [`Search::path`].
    pub(super) index: u32,
    /// How many silent steps lead there.
    pub(super) distance: u32,
    /// The marking after the visible transition; the marking itself for a final one.
    pub(super) target: Marking,
}

/// The parts of a net that the search asks for.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    transitions: Vec<TransitionShape>,
    places: Vec<PlaceShape>,
    /// Visible transitions that need no token anywhere, perhaps after silent steps that do not.
    always: Vec<TransitionId>,
    finals: Vec<Vec<Place>>,
}

#[derive(Clone, Debug)]
struct TransitionShape {
    is_silent: bool,
    /// What it takes and how many of it; for an inclusive join its incoming places.
    inputs: Vec<(Place, usize)>,
    /// Every place that its firing reads or changes.
    touches: Vec<Place>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Takes and puts tokens, and no more.
    Plain,
    /// Empties places besides.
    Resetting,
    /// Looks at places elsewhere.
    Joining,
}

/// The silent transitions around a place.
#[derive(Clone, Debug, Default)]
struct PlaceShape {
    /// Those that can raise its tokens.
    producers: Vec<TransitionId>,
    /// Those that can lower them.
    consumers: Vec<TransitionId>,
    /// Those that take from it.
    takers: Vec<TransitionId>,
    /// Those that read or change it.
    touchers: Vec<TransitionId>,
    /// Those of them that are not plain.
    odd_touchers: Vec<TransitionId>,
    /// The visible transitions that a token here may help to fire after silent steps.
    goals: Vec<TransitionId>,
}

/// The tables of a search, kept from one to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    found: Vec<Reached>,
    pub(super) hits: Vec<Hit>,
    /// For each marking the round in which it was found last.
    seen: Vec<u32>,
    /// For each transition the round in which it was last put in a stubborn set.
    chosen: Vec<u32>,
    round: u32,
    open: Vec<TransitionId>,
    /// The chosen silent steps that may fire.
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

impl Shape {
    pub(super) fn new(net: &Net) -> Self {
        let transitions: Vec<_> = net.transitions.iter().map(TransitionShape::of).collect();
        let mut places = vec![PlaceShape::default(); net.places as usize];
        for (number, (shape, transition)) in (0..).zip(transitions.iter().zip(&net.transitions)) {
            let number = TransitionId(number);
            if shape.is_silent {
                enter_silent(&mut places, number, shape, transition);
            }
        }
        let mut shape = Self {
            transitions,
            places,
            always: Vec::new(),
            finals: net.finals.clone(),
        };
        for places in &mut shape.finals {
            places.sort_unstable();
        }
        shape.enter_goals();
        shape
    }

    /// How many final markings there are.
    pub(super) fn finals(&self) -> usize {
        self.finals.len()
    }

    /// The visible transitions that may be possible after silent steps, ascending, each once.
    pub(super) fn goals(&self, tokens: &[Place]) -> Vec<TransitionId> {
        let mut goals = self.always.clone();
        for place in tokens {
            goals.extend_from_slice(&self.places[place.0 as usize].goals);
        }
        goals.sort_unstable();
        goals.dedup();
        goals
    }

    /// For each place the visible transitions that its token may help to fire: backwards from their
    /// inputs over silent transitions.
    fn enter_goals(&mut self) {
        let mut seen = vec![u32::MAX; self.places.len()];
        for number in 0..self.transitions.len() as u32 {
            if self.transitions[number as usize].is_silent {
                continue;
            }
            let inputs = &self.transitions[number as usize].inputs;
            let mut open: Vec<Place> = inputs.iter().map(|(place, _)| *place).collect();
            let mut needs_no_token = inputs.is_empty();
            while let Some(place) = open.pop() {
                if std::mem::replace(&mut seen[place.0 as usize], number) == number {
                    continue;
                }
                self.places[place.0 as usize]
                    .goals
                    .push(TransitionId(number));
                for producer in &self.places[place.0 as usize].producers {
                    let inputs = &self.transitions[producer.0 as usize].inputs;
                    needs_no_token |= inputs.is_empty();
                    open.extend(inputs.iter().map(|(place, _)| *place));
                }
            }
            if needs_no_token {
                self.always.push(TransitionId(number));
            }
        }
    }
}

fn enter_silent(
    places: &mut [PlaceShape],
    number: TransitionId,
    shape: &TransitionShape,
    transition: &Transition,
) {
    for place in &shape.touches {
        let around = &mut places[place.0 as usize];
        around.touchers.push(number);
        if shape.kind != Kind::Plain {
            around.odd_touchers.push(number);
        }
        let taken = shape.inputs.iter().find(|(input, _)| input == place);
        let taken = taken.map_or(0, |(_, count)| *count);
        let put = transition
            .produce
            .iter()
            .filter(|put| *put == place)
            .count();
        if taken > 0 {
            around.takers.push(number);
        }
        let varies = shape.kind != Kind::Plain;
        if put > taken || (varies && put > 0) {
            around.producers.push(number);
        }
        if put < taken || varies {
            around.consumers.push(number);
        }
    }
}

impl TransitionShape {
    fn of(transition: &Transition) -> Self {
        let (places, upstream): (&[Place], &[Vec<Place>]) = match &transition.consume {
            Consume::All(places) => (places, &[]),
            Consume::Inclusive(join) => (&join.incoming, &join.upstream),
        };
        let mut sorted = places.to_vec();
        sorted.sort_unstable();
        let inputs = sorted.chunk_by(|one, other| one == other);
        let inputs: Vec<_> = inputs.map(|run| (run[0], run.len())).collect();
        let mut touches = sorted.clone();
        touches.extend_from_slice(&transition.produce);
        touches.extend_from_slice(&transition.reset);
        touches.extend(upstream.iter().flatten());
        touches.sort_unstable();
        touches.dedup();
        let kind = match &transition.consume {
            Consume::Inclusive(_) => Kind::Joining,
            Consume::All(_) if transition.reset.is_empty() => Kind::Plain,
            Consume::All(_) => Kind::Resetting,
        };
        Self {
            is_silent: transition.label.is_none(),
            inputs,
            touches,
            kind,
        }
    }
}

impl Search {
    /// Finds the markings in which a goal holds, nearest first, up to the order of silent steps.
    /// For a final marking the first is enough.
    ///
    /// # Errors
    /// When a marking goes beyond a bound.
    pub(super) fn run(
        &mut self,
        shape: &Shape,
        markings: &mut MarkingGraph,
        start: Marking,
        goal: Goal,
    ) -> Result<(), BehaviourError> {
        self.found.clear();
        self.hits.clear();
        self.next_round();
        let visit = self.round;
        self.reach(visit, start, 0, 0, TransitionId(0));
        let mut at = 0;
        while let Some(reached) = self.found.get(at).copied() {
            let Reached {
                marking, distance, ..
            } = reached;
            if let Some(target) = holds(shape, markings, goal, marking)? {
                self.hits.push(Hit {
                    index: at as u32,
                    distance,
                    target,
                });
                if let Goal::Final(_) = goal {
                    return Ok(());
                }
            }
            self.choose(shape, markings, goal, marking)?;
            // In the order of transitions, whatever order they were chosen in.
            self.possible.sort_unstable_by_key(|step| step.transition);
            for index in 0..self.possible.len() {
                let Step { transition, target } = self.possible[index];
                self.reach(visit, target, distance + 1, at as u32, transition);
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
        shape: &Shape,
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
                self.add(imbalance(shape, last, markings.tokens(marking)));
            }
        }
        while let Some(transition) = self.open.pop() {
            let own = &shape.transitions[transition.0 as usize];
            let lacking = lacking(shape, own, markings.tokens(marking));
            if let Some(producers) = lacking {
                self.add(producers);
                continue;
            }
            match markings.fire(marking, transition)? {
                Some(target) => {
                    if own.is_silent {
                        self.possible.push(Step { transition, target });
                    }
                    self.add_rivals(shape, own);
                }
                // Only a join may be held up with all its tokens there.
                None => {
                    for place in &own.touches {
                        self.add(&shape.places[place.0 as usize].touchers);
                    }
                }
            }
        }
        Ok(())
    }

    /// The silent steps that could get in the way of one that may fire, or change its outcome.
    fn add_rivals(&mut self, shape: &Shape, own: &TransitionShape) {
        if own.kind == Kind::Plain {
            for (place, _) in &own.inputs {
                self.add(&shape.places[place.0 as usize].takers);
            }
            for place in &own.touches {
                self.add(&shape.places[place.0 as usize].odd_touchers);
            }
        } else {
            for place in &own.touches {
                self.add(&shape.places[place.0 as usize].touchers);
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
    shape: &'s Shape,
    own: &TransitionShape,
    tokens: &[Place],
) -> Option<&'s [TransitionId]> {
    if own.kind == Kind::Joining {
        return None;
    }
    let missing = own
        .inputs
        .iter()
        .filter(|(place, count)| held(tokens, *place) < *count);
    let producers = missing.map(|(place, _)| &shape.places[place.0 as usize].producers);
    let fewest = producers.min_by_key(|producers| producers.len());
    fewest.map(Vec::as_slice)
}

fn held(tokens: &[Place], place: Place) -> usize {
    let from = tokens.partition_point(|held| *held < place);
    tokens[from..]
        .iter()
        .take_while(|held| **held == place)
        .count()
}

/// The silent steps that can mend one place in which a marking differs from a final one.
fn imbalance<'s>(shape: &'s Shape, last: &[Place], tokens: &[Place]) -> &'s [TransitionId] {
    let lacking = last
        .iter()
        .filter(|place| held(tokens, **place) < held(last, **place));
    let lacking = lacking.map(|place| &shape.places[place.0 as usize].producers);
    let beyond = tokens
        .iter()
        .filter(|place| held(tokens, **place) > held(last, **place));
    let beyond = beyond.map(|place| &shape.places[place.0 as usize].consumers);
    let fewest = lacking.chain(beyond).min_by_key(|steps| steps.len());
    fewest.map_or(&[], Vec::as_slice)
}
