//! How many events a source may send: a token bucket for each.
//!
//! A request is let in while its sources have at least one token, and may take a bucket below zero; so a batch that is
//! larger than any bucket comes through, and the source then waits until its debt is paid. That is what `Retry-After`
//! says.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Buckets at most; further sources share one.
const BUCKETS_MAX: usize = 10_000;
/// The bucket of further sources; no source is called so, since names are not empty.
const SHARED: &str = "";

/// All files together count as one sender: otherwise many files were a way round.
const FILES: &str = "upload";

/// Under which name the events of a source are counted.
pub(crate) fn charged(source: &str) -> &str {
    match source.split_once('/') {
        Some((FILES, _)) => FILES,
        _ => source,
    }
}

/// How many events one source may send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quota {
    /// Events a second in the long run; at least 1.
    pub per_second: u32,
    /// Events at once after a pause; at least 1.
    pub burst: u32,
}

/// Quotas of all sources.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct QuotaOptions {
    /// Of a source that is not named; without one it may send as fast as the ledger writes.
    pub default: Option<Quota>,
    /// Of named sources.
    pub sources: BTreeMap<String, Quota>,
}

/// A source that must wait.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct OverQuota {
    pub(crate) source: String,
    pub(crate) quota: Quota,
    pub(crate) wait: Duration,
}

/// What is left of a quota.
#[derive(Clone, Copy, PartialEq, Debug, serde::Serialize)]
pub(crate) struct Left {
    per_second: u32,
    burst: u32,
    /// Events that may come at once; below zero while a debt is paid.
    left: i64,
}

/// The buckets.
#[derive(Debug)]
pub(crate) struct Quotas {
    options: QuotaOptions,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Quotas {
    pub(crate) fn new(options: QuotaOptions) -> Self {
        Self {
            options,
            buckets: Mutex::default(),
        }
    }

    /// Takes tokens for so many events of each source, or none at all.
    pub(crate) fn take(&self, events: &BTreeMap<&str, u64>, now: Instant) -> Result<(), OverQuota> {
        if self.options.default.is_none() && self.options.sources.is_empty() {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut longest: Option<OverQuota> = None;
        for source in events.keys() {
            let Some(quota) = self.quota(source) else {
                continue;
            };
            let bucket = bucket(&mut buckets, source, quota, now);
            bucket.fill(quota, now);
            if bucket.tokens >= 1.0 {
                continue;
            }
            let wait = Duration::from_secs_f64((1.0 - bucket.tokens) / per_second(quota));
            if longest.as_ref().is_none_or(|longest| longest.wait < wait) {
                longest = Some(OverQuota {
                    source: (*source).to_owned(),
                    quota,
                    wait,
                });
            }
        }
        if let Some(longest) = longest {
            return Err(longest);
        }
        for (source, count) in events {
            if let Some(quota) = self.quota(source) {
                bucket(&mut buckets, source, quota, now).tokens -= *count as f64;
            }
        }
        Ok(())
    }

    /// What a source has left; `None` where it has no quota.
    pub(crate) fn left(&self, source: &str, now: Instant) -> Option<Left> {
        let source = charged(source);
        let quota = self.quota(source)?;
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = buckets
            .get(source)
            .map_or(f64::from(quota.burst), |bucket| {
                let mut bucket = *bucket;
                bucket.fill(quota, now);
                bucket.tokens
            });
        Some(Left {
            per_second: quota.per_second,
            burst: quota.burst,
            left: tokens.floor() as i64,
        })
    }

    fn quota(&self, source: &str) -> Option<Quota> {
        self.options
            .sources
            .get(source)
            .copied()
            .or(self.options.default)
    }
}

/// The bucket of a source. When there are too many, those that are full are forgotten: they say nothing.
fn bucket<'b>(
    buckets: &'b mut HashMap<String, Bucket>,
    source: &str,
    quota: Quota,
    now: Instant,
) -> &'b mut Bucket {
    let mut source = source;
    if !buckets.contains_key(source) && buckets.len() >= BUCKETS_MAX {
        let refill = Duration::from_secs_f64(f64::from(quota.burst.max(1)) / per_second(quota));
        buckets.retain(|_, bucket| {
            bucket.tokens < 0.0 || now.saturating_duration_since(bucket.filled) < refill
        });
        if buckets.len() >= BUCKETS_MAX {
            source = SHARED;
        }
    }
    buckets.entry(source.to_owned()).or_insert(Bucket {
        tokens: f64::from(quota.burst.max(1)),
        filled: now,
    })
}

