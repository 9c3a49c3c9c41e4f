//! Orders of erasure: what one must say, what stands against it, and the entry that it becomes.
//!
//! The entry names a unit by its random reference and never what it stood for: after the erasure nothing of ours leads
//! from the order back to the person. Who orders and who approves is recorded as claimed; there is no sign-in yet.

use std::path::Path;

use cage_gateway::{OwnEvent, own_event};
use cage_ledger::{ContentStore, Draft, LedgerError, Record, Stored, UnitRef, unit_label};
use cage_model::Date;
use cage_proof::{EntryKind, hexadecimal};
use cage_store::{
    Direction, EventFilter, FindingFilter, ObjectKey, Owner, Project as _, Query, SqliteViews,
    Start, StoreError, every_event, every_finding,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::hold::{Hold, HoldError, holds};
use crate::others::{Others, Without};
use crate::runner::Runner;
use crate::source::RecordSource;

/// Type of the event that an order of erasure is.
pub const ERASURE_ORDERED: &str = "erasure.ordered";
/// Types of objects that ironcage's own events are about: no persons, and rules could not be read without them.
const OWN_TYPES: [&str; 6] = ["pack", "source", "erasure", "hold", "segment", "log"];
/// Characters of a name, a number or a basis at most.
const WORDS_CHARS_MAX: usize = 300;
/// Changes that may be told between the making of an order and its becoming an entry.
const CHANGES_MEANWHILE: u64 = 1 << 20;

/// An order to erase what is kept under one object, as somebody gives it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its number on paper; the same number is the same order.
    pub order: String,
    /// The object whose events are to be erased: those that name it first.
    pub object: OrderedObject,
    /// The legal basis.
    pub basis: String,
    /// Why.
    pub reason: String,
    /// Who orders it, as claimed.
    pub ordered_by: String,
    /// Who approves it, as claimed: another person.
    pub approved_by: String,
    /// The day of the order, as YYYY-MM-DD.
    pub date: String,
}

/// An object by type and id.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderedObject {
    /// Its type, such as `case`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// A field of an order, a hold or a release that is not as it must be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field}: {wrong}")]
pub struct OrderFault {
    /// Which.
    pub field: &'static str,
    /// What is wrong, and what would be right.
    pub wrong: String,
}

/// Why an order is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// It does not say what it must.
    #[error(transparent)]
    Fault(#[from] OrderFault),
    /// Nothing is kept under the object.
    #[error("nothing is kept under this object, or it was erased before")]
    Nothing,
    /// A lawful hold stands against it.
    #[error("hold {} of record {} stands against it: {}", .0.hold, .0.record, .0.basis)]
    Held(Box<Hold>),
    /// Another order had the number.
    #[error("order {order} is record {record} already, and the object has content again or still")]
    Number {
        /// The number.
        order: String,
        /// Its record.
        record: u64,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The views.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What would be left cannot be found out.
    #[error("what would be left cannot be found out: {0}")]
    Trial(String),
}

impl From<HoldError> for OrderError {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::Ledger(error) => Self::Ledger(error),
            HoldError::Store(error) => Self::Store(error),
        }
    }
}

/// What an order comes to.
#[derive(Debug)]
pub enum Planned {
    /// The entries that it becomes, the order itself last, and how many entries it erases.
    Drafts(Vec<Draft>, u64),
    /// It was carried out before, by the order of this record.
    Known(u64),
}

/// Where an order is held against what there is.
#[derive(Debug)]
pub struct Bearings<'b> {
    /// The data folder.
    pub data: &'b Path,
    /// The ledger.
    pub source: &'b dyn RecordSource,
    /// Its views, which must have every record that there is.
    pub query: &'b dyn Query,
    /// Whose views they are.
    pub owner: Owner,
}

/// Reads a record.
pub type Read<'r> = &'r dyn Fn(u64) -> Result<Stored, LedgerError>;

impl OrderedObject {
    /// The label of the unit under which its events are kept.
    #[must_use]
    pub fn label(&self) -> String {
        unit_label(&self.kind, &self.id)
    }

