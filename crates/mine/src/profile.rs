//! The temporal profile: for each pair of activities the mean and deviation of the time from one
//! to every later other (Stertz, Mangler, Rinderle-Ma 2020), and the pairs that leave it.
//!
//! Sums are exact integers of microseconds; the mean is rounded down and the deviation is the
//! population's, so that equal logs give equal profiles. A pair whose squares leave 128 bits
//! (times millennia apart) has no profile.
//!
//! A case is learned from in one pass: for every activity seen so far the count, the sum and the
//! sum of squares of its times say all that a later event needs to know of them.

mod sums;

use std::collections::{BTreeMap, VecDeque};

use cage_model::Instant;

use crate::traces::{Row, Traces};
use sums::{Seen, Sums, Table};

/// What history says of one pair.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PairProfile {
    /// The activity that comes first.
    pub from: u32,
    /// The activity that comes later, directly or not.
    pub to: u32,
    /// Pairs observed.
    pub observed: u64,
    /// Mean time between, in microseconds.
    pub mean: i64,
    /// Standard deviation, in microseconds.
    pub deviation: i64,
}

/// What history says of all pairs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Profile {
    pairs: BTreeMap<(u32, u32), PairProfile>,
}

/// A pair of events whose distance in time leaves the profile.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Deviation {
    /// Index of the case.
    pub case: usize,
    /// Place of the first event in the case.
    pub first: usize,
    /// Place of the second event in the case.
    pub second: usize,
    /// The first activity.
    pub from: u32,
    /// The second activity.
    pub to: u32,
    /// When the first happened.
    pub at: Instant,
    /// The time between, in microseconds.
    pub measured: i64,
    /// Distance from the mean in hundredths of a deviation.
    pub z_hundredths: u64,
}

/// Activities that are profiled: of more the most frequent, so that a log in which every event
/// has a name of its own does not need a table of all pairs.
const ACTIVITIES_MAX: usize = 2_000;

/// Cases up to this length are checked pair by pair, longer ones by searching for the outliers.
const SHORT: usize = 64;

impl Profile {
    /// Learns from every pair of events of a case, the first before the second.
    #[must_use]
    pub fn learn(traces: &Traces) -> Self {
        let profiled = profiled(traces);
        let mut table: Table<Sums> = Table::new(traces.activities.len());
        let mut seen: Vec<(u32, Seen)> = Vec::new();
        for trace in traces.iter() {
            let start = trace.first().map_or(0, |row| row.at.0);
            seen.clear();
            for row in trace {
                if !profiled
                    .get(row.activity as usize)
                    .copied()
                    .unwrap_or(false)
                {
                    continue;
                }
                let at = i128::from(row.at.0) - i128::from(start);
                let mut own = None;
                for (index, (activity, times)) in seen.iter().enumerate() {
                    table.entry((*activity, row.activity)).add(times, at);
                    if *activity == row.activity {
                        own = Some(index);
                    }
                }
                let own = own.unwrap_or_else(|| {
                    seen.push((row.activity, Seen::default()));
                    seen.len() - 1
                });
                seen[own].1.add(at);
            }
        }
        Self::of(table.into_iter())
    }

    /// Learns some pairs as a `duration` rule pairs them: each second event closes the earliest
    /// first one that is still open.
    #[must_use]
    pub fn learn_in_turn(traces: &Traces, wanted: &[(u32, u32)]) -> Self {
        let width = traces.activities.len();
        let (mut opens, mut closes) = (vec![Vec::new(); width], vec![Vec::new(); width]);
        for (pair, (from, to)) in wanted.iter().enumerate() {
            if let Some(list) = opens.get_mut(*from as usize) {
                list.push(pair);
            }
            if let Some(list) = closes.get_mut(*to as usize) {
                list.push(pair);
            }
        }
        let mut sums = vec![Sums::default(); wanted.len()];
        let mut open: Vec<VecDeque<i64>> = vec![VecDeque::new(); wanted.len()];
        let mut touched: Vec<usize> = Vec::new();
        for trace in traces.iter() {
            for row in trace {
                for &pair in &closes[row.activity as usize] {
                    if let Some(at) = open[pair].pop_front() {
                        let mut one = Seen::default();
                        one.add(0);
                        sums[pair].add(&one, i128::from(row.at.0) - i128::from(at));
                    }
                }
                for &pair in &opens[row.activity as usize] {
                    open[pair].push_back(row.at.0);
                    touched.push(pair);
                }
            }
            for pair in touched.drain(..) {
                open[pair].clear();
            }
        }
        Self::of(wanted.iter().copied().zip(sums))
    }

    fn of(sums: impl Iterator<Item = ((u32, u32), Sums)>) -> Self {
        let pairs = sums.filter_map(|((from, to), sums)| {
            let (mean, deviation) = sums.moments()?;
            let observed = sums.observed();
            let pair = PairProfile {
                from,
                to,
                observed,
                mean,
                deviation,
            };
            Some(((from, to), pair))
        });
        Self {
            pairs: pairs.collect(),
        }
    }

    /// What history says of a pair.
    #[must_use]
    pub fn pair(&self, from: u32, to: u32) -> Option<&PairProfile> {
        self.pairs.get(&(from, to))
    }