impl Bucket {
    fn fill(&mut self, quota: Quota, now: Instant) {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        let filled = self.tokens + passed * per_second(quota);
        self.tokens = filled.min(f64::from(quota.burst.max(1)));
    }
}

fn per_second(quota: Quota) -> f64 {
    f64::from(quota.per_second.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotas(per_second: u32, burst: u32) -> Quotas {
        let named = Quota {
            per_second: 1,
            burst: 1,
        };
        Quotas::new(QuotaOptions {
            default: Some(Quota { per_second, burst }),
            sources: BTreeMap::from([("slow".to_owned(), named)]),
        })
    }

    fn take(quotas: &Quotas, source: &str, events: u64, now: Instant) -> Option<Duration> {
        let events = BTreeMap::from([(source, events)]);
        quotas.take(&events, now).err().map(|over| over.wait)
    }

    #[test]
    fn a_source_that_waits_as_long_as_it_is_told_is_let_in() {
        let quotas = quotas(10, 20);
        let begin = Instant::now();
        assert_eq!(take(&quotas, "a", 20, begin), None);
        let wait = take(&quotas, "a", 1, begin).unwrap();
        assert_eq!(wait, Duration::from_millis(100));
        let early = begin + wait - Duration::from_millis(1);
        assert!(take(&quotas, "a", 1, early).is_some());
        assert_eq!(take(&quotas, "a", 1, begin + wait), None);
        assert_eq!(
            take(&quotas, "b", 1, begin),
            None,
            "another source has its own"
        );
    }

    #[test]
    fn all_files_are_one_sender() {
        let names = [
            "upload/ab12",
            "upload/cd/34",
            "upload",
            "uploads/1",
            "window/3",
        ];
        let expected = ["upload", "upload", "upload", "uploads/1", "window/3"];
        assert_eq!(names.map(charged), expected);
    }

    #[test]
    fn a_batch_above_the_burst_comes_through_and_its_debt_is_paid() {
        let quotas = quotas(10, 20);
        let begin = Instant::now();
        assert_eq!(take(&quotas, "a", 100, begin), None);
        assert_eq!(
            take(&quotas, "a", 1, begin),
            Some(Duration::from_millis(8_100))
        );
        assert_eq!(
            take(&quotas, "a", 1, begin + Duration::from_millis(8_100)),
            None
        );
    }

    #[test]
    fn a_request_takes_from_all_its_sources_or_from_none() {
        let quotas = quotas(10, 20);
        let now = Instant::now();
        assert_eq!(take(&quotas, "slow", 1, now), None);
        let both = BTreeMap::from([("a", 5), ("slow", 1)]);
        let over = quotas.take(&both, now).unwrap_err();
        assert_eq!(
            (over.source.as_str(), over.wait),
            ("slow", Duration::from_secs(1))
        );
        assert_eq!(quotas.left("a", now).unwrap().left, 20);
    }

    #[test]
    fn any_number_of_sources_has_so_many_buckets() {
        let quotas = quotas(1, 5);
        let now = Instant::now();
        for number in 0..BUCKETS_MAX * 2 {
            take(&quotas, &format!("s{number}"), 1, now);
        }
        let count = quotas.buckets.lock().unwrap().len();
        assert!(count <= BUCKETS_MAX + 1, "{count}");
        assert!(
            take(&quotas, "one more", 1, now).is_some(),
            "the shared one is empty"
        );
        let later = now + Duration::from_secs(10_000);
        assert_eq!(take(&quotas, "later", 1, later), None);
    }
}
