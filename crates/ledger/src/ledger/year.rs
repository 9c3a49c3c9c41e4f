//! The turn of the year: a log that gets no more entries is sealed, and the next one begins with what it ended with.
//!
//! The seal is the last entry of the old log and says its size and root before it; the anchor is the first entry of the
//! new log and says the size and root after it. So nobody can take a whole year away, or add to it, unseen.

use cage_proof::{EntryKind, Hash};

use super::{Appended, Entry, Ledger, LedgerError, year_of};
use crate::Draft;
use crate::place::Stream;
use crate::units::unit_label;

/// Number of the ledger itself as a source; sources that send have others.
pub(super) const LEDGER_SOURCE: u64 = 0;
/// Codes of the two acts.
const SEALED: u64 = 1;
const ANCHORED: u64 = 2;

/// A log by what its origin says.
pub(crate) struct OfYear {
    /// Its number, from 0.
    pub(crate) log: usize,
    pub(crate) year: u16,
}

/// The newest log of a stream.
pub(crate) fn newest(origins: &[String], stream: Stream) -> Option<OfYear> {
    let of = |(log, origin): (usize, &String)| {
        let rest = origin.strip_suffix(stream.word())?.strip_suffix('/')?;
        let (_, year) = rest.rsplit_once('/')?;
        let year = year.parse().ok()?;
        Some(OfYear { log, year })
    };
    let logs = origins.iter().enumerate().filter_map(of);
    logs.max_by_key(|log| log.year)
}

impl Ledger {
    /// Seals the logs of a year that is over and begins those of the new one; to be called before other entries are
    /// kept. What was kept is added to `kept`, also when the turn could not be finished.
    ///
    /// # Errors
    ///
    /// As [`Ledger::append`].
    pub fn turn_year(
        &mut self,
        now: u64,
        kept: &mut Vec<(Entry, Draft)>,
    ) -> Result<(), LedgerError> {
        while let Some(draft) = self.next_of_turn(now)? {
            let said = self.append(std::slice::from_ref(&draft), now)?;
            match said.into_iter().next() {
                Some(Appended::New(entry)) => kept.push((entry, draft)),
                Some(Appended::Known(_)) => {}
                Some(Appended::Refused(refused)) => return Err(LedgerError::Order(refused)),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// What has to be kept next because the year turned: the seal of an old log, or the anchor of a new one; `None`
    /// when there is nothing to do. To be asked again until there is nothing, before other entries are kept.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub(super) fn next_of_turn(&self, now: u64) -> Result<Option<Draft>, LedgerError> {
        let accepted = now.max(self.last_accepted);
        let year = year_of(accepted, self.options.offset_minutes);
        for stream in Stream::ALL {
            let Some(old) = newest(self.place.origins(), stream).filter(|old| old.year < year)
            else {
                continue;
            };
            let Some(log) = self.logs.get(old.log) else {
                continue;
            };
            let seal = seal(stream, &log.origin, (log.tree.size(), log.tree.root()));
            let sealed = self.records.by_id(self.wal.folder(), &seal.idempotency)?;
            if sealed.is_none() {
                return Ok(Some(seal));
            }
            let end = (log.tree.size(), log.tree.root());
            return Ok(Some(anchor(stream, &log.origin, year, end)));
        }
        Ok(None)
    }
}

fn seal(stream: Stream, origin: &str, (size, root): (u64, Hash)) -> Draft {
    let root = root.to_base64();
    let attributes = serde_json::json!({ "size": size, "root": root });
    draft(
        stream,
        (EntryKind::Seal, SEALED),
        ("log.sealed", "log", origin),
        &attributes,
    )
}

fn anchor(stream: Stream, old: &str, year: u16, (size, root): (u64, Hash)) -> Draft {
    let root = root.to_base64();
    let attributes = serde_json::json!({ "previous": old, "size": size, "root": root });
    // The origin of the new log has the year where the old one has its own.
    let parts: Vec<&str> = old.rsplitn(3, '/').collect();
    let base = parts.get(2).copied().unwrap_or_default();
    let origin = format!("{base}/{year}/{}", stream.word());
    draft(
        stream,
        (EntryKind::Anchor, ANCHORED),
        ("log.anchored", "log", &origin),
        &attributes,
    )
}

/// The entry of the ledger itself about a part of it: a CloudEvent like any other, so that rules can see it. There is
/// one of each type about each part.
pub(super) fn draft(
    stream: Stream,
    (kind, action): (EntryKind, u64),
    (what, part, name): (&str, &str, &str),
    attributes: &serde_json::Value,
) -> Draft {
    let id = format!("{what} {name}");
    let body = serde_json::json!({
        "specversion": "1.0", "id": id, "source": "ironcage", "type": what,
        "data": { "objects": [{ "type": part, "id": name }], "attributes": attributes },
    });
    let mut idempotency = [0; 16];
    idempotency.copy_from_slice(&Hash::sha256(id.as_bytes()).0[..16]);
    Draft {
        stream,
        kind,
        claimed: 0,
        subject: unit_label(part, name),
        erases: None,
        actor: String::new(),
        action,
        source: LEDGER_SOURCE,
        idempotency,
        body: body.to_string().into_bytes(),
    }
}

/// The name of the part that an entry of the ledger itself is about.
pub(super) fn about(event: &serde_json::Value) -> Option<&str> {
    event["data"]["objects"][0]["id"].as_str()
}

/// What the body of a seal or anchor says: the log it is about or follows, its size and root.
pub(crate) fn said(kind: EntryKind, body: &[u8]) -> Option<(String, u64, Hash)> {
    let event: serde_json::Value = serde_json::from_slice(body).ok()?;
    let data = &event["data"];
    let about = match kind {
        EntryKind::Anchor => data["attributes"]["previous"].as_str(),
        _ => about(&event),
    };
    let size = data["attributes"]["size"].as_u64()?;
    let root = Hash::from_base64(data["attributes"]["root"].as_str()?)?;
    Some((about?.to_owned(), size, root))
}
