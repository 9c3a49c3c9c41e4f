//! CloudEvents (version 1.0) as a request carries them: one, a batch, or one a line.

use std::fmt;
use std::ops::Range;

use cage_ledger::Draft;
use cage_proof::Hash;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::gate::Gate;
use crate::limits::BATCH_MAX;
use crate::reader::Reader;

/// An event that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incoming {
    /// What the source says it is.
    pub source: String,
    /// The source's own number.
    pub id: String,
    /// The entry that it becomes.
    pub draft: Draft,
    /// Its running number in the source (the extension attribute `sequence`).
    pub sequence: Option<u64>,
    /// The same number for the same type with the same attributes of the same kinds; see [`crate::shape_of`].
    pub shape: u64,
    /// Where its text stands in the body it came in.
    pub raw: Range<usize>,
}

/// Why an event is not taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Rejection {
    /// JSON pointer (RFC 6901) to the field; empty for the whole event.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub reason: String,
    /// The event's id, where it could be read.
    pub id: Option<String>,
    /// The event's source, where it could be read.
    pub source: Option<String>,
    /// Where its text stands in the body it came in.
    #[serde(skip)]
    pub raw: Range<usize>,
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.pointer, self.reason)
    }
}

impl std::error::Error for Rejection {}

impl Rejection {
    pub(crate) fn at(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            reason: reason.into(),
            id: None,
            source: None,
            raw: 0..0,
        }
    }
}

/// Reads one event in structured mode, whatever it says.
///
/// # Errors
///
/// Names the first field that is wrong.
pub fn one(text: &[u8]) -> Result<Incoming, Rejection> {
    Gate::default().one(text)
}

/// Reads a batch, whatever its events say; see [`Gate::batch`].
///
/// # Errors
///
/// When the body is no array, or has too many events.
pub fn batch(text: &[u8]) -> Result<Vec<Result<Incoming, Rejection>>, Rejection> {
    Gate::default().batch(text)
}

/// Reads one event a line, whatever it says; see [`Gate::lines`].
///
/// # Errors
///
/// When there are too many lines.
pub fn lines(text: &[u8]) -> Result<Vec<Result<Incoming, Rejection>>, Rejection> {
    Gate::default().lines(text)
}

/// Each event of a JSON array.
pub(crate) fn each_of_array(
    text: &[u8],
    gate: &Gate,
) -> Result<Vec<Result<Incoming, Rejection>>, Rejection> {
    let Events(events) =
        serde_json::from_slice(text).map_err(|error| Rejection::at("", error.to_string()))?;
    let mut reader = Reader::behind(gate.clone());
    let read = events.iter().enumerate().map(|(place, event)| {
        let event = event.get();
        // The texts of a batch are pieces of it.
        let from = event.as_ptr().addr() - text.as_ptr().addr();
        placed(reader.one(event.as_bytes()), place, from)
    });
    Ok(read.collect())
}

/// The texts of a batch: a body of many small values would be many times as large as a list.
struct Events<'t>(Vec<&'t RawValue>);

impl<'de> Deserialize<'de> for Events<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counted;

        impl<'de> Visitor<'de> for Counted {
            type Value = Events<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an array of events")
            }

            fn visit_seq<A: SeqAccess<'de>>(
                self,
                mut elements: A,
            ) -> Result<Events<'de>, A::Error> {
                let mut events = Vec::new();
                while let Some(event) = elements.next_element()? {
                    if events.len() == BATCH_MAX {
                        let reason = format!("a batch has at most {BATCH_MAX} events");
                        return Err(A::Error::custom(reason));
                    }
                    events.push(event);
                }
                Ok(Events(events))
            }
        }

        deserializer.deserialize_seq(Counted)
    }
}

/// Each line that is not empty.
pub(crate) fn each_line(
    text: &[u8],
    gate: &Gate,
) -> Result<Vec<Result<Incoming, Rejection>>, Rejection> {
    let mut reader = Reader::behind(gate.clone());
    let mut read = Vec::new();
    let mut from = 0;
    for (place, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if !line.trim_ascii().is_empty() {
            if read.len() == BATCH_MAX {
                let reason = format!("one request has at most {BATCH_MAX} events");
                return Err(Rejection::at("", reason));
            }
            read.push(placed(reader.one(line), place, from));
        }
        from += line.len() + 1;
    }
    Ok(read)
}

/// An event that was read alone, as one of many.
fn placed(
    read: Result<Incoming, Rejection>,
    place: usize,
    from: usize,
) -> Result<Incoming, Rejection> {
    let moved = |raw: Range<usize>| raw.start + from..raw.end + from;
    match read {
        Ok(incoming) => Ok(Incoming {
            raw: moved(incoming.raw),
            ..incoming
        }),
        Err(rejection) => Err(Rejection {
            pointer: format!("/{place}{}", rejection.pointer),
            raw: moved(rejection.raw.clone()),
            ..rejection
        }),
    }
}

/// Leaves name sources and actions by a number that says nothing more than the name's hash.
pub(crate) fn number_of(name: &str) -> u64 {
    let hash = Hash::sha256(name.as_bytes());
    u64::from_be_bytes(hash.0.first_chunk().copied().unwrap_or_default())
}

/// The same for the same source and id: what makes a retry a retry.
pub(crate) fn idempotency(source: &str, id: &str) -> [u8; 16] {
    let hash = Hash::sha256(format!("ironcage/id/v1\n{source}\n{id}").as_bytes());
    hash.0.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
