//! What an erasure leaves of others: whoever is judged by what is left must neither gain nor lose by it.
//!
//! Before an order is kept, the records are folded once as if it were carried out. Where others then stand otherwise than
//! they do, the order's entries say how they stand: which findings stay though nothing shows them any more, which are not
//! told though they would be found now, which clocks do not run. A replay reads the same entries and tells the same.

use std::collections::{BTreeMap, BTreeSet};

use cage_gateway::{OwnEvent, own_event};
use cage_ledger::{LedgerError, Record, Stored, UnitRef};
use cage_model::{FindingId, Instant, Verdict};
use cage_proof::EntryKind;
use cage_store::{
    Change, ChangeKind, ClockFilter, FindingFilter, FindingRow, ObjectKey, Query, Seen, Standing,
    StoreError, every_finding,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::erasure::{OrderedObject, names_id};
use crate::source::RecordSource;
use crate::version::Told;

/// Type of the event that says how others stand after an erasure; the order's own entry comes after the last of them.
pub(crate) const ERASURE_OTHERS: &str = "erasure.others";
/// Rows of one entry.
const ROWS: usize = 60;
/// Rows that are asked for at once.
const PAGE: usize = 1_000;

/// A finding about another object, as an order says it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct OtherFinding {
    id: String,
    pub(crate) pack: String,
    pub(crate) version: String,
    pub(crate) rule: String,
    kind: String,
    object: String,
    verdict: Verdict,
    reason: String,
    at: i64,
    trigger: Option<OtherEvent>,
    other: Option<OtherEvent>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct OtherEvent {
    record: u64,
    activity: String,
    at: i64,
}

/// What is not told and not counted down any more: a rule on an object, for what one event set off.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) struct Hushed {
    pack: String,
    rule: String,
    kind: String,
    object: String,
    record: Option<u64>,
}

/// Everything that is hushed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Hush(BTreeSet<Hushed>);

impl Hush {
    /// Whether what an event set off with an object is not told under a rule.
    pub(crate) fn hides(
        &self,
        (pack, rule): (&str, &str),
        object: &ObjectKey,
        record: Option<u64>,
    ) -> bool {
        // Nearly always there is none.
        !self.0.is_empty()
            && self.0.contains(&Hushed {
                pack: pack.to_owned(),
                rule: rule.to_owned(),
                kind: object.kind.clone(),
                object: object.id.clone(),
                record,
            })
    }

    /// Whether a change is not told.
    pub(crate) fn hides_change(&self, change: &Change) -> bool {
        let event = change.trigger.as_ref().or(change.other.as_ref());
        let rule = (change.rule.pack.as_str(), change.rule.rule.as_str());
        self.hides(rule, &change.object, event.map(|event| event.record))
    }
}

/// How others stand after an erasure, as far as the records do not say so.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Others {
    /// Findings that stay.
    pub(crate) stays: Vec<OtherFinding>,
    /// Findings that are not told.
    pub(crate) unsaid: Vec<OtherFinding>,
    /// Clocks that do not run.
    pub(crate) hushed: Vec<Hushed>,
}

impl Others {
    /// What differs between views of everything and views of what will be left.
    pub(crate) fn of(
        all: &dyn Query,
        left: &dyn Query,
        erased: &OrderedObject,
    ) -> Result<Self, StoreError> {
        let (before, after) = (findings(all, erased)?, findings(left, erased)?);
        let is_open = |found: &BTreeMap<FindingId, FindingRow>, id| {
            let row: Option<&FindingRow> = found.get(id);
            row.is_some_and(|row| row.standing == Standing::Open)
        };
        let mut others = Self::default();
        for (id, row) in before.iter().filter(|(id, _)| is_open(&before, id)) {
            // Whom only erased records name is forgotten with them; what rules made up of several is named by none.
            let object = &row.last.object;
            let is_forgotten = all.object(object)?.is_some() && left.object(object)?.is_none();
            if !is_open(&after, id) && !is_forgotten {
                others.stays.push(OtherFinding::of(row));
            }
        }
        for (id, row) in after.iter().filter(|(id, _)| is_open(&after, id)) {
            if !is_open(&before, id) {
                others.unsaid.push(OtherFinding::of(row));
            }
        }
        let before = clocks(all)?;
        others.hushed = clocks(left)?.difference(&before).cloned().collect();
        Ok(others)
    }

    /// The events that say it, in as many pieces as fit into an entry each.
    pub(crate) fn events(&self, order: &str, now: u64) -> Vec<OwnEvent> {
        let mut pieces: Vec<Self> = Vec::new();
        let empty = Self::default;
        pieces.extend(self.stays.chunks(ROWS).map(|rows| Self {
            stays: rows.to_vec(),
            ..empty()
        }));
        pieces.extend(self.unsaid.chunks(ROWS).map(|rows| Self {
            unsaid: rows.to_vec(),
            ..empty()
        }));
        pieces.extend(self.hushed.chunks(ROWS).map(|rows| Self {
            hushed: rows.to_vec(),
            ..empty()
        }));
        let events = (0_u64..).zip(pieces).map(|(part, piece)| {
            let said = serde_json::to_value(piece).unwrap_or_default();
            own_event(ERASURE_OTHERS)
                .happened(now)
                .object("erasure", order)
                .attribute("part", part)
                .attribute("others", said)
        });
        events.collect()
    }

