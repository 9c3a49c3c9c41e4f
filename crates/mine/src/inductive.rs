//! The inductive miner: finds a block-structured, sound model by cutting the directly-follows
//! graph again and again (Leemans, Fahland, van der Aalst 2013), with rare edges left out (as in the
//! infrequent variant, 2014).

mod cut;
mod split;

use std::collections::{BTreeMap, BTreeSet};

use crate::follows::directly_follows;
use crate::traces::Variant;
use crate::tree::ProcessTree;
use cut::{Cut, Graph};

/// Finds a process tree. `noise_percent` is the share below which an edge, against the strongest
/// edge that leaves the same activity, may be left out; with 0 every case fits the result.
#[must_use]
pub fn mine(variants: &[Variant], noise_percent: u32) -> ProcessTree {
    let miner = Miner { noise_percent };
    miner.mine(variants.to_vec()).flattened()
}

struct Miner {
    noise_percent: u32,
}

impl Miner {
    fn mine(&self, variants: Vec<Variant>) -> ProcessTree {
        let variants = merge(variants);
        if let Some(tree) = self.empty_traces(&variants) {
            return tree;
        }
        let activities: BTreeSet<u32> = variants
            .iter()
            .flat_map(|variant| variant.sequence.iter().copied())
            .collect();
        if let [only] = activities.iter().copied().collect::<Vec<_>>()[..] {
            return self.single(only, &variants);
        }
        let graph = Graph::new(directly_follows(&variants));
        // Rare edges are left out first, not only where no cut is found otherwise: a draft for
        // supervision should show the usual way and let the check name what leaves it.
        let cut = match self.noise_percent {
            0 => graph.cut(),
            percent => graph
                .without_rare_edges(percent)
                .cut()
                .or_else(|| graph.cut()),
        };
        match cut {
            Some(cut) => self.divide(&variants, cut),
            None => self.fall_through(&variants, &activities),
        }
    }

    /// Cases in which nothing happens here: the block can be skipped, unless they are noise.
    fn empty_traces(&self, variants: &[Variant]) -> Option<ProcessTree> {
        let total: u64 = variants.iter().map(|variant| variant.cases).sum();
        let empty: u64 = variants
            .iter()
            .filter(|variant| variant.sequence.is_empty())
            .map(|variant| variant.cases)
            .sum();
        if empty == total {
            return Some(ProcessTree::Silent);
        }
        if empty == 0 {
            return None;
        }
        let rest = variants
            .iter()
            .filter(|variant| !variant.sequence.is_empty())
            .cloned();
        let tree = self.mine(rest.collect());
        let noise = empty * 100 < total * u64::from(self.noise_percent);
        Some(if noise {
            tree
        } else {
            ProcessTree::Choice(vec![ProcessTree::Silent, tree])
        })
    }

    /// One activity only: once, or repeated. Rare repetition is noise.
    fn single(&self, activity: u32, variants: &[Variant]) -> ProcessTree {
        let total: u64 = variants.iter().map(|variant| variant.cases).sum();
        let repeated: u64 = variants
            .iter()
            .filter(|variant| variant.sequence.len() > 1)
            .map(|variant| variant.cases)
            .sum();
        let leaf = ProcessTree::Activity(activity);
        if repeated == 0 || repeated * 100 < total * u64::from(self.noise_percent) {
            leaf
        } else {
            ProcessTree::Loop(vec![leaf, ProcessTree::Silent])
        }
    }

    fn divide(&self, variants: &[Variant], cut: Cut) -> ProcessTree {
        let (make, logs): (fn(Vec<ProcessTree>) -> ProcessTree, _) = match cut {
            Cut::Choice(parts) => (ProcessTree::Choice, split::choice(variants, &parts)),
            Cut::Sequence(parts) => (ProcessTree::Sequence, split::sequence(variants, &parts)),
            Cut::Parallel(parts) => (ProcessTree::Parallel, split::parallel(variants, &parts)),
            Cut::Loop(parts) => (ProcessTree::Loop, split::repeated(variants, &parts)),
        };
        make(logs.into_iter().map(|log| self.mine(log)).collect())
    }

