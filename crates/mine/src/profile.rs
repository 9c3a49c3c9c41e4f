//! The temporal profile: for each pair of activities the mean and deviation of the time from one
//! to every later other (Stertz, Mangler, Rinderle-Ma 2020), and the pairs that leave it.
//!
//! Sums are exact integers of microseconds; the mean is rounded down and the deviation is the
//! population's, so that equal logs give equal profiles.

use std::collections::BTreeMap;

use cage_model::Instant;

use crate::traces::Traces;

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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deviation {
    /// Index of the case.
    pub case: usize,
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

#[derive(Clone, Copy, Default)]
struct Sums {
    observed: u64,
    total: i128,
    squares: u128,
}

impl Profile {
    /// Learns from every pair of events of a case, the first before the second.
    #[must_use]
    pub fn learn(traces: &Traces) -> Self {
        let width = traces.activities.len();
        let mut sums = vec![Sums::default(); width * width];
        for_each_pair(traces, |_, from, to, _, micros| {
            let entry = &mut sums[from as usize * width + to as usize];
            entry.observed += 1;
            entry.total += i128::from(micros);
            entry.squares += u128::from(micros.unsigned_abs()).pow(2);
        });
        let mut pairs = BTreeMap::new();
        for (index, sum) in sums.iter().enumerate().filter(|(_, sum)| sum.observed > 0) {
            let (from, to) = ((index / width) as u32, (index % width) as u32);
            let (mean, deviation) = moments(sum);
            let observed = sum.observed;
            pairs.insert(
                (from, to),
                PairProfile {
                    from,
                    to,
                    observed,
                    mean,
                    deviation,
                },
            );
        }
        Self { pairs }
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

    /// The pairs of events farther than some hundredths of a deviation from the mean. Pairs that
    /// never varied (deviation 0) are met by equality only.
    #[must_use]
    pub fn check(&self, traces: &Traces, z_hundredths: u64) -> Vec<Deviation> {
        let width = traces.activities.len();
        let mut table = vec![(0i64, 0i64, false); width * width];
        for pair in self.pairs.values() {
            let index = pair.from as usize * width + pair.to as usize;
            if let Some(slot) = table.get_mut(index) {
                *slot = (pair.mean, pair.deviation, true);
            }
        }
        let mut found = Vec::new();
        for_each_pair(traces, |case, from, to, at, measured| {
            let (mean, deviation, known) = table[from as usize * width + to as usize];
            let distance = measured.abs_diff(mean);
            let allowed = u128::from(z_hundredths) * u128::from(deviation.unsigned_abs());
            if known && u128::from(distance) * 100 > allowed {
                let z = u128::from(distance) * 100 / u128::from(deviation.unsigned_abs().max(1));
                let z_hundredths = u64::try_from(z).unwrap_or(u64::MAX);
                found.push(Deviation {
                    case,
                    from,
                    to,
                    at,
                    measured,
                    z_hundredths,
                });
            }
        });
        found
    }
}

fn for_each_pair(traces: &Traces, mut visit: impl FnMut(usize, u32, u32, Instant, i64)) {
    for (case, trace) in traces.iter().enumerate() {
        for (index, first) in trace.iter().enumerate() {
            for second in &trace[index + 1..] {
                let micros = second.at.0.saturating_sub(first.at.0);
                visit(case, first.activity, second.activity, first.at, micros);
            }
        }
    }
}

/// Mean and population deviation; squares are exact, the root is of the integer variance.
fn moments(sum: &Sums) -> (i64, i64) {
    let count = i128::from(sum.observed);
    let mean = sum.total.div_euclid(count);
    let total = sum.total.unsigned_abs();
    // Variance = (n * squares - total^2) / n^2, arranged so that nothing leaves 128 bits.
    let mean_square = sum.squares / u128::from(sum.observed);
    let square_of_mean = (total / u128::from(sum.observed)).pow(2);
    let rest = total % u128::from(sum.observed);
    let cross = 2 * (total / u128::from(sum.observed)) * rest / u128::from(sum.observed);
    let variance = mean_square.saturating_sub(square_of_mean + cross);
    (
        i64::try_from(mean).unwrap_or(i64::MAX),
        i64::try_from(variance.isqrt()).unwrap_or(i64::MAX),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_mean_and_deviation_of_every_later_pair() {
        let traces =
            Traces::from_sequences(&[&["a", "b"], &["a", "x", "b"], &["a", "x", "x", "b"]]);
        let hour = 3_600_000_000i64;
        let profile = Profile::learn(&traces);
        let pair = profile.pair(0, 1).unwrap();
        assert_eq!((pair.observed, pair.mean), (3, 2 * hour));
        // Deviations of 1, 2, 3 hours: the root of 2/3 of an hour squared.
        let exact = (2.0f64 / 3.0).sqrt() * hour as f64;
        assert!(
            (pair.deviation as f64 - exact).abs() < 2.0,
            "{}",
            pair.deviation
        );
        assert_eq!(profile.pair(1, 0), None);
    }

    #[test]
    fn what_leaves_the_profile_is_found() {
        let mut sequences: Vec<&[&str]> = vec![&["a", "b"]; 50];
        sequences.push(&["a", "c", "c", "c", "c", "b"]);
        let traces = Traces::from_sequences(&sequences);
        let found = Profile::learn(&traces).check(&traces, 300);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].case, found[0].measured), (50, 5 * 3_600_000_000));
    }
}
