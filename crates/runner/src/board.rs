//! What was told: every change in its order, for whoever asks from any number on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

/// What became of a finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToldChange {
    /// It is found.
    Opened,
    /// More became known of it.
    Amended,
    /// A late event took it back.
    Withdrawn,
}

/// An event that a finding names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Seen {
    /// What was done.
    pub activity: String,
    /// When, as RFC 3339.
    pub at: String,
    /// Number of its record in the ledger.
    pub record: u64,
}

/// One change, told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Told {
    /// Its number, from 1; the same after every restart.
    pub number: u64,
    /// What became of the finding.
    pub change: ToldChange,
    /// The pack whose rule it is.
    pub pack: String,
    /// The pack's version.
    pub version: String,
    /// The rule.
    pub rule: String,
    /// The rule's title in Chinese.
    pub title_zh: String,
    /// The rule's title in English.
    pub title_en: String,
    /// Type of the object that was judged.
    pub object_type: String,
    /// Its id.
    pub object: String,
    /// `violated` or `undecided`.
    pub verdict: String,
    /// Why, as a word.
    pub reason: String,
    /// When it became true, as RFC 3339.
    pub at: String,
    /// The event that set the rule off.
    pub trigger: Option<Seen>,
    /// The event that broke it.
    pub other: Option<Seen>,
}

/// All that was told, and a bell for those who wait.
#[derive(Debug)]
pub struct Board {
    told: Mutex<Vec<Told>>,
    count: watch::Sender<u64>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            told: Mutex::default(),
            count: watch::channel(0).0,
        }
    }
}

impl Board {
    /// What was told after this number, at most so many.
    #[must_use]
    pub fn after(&self, number: u64, most: usize) -> Vec<Told> {
        let told = self.lock();
        let from = usize::try_from(number)
            .unwrap_or(usize::MAX)
            .min(told.len());
        told[from..].iter().take(most).cloned().collect()
    }

    /// How much was told; changes when more is.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }

    /// How much was told.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.lock().len() as u64
    }

    pub(crate) fn tell(&self, changes: Vec<Told>) {
        if changes.is_empty() {
            return;
        }
        let mut told = self.lock();
        for mut change in changes {
            change.number = told.len() as u64 + 1;
            told.push(change);
        }
        let count = told.len() as u64;
        drop(told);
        self.count.send_replace(count);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
