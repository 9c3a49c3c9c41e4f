//! Runs the tests of a pack with the real engine, on the clock of the test's own events.

mod coverage;
mod jurisdiction;
mod rehearsal;

use cage_engine::Unsupported;
use cage_pack::{Expectation, ExpectedVerdict, Loaded, PackTest, SourcePlace};

use coverage::Coverage;
use rehearsal::Rehearsal;

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

/// Runs all tests of a pack, and says what they exercise. A test that cannot be run fails, with
/// the reason.
#[must_use]
pub fn test_pack(loaded: &Loaded) -> (Vec<TestOutcome>, PackCoverage) {
    let mut coverage = Coverage::new(loaded);
    let outcomes = loaded.pack.tests.iter().map(|test| {
        run(loaded, test, &mut coverage).unwrap_or_else(|unsupported| TestOutcome {
            name: test.name.clone(),
            place: test.place.clone(),
            failures: vec![TestFailure {
                place: test.place.clone(),
                expected: "the test to be run".to_owned(),
                found: vec![unsupported.to_string()],
            }],
            said: Vec::new(),
        })
    });
    let outcomes = outcomes.collect();
    (outcomes, coverage.finish())
}

fn run(
    loaded: &Loaded,
    test: &PackTest,
    coverage: &mut Coverage<'_>,
) -> Result<TestOutcome, Unsupported> {
    let rehearsal = Rehearsal::run(&loaded.program, test)?;
    coverage.take(&rehearsal, test);
    judged(&rehearsal, test)
}

/// Holds what the engine said against what the test expects.
fn judged(rehearsal: &Rehearsal, test: &PackTest) -> Result<TestOutcome, Unsupported> {
    let mut failures = Vec::new();
    let wanted = test.expect.iter().map(|expectation| (expectation, true));
    let unwanted = test.absent.iter().map(|expectation| (expectation, false));
    for (expectation, present) in wanted.chain(unwanted) {
        if rehearsal.holds(expectation)? != present {
            failures.push(TestFailure {
                place: expectation.place.clone(),
                expected: described(expectation, present),
                found: rehearsal.near(expectation),
            });
        }
    }
    Ok(TestOutcome {
        name: test.name.clone(),
        place: test.place.clone(),
        failures,
        said: rehearsal.lines(),
    })
}

fn described(expectation: &Expectation, present: bool) -> String {
    let Expectation {
        rule, at, object, ..
    } = expectation;
    let mut text = match present {
        true => String::new(),
        false => "not: ".to_owned(),
    };
    if let Some(at) = at {
        text += &format!("{at} ");
    }
    text += rule;
    if let Some((kind, id)) = object {
        text += &format!(" {kind}:{id}");
    }
    text + " " + word(expectation.verdict)
}

const fn word(verdict: ExpectedVerdict) -> &'static str {
    match verdict {
        ExpectedVerdict::Violated => "violated",
        ExpectedVerdict::Satisfied => "satisfied",
        ExpectedVerdict::Pending => "pending",
        ExpectedVerdict::Undecided => "undecided",
        ExpectedVerdict::Warning => "warning",
    }
}
