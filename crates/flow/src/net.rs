//! A labelled place/transition net with an initial and a final marking: what BPMN and PNML become.
//!
//! Arcs have weight one unless listed twice. An inclusive join is one transition of its own kind,
//! because when it may fire depends on tokens elsewhere (BPMN 2.0.2, section 13.4.3).

/// The number of an activity in [`Net::labels`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Label(pub u32);

impl Label {
    /// An activity that the model does not know.
    pub const FOREIGN: Self = Self(u32::MAX);
}

/// The number of a place in its net.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place(pub u32);

/// The number of a transition in its net.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TransitionId(pub u32);

/// A net.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Net {
    /// Names of activities, each once, in the order of first use in the file.
    pub labels: Vec<String>,
    /// How many places there are.
    pub places: u32,
    /// What messages call the places, by number (an id or a name of the file); a place without a
    /// name is called by its number.
    pub place_names: Vec<String>,
    /// The transitions.
    pub transitions: Vec<Transition>,
    /// Where tokens lie at the start; a place listed twice holds two.
    pub initial: Vec<Place>,
    /// Where tokens must lie, and nowhere else, at the end. Several final markings are allowed.
    pub finals: Vec<Vec<Place>>,
}

impl Net {
    /// What a message calls a place.
    #[must_use]
    pub fn place_name(&self, place: Place) -> String {
        self.place_names
            .get(place.0 as usize)
            .filter(|name| !name.is_empty())
            .map_or_else(|| format!("place {}", place.0 + 1), Clone::clone)
    }

    /// What a message calls a transition: its activity, or its number when it is silent.
    #[must_use]
    pub fn transition_name(&self, transition: TransitionId) -> String {
        let label = self
            .transitions
            .get(transition.0 as usize)
            .and_then(|found| found.label);
        label
            .and_then(|label| self.labels.get(label.0 as usize))
            .map_or_else(|| format!("silent step {}", transition.0 + 1), Clone::clone)
    }
}

/// A transition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transition {
    /// The activity; `None` for a silent step.
    pub label: Option<Label>,
    /// Index of the element it comes from in [`crate::Model::elements`]; `None` for steps that the
    /// translation added.
    pub element: Option<u32>,
    /// What it takes.
    pub consume: Consume,
    /// Where it puts a token each.
    pub produce: Vec<Place>,
    /// Places that it empties altogether, however many tokens lie there (an interrupting boundary
    /// event, a terminating end).
    pub reset: Vec<Place>,
}

/// When a transition may fire and what it takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Consume {
    /// A token from each of these places.
    All(Vec<Place>),
    /// An inclusive join.
    Inclusive(InclusiveJoin),
}

/// A join that waits for every branch on which a token can still arrive, and for no other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InclusiveJoin {
    /// The places of its incoming flows; a token is taken from each that holds one.
    pub incoming: Vec<Place>,
    /// For each incoming place the places from which a token can reach it without passing through
    /// the join. It fires when an incoming place is marked and every marked place upstream of an
    /// unmarked one is upstream of a marked one too.
    pub upstream: Vec<Vec<Place>>,
}