    /// No cut: an activity that happens exactly once in each case stands beside the rest; else one
    /// without which the rest can be cut does; else cases are cut where they begin again; else
    /// anything may happen.
    fn fall_through(&self, variants: &[Variant], activities: &BTreeSet<u32>) -> ProcessTree {
        let once = activities.iter().copied().find(|activity| {
            variants.iter().all(|variant| {
                variant
                    .sequence
                    .iter()
                    .filter(|other| *other == activity)
                    .count()
                    == 1
            })
        });
        let beside = once.or_else(|| {
            activities.iter().copied().find(|activity| {
                let rest = merge(split::without(variants, *activity));
                let rest: Vec<_> = rest
                    .into_iter()
                    .filter(|variant| !variant.sequence.is_empty())
                    .collect();
                Graph::new(directly_follows(&rest)).cut().is_some()
            })
        });
        if let Some(activity) = beside {
            let parts = [
                BTreeSet::from([activity]),
                &activities.clone() - &BTreeSet::from([activity]),
            ];
            return self.divide(variants, Cut::Parallel(parts.to_vec()));
        }
        if let Some(pieces) = split::where_cases_begin_again(variants) {
            return ProcessTree::Loop(vec![self.mine(pieces), ProcessTree::Silent]);
        }
        let any = activities
            .iter()
            .map(|activity| ProcessTree::Activity(*activity))
            .collect();
        ProcessTree::Loop(vec![ProcessTree::Choice(any), ProcessTree::Silent])
    }
}

/// Adds up equal sequences.
fn merge(variants: Vec<Variant>) -> Vec<Variant> {
    let mut merged: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
    for variant in variants {
        *merged.entry(variant.sequence).or_default() += variant.cases;
    }
    merged
        .into_iter()
        .map(|(sequence, cases)| Variant { sequence, cases })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traces::Traces;

    fn mined(sequences: &[&[&str]], noise_percent: u32) -> String {
        let traces = Traces::from_sequences(sequences);
        mine(&traces.variants(), noise_percent).text(&traces.activities)
    }

    #[test]
    fn the_four_cuts_are_found() {
        assert_eq!(
            mined(&[&["a", "b"], &["a", "c"]], 0),
            "->( 'a', X( 'b', 'c' ) )"
        );
        assert_eq!(
            mined(&[&["a", "b", "c", "d"], &["a", "c", "b", "d"]], 0),
            "->( 'a', +( 'b', 'c' ), 'd' )"
        );
        assert_eq!(
            mined(&[&["a", "b"], &["a", "b", "r", "a", "b"]], 0),
            "*( ->( 'a', 'b' ), 'r' )"
        );
        assert_eq!(mined(&[&["a"], &["a", "a"]], 0), "*( 'a', tau )");
        assert_eq!(mined(&[&["a", "b"], &["b"]], 0), "->( X( tau, 'a' ), 'b' )");
    }

    /// The textbook example L1 of "Process Mining" (van der Aalst 2016), section 7.5.
    #[test]
    fn the_textbook_log_gives_the_textbook_tree() {
        let log: &[&[&str]] = &[
            &["a", "b", "c", "d"],
            &["a", "b", "c", "d"],
            &["a", "c", "b", "d"],
            &["a", "e", "d"],
        ];
        assert_eq!(mined(log, 0), "->( 'a', X( +( 'b', 'c' ), 'e' ), 'd' )");
    }

    #[test]
    fn rare_behaviour_is_left_out_only_when_asked() {
        let mut log: Vec<&[&str]> = vec![&["a", "b", "c"]; 99];
        log.push(&["b", "a", "c"]);
        assert_eq!(mined(&log, 0), "->( +( 'a', 'b' ), 'c' )");
        assert_eq!(mined(&log, 20), "->( 'a', 'b', 'c' )");
    }
}
