//! The leaf record: what an entry of a log says without saying who or what, as a deterministic CBOR array.
//!
//! Names and content are in no leaf: it has random references and a commitment to the body
//! (see [`commitment`]), which opens only with a salt that can be destroyed.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::hash::Hash;

mod cbor;

use cbor::{Reader, Writer};

/// What kind of entry this is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EntryKind {
    /// A step of a case.
    CaseStep,
    /// Somebody looked at somebody's data.
    Access,
    /// Keys, packs, roles, refused rewrites, checkpoints of other streams.
    Admin,
    /// Many points of a sensor under one inner root.
    BulkSegment,
    /// The key of an erasure unit was ordered to be destroyed.
    Erasure,
    /// Corrects an older entry.
    Correction,
    /// Names the last checkpoint of the log before.
    Anchor,
    /// The last entry of a log.
    Seal,
}

impl EntryKind {
    const ALL: [Self; 8] = [
        Self::CaseStep,
        Self::Access,
        Self::Admin,
        Self::BulkSegment,
        Self::Erasure,
        Self::Correction,
        Self::Anchor,
        Self::Seal,
    ];

    /// Its number in the record, from 1.
    #[must_use]
    pub fn code(self) -> u64 {
        Self::ALL
            .iter()
            .position(|kind| *kind == self)
            .map_or(0, |place| place as u64 + 1)
    }

    fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What a segment of sensor points says: how many there are, and their inner root.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BulkSegment {
    /// Number of points.
    pub points: u64,
    /// Root over their salted hashes.
    pub root: Hash,
}

/// One leaf record, version 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leaf {
    /// Kind of entry.
    pub kind: EntryKind,
    /// The agency, 1 to 32 of `A-Z a-z 0-9 . _ -`.
    pub agency: String,
    /// Server clock when it was accepted, milliseconds since 1970.
    pub accepted: u64,
    /// The source's own clock, milliseconds since 1970; the gap shows back-filling.
    pub claimed: u64,
    /// Random reference of the case; the table to it is in the vault.
    pub case: [u8; 16],
    /// Random reference of the acting person.
    pub actor: [u8; 8],
    /// What was done, as the rule pack in force numbers it.
    pub action: u64,
    /// Device or counter that reported it.
    pub source: u64,
    /// Its running number, without holes.
    pub sequence: u64,
    /// Chosen by the client, so that a retry is known.
    pub idempotency: [u8; 16],
    /// See [`commitment`].
    pub commitment: [u8; 32],
    /// For [`EntryKind::BulkSegment`] alone.
    pub bulk: Option<BulkSegment>,
}

/// Why bytes are no leaf record.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LeafError {
    /// Too long.
    #[error(
        "a leaf record has at most {} bytes, this has {bytes}",
        Leaf::BYTES_MAX
    )]
    Size {
        /// Its length.
        bytes: usize,
    },
    /// A field that is not what it must be, or is not written in its one form.
    #[error("field {field} of the leaf record, at byte {at}, must be {wanted}")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// Where it begins.
        at: usize,
        /// What must stand there.
        wanted: &'static str,
    },
    /// Bytes after the record.
    #[error("the leaf record ends at byte {at}, but more follows")]
    Rest {
        /// Where it ends.
        at: usize,
    },
}

impl Leaf {
    /// Bytes of a record at most.
    pub const BYTES_MAX: usize = 4_096;
    const FORMAT: u64 = 1;

    /// The bytes that the log holds.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.start_array(if self.bulk.is_some() { 13 } else { 12 });
        self.write_context(&mut writer);
        writer.bytes(&self.commitment);
        if let Some(BulkSegment { points, root }) = self.bulk {
            writer.start_array(2);
            writer.number(points);
            writer.bytes(&root.0);
        }
        writer.finish()
    }

    /// The encoded fields 0 to 10: all but the commitment and what follows. A sealed body is bound to
    /// them as associated data.
    #[must_use]
    pub fn context(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        self.write_context(&mut writer);
        writer.finish()
    }

    fn write_context(&self, writer: &mut Writer) {
        writer.number(Self::FORMAT);
        writer.number(self.kind.code());
        writer.text(&self.agency);
        writer.number(self.accepted);
        writer.number(self.claimed);
        writer.bytes(&self.case);
        writer.bytes(&self.actor);
        writer.number(self.action);
        writer.number(self.source);
        writer.number(self.sequence);
        writer.bytes(&self.idempotency);
    }

    /// Reads a record. Only the one form that [`Leaf::encode`] writes is read.
    ///
    /// # Errors
    ///
    /// See [`LeafError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, LeafError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(LeafError::Size { bytes: bytes.len() });
        }
        let mut reader = Reader::new(bytes);
        let fields = reader.array("record", "an array of 12 or 13 fields")?;
        let wrong = |field, wanted| LeafError::Field {
            field,
            at: 0,
            wanted,
        };
        if !matches!(fields, 12 | 13) {
            return Err(wrong("record", "an array of 12 or 13 fields"));
        }
        if reader.number("format")? != Self::FORMAT {
            return Err(wrong("format", "1"));
        }
        let kind = EntryKind::from_code(reader.number("kind")?)
            .ok_or(wrong("kind", "a number from 1 to 8"))?;
        let agency = reader.text("agency")?;
        if !is_agency(agency) {
            return Err(wrong("agency", "1 to 32 of A-Z a-z 0-9 . _ -"));
        }
        let leaf = Self {
            kind,
            agency: agency.to_owned(),
            accepted: reader.number("accepted")?,
            claimed: reader.number("claimed")?,
            case: reader.bytes("case")?,
            actor: reader.bytes("actor")?,
            action: reader.number("action")?,
            source: reader.number("source")?,
            sequence: reader.number("sequence")?,
            idempotency: reader.bytes("idempotency")?,
            commitment: reader.bytes("commitment")?,
            bulk: match fields {
                13 => Some(bulk_segment(&mut reader)?),
                _ => None,
            },
        };
        if leaf.bulk.is_some() != (kind == EntryKind::BulkSegment) {
            return Err(wrong(
                "bulk",
                "there for bulk segments, and for nothing else",
            ));
        }
        reader.end()?;
        Ok(leaf)
    }
}

/// Whether a text may name an agency in a leaf.
fn is_agency(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=32).contains(&text.len()) && text.bytes().all(plain)
}

fn bulk_segment(reader: &mut Reader<'_>) -> Result<BulkSegment, LeafError> {
    let at = reader.at();
    let wanted = "an array of 2 fields";
    if reader.array("bulk", wanted)? != 2 {
        return Err(LeafError::Field {
            field: "bulk",
            at,
            wanted,
        });
    }
    Ok(BulkSegment {
        points: reader.number("bulk points")?,
        root: Hash(reader.bytes("bulk root")?),
    })
}

/// The commitment to a body: HMAC-SHA-256 with the salt as key over `ironcage/body/v1\n` and the body.
/// Without the salt it says nothing about the body.
#[must_use]
pub fn commitment(salt: &[u8; 32], body: &[u8]) -> [u8; 32] {
    // HMAC fills a key up with zeros to the block of its hash.
    let mut key = [0; 64];
    key[..32].copy_from_slice(salt);
    let mut mac = Hmac::<Sha256>::new(&key.into());
    mac.update(b"ironcage/body/v1\n");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests;