    /// The same as the views name it.
    #[must_use]
    pub fn key(&self) -> ObjectKey {
        ObjectKey::new(&self.kind, &self.id)
    }

    pub(crate) fn check(&self) -> Result<(), OrderFault> {
        words("object.type", &self.kind)?;
        words("object.id", &self.id)?;
        if OWN_TYPES.contains(&self.kind.as_str()) {
            let wrong = format!("{:?} is a type of ironcage's own events", self.kind);
            return Err(fault("object.type", wrong));
        }
        Ok(())
    }
}

impl Order {
    /// Whether it says what it must.
    ///
    /// # Errors
    ///
    /// The first field that is wrong: absent or too long, two persons who are one, a text that names what is to be
    /// forgotten.
    pub fn check(&self) -> Result<(), OrderFault> {
        self.object.check()?;
        for (field, text) in self.texts() {
            words(field, text)?;
            if names_id(text, &self.object.id) {
                let wrong =
                    "names what is to be forgotten: the order stays, so say it without the id";
                return Err(fault(field, wrong.to_owned()));
            }
        }
        if person(&self.ordered_by) == person(&self.approved_by) {
            let wrong = "must be another person than the one who orders it";
            return Err(fault("approved_by", wrong.to_owned()));
        }
        day("date", &self.date).map(drop)
    }

