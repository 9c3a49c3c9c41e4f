//! Events of ironcage itself: what happened to the service is an entry like what happened to a case.
//!
//! Such an event is a CloudEvent whose source is [`OWN_SOURCE`], kept in the `admin` log and judged by rules like
//! any other. Its id is the hash of its content, so that the same fact told twice is one entry.

use cage_ledger::{Draft, Entry, Refused, Stream, unit_label};
use cage_proof::{EntryKind, Hash};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::cloudevent::{idempotency, number_of};

/// The source of ironcage's own events; no sender may use it.
pub const OWN_SOURCE: &str = "ironcage";

/// Type of the event that other content came under a known source and id.
pub const SOURCE_CONFLICT: &str = "source.conflict";

/// An event of the service itself, in the making.
#[derive(Clone, PartialEq, Debug)]
pub struct OwnEvent {
    kind: String,
    happened: Option<u64>,
    objects: Vec<Object>,
    attributes: Map<String, Value>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct Object {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    qualifier: String,
}

/// Begins an event of the service itself, of a type such as `pack.activated`: to be followed by its objects and
/// attributes and [`OwnEvent::draft`].
#[must_use]
pub fn own_event(kind: &str) -> OwnEvent {
    OwnEvent {
        kind: kind.to_owned(),
        happened: None,
        objects: Vec::new(),
        attributes: Map::new(),
    }
}

impl OwnEvent {
    /// Names an object. The first one is what the entry is about: its erasure unit.
    #[must_use]
    pub fn object(self, kind: &str, id: &str) -> Self {
        self.object_as(kind, id, "")
    }

    /// Names an object in a role; the one in the role `actor` is who acted. An empty id names nothing.
    #[must_use]
    pub fn object_as(mut self, kind: &str, id: &str, qualifier: &str) -> Self {
        if id.is_empty() {
            return self;
        }
        self.objects.push(Object {
            kind: kind.to_owned(),
            id: id.to_owned(),
            qualifier: qualifier.to_owned(),
        });
        self
    }

    /// Sets an attribute.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    /// When it happened, in milliseconds since 1970; without it, when it was accepted. The time is part of the content:
    /// the same fact at another time is another event.
    #[must_use]
    pub fn happened(mut self, milliseconds: u64) -> Self {
        self.happened = Some(milliseconds);
        self
    }

    /// The draft of its entry in the `admin` log.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let data = serde_json::json!({ "objects": self.objects, "attributes": self.attributes });
        let time = self.happened.and_then(written);
        let content = serde_json::json!({ "type": self.kind, "time": time, "data": data });
        let id = Hash::sha256(content.to_string().as_bytes()).to_string();
        let mut event = serde_json::json!({
            "specversion": "1.0", "id": id, "source": OWN_SOURCE, "type": self.kind,
        });
        if let Some(time) = time {
            event["time"] = Value::from(time);
        }
        event["data"] = data;
        let label = |object: &Object| unit_label(&object.kind, &object.id);
        let subject = self.objects.first().map(label);
        let actor = self
            .objects
            .iter()
            .find(|object| object.qualifier == "actor");
        Draft {
            stream: Stream::Admin,
            kind: EntryKind::Admin,
            claimed: self.happened.unwrap_or(0),
            subject: subject.unwrap_or_else(|| unit_label("source", OWN_SOURCE)),
            erases: None,
            actor: actor.map(label).unwrap_or_default(),
            action: u64::from(number_of(&self.kind) as u32),
            source: number_of(OWN_SOURCE),
            idempotency: idempotency(OWN_SOURCE, &id),
            body: event.to_string().into_bytes(),
        }
    }
}

