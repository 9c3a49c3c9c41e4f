//! Lawful holds: while one stands, nothing of its object is erased.
//!
//! A hold is kept under the object's own unit: once it is released and the object erased, it is forgotten with it.

use cage_gateway::own_event;
use cage_ledger::{Draft, LedgerError};
use cage_model::Date;
use cage_store::{Query, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::erasure::{OrderFault, OrderedObject, Read, day, each_own, kept_under, words};

/// Type of the event that a hold is placed.
pub const HOLD_PLACED: &str = "hold.placed";
/// Type of the event that a hold is released.
pub const HOLD_RELEASED: &str = "hold.released";

/// A hold as somebody places it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldOrder {
    /// Its number on paper.
    pub hold: String,
    /// What must not be erased.
    pub object: OrderedObject,
    /// The legal basis.
    pub basis: String,
    /// Why.
    pub reason: String,
    /// Who places it, as claimed.
    pub placed_by: String,
    /// The last day of it, as YYYY-MM-DD; until it is released, when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// The end of a hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Who releases it, as claimed.
    pub released_by: String,
    /// Why.
    pub reason: String,
}

/// A hold as its entries say it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Hold {
    /// Number of its record, by which it is called.
    pub record: u64,
    /// Its number on paper.
    pub hold: String,
    /// What must not be erased.
    pub object: Option<OrderedObject>,
    /// The legal basis.
    pub basis: String,
    /// Why.
    pub reason: String,
    /// Who placed it, as claimed.
    pub placed_by: String,
    /// The last day of it.
    pub until: Option<String>,
    /// Record of its release.
    pub released: Option<u64>,
}

/// Why holds cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The views.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl HoldOrder {
    /// The entry that it becomes; `now` in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// The first field that is wrong.
    pub fn draft(&self, now: u64) -> Result<Draft, OrderFault> {
        self.object.check()?;
        for (field, text) in [
            ("hold", &self.hold),
            ("basis", &self.basis),
            ("reason", &self.reason),
            ("placed_by", &self.placed_by),
        ] {
            words(field, text)?;
        }
        let mut event = own_event(HOLD_PLACED)
            .happened(now)
            .object("hold", &self.hold)
            .attribute("object_type", self.object.kind.as_str())
            .attribute("object_id", self.object.id.as_str())
            .attribute("basis", self.basis.as_str())
            .attribute("reason", self.reason.as_str())
            .attribute("placed_by", self.placed_by.as_str());
        if let Some(until) = &self.until {
            day("until", until)?;
            event = event.attribute("until", until.as_str());
        }
        Ok(kept_under(&event, &self.object))
    }
}

impl Release {
    /// The entry that it becomes; `now` in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// The first field that is wrong.
    pub fn draft(&self, hold: &Hold, now: u64) -> Result<Draft, OrderFault> {
        words("released_by", &self.released_by)?;
        words("reason", &self.reason)?;
        let event = own_event(HOLD_RELEASED)
            .happened(now)
            .object("hold", &hold.hold)
            .attribute("record", hold.record)
            .attribute("reason", self.reason.as_str())
            .attribute("released_by", self.released_by.as_str());
        Ok(match &hold.object {
            Some(object) => kept_under(&event, object),
            None => event.draft(),
        })
    }
}

impl Hold {
    /// Whether it stands on this day. An end that nobody can read never comes.
    #[must_use]
    pub fn stands(&self, today: Date) -> bool {
        let until = self.until.as_deref().map(Date::parse);
        let is_over = until.is_some_and(|until| until.is_ok_and(|until| until < today));
        self.released.is_none() && !is_over
    }
}

/// The holds that can be read, in the order of their records.
///
/// # Errors
///
/// When ledger and views cannot be read.
pub fn holds(query: &dyn Query, read: Read<'_>) -> Result<Vec<Hold>, HoldError> {
    let mut holds = Vec::new();
    each_own(query, read, HOLD_PLACED, |record, event| {
        let said = &event["data"]["attributes"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        holds.push(Hold {
            record,
            hold: text(&event["data"]["objects"][0]["id"]),
            object: Some(OrderedObject {
                kind: text(&said["object_type"]),
                id: text(&said["object_id"]),
            }),
            basis: text(&said["basis"]),
            reason: text(&said["reason"]),
            placed_by: text(&said["placed_by"]),
            until: said["until"].as_str().map(str::to_owned),
            released: None,
        });
    })?;
    each_own(query, read, HOLD_RELEASED, |record, event| {
        let of = event["data"]["attributes"]["record"].as_u64();
        if let Some(hold) = holds.iter_mut().find(|hold| Some(hold.record) == of) {
            hold.released.get_or_insert(record);
        }
    })?;
    Ok(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_stands_to_the_end_of_its_last_day_or_until_it_is_released() {
        let hold = |until: Option<&str>, released| Hold {
            record: 7,
            hold: "H1".to_owned(),
            object: None,
            basis: String::new(),
            reason: String::new(),
            placed_by: String::new(),
            until: until.map(str::to_owned),
            released,
        };
        let day = |text| Date::parse(text).unwrap();
        for (hold, today, stands) in [
            (hold(None, None), "2030-01-01", true),
            (hold(None, Some(9)), "2026-01-01", false),
            (hold(Some("2026-11-25"), None), "2026-11-25", true),
            (hold(Some("2026-11-25"), None), "2026-11-26", false),
            (hold(Some("soon"), None), "2030-01-01", true),
        ] {
            assert_eq!(hold.stands(day(today)), stands, "{hold:?} on {today}");
        }
    }
}
