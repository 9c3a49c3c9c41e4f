//! The figures of one source: when and how often it sends, how late, with which numbers, in which shapes.
//!
//! A fold over the source's entries in the order of their records: the same entries give the same figures.

use std::collections::{BTreeMap, VecDeque};

use cage_gateway::{Drifted, Shape, Vocabulary};
use serde::{Deserialize, Serialize};

use super::numbers::Numbers;

/// Lags that are remembered, for the percentiles.
const LAGS_KEPT: usize = 256;
/// Shapes that are told apart.
const SHAPES_MAX: usize = 200;
/// Events of a type after which another set of attributes is a drift and no more learning.
const LEARNT_EVENTS: u64 = 100;

/// Everything that is known of one source.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Milliseconds since 1970, of the first and the last event.
    pub(crate) first_seen: u64,
    pub(crate) last_seen: u64,
    pub(crate) accepted: u64,
    pub(crate) known: u64,
    pub(crate) conflicts: u64,
    pub(crate) rejected: u64,
    seconds: Rate,
    minutes: Rate,
    /// Milliseconds from claimed to accepted, the newest last.
    lags: VecDeque<i64>,
    /// Milliseconds from one event to the next, the newest last, and the longest ever.
    pauses: VecDeque<u64>,
    longest_pause: u64,
    /// Events whose own time lay in the future, and the farthest.
    ahead: u64,
    ahead_most: u64,
    pub(crate) numbers: Numbers,
    shapes: BTreeMap<u64, Seen>,
    /// Events in shapes beyond those that are told apart.
    shapes_forgotten: u64,
}

/// One set of attributes of a type.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Seen {
    shape: Shape,
    first_seen: u64,
    last_seen: u64,
    events: u64,
    /// How many events of the type, and of the source, came before the first and the last of this shape.
    first_of_type: u64,
    last_of_type: u64,
    first_of_source: u64,
}

/// An event as it was kept.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) accepted: u64,
    /// 0 where the source states no time.
    pub(crate) claimed: u64,
    pub(crate) sequence: Option<u64>,
    pub(crate) shape: u64,
    /// Where it was not known yet.
    pub(crate) described: Option<Shape>,
}

/// How long a source said nothing, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Silence {
    pub(crate) now: u64,
    pub(crate) p50: Option<u64>,
    pub(crate) p99: Option<u64>,
    pub(crate) longest: u64,
}

/// What a source does otherwise than it did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Drift {
    pub(crate) change: Change,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attribute: Option<String>,
    /// Kinds of value, for a changed one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) kinds: Vec<String>,
    /// Milliseconds since 1970: when it was seen first; of a vanished one, when last.
    pub(crate) seen: u64,
}

/// Something that no pack in force declares, in events of one type.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Stranger {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(flatten)]
    pub(crate) what: What,
    pub(crate) events: u64,
    /// Milliseconds since 1970.
    pub(crate) last_seen: u64,
}

/// What is not declared.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "undeclared", rename_all = "kebab-case")]
pub(crate) enum What {
    Type,
    Object {
        object: String,
    },
    Attribute {
        attribute: String,
    },
    Value {
        attribute: String,
        declared: String,
        found: String,
    },
}