/// The event that a source sent other content under an id that it had used before; `None` where something else was
/// refused. The refused content itself is not kept here: its hash shows later whether somebody holds it.
#[must_use]
pub fn conflict(source: &str, id: &str, refused: &Draft, why: &Refused) -> Option<OwnEvent> {
    let first: &Entry = match why {
        Refused::Conflict(entry) => entry,
        Refused::Erased(_)
        | Refused::SubjectErased
        | Refused::NoSpace
        | Refused::LongName { .. }
        | Refused::TooLong { .. } => return None,
    };
    let event = own_event(SOURCE_CONFLICT)
        .object("source", source)
        .attribute("event_id", id)
        .attribute("first_log", first.origin.as_ref())
        .attribute("first_index", first.index)
        .attribute("first_record", first.record)
        .attribute("refused_sha256", Hash::sha256(&refused.body).to_string());
    Some(event)
}

/// A time of RFC 3339 in UTC.
fn written(milliseconds: u64) -> Option<String> {
    let stamp = jiff::Timestamp::from_millisecond(i64::try_from(milliseconds).ok()?).ok()?;
    Some(stamp.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Incoming, one};

    fn activated(version: &str) -> OwnEvent {
        own_event("pack.activated")
            .object("pack", "permit-office")
            .object_as("officer", "P7", "actor")
            .attribute("version", version)
    }

    #[test]
    fn an_own_event_is_an_entry_of_the_admin_log_that_reads_as_a_cloudevent() {
        let draft = activated("1.0.0").happened(1_770_736_200_500).draft();
        assert_eq!(
            (draft.stream, draft.kind),
            (Stream::Admin, EntryKind::Admin)
        );
        assert_eq!(draft.subject, "pack\u{1f}permit-office");
        assert_eq!(draft.actor, "officer\u{1f}P7");
        let body = String::from_utf8(draft.body.clone()).unwrap();
        assert!(
            body.contains(r#""time":"2026-02-10T15:10:00.5Z""#),
            "{body}"
        );
        // Under another source's name it is read like any event, to the same entry but for the log.
        let nameless = own_event("t").object("source", "").draft().body;
        assert!(!String::from_utf8(nameless).unwrap().contains("\"id\":\"\""));
        let foreign = body.replace(r#""source":"ironcage""#, r#""source":"s""#);
        let Incoming { draft: read, .. } = one(foreign.as_bytes()).unwrap();
        assert_eq!((read.subject, read.actor), (draft.subject, draft.actor));
        assert_eq!((read.claimed, read.action), (draft.claimed, draft.action));
    }

    #[test]
    fn the_same_fact_is_one_entry_and_another_fact_another() {
        let first = activated("1.0.0").draft();
        assert_eq!(activated("1.0.0").draft(), first);
        for other in [
            activated("1.0.1"),
            activated("1.0.0").happened(5),
            activated("1.0.0").object("pack", "b"),
        ] {
            assert_ne!(other.draft().idempotency, first.idempotency);
        }
    }

    #[test]
    fn nobody_else_speaks_for_the_service() {
        let body = activated("1.0.0").draft().body;
        let rejection = one(&body).unwrap_err();
        assert_eq!(rejection.pointer, "/source");
        assert!(rejection.reason.contains("ironcage"), "{rejection}");
    }

    #[test]
    fn a_conflict_names_the_first_entry_and_the_hash_of_what_was_refused() {
        let text = r#"{"specversion":"1.0","id":"1","source":"s","type":"t"}"#;
        let Incoming { draft, .. } = one(text.as_bytes()).unwrap();
        let first = Entry {
            origin: Arc::from("l.example/1/2026/case"),
            index: 7,
            leaf: Hash::sha256(b""),
            accepted: 5,
            record: 9,
        };
        let event = conflict("s", "1", &draft, &Refused::Conflict(first)).unwrap();
        let body = String::from_utf8(event.draft().body).unwrap();
        let hash = Hash::sha256(text.as_bytes());
        for part in [
            r#""type":"source.conflict""#,
            r#""objects":[{"type":"source","id":"s"}]"#,
            r#""event_id":"1""#,
            r#""first_index":7,"first_record":9"#,
            &format!(r#""refused_sha256":"{hash}""#),
        ] {
            assert!(body.contains(part), "{part} in {body}");
        }
        assert_eq!(
            conflict("s", "1", &draft, &Refused::TooLong { bytes: 1 }),
            None
        );
    }
}
