//! Without noise, every case of the log is a run of the tree that the inductive miner finds.

use std::collections::BTreeSet;

use cage_mine::{ProcessTree, Variant, mine};
use proptest::prelude::*;

/// Whether a sequence is a word of the tree, by the definition of each operator.
fn accepts(tree: &ProcessTree, word: &[u32]) -> bool {
    match tree {
        ProcessTree::Silent => word.is_empty(),
        ProcessTree::Activity(activity) => word == [*activity],
        ProcessTree::Choice(children) => children.iter().any(|child| accepts(child, word)),
        ProcessTree::Sequence(children) => accepts_sequence(children, word),
        ProcessTree::Parallel(children) => accepts_parallel(children, word),
        ProcessTree::Loop(children) => accepts_loop(children, word),
    }
}

fn accepts_sequence(children: &[ProcessTree], word: &[u32]) -> bool {
    match children {
        [] => word.is_empty(),
        [first, rest @ ..] => (0..=word.len())
            .any(|cut| accepts(first, &word[..cut]) && accepts_sequence(rest, &word[cut..])),
    }
}

/// The miner gives each activity to one branch, so a branch's share of the word is its projection.
fn accepts_parallel(children: &[ProcessTree], word: &[u32]) -> bool {
    let alphabets: Vec<BTreeSet<u32>> = children.iter().map(alphabet).collect();
    let owned = word.iter().all(|activity| {
        alphabets
            .iter()
            .filter(|alphabet| alphabet.contains(activity))
            .count()
            == 1
    });
    owned
        && children.iter().zip(&alphabets).all(|(child, alphabet)| {
            let share: Vec<u32> = word
                .iter()
                .copied()
                .filter(|activity| alphabet.contains(activity))
                .collect();
            accepts(child, &share)
        })
}

/// Body, then any number of (redo, body). Empty rounds add nothing, so each round takes an event.
fn accepts_loop(children: &[ProcessTree], word: &[u32]) -> bool {
    let Some((body, redo)) = children.split_first() else {
        return word.is_empty();
    };
    // reached[i]: the first i events are complete rounds that end behind a body.
    let mut reached: Vec<bool> = (0..=word.len())
        .map(|end| accepts(body, &word[..end]))
        .collect();
    for start in 0..word.len() {
        if !reached[start] {
            continue;
        }
        for middle in start..=word.len() {
            if !redo.iter().any(|part| accepts(part, &word[start..middle])) {
                continue;
            }
            for end in middle.max(start + 1)..=word.len() {
                reached[end] |= accepts(body, &word[middle..end]);
            }
        }
    }
    reached[word.len()]
}

fn alphabet(tree: &ProcessTree) -> BTreeSet<u32> {
    match tree {
        ProcessTree::Silent => BTreeSet::new(),
        ProcessTree::Activity(activity) => BTreeSet::from([*activity]),
        ProcessTree::Sequence(children)
        | ProcessTree::Choice(children)
        | ProcessTree::Parallel(children)
        | ProcessTree::Loop(children) => children.iter().flat_map(alphabet).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn every_case_fits_the_tree_mined_without_noise(
        words in prop::collection::vec(prop::collection::vec(0u32..5, 0..7), 1..6)
    ) {
        let variants: Vec<Variant> = words
            .iter()
            .map(|word| Variant { sequence: word.clone(), cases: 1 })
            .collect();
        let tree = mine(&variants, 0);
        let names: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        for word in &words {
            prop_assert!(accepts(&tree, word), "{word:?} does not fit {}", tree.text(&names));
        }
    }
}
