//! Seeded chance: the few distributions that an office needs.

use oorandom::Rand64;

/// A stream of chance that is the same for the same seed, on every machine.
pub(crate) struct Chance(Rand64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Rand64::new(u128::from(seed)))
    }

    /// True with this probability in percent.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.0.rand_range(0..100) < u64::from(percent)
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        self.0.rand_range(u64::from(low)..u64::from(high) + 1) as u32
    }

    /// Minutes until the next of events that come independently, `mean` apart on average.
    pub(crate) fn waiting_minutes(&mut self, mean: f64) -> i64 {
        let uniform = self.0.rand_float().max(1e-9);
        (-uniform.ln() * mean).ceil() as i64
    }

    /// Minutes of work around `typical`: most near it, some twice as long.
    pub(crate) fn work_minutes(&mut self, typical: u32) -> i64 {
        let spread = 0.5 + self.0.rand_float() + 0.5 * self.0.rand_float() * self.0.rand_float();
        (f64::from(typical) * spread) as i64 + 1
    }
}
