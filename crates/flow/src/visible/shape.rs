//! What a search for a goal asks of a net: who fills a place, who empties it, who competes.

use crate::net::{Consume, Label, Net, Place, Transition, TransitionId};

/// Which transitions a search may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scope {
    /// Silent ones only: what costs nothing.
    Silent,
    /// All: visible ones are taken as moves of the model alone.
    All,
}

/// The parts of a net that searches ask for.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) transitions: Vec<TransitionShape>,
    silent: Vec<Around>,
    all: Vec<Around>,
    /// For each place the visible transitions that a token in it may help to fire after silent
    /// steps.
    goals: Vec<Vec<TransitionId>>,
    /// Visible transitions that need no token anywhere, perhaps after silent steps that do not.
    always: Vec<TransitionId>,
    /// For each label its transitions.
    by_label: Vec<Vec<TransitionId>>,
    /// The final markings, each sorted.
    pub(super) finals: Vec<Vec<Place>>,
}

#[derive(Clone, Debug)]
pub(super) struct TransitionShape {
    pub(super) is_silent: bool,
    /// What it takes and how many of it; for an inclusive join its incoming places.
    pub(super) inputs: Vec<(Place, usize)>,
    /// Every place that its firing reads or changes.
    pub(super) touches: Vec<Place>,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Takes and puts tokens, and no more.
    Plain,
    /// Empties places besides.
    Resetting,
    /// Looks at places elsewhere.
    Joining,
}

/// The transitions of a scope around a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    /// Those that can raise its tokens.
    pub(super) producers: Vec<TransitionId>,
    /// Those that can lower them.
    pub(super) consumers: Vec<TransitionId>,
    /// Those that take from it.
    pub(super) takers: Vec<TransitionId>,
    /// Those that read or change it.
    pub(super) touchers: Vec<TransitionId>,
    /// Those of them that are not plain.
    pub(super) odd_touchers: Vec<TransitionId>,
}

impl Shape {
    pub(super) fn new(net: &Net) -> Self {
        let places = net.places as usize;
        let mut shape = Self {
            transitions: net.transitions.iter().map(TransitionShape::of).collect(),
            silent: vec![Around::default(); places],
            all: vec![Around::default(); places],
            goals: vec![Vec::new(); places],
            always: Vec::new(),
            by_label: vec![Vec::new(); net.labels.len()],
            finals: net.finals.clone(),
        };
        for places in &mut shape.finals {
            places.sort_unstable();
        }
        for (number, transition) in (0..).map(TransitionId).zip(&net.transitions) {
            let own = &shape.transitions[number.0 as usize];
            enter(&mut shape.all, number, own, transition);
            match transition.label {
                None => enter(&mut shape.silent, number, own, transition),
                Some(label) => shape.by_label[label.0 as usize].push(number),
            }
        }
        shape.enter_goals();
        shape
    }

    /// The transitions of a scope around a place.
    pub(super) fn around(&self, scope: Scope, place: Place) -> &Around {
        match scope {
            Scope::Silent => &self.silent[place.0 as usize],
            Scope::All => &self.all[place.0 as usize],
        }
    }

    /// The transitions of a label, ascending.
    pub(super) fn labelled(&self, label: Label) -> &[TransitionId] {
        &self.by_label[label.0 as usize]
    }

    /// The visible transitions that may be possible after silent steps, ascending, each once.
    pub(super) fn goals(&self, tokens: &[Place]) -> Vec<TransitionId> {
        let mut goals = self.always.clone();
        for place in tokens {
            goals.extend_from_slice(&self.goals[place.0 as usize]);
        }
        goals.sort_unstable();
        goals.dedup();
        goals
    }

    /// Backwards from the inputs of each visible transition over silent ones.
    fn enter_goals(&mut self) {
        let mut seen = vec![u32::MAX; self.goals.len()];
        for number in 0..self.transitions.len() as u32 {
            let own = &self.transitions[number as usize];
            if own.is_silent {
                continue;
            }
            let mut open: Vec<Place> = own.inputs.iter().map(|(place, _)| *place).collect();
            let mut needs_no_token = own.inputs.is_empty();
            while let Some(place) = open.pop() {
                if std::mem::replace(&mut seen[place.0 as usize], number) == number {
                    continue;
                }
                self.goals[place.0 as usize].push(TransitionId(number));
                for producer in &self.silent[place.0 as usize].producers {
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

fn enter(places: &mut [Around], number: TransitionId, own: &TransitionShape, full: &Transition) {
    for place in &own.touches {
        let around = &mut places[place.0 as usize];
        around.touchers.push(number);
        let is_odd = own.kind != Kind::Plain;
        if is_odd {
            around.odd_touchers.push(number);
        }
        let taken = own.inputs.iter().find(|(input, _)| input == place);
        let taken = taken.map_or(0, |(_, count)| *count);
        let put = full.produce.iter().filter(|put| *put == place).count();
        if taken > 0 {
            around.takers.push(number);
        }
        if put > taken || (is_odd && put > 0) {
            around.producers.push(number);
        }
        if put < taken || is_odd {
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

/// How many tokens a sorted marking has in a place.
pub(super) fn held(tokens: &[Place], place: Place) -> usize {
    let from = tokens.partition_point(|held| *held < place);
    let run = tokens[from..].iter().take_while(|held| **held == place);
    run.count()
}