    /// All pairs, in the order of activities.
    pub fn pairs(&self) -> impl Iterator<Item = &PairProfile> {
        self.pairs.values()
    }

    /// Calls for each pair of events that is farther than some hundredths of a deviation from the
    /// mean, by case, first and second event. Pairs that never varied (deviation 0) are met by
    /// equality only.
    pub fn check(&self, traces: &Traces, z_hundredths: u64, each: &mut dyn FnMut(&Deviation)) {
        let mut bounds: Table<Bounds> = Table::new(traces.activities.len());
        for pair in self.pairs.values() {
            *bounds.entry((pair.from, pair.to)) = Bounds::of(pair, z_hundredths);
        }
        for (case, trace) in traces.iter().enumerate() {
            if trace.len() <= SHORT {
                check_short(case, trace, &bounds, each);
            } else {
                check_long(case, trace, &bounds, each);
            }
        }
    }

    /// The deviations of [`Profile::check`] in a list.
    #[must_use]
    pub fn deviations(&self, traces: &Traces, z_hundredths: u64) -> Vec<Deviation> {
        let mut found = Vec::new();
        self.check(traces, z_hundredths, &mut |deviation| {
            found.push(*deviation);
        });
        found
    }
}

/// Which activities are profiled.
fn profiled(traces: &Traces) -> Vec<bool> {
    let width = traces.activities.len();
    if width <= ACTIVITIES_MAX {
        return vec![true; width];
    }
    let mut counts: Vec<(u64, u32)> = (0..width as u32).map(|activity| (0, activity)).collect();
    for row in traces.iter().flatten() {
        counts[row.activity as usize].0 += 1;
    }
    counts.sort_by_key(|(count, activity)| (std::cmp::Reverse(*count), *activity));
    let mut profiled = vec![false; width];
    for (_, activity) in &counts[..ACTIVITIES_MAX] {
        profiled[*activity as usize] = true;
    }
    profiled
}

/// The times between two activities that are within the profile; all where nothing is known.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    low: i64,
    high: i64,
    mean: i64,
    deviation: i64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            low: i64::MIN,
            high: i64::MAX,
            mean: 0,
            deviation: 0,
        }
    }
}

impl Bounds {
    fn of(pair: &PairProfile, z_hundredths: u64) -> Self {
        let deviation = u128::from(pair.deviation.unsigned_abs());
        let allowed = u128::from(z_hundredths) * deviation / 100;
        let allowed = i64::try_from(allowed).unwrap_or(i64::MAX);
        Self {
            low: pair.mean.saturating_sub(allowed),
            high: pair.mean.saturating_add(allowed),
            mean: pair.mean,
            deviation: pair.deviation,
        }
    }

    fn hold(&self, measured: i64) -> bool {
        self.low <= measured && measured <= self.high
    }

    fn z_hundredths(&self, measured: i64) -> u64 {
        let distance = u128::from(measured.abs_diff(self.mean)) * 100;
        let z = distance / u128::from(self.deviation.unsigned_abs().max(1));
        u64::try_from(z).unwrap_or(u64::MAX)
    }
}

fn deviation(case: usize, trace: &[Row], places: (usize, usize), bounds: &Bounds) -> Deviation {
    let (first, second) = (&trace[places.0], &trace[places.1]);
    let measured = second.at.0.saturating_sub(first.at.0);
    Deviation {
        case,
        first: places.0,
        second: places.1,
        from: first.activity,
        to: second.activity,
        at: first.at,
        measured,
        z_hundredths: bounds.z_hundredths(measured),
    }
}

fn check_short(
    case: usize,
    trace: &[Row],
    bounds: &Table<Bounds>,
    each: &mut dyn FnMut(&Deviation),
) {
    for (place, first) in trace.iter().enumerate() {
        for (further, second) in trace[place + 1..].iter().enumerate() {
            let measured = second.at.0.saturating_sub(first.at.0);
            if let Some(bounds) = bounds.get((first.activity, second.activity))
                && !bounds.hold(measured)
            {
                each(&deviation(
                    case,
                    trace,
                    (place, place + 1 + further),
                    bounds,
                ));
            }
        }
    }
}

/// For each event the earlier ones that are too near or too far are the ends of its list of
/// earlier events of an activity, which is in the order of time.
fn check_long(
    case: usize,
    trace: &[Row],
    bounds: &Table<Bounds>,
    each: &mut dyn FnMut(&Deviation),
) {
    let mut lists: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut found = Vec::new();
    for (place, second) in trace.iter().enumerate() {
        for (activity, earlier) in &lists {
            let Some(bounds) = bounds.get((*activity, second.activity)) else {
                continue;
            };
            let measured = |first: &usize| second.at.0.saturating_sub(trace[*first].at.0);
            let far = earlier.partition_point(|first| measured(first) > bounds.high);
            let near = earlier.partition_point(|first| measured(first) >= bounds.low);
            let outside = earlier[..far].iter().chain(&earlier[near.max(far)..]);
            found.extend(outside.map(|first| deviation(case, trace, (*first, place), bounds)));
        }
        lists.entry(second.activity).or_default().push(place);
    }
    found.sort_unstable();
    found.iter().for_each(each);
}

#[cfg(test)]
mod tests;