    fn texts(&self) -> [(&'static str, &str); 6] {
        [
            ("order", &self.order),
            ("basis", &self.basis),
            ("reason", &self.reason),
            ("ordered_by", &self.ordered_by),
            ("approved_by", &self.approved_by),
            ("date", &self.date),
        ]
    }

    /// What this order comes to. `unit` is the object's, where it has one with a key. `now` in milliseconds since 1970.
    /// The records are folded once as they will be: that takes as long as a replay.
    ///
    /// # Errors
    ///
    /// When something stands against it, or ledger and views cannot be read.
    pub fn plan(
        &self,
        unit: Option<UnitRef>,
        bearings: &Bearings<'_>,
        now: u64,
    ) -> Result<Planned, OrderError> {
        self.check()?;
        let query = bearings.query;
        let read: Read<'_> = &|record| bearings.source.record(record);
        let numbered = EventFilter {
            objects: vec![ObjectKey::new("erasure", &self.order)],
            kind: Some(ERASURE_ORDERED.to_owned()),
            ..EventFilter::default()
        };
        let before = query.events(&numbered, None, Direction::Up, 1)?.pop();
        let unit = match (unit, before) {
            (None, Some(record)) => return Ok(Planned::Known(record)),
            (None, None) => return Err(OrderError::Nothing),
            (Some(_), Some(record)) => {
                let order = self.order.clone();
                return Err(OrderError::Number { order, record });
            }
            (Some(unit), None) => unit,
        };
        let today = today(now);
        let standing = holds(query, read)?
            .into_iter()
            .find(|hold| hold.object.as_ref() == Some(&self.object) && hold.stands(today));
        if let Some(hold) = standing {
            return Err(OrderError::Held(Box::new(hold)));
        }
        let entries = self.entries(unit, query, read)?;
        let others = self.others(unit, bearings)?.events(&self.order, now);
        let event = own_event(ERASURE_ORDERED)
            .happened(now)
            .object("erasure", &self.order)
            .attribute("unit", hexadecimal(&unit.0))
            .attribute("object_type", self.object.kind.as_str())
            .attribute("basis", self.basis.as_str())
            .attribute("reason", self.reason.as_str())
            .attribute("ordered_by", self.ordered_by.as_str())
            .attribute("approved_by", self.approved_by.as_str())
            .attribute("date", self.date.as_str())
            .attribute("entries", entries)
            .attribute("findings", self.findings(query)?)
            .attribute(PARTS, others.len())
            .attribute(JUMP, query.position()?.changes + CHANGES_MEANWHILE);
        let draft = Draft {
            claimed: now,
            ..event.draft().erasing(unit)
        };
        let mut drafts: Vec<Draft> = others.iter().map(OwnEvent::draft).collect();
        drafts.push(draft);
        Ok(Planned::Drafts(drafts, entries))
    }

    /// How others stand now and would not by what is left.
    fn others(&self, unit: UnitRef, bearings: &Bearings<'_>) -> Result<Others, OrderError> {
        let trial = |error: &dyn std::fmt::Display| OrderError::Trial(error.to_string());
        let derived = bearings.data.join("derived");
        let folder = tempfile::Builder::new()
            .prefix("erasure-")
            .tempdir_in(&derived);
        let folder = folder.map_err(|error| trial(&error))?;
        let (now, then) = (
            folder.path().join("now.sqlite"),
            folder.path().join("then.sqlite"),
        );
        SqliteViews::copy(&derived.join("views.sqlite"), &now)?;
        let (views, start) = SqliteViews::open(&now, &bearings.owner)?;
        let reached = views.position().records;
        if start != Start::Found {
            return Err(trial(&"the views cannot be read"));
        }
        let (left, _) = SqliteViews::open(&then, &bearings.owner)?;
        let (all, query) = (views.query(), left.query());
        let source = Without {
            source: bearings.source,
            unit,
        };
        let contents = ContentStore::of(bearings.data);
        let mut runner = Runner::new(contents, Box::new(left), bearings.owner.offset_minutes);
        let folded = runner.fold_until(&source, reached);
        folded.map_err(|error| trial(&error))?;
        Ok(Others::of(&*all, &*query, &self.object)?)
    }

    /// How many entries are kept under the unit.
    fn entries(&self, unit: UnitRef, query: &dyn Query, read: Read<'_>) -> Result<u64, OrderError> {
        let naming = EventFilter {
            objects: vec![self.object.key()],
            ..EventFilter::default()
        };
        let mut entries = 0;
        for record in every_event(query, &naming) {
            let record = record?;
            let Record::Entry { leaf, .. } = read(record)?.record else {
                continue;
            };
            if leaf.case != unit.0 {
                continue;
            }
            if leaf.kind != EntryKind::CaseStep {
                let wrong = format!(
                    "record {record} about it is one of ironcage itself, which is not erased"
                );
                return Err(fault("object", wrong).into());
            }
            entries += 1;
        }
        Ok(entries)
    }

    /// How many findings about the object are forgotten with it, by rule: what is left of them.
    fn findings(&self, query: &dyn Query) -> Result<Value, StoreError> {
        let about = FindingFilter {
            object_type: Some(self.object.kind.clone()),
            object_id: Some(self.object.id.clone()),
            ..FindingFilter::default()
        };
        let mut counts = std::collections::BTreeMap::<_, u64>::new();
        for row in every_finding(query, &about) {
            let row = row?;
            let rule = row.last.rule;
            let standing = format!("{:?}", row.standing).to_lowercase();
            let key = (rule.pack, rule.version, rule.rule, standing);
            *counts.entry(key).or_default() += 1;
        }
        let rows = counts.into_iter().map(|((pack, version, rule, standing), count)| {
            json!({ "pack": pack, "version": version, "rule": rule, "standing": standing, "count": count })
        });
        Ok(rows.collect())
    }
}

/// Attribute of an order: behind which number changes are told from then on.
const JUMP: &str = "changes_begin_after";

/// Attribute of an order: how many entries right before it say how others stand.
const PARTS: &str = "parts";

/// The records that say how others stand after the order of this record.
pub(crate) fn parts(body: &[u8], record: u64) -> std::ops::Range<u64> {
    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    let parts = event["data"]["attributes"][PARTS].as_u64().unwrap_or(0);
    record.saturating_sub(parts)..record
}

/// Behind which number changes are told from this order on; `None` when it does not say.
pub(crate) fn jump(body: &[u8]) -> Option<u64> {
    let event: Value = serde_json::from_slice(body).ok()?;
    event["data"]["attributes"][JUMP].as_u64()
}

/// An order as its entry says it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Ordered {
    /// Number of its record, by which it is called.
    pub record: u64,
    /// Its number on paper.
    pub order: String,
    /// What the entry says: unit, type of the object, basis, reason, who, when, how many entries, which findings.
    #[serde(flatten)]
    pub said: serde_json::Map<String, Value>,
}

