//! What was refused: kept for a while, so that a person can look at it, mend it and hand it in again.
//!
//! `GET /v1/rejects`, `GET /v1/rejects/{number}`, `POST /v1/rejects/{number}/replay` and `.../dismiss`. Whoever mends
//! or dismisses leaves an entry in the admin log.

pub(crate) mod answer;
mod forget;
mod kept;
mod queue;
mod table;

use axum::body::Bytes;
use cage_gateway::Rejection;
use cage_ledger::{Appended, Refused};

pub(crate) use answer::{dismiss, list, one, replay};
pub use forget::forget_rejects;
pub use kept::{KeptRejects, RejectFilter};
pub(crate) use queue::Queue;
pub use queue::RejectsError;
pub(crate) use table::NewReject;

use crate::keep::Fate;

/// How much is kept of what was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RejectOptions {
    /// Refused texts at most.
    pub rows: u64,
    /// Of one source at most; the oldest goes first.
    pub rows_per_source: u64,
    /// Bytes of refused texts at most.
    pub bytes: u64,
    /// Stored in one second at most; more are only counted.
    pub per_second: u32,
}

impl Default for RejectOptions {
    fn default() -> Self {
        Self {
            rows: 100_000,
            rows_per_source: 1_000,
            bytes: 256 << 20,
            per_second: 500,
        }
    }
}

/// Bytes of a text that are kept; of a longer one only its beginning.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// Refused events of one request that are stored; the others are only counted.
const OF_REQUEST_MAX: usize = 1_000;

/// Puts into the queue what was refused of a body. `place` says for a refused event where in an upload it stands.
pub(crate) async fn note(
    queue: &Queue,
    body: &Bytes,
    fates: &mut [Fate],
    place: &(dyn Fn(usize) -> String + Sync),
) {
    let mut rejects = Vec::new();
    let mut which = Vec::new();
    for (index, fate) in fates.iter().enumerate() {
        let Some(mut reject) = refused(body, fate) else {
            continue;
        };
        reject.place = place(index);
        if rejects.len() >= OF_REQUEST_MAX {
            reject.head = Vec::new();
        }
        rejects.push(reject);
        which.push(index);
    }
    if rejects.is_empty() {
        return;
    }
    for (index, number) in which.into_iter().zip(queue.add(rejects).await) {
        fates[index].set_reject(number);
    }
}

/// A fate as a reject, where it is a refusal.
fn refused(body: &Bytes, fate: &Fate) -> Option<NewReject> {
    let (source, id, pointer, reason, raw) = match fate {
        Fate::Rejected(rejection, _) => {
            let Rejection {
                pointer,
                reason,
                id,
                source,
                raw,
            } = rejection;
            // What could not even be cut into events is refused as a whole.
            let raw = if raw.is_empty() {
                0..body.len()
            } else {
                raw.clone()
            };
            let source = source.clone().unwrap_or_default();
            (source, id.clone(), pointer.clone(), reason.clone(), raw)
        }
        // Nothing is wrong with what found no space.
        Fate::Answered(_, Appended::Refused(Refused::NoSpace), _) => return None,
        Fate::Answered(named, Appended::Refused(why), _) => {
            let pointer = match why {
                Refused::TooLong { .. } | Refused::LongName { .. } | Refused::NoSpace => "",
                Refused::Conflict(_) | Refused::Erased(_) | Refused::SubjectErased => "/id",
            };
            let (source, id) = (named.source.clone(), named.id.clone());
            let raw = named.raw.clone();
            (source, Some(id), pointer.to_owned(), why.to_string(), raw)
        }
        Fate::Answered(..) => return None,
    };
    let text = body.get(raw).unwrap_or_default();
    Some(NewReject {
        source: shortened(&source),
        id: id.map(|id| shortened(&id)),
        pointer: shortened(&pointer),
        reason: shortened(&reason),
        place: String::new(),
        length: text.len() as u64,
        head: text[..text.len().min(HEAD_BYTES_MAX)].to_vec(),
    })
}

/// A name that was refused may be of any length.
fn shortened(text: &str) -> String {
    text.chars().take(512).collect()
}