impl From<Drifted> for What {
    fn from(drifted: Drifted) -> Self {
        match drifted {
            Drifted::Type => Self::Type,
            Drifted::Object(object) => Self::Object { object },
            Drifted::Attribute(attribute) => Self::Attribute { attribute },
            Drifted::Value {
                attribute,
                declared,
                found,
            } => Self::Value {
                attribute,
                declared,
                found,
            },
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    NewType,
    NewAttribute,
    VanishedAttribute,
    ChangedKind,
}

impl Figures {
    /// Whether the shape is described already, or would not be kept.
    pub(crate) fn knows(&self, shape: u64) -> bool {
        self.shapes.contains_key(&shape) || self.shapes.len() >= SHAPES_MAX
    }

    /// Takes the next event in the order of the records.
    pub(crate) fn event(&mut self, event: &Event) {
        if self.accepted == 0 {
            self.first_seen = event.accepted;
        } else {
            let pause = event.accepted.saturating_sub(self.last_seen);
            self.longest_pause = self.longest_pause.max(pause);
            if self.pauses.len() == LAGS_KEPT {
                self.pauses.pop_front();
            }
            self.pauses.push_back(pause);
        }
        self.last_seen = event.accepted;
        self.seconds.add(event.accepted / 1_000);
        self.minutes.add(event.accepted / 60_000);
        if event.claimed > 0 {
            let lag = event.accepted as i64 - event.claimed as i64;
            if self.lags.len() == LAGS_KEPT {
                self.lags.pop_front();
            }
            self.lags.push_back(lag);
            if lag < 0 {
                self.ahead += 1;
                self.ahead_most = self.ahead_most.max(lag.unsigned_abs());
            }
        }
        if let Some(number) = event.sequence {
            self.numbers.see(number, event.accepted);
        }
        self.shape(event);
        self.accepted += 1;
    }

    fn shape(&mut self, event: &Event) {
        if let Some(shape) = event
            .described
            .as_ref()
            .filter(|_| !self.knows(event.shape))
        {
            let of_type = self.of_type(&shape.kind);
            let seen = Seen {
                shape: shape.clone(),
                first_seen: event.accepted,
                last_seen: event.accepted,
                events: 0,
                first_of_type: of_type,
                last_of_type: of_type,
                first_of_source: self.accepted,
            };
            self.shapes.insert(event.shape, seen);
        }
        let Some(seen) = self.shapes.get(&event.shape) else {
            self.shapes_forgotten += 1;
            return;
        };
        let of_type = self.of_type(&seen.shape.kind);
        if let Some(seen) = self.shapes.get_mut(&event.shape) {
            seen.events += 1;
            seen.last_seen = event.accepted;
            seen.last_of_type = of_type;
        }
    }

    /// Events of a type.
    fn of_type(&self, kind: &str) -> u64 {
        let of_type = self.shapes.values().filter(|seen| seen.shape.kind == kind);
        of_type.map(|seen| seen.events).sum()
    }

    /// Events in the last minute and in the last hour.
    pub(crate) fn rates(&self, now: u64) -> (u64, u64) {
        (
            self.seconds.total(now / 1_000),
            self.minutes.total(now / 60_000),
        )
    }

    /// The last lag, the median and the 99th percentile in milliseconds.
    pub(crate) fn lag(&self) -> Option<[i64; 3]> {
        let mut sorted: Vec<i64> = self.lags.iter().copied().collect();
        sorted.sort_unstable();
        let at = |percent: usize| sorted[(sorted.len() - 1) * percent / 100];
        let last = self.lags.back()?;
        Some([*last, at(50), at(99)])
    }

    /// Milliseconds of silence: now, the median and the 99th percentile of the last pauses, the longest pause. Where there was
    /// one event so far, nothing is usual.
    pub(crate) fn silence(&self, now: u64) -> Silence {
        let mut sorted: Vec<u64> = self.pauses.iter().copied().collect();
        sorted.sort_unstable();
        let at = |percent: usize| {
            let last = sorted.len().checked_sub(1)?;
            sorted.get(last * percent / 100).copied()
        };
        Silence {
            now: if self.accepted == 0 {
                0
            } else {
                now.saturating_sub(self.last_seen)
            },
            p50: at(50),
            p99: at(99),
            longest: self.longest_pause,
        }
    }

    /// Events whose own time lay in the future, and by how many milliseconds at most.
    pub(crate) fn ahead(&self) -> (u64, u64) {
        (self.ahead, self.ahead_most)
    }

    /// What the source sends that no pack in force declares, the most frequent first.
    pub(crate) fn undeclared(&self, vocabulary: &Vocabulary) -> Vec<Stranger> {
        let mut strangers: BTreeMap<(String, Drifted), (u64, u64)> = BTreeMap::new();
        for seen in self.shapes.values() {
            for drifted in vocabulary.drift(&seen.shape) {
                let key = (seen.shape.kind.clone(), drifted);
                let (events, last) = strangers.entry(key).or_default();
                *events += seen.events;
                *last = (*last).max(seen.last_seen);
            }
        }
        let mut all: Vec<Stranger> = strangers
            .into_iter()
            .map(|((kind, what), (events, last_seen))| Stranger {
                kind,
                what: what.into(),
                events,
                last_seen,
            })
            .collect();
        all.sort_by_key(|stranger| std::cmp::Reverse(stranger.events));
        all
    }

    /// What the source does otherwise than in its first events, by type and attribute.
    pub(crate) fn drift(&self) -> Vec<Drift> {
        let mut types: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
        for seen in self.shapes.values() {
            types.entry(&seen.shape.kind).or_default().push(seen);
        }
        let mut drift = Vec::new();
        for (kind, shapes) in types {
            let drifted = |change, attribute: Option<&str>, kinds, seen| Drift {
                change,
                kind: kind.to_owned(),
                attribute: attribute.map(str::to_owned),
                kinds,
                seen,
            };
            let first = shapes.iter().map(|seen| seen.first_of_source).min();
            if first.is_some_and(|first| first >= LEARNT_EVENTS) {
                let seen = shapes.iter().map(|seen| seen.first_seen).min();
                drift.push(drifted(
                    Change::NewType,
                    None,
                    Vec::new(),
                    seen.unwrap_or(0),
                ));
            }
            let events: u64 = shapes.iter().map(|seen| seen.events).sum();
            for (name, uses) in attributes(&shapes) {
                if uses.first_of_type >= LEARNT_EVENTS {
                    drift.push(drifted(
                        Change::NewAttribute,
                        Some(name),
                        Vec::new(),
                        uses.first_seen,
                    ));
                }
                let since = events.saturating_sub(uses.last_of_type + 1);
                if since >= LEARNT_EVENTS && uses.events * 2 >= uses.last_of_type {
                    drift.push(drifted(
                        Change::VanishedAttribute,
                        Some(name),
                        Vec::new(),
                        uses.last_seen,
                    ));
                }
                if uses.kinds.len() > 1 {
                    let kinds = uses.kinds.keys().map(|kind| (*kind).to_owned()).collect();
                    let seen = uses.kinds.values().max().copied();
                    drift.push(drifted(
                        Change::ChangedKind,
                        Some(name),
                        kinds,
                        seen.unwrap_or(0),
                    ));
                }
            }
        }
        drift
    }
}

/// How an attribute of a type is used.
#[derive(Debug)]
struct Uses<'s> {
    /// First seen, by kind of value; a missing value is of any kind.
    kinds: BTreeMap<&'s str, u64>,
    first_seen: u64,
    last_seen: u64,
    first_of_type: u64,
    last_of_type: u64,
    events: u64,
}

fn attributes<'s>(shapes: &[&'s Seen]) -> BTreeMap<&'s str, Uses<'s>> {
    let mut attributes: BTreeMap<&str, Uses<'_>> = BTreeMap::new();
    for seen in shapes {
        for (name, kind) in &seen.shape.attributes {
            let uses = attributes.entry(name).or_insert(Uses {
                kinds: BTreeMap::new(),
                first_seen: u64::MAX,
                last_seen: 0,
                first_of_type: u64::MAX,
                last_of_type: 0,
                events: 0,
            });
            if kind != "missing" {
                let first = uses.kinds.entry(kind).or_insert(u64::MAX);
                *first = seen.first_seen.min(*first);
            }
            uses.first_seen = uses.first_seen.min(seen.first_seen);
            uses.last_seen = uses.last_seen.max(seen.last_seen);
            uses.first_of_type = uses.first_of_type.min(seen.first_of_type);
            uses.last_of_type = uses.last_of_type.max(seen.last_of_type);
            uses.events += seen.events;
        }
    }
    attributes
}

/// Events in the last sixty units of time.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
struct Rate {
    newest: u64,
    /// The newest last; at most sixty.
    counts: VecDeque<u32>,
}

/// Units of time that a rate covers.
const UNITS: u64 = 60;

impl Rate {
    fn add(&mut self, unit: u64) {
        // Accepted times never go back.
        let passed = unit.saturating_sub(self.newest).min(UNITS);
        for _ in 0..passed {
            self.counts.push_back(0);
        }
        if self.counts.is_empty() {
            self.counts.push_back(0);
        }
        self.newest = self.newest.max(unit);
        while self.counts.len() as u64 > UNITS {
            self.counts.pop_front();
        }
        if let Some(last) = self.counts.back_mut() {
            *last = last.saturating_add(1);
        }
    }

    fn total(&self, now: u64) -> u64 {
        let old = now.saturating_sub(self.newest);
        let lasting = UNITS.saturating_sub(old) as usize;
        self.counts
            .iter()
            .rev()
            .take(lasting)
            .map(|count| u64::from(*count))
            .sum()
    }
}

#[cfg(test)]
mod tests;
