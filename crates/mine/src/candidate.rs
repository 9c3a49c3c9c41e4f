//! Candidates that need people or queues: pairs of acts that are always done by different (or by
//! the same) persons, and pairs of acts between which cases are served in turn.

use std::collections::BTreeMap;

use cage_model::Instant;

use crate::traces::Traces;

/// Two acts that history keeps in different hands, or in one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SeparationCandidate {
    /// One act.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// Whether the same person does both (`binding`) instead of different ones.
    pub same: bool,
    /// Cases with both acts done by known persons.
    pub cases: u64,
    /// Cases that keep it, over all pairs of the two acts.
    pub kept: u64,
}

/// Two acts between which cases are served in the order in which they came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueueCandidate {
    /// A case enters.
    pub enter: u32,
    /// It is served.
    pub serve: u32,
    /// Cases served.
    pub cases: u64,
    /// Cases that overtook nobody.
    pub in_turn: u64,
}

/// Four-eyes and same-hand candidates that at least `kept_percent` of at least `cases_min` cases
/// keep. A pair of acts that one single person always does says nothing and is left out.
#[must_use]
pub fn separations(traces: &Traces, kept_percent: u64, cases_min: u64) -> Vec<SeparationCandidate> {
    // (a, b) -> cases, cases all different, cases all same.
    let mut counts: BTreeMap<(u32, u32), (u64, u64, u64)> = BTreeMap::new();
    let mut hands: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for trace in traces.iter() {
        hands.clear();
        for row in trace {
            if let Some(person) = row.person {
                hands.entry(row.activity).or_default().push(person);
            }
        }
        for (a, first) in &hands {
            for (b, second) in hands.range(a + 1..) {
                let equal = first
                    .iter()
                    .flat_map(|p| second.iter().map(move |q| p == q));
                let (mut any, mut all) = (false, true);
                for same in equal {
                    any |= same;
                    all &= same;
                }
                let entry = counts.entry((*a, *b)).or_default();
                entry.0 += 1;
                entry.1 += u64::from(!any);
                entry.2 += u64::from(all);
            }
        }
    }
    let mut found = Vec::new();
    for ((a, b), (cases, different, same)) in counts {
        for (same, kept) in [(false, different), (true, same)] {
            let usual = cases >= cases_min && kept * 100 >= cases * kept_percent;
            if usual && several_people(traces, a) && several_people(traces, b) {
                found.push(SeparationCandidate {
                    a,
                    b,
                    same,
                    cases,
                    kept,
                });
            }
        }
    }
    found
}

fn several_people(traces: &Traces, activity: u32) -> bool {
    let mut people = traces
        .iter()
        .flatten()
        .filter(|row| row.activity == activity)
        .filter_map(|row| row.person);
    let first = people.next();
    people.any(|person| Some(person) != first)
}

/// Queue candidates among pairs where the second act follows the first in at least half of the
/// cases: at least `in_turn_percent` of the cases served overtake nobody.
#[must_use]
pub fn queues(traces: &Traces, in_turn_percent: u64, cases_min: u64) -> Vec<QueueCandidate> {
    let mut waits: BTreeMap<(u32, u32), Vec<(Instant, Instant)>> = BTreeMap::new();
    for trace in traces.iter() {
        for pair in trace.windows(2) {
            if pair[0].activity != pair[1].activity {
                let key = (pair[0].activity, pair[1].activity);
                waits.entry(key).or_default().push((pair[0].at, pair[1].at));
            }
        }
    }
    let mut found = Vec::new();
    for ((enter, serve), mut pairs) in waits {
        let cases = pairs.len() as u64;
        let busy = pairs.iter().any(|(from, to)| from < to);
        if cases < cases_min || !busy {
            continue;
        }
        let in_turn = in_turn(&mut pairs);
        if in_turn * 100 >= cases * in_turn_percent {
            found.push(QueueCandidate {
                enter,
                serve,
                cases,
                in_turn,
            });
        }
    }
    found
}

/// How many were served when nobody who entered strictly earlier was still waiting.
fn in_turn(pairs: &mut [(Instant, Instant)]) -> u64 {
    pairs.sort_unstable();
    let mut latest_served = Instant::MIN;
    let mut count = 0;
    let mut index = 0;
    while index < pairs.len() {
        let entered = pairs[index].0;
        let group = pairs[index..]
            .iter()
            .take_while(|pair| pair.0 == entered)
            .count();
        let same_instant = &pairs[index..index + group];
        count += same_instant
            .iter()
            .filter(|pair| pair.1 >= latest_served)
            .count() as u64;
        latest_served = latest_served.max(same_instant[group - 1].1);
        index += group;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_turn_counts_those_who_overtake_nobody() {
        let at = |enter, serve| (Instant(enter), Instant(serve));
        let mut fair = [at(1, 10), at(2, 11), at(2, 11), at(3, 12)];
        assert_eq!(in_turn(&mut fair), 4);
        let mut jumped = [at(1, 10), at(2, 11), at(3, 5)];
        assert_eq!(in_turn(&mut jumped), 2);
    }
}