    /// Adds what one of the events says; nothing of one that was erased itself.
    pub(crate) fn add(&mut self, body: &[u8]) {
        let event: Value = serde_json::from_slice(body).unwrap_or_default();
        let said = event["data"]["attributes"]["others"].clone();
        if let Ok(said) = serde_json::from_value::<Self>(said) {
            self.stays.extend(said.stays);
            self.unsaid.extend(said.unsaid);
            self.hushed.extend(said.hushed);
        }
    }

    /// What is hushed from now on.
    pub(crate) fn hush(&self, hush: &mut Hush) {
        hush.0.extend(self.hushed.iter().cloned());
        hush.0.extend(self.unsaid.iter().map(|finding| {
            Hushed {
                pack: finding.pack.clone(),
                rule: finding.rule.clone(),
                kind: finding.kind.clone(),
                object: finding.object.clone(),
                record: finding
                    .trigger
                    .as_ref()
                    .or(finding.other.as_ref())
                    .map(|event| event.record),
            }
        }));
    }
}

impl OtherFinding {
    fn of(row: &FindingRow) -> Self {
        let last = &row.last;
        let event = |seen: &Seen| OtherEvent {
            record: seen.record,
            activity: seen.activity.clone(),
            at: seen.at.0,
        };
        Self {
            id: last.finding.to_string(),
            pack: last.rule.pack.clone(),
            version: last.rule.version.clone(),
            rule: last.rule.rule.clone(),
            kind: last.object.kind.clone(),
            object: last.object.id.clone(),
            verdict: last.verdict,
            reason: last.reason.clone(),
            at: last.at.0,
            trigger: last.trigger.as_ref().map(event),
            other: last.other.as_ref().map(event),
        }
    }

    /// The change that puts it where the order says it stands.
    pub(crate) fn change(
        &self,
        kind: ChangeKind,
        rule: cage_store::RuleText,
        told: Told,
    ) -> Option<Change> {
        let id = u128::from_str_radix(&self.id, 16).ok()?;
        let seen = |event: &OtherEvent| Seen {
            record: event.record,
            activity: event.activity.clone(),
            at: Instant(event.at),
        };
        let (zh, en) = match kind {
            ChangeKind::Withdrawn => (
                "仅因正文已依令销毁才显得如此，不予认定",
                "It only seems so because content was erased by order; it is not held against anybody",
            ),
            ChangeKind::Opened | ChangeKind::Amended => (
                "在所依据的正文依令销毁之前即已认定",
                "It was found before the content that shows it was erased by order",
            ),
        };
        Some(Change {
            number: 0,
            record: told.record,
            told: told.at,
            kind,
            finding: FindingId(id.to_be_bytes()),
            rule,
            object: ObjectKey::new(&self.kind, &self.object),
            verdict: self.verdict,
            reason: self.reason.clone(),
            at: Instant(self.at),
            trigger: self.trigger.as_ref().map(seen),
            other: self.other.as_ref().map(seen),
            text_zh: zh.to_owned(),
            text_en: en.to_owned(),
        })
    }
}

/// The findings about everything but what is erased.
fn findings(
    query: &dyn Query,
    erased: &OrderedObject,
) -> Result<BTreeMap<FindingId, FindingRow>, StoreError> {
    let mut found = BTreeMap::new();
    for row in every_finding(query, &FindingFilter::default()) {
        let row = row?;
        // What rules made up of it goes with it.
        if !names_id(&row.last.object.id, &erased.id) {
            found.insert(row.last.finding, row);
        }
    }
    Ok(found)
}

fn clocks(query: &dyn Query) -> Result<BTreeSet<Hushed>, StoreError> {
    let (mut running, mut filter) = (BTreeSet::new(), ClockFilter::default());
    loop {
        let page = query.clocks(&filter, PAGE)?;
        let last = page.last().and_then(|last| {
            let due = last.clocks.first()?.due;
            Some((due, last.object.clone()))
        });
        for of in page {
            running.extend(of.clocks.into_iter().map(|clock| Hushed {
                pack: of.pack.clone(),
                rule: clock.rule,
                kind: of.object.kind.clone(),
                object: of.object.id.clone(),
                record: clock.trigger,
            }));
        }
        match last {
            Some(last) => filter.after = Some(last),
            None => return Ok(running),
        }
    }
}

/// A ledger as it will be once the key of a unit is destroyed.
#[derive(Debug)]
pub(crate) struct Without<'s> {
    pub(crate) source: &'s dyn RecordSource,
    pub(crate) unit: UnitRef,
}

impl std::fmt::Debug for dyn RecordSource + '_ {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} records", self.records())
    }
}

impl RecordSource for Without<'_> {
    fn records(&self) -> u64 {
        self.source.records()
    }

    fn record(&self, number: u64) -> Result<Stored, LedgerError> {
        let mut stored = self.source.record(number)?;
        if let Record::Entry { leaf, body, .. } = &mut stored.record
            && leaf.case == self.unit.0
            && leaf.kind != EntryKind::Erasure
        {
            *body = None;
        }
        Ok(stored)
    }
}
