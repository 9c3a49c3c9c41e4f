//! One object's acts that lack evidence, and its evidence that may serve for acts to come.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

use cage_law::{Due, Moment};
use cage_model::{EventRef, Instant, Value};

use crate::lists::{Row, Rows};
use crate::matching::Unknown;
use crate::state::{Damaged, demand};

/// From one instant to another, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Extent {
    pub(super) from: Instant,
    pub(super) to: Instant,
}

impl Extent {
    /// What evidence may cover whose extent is not known.
    pub(super) const ALL: Self = Self {
        from: Instant::MIN,
        to: Instant::MAX,
    };
}

/// An act.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) event: EventRef,
    pub(super) start: Moment,
    pub(super) offset: i16,
    pub(super) due: Option<Due>,
    pub(super) row: Row,
    /// Evidence that may cover it, but cannot be decided.
    pub(super) doubt: Option<Unknown>,
    /// The last evidence that covers a part of it.
    pub(super) partly: Option<EventRef>,
    /// What nothing covers yet, in order; empty when it is settled.
    bare: Vec<Extent>,
}

/// Evidence that may serve for acts to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    pub(super) extent: Extent,
    pub(super) event: EventRef,
    pub(super) doubt: Option<Unknown>,
    pub(super) row: Row,
}

/// What is kept for one object.
#[derive(Clone, Default, Debug)]
pub(super) struct Watch {
    /// In the order of their times. Settled ones are swept out by and by.
    pub(super) acts: VecDeque<Act>,
    settled: usize,
    pub(super) evidence: Vec<Evidence>,
}

/// A [`Watch`] as a plain value. Settled acts are not told.
#[derive(Serialize, Deserialize)]
pub(crate) struct WatchMemory {
    acts: Vec<ActMemory>,
    evidence: Vec<EvidenceMemory>,
}

#[derive(Serialize, Deserialize)]
struct ActMemory {
    event: EventRef,
    start: Moment,
    offset: i16,
    due: Option<Due>,
    row: Vec<Value>,
    doubt: Option<Unknown>,
    partly: Option<EventRef>,
    bare: Vec<Extent>,
}

#[derive(Serialize, Deserialize)]
struct EvidenceMemory {
    extent: Extent,
    event: EventRef,
    doubt: Option<Unknown>,
    row: Vec<Value>,
}

impl WatchMemory {
    /// What a watch remembers; `None` where that is nothing.
    pub(super) fn of(watch: &Watch, act_rows: &Rows, evidence_rows: &Rows) -> Option<Self> {
        let acts = watch.open().map(|act| ActMemory {
            event: act.event,
            start: act.start,
            offset: act.offset,
            due: act.due,
            row: act_rows.recall(act.row),
            doubt: act.doubt,
            partly: act.partly,
            bare: act.bare.clone(),
        });
        let evidence = watch.evidence.iter().map(|one| EvidenceMemory {
            extent: one.extent,
            event: one.event,
            doubt: one.doubt,
            row: evidence_rows.recall(one.row),
        });
        let made = Self {
            acts: acts.collect(),
            evidence: evidence.collect(),
        };
        (!made.acts.is_empty() || !made.evidence.is_empty()).then_some(made)
    }

    /// The watch that remembers this.
    pub(super) fn watch(
        self,
        act_rows: &mut Rows,
        evidence_rows: &mut Rows,
    ) -> Result<Watch, Damaged> {
        let acts = self.acts.into_iter().map(|act| {
            demand(!act.bare.is_empty(), "an act that is settled")?;
            Ok(Act {
                event: act.event,
                start: act.start,
                offset: act.offset,
                due: act.due,
                row: act_rows.remember(act.row)?,
                doubt: act.doubt,
                partly: act.partly,
                bare: act.bare,
            })
        });
        let evidence = self.evidence.into_iter().map(|one| {
            Ok(Evidence {
                extent: one.extent,
                event: one.event,
                doubt: one.doubt,
                row: evidence_rows.remember(one.row)?,
            })
        });
        Ok(Watch {
            acts: acts.collect::<Result<_, Damaged>>()?,
            settled: 0,
            evidence: evidence.collect::<Result<_, Damaged>>()?,
        })
    }
}

impl Act {
    pub(super) fn new(event: EventRef, start: Moment, around: i64, row: Row) -> Self {
        Self {
            event,
            start,
            offset: 0,
            due: None,
            row,
            doubt: None,
            partly: None,
            bare: vec![Extent {
                from: event.at.plus(-around),
                to: event.at.plus(around),
            }],
        }
    }

    /// Takes evidence that fits; answers whether nothing is left bare.
    pub(super) fn prove(
        &mut self,
        extent: Extent,
        event: EventRef,
        doubt: Option<Unknown>,
    ) -> bool {
        let meets = |bare: &Extent| bare.from <= extent.to && extent.from <= bare.to;
        if !self.bare.iter().any(meets) {
            return false;
        }
        if let Some(unknown) = doubt {
            self.doubt.get_or_insert(unknown);
            return false;
        }
        self.partly = Some(event);
        let mut left = Vec::new();
        for bare in &self.bare {
            if !meets(bare) {
                left.push(*bare);
                continue;
            }
            if bare.from < extent.from {
                let to = extent.from.plus(-1);
                left.push(Extent { to, ..*bare });
            }
            if bare.to > extent.to {
                let from = extent.to.plus(1);
                left.push(Extent { from, ..*bare });
            }
        }
        self.bare = left;
        self.is_settled()
    }

    pub(super) fn settle(&mut self) {
        self.bare = Vec::new();
    }

    pub(super) fn is_settled(&self) -> bool {
        self.bare.is_empty()
    }
}

impl Watch {
    /// Keeps an act until evidence comes.
    pub(super) fn await_evidence(&mut self, act: Act) {
        let later = self
            .acts
            .partition_point(|other| other.event.at <= act.event.at);
        self.acts.insert(later, act);
    }

    /// The open acts of which evidence of this extent may cover a part.
    pub(super) fn acts_within(
        &mut self,
        extent: Extent,
        around: i64,
    ) -> impl Iterator<Item = &mut Act> {
        let first = extent.from.plus(-around);
        let last = extent.to.plus(around);
        let start = self.acts.partition_point(|act| act.event.at < first);
        let acts = self.acts.range_mut(start..);
        acts.take_while(move |act| act.event.at <= last)
            .filter(|act| !act.is_settled())
    }

    /// The acts that are not settled.
    pub(super) fn open(&self) -> impl Iterator<Item = &Act> {
        self.acts.iter().filter(|act| !act.is_settled())
    }

    /// Drops settled acts from the front, and all once they are the most; some were settled now.
    pub(super) fn sweep(&mut self, settled: usize) {
        self.settled += settled;
        while self.acts.front().is_some_and(Act::is_settled) {
            self.acts.pop_front();
            self.settled -= 1;
        }
        if self.settled > self.acts.len() / 2 {
            self.acts.retain(|act| !act.is_settled());
            self.settled = 0;
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let bare = self.acts.iter().map(|act| act.bare.capacity());
        self.acts.capacity() * size_of::<Act>()
            + self.evidence.capacity() * size_of::<Evidence>()
            + bare.sum::<usize>() * size_of::<Extent>()
    }
}
