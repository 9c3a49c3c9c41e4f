//! The running numbers of a source (CloudEvents extension `sequence`): holes, repeats, what came late.

use serde::{Deserialize, Serialize};

/// Holes that are told apart; of more, the oldest is forgotten.
const HOLES_MAX: usize = 100;
/// How long a hole may be open before it is told: numbers may come by several connections.
const GRACE_MILLISECONDS: u64 = 30_000;

/// The numbers of one source.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Numbers {
    /// The number that is expected; `None` before the first.
    next: Option<u64>,
    holes: Vec<Hole>,
    /// Holes that were told and are not yet known to be filled.
    told: Vec<(u64, u64)>,
    /// Numbers that came a second time, in another event.
    repeats: u64,
    last_repeat: Option<u64>,
    /// Numbers that came late and filled a hole.
    late: u64,
    forgotten: u64,
}

/// Numbers that did not come, with both ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Hole {
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// When it was noticed, milliseconds since 1970.
    pub(crate) since: u64,
}

/// What is to be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    Hole(u64, u64),
    Filled(u64, u64),
}

impl Numbers {
    /// Takes the next event's number.
    pub(crate) fn see(&mut self, number: u64, at: u64) {
        let Some(next) = self.next else {
            self.next = Some(number.saturating_add(1));
            return;
        };
        if number >= next {
            if number > next {
                self.holes.push(Hole {
                    first: next,
                    last: number - 1,
                    since: at,
                });
            }
            self.next = Some(number.saturating_add(1));
        } else if let Some(place) = self.holes.iter().position(|hole| hole.has(number)) {
            self.late += 1;
            self.fill(place, number);
        } else {
            self.repeats += 1;
            self.last_repeat = Some(number);
        }
        if self.holes.len() > HOLES_MAX {
            self.holes.remove(0);
            self.forgotten += 1;
        }
    }

    fn fill(&mut self, place: usize, number: u64) {
        let hole = self.holes.remove(place);
        if number < hole.last {
            self.holes.insert(
                place,
                Hole {
                    first: number + 1,
                    ..hole
                },
            );
        }
        if hole.first < number {
            self.holes.insert(
                place,
                Hole {
                    last: number - 1,
                    ..hole
                },
            );
        }
    }

    /// What is to be told now, each once: holes that stayed open, and told ones that are filled. Told holes are told
    /// again after a restart that forgot it; the same words are the same entry.
    pub(crate) fn due(&mut self, now: u64) -> Vec<Told> {
        let mut due = Vec::new();
        for hole in &self.holes {
            let covered = |(first, last): &(u64, u64)| *first <= hole.first && hole.last <= *last;
            let is_old = hole.since.saturating_add(GRACE_MILLISECONDS) <= now;
            if is_old && !self.told.iter().any(covered) && self.told.len() < HOLES_MAX {
                self.told.push((hole.first, hole.last));
                due.push(Told::Hole(hole.first, hole.last));
            }
        }
        let holes = &self.holes;
        self.told.retain(|(first, last)| {
            let is_open = holes
                .iter()
                .any(|hole| hole.first <= *last && *first <= hole.last);
            if !is_open {
                due.push(Told::Filled(*first, *last));
            }
            is_open
        });
        due
    }

    /// What is shown of it; `None` where the source does not number its events.
    pub(crate) fn shown(&self) -> Option<serde_json::Value> {
        let next = self.next?;
        Some(serde_json::json!({
            "next": next, "holes": self.holes, "missing": self.missing(), "late": self.late,
            "repeats": self.repeats, "last_repeat": self.last_repeat, "holes_forgotten": self.forgotten,
        }))
    }

    /// How many numbers are missing.
    pub(crate) fn missing(&self) -> u64 {
        let length = |hole: &Hole| (hole.last - hole.first).saturating_add(1);
        self.holes
            .iter()
            .fold(0, |sum: u64, hole| sum.saturating_add(length(hole)))
    }
}

impl Hole {
    fn has(&self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn seen(numbers: &[u64]) -> Numbers {
        let mut all = Numbers::default();
        for (at, number) in numbers.iter().enumerate() {
            all.see(*number, at as u64);
        }
        all
    }

    proptest! {
        /// Against the plain set: what is missing between the first and the largest, and what came twice.
        #[test]
        fn holes_and_repeats_are_those_of_the_set(numbers in prop::collection::vec(100..160_u64, 1..80)) {
            let mut all = vec![100];
            all.extend(&numbers);
            let set: BTreeSet<u64> = all.iter().copied().collect();
            let largest = *set.last().unwrap();
            let missing: Vec<u64> = (100..=largest).filter(|number| !set.contains(number)).collect();
            let ours = seen(&all);
            let holes: Vec<u64> = ours.holes.iter().flat_map(|hole| hole.first..=hole.last).collect();
            prop_assert_eq!(&holes, &missing);
            prop_assert_eq!(ours.missing(), missing.len() as u64);
            prop_assert_eq!(ours.repeats, (all.len() - set.len()) as u64);
        }
    }

    #[test]
    fn a_hole_is_told_once_when_it_stays_and_once_when_it_is_filled() {
        let mut numbers = seen(&[1, 2, 6]);
        assert_eq!(numbers.due(20_000), []);
        assert_eq!(numbers.due(40_000), [Told::Hole(3, 5)]);
        assert_eq!(numbers.due(50_000), []);
        numbers.see(4, 50_000);
        assert_eq!(
            numbers.due(90_000),
            [],
            "the two parts of a told hole are not told again"
        );
        numbers.see(3, 90_000);
        numbers.see(5, 90_000);
        assert_eq!(numbers.due(90_000), [Told::Filled(3, 5)]);
        let mut quick = seen(&[1, 3, 2]);
        assert_eq!(quick.due(90_000), [], "filled within the grace");
    }

    #[test]
    fn any_numbers_are_borne() {
        let mut numbers = seen(&[0, u64::MAX, 5, u64::MAX]);
        assert_eq!(numbers.missing(), u64::MAX - 2);
        for number in 0..1_000 {
            numbers.see(number * 2 + 10, 0);
        }
        assert!(numbers.holes.len() <= HOLES_MAX && numbers.due(u64::MAX).len() <= HOLES_MAX);
    }
}
