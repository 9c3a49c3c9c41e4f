//! How far the behaviour of a net is followed, and what is said when it goes further.

/// Bounds on exploring a net. The defaults hold any flow that a person can draw; a net beyond them
/// is refused with a sentence, never followed without end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Tokens in one place.
    pub tokens_per_place_max: usize,
    /// Different markings; below 2^32.
    pub markings_max: usize,
    /// Tokens of all markings together, four bytes each.
    pub tokens_max: usize,
    /// Steps between markings; below 2^32.
    pub steps_max: usize,
    /// States of the automaton; below 2^32 - 2.
    pub states_max: usize,
    /// Entries of the automaton's table (states times labels).
    pub table_max: usize,
}

impl Limits {
    /// Bounds for a look at a net while it is loaded: some tenths of a second at most.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            markings_max: 100_000,
            tokens_max: 2_000_000,
            steps_max: 1_000_000,
            ..Self::default()
        }
    }

    /// The same, with room left in the 32 bits that numbers of markings and states have.
    pub(crate) fn within_numbers(self) -> Self {
        const MOST: usize = (u32::MAX - 2) as usize;
        Self {
            tokens_per_place_max: self.tokens_per_place_max,
            markings_max: self.markings_max.min(MOST),
            tokens_max: self.tokens_max,
            steps_max: self.steps_max.min(MOST),
            states_max: self.states_max.min(MOST),
            table_max: self.table_max,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tokens_per_place_max: 255,
            markings_max: 1_000_000,
            tokens_max: 64_000_000,
            steps_max: 16_000_000,
            states_max: 1_000_000,
            table_max: 64_000_000,
        }
    }
}

/// Why the behaviour of a net cannot be followed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BehaviourError {
    /// The net names a place or a label that it does not have: a fault of the program that made it.
    #[error("the net is malformed: {what}")]
    Malformed {
        /// What is wrong.
        what: String,
    },
    /// Tokens pile up in a place.
    #[error(
        "{place} collects more than {most} tokens; the model has no bound that can be followed"
    )]
    TooManyTokens {
        /// The place, as the file calls it.
        place: String,
        /// The bound.
        most: usize,
    },
    /// The net reaches too many markings.
    #[error(
        "the model reaches more than {most} different states; fewer parallel branches would help"
    )]
    TooManyMarkings {
        /// The bound.
        most: usize,
    },
    /// The markings that the net reaches hold too many tokens together.
    #[error(
        "the states that the model reaches hold more than {most} tokens together; fewer parallel branches would help"
    )]
    TooManyTokensHeld {
        /// The bound.
        most: usize,
    },
    /// There are too many steps between markings.
    #[error(
        "the model has more than {most} steps between its states; fewer parallel branches would help"
    )]
    TooManySteps {
        /// The bound.
        most: usize,
    },
    /// The automaton grows too large.
    #[error(
        "the automaton of the model has more than {most} states; fewer equally named steps would help"
    )]
    TooManyStates {
        /// The bound.
        most: usize,
    },
}