/// The orders of erasure, in their order.
///
/// # Errors
///
/// When ledger and views cannot be read.
pub fn orders(query: &dyn Query, read: Read<'_>) -> Result<Vec<Ordered>, HoldError> {
    let mut orders = Vec::new();
    each_own(query, read, ERASURE_ORDERED, |record, event| {
        let mut said = event["data"]["attributes"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        said.remove(JUMP);
        said.remove(PARTS);
        let order = event["data"]["objects"][0]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        orders.push(Ordered {
            record,
            order,
            said,
        });
    })?;
    Ok(orders)
}

/// Reads every event of one of our own types; what was erased itself is passed over.
pub(crate) fn each_own(
    query: &dyn Query,
    read: Read<'_>,
    kind: &str,
    mut found: impl FnMut(u64, &Value),
) -> Result<(), HoldError> {
    let of_kind = EventFilter {
        kind: Some(kind.to_owned()),
        ..EventFilter::default()
    };
    for record in every_event(query, &of_kind) {
        let record = record?;
        let Record::Entry { leaf, body, .. } = read(record)?.record else {
            continue;
        };
        // Whoever hands in events cannot speak for the service: they go to another log.
        let is_own = matches!(leaf.kind, EntryKind::Admin | EntryKind::Erasure);
        let event = body.and_then(|body| serde_json::from_slice::<Value>(&body).ok());
        if let Some(event) = event.filter(|_| is_own) {
            found(record, &event);
        }
    }
    Ok(())
}

pub(crate) fn fault(field: &'static str, wrong: String) -> OrderFault {
    OrderFault { field, wrong }
}

/// A text that a person wrote: something, not too long, without control characters.
pub(crate) fn words(field: &'static str, text: &str) -> Result<(), OrderFault> {
    let is_sound = !text.trim().is_empty()
        && text.chars().nth(WORDS_CHARS_MAX).is_none()
        && !text.chars().any(char::is_control);
    if is_sound {
        return Ok(());
    }
    let wrong =
        format!("must have 1 to {WORDS_CHARS_MAX} characters, none of them a control character");
    Err(fault(field, wrong))
}

/// A day, as YYYY-MM-DD.
pub(crate) fn day(field: &'static str, text: &str) -> Result<Date, OrderFault> {
    Date::parse(text)
        .map_err(|error| fault(field, format!("{error}; write for example 2026-11-25")))
}

/// The day of an instant in milliseconds, in UTC.
pub(crate) fn today(now: u64) -> Date {
    Date(i32::try_from(now / 86_400_000).unwrap_or(i32::MAX))
}

/// A person's name as far as it tells persons apart: spaces and case do not.
fn person(name: &str) -> String {
    let letters = name.chars().filter(|letter| !letter.is_whitespace());
    letters.flat_map(char::to_lowercase).collect()
}

/// Whether a text has an id in it, not as a part of a longer word of plain letters and digits.
#[must_use]
pub fn names_id(text: &str, id: &str) -> bool {
    let plain = |one: Option<char>| one.is_some_and(|one| one.is_ascii_alphanumeric());
    text.match_indices(id).any(|(at, _)| {
        let before = plain(text[..at].chars().next_back()) && plain(id.chars().next());
        let after = plain(text[at + id.len()..].chars().next()) && plain(id.chars().next_back());
        !before && !after
    })
}

/// The draft of an event of ours that is kept under an object's own unit, so that it is erased with the object.
pub(crate) fn kept_under(event: &OwnEvent, object: &OrderedObject) -> Draft {
    Draft {
        subject: object.label(),
        ..event.draft()
    }
}

#[cfg(test)]
mod tests;
