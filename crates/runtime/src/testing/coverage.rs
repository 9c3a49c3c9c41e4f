//! What the tests of a pack exercise.

use std::collections::BTreeSet;

use cage_model::Grade;
use cage_pack::{Branch, Loaded, PackTest};

use super::rehearsal::Rehearsal;
use super::{PackCoverage, RuleCoverage};

/// Coverage as it is gathered from test to test.
pub(super) struct Coverage<'l> {
    loaded: &'l Loaded,
    rules: Vec<RuleCoverage>,
    /// Activities that some test's event had.
    activities: BTreeSet<String>,
}

impl<'l> Coverage<'l> {
    pub(super) fn new(loaded: &'l Loaded) -> Self {
        let rules = loaded.program.rules.iter().map(|rule| RuleCoverage {
            rule: rule.id.clone(),
            live: rule.grade != Grade::Observe,
            activated: false,
            satisfied: false,
            violated: false,
            unused_branches: Vec::new(),
        });
        Self {
            loaded,
            rules: rules.collect(),
            activities: BTreeSet::new(),
        }
    }

    pub(super) fn take(&mut self, rehearsal: &Rehearsal, test: &PackTest) {
        for (covered, account) in self.rules.iter_mut().zip(&rehearsal.account.rules) {
            covered.activated |= account.objects.activated > 0;
            covered.satisfied |= account.fulfilled > 0;
            covered.violated |= account.objects.violated > 0;
        }
        let activities = test.events.iter().map(|event| event.activity.clone());
        self.activities.extend(activities);
    }

    pub(super) fn finish(mut self) -> PackCoverage {
        let register = &self.loaded.pack.register;
        for (covered, entry) in self.rules.iter_mut().zip(register) {
            let unused = entry.branches.iter().filter(|branch| {
                branch.activity != "*" && !self.activities.contains(&branch.activity)
            });
            let name = |branch: &Branch| format!("{}: {}", branch.role, branch.activity);
            covered.unused_branches = unused.map(name).collect();
        }
        PackCoverage { rules: self.rules }
    }
}
