//! Runs the tests of a pack with the real engine, on the clock of the test's own events.

use cage_pack::{Loaded, SourcePlace};

/// How one test of a pack went.
#[derive(Clone, PartialEq, Debug)]
pub struct TestOutcome {
    /// The test's name.
    pub name: String,
    /// Where it is written.
    pub place: SourcePlace,
    /// What differs from what the test expects; empty when it passed.
    pub failures: Vec<TestFailure>,
    /// What the engine said, one line each, in the order of time.
    pub said: Vec<String>,
}

/// One expectation that did not come true.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestFailure {
    /// Where the expectation is written.
    pub place: SourcePlace,
    /// The expectation, as a line of a difference: what should be there, or should not.
    pub expected: String,
    /// What there was instead: the nearest lines of what the engine said.
    pub found: Vec<String>,
}

impl TestOutcome {
    /// Whether everything came as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Which rules and branches the tests of a pack have fired.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PackCoverage {
    /// One entry per rule, in the pack's order.
    pub rules: Vec<RuleCoverage>,
}

/// How far the tests of a pack exercise one rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleCoverage {
    /// The rule's id.
    pub rule: String,
    /// Whether the rule is live (alert or block); a live rule must be fired before publication.
    pub live: bool,
    /// Whether some test triggered it.
    pub activated: bool,
    /// Whether some test saw it satisfied.
    pub satisfied: bool,
    /// Whether some test saw it violated.
    pub violated: bool,
    /// Ways to trigger or satisfy the rule (`then: case.filed`) that no test's event took.
    pub unused_branches: Vec<String>,
}

/// Runs all tests of a pack.
#[must_use]
pub fn test_pack(loaded: &Loaded) -> (Vec<TestOutcome>, PackCoverage) {
    let failure = |place: &SourcePlace| TestFailure {
        place: place.clone(),
        expected: "the test to be run".to_owned(),
        found: vec!["this version cannot run tests of packs".to_owned()],
    };
    let outcomes = loaded.pack.tests.iter().map(|test| TestOutcome {
        name: test.name.clone(),
        place: test.place.clone(),
        failures: vec![failure(&test.place)],
        said: Vec::new(),
    });
    (outcomes.collect(), PackCoverage::default())
}
