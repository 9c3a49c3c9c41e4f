//! Which finding is which: the identity that a check of the same events gives too.
//!
//! Findings that are spelled alike (two breaches of one rule, object, instant and activity) are told apart by a
//! number. Which one has which number follows from the order in which they were told, so a replay finds the same.

use std::collections::HashMap;

use cage_model::{Finding, FindingId, Interner};
use cage_runtime::Spelling;

/// What stays the same of a finding when more becomes known of it, or when it is withdrawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Same {
    record: u64,
    at: i64,
    reason: u8,
}

impl Same {
    fn of(finding: &Finding) -> Self {
        let event = finding.trigger.or(finding.other);
        Self {
            record: event.map_or(u64::MAX, |event| event.position),
            at: finding.at.0,
            reason: finding.reason as u8,
        }
    }
}

/// Every identity that was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identities {
    given: HashMap<FindingId, Same>,
}

impl Identities {
    /// The identity of a finding: the one it was given before, or a new one.
    pub(crate) fn of(
        &mut self,
        spelling: &Spelling<'_>,
        finding: &Finding,
        names: &Interner,
    ) -> FindingId {
        let same = Same::of(finding);
        let mut number = 0;
        loop {
            let id = spelling.identity(finding, names, number);
            if *self.given.entry(id).or_insert(same) == same {
                return id;
            }
            number += 1;
        }
    }

    /// All of them in order, for a snapshot.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut given: Vec<_> = self.given.iter().collect();
        given.sort_unstable_by_key(|(id, _)| **id);
        let mut bytes = Vec::with_capacity(given.len() * ROW_BYTES);
        for (id, same) in given {
            bytes.extend_from_slice(&id.0);
            bytes.extend_from_slice(&same.record.to_le_bytes());
            bytes.extend_from_slice(&same.at.to_le_bytes());
            bytes.push(same.reason);
        }
        bytes
    }

    /// What [`Identities::to_bytes`] gave; `None` for anything else.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (rows, rest) = bytes.as_chunks::<ROW_BYTES>();
        if !rest.is_empty() {
            return None;
        }
        let mut given = HashMap::with_capacity(rows.len());
        for row in rows {
            let (id, rest) = row.split_first_chunk::<16>()?;
            let (record, rest) = rest.split_first_chunk::<8>()?;
            let (at, rest) = rest.split_first_chunk::<8>()?;
            let same = Same {
                record: u64::from_le_bytes(*record),
                at: i64::from_le_bytes(*at),
                reason: *rest.first()?,
            };
            given.insert(FindingId(*id), same);
        }
        Some(Self { given })
    }
}

/// Bytes of one identity in a snapshot.
const ROW_BYTES: usize = 33;

#[cfg(test)]
mod tests {
    use cage_model::{EventRef, Instant, Payload, Reason, Verdict};

    use super::*;

    /// Two events of one instant and activity: two identities, each found again, whichever is asked first.
    #[test]
    fn findings_that_are_spelled_alike_are_told_apart() {
        let mut names = Interner::new();
        let activity = names.intern("decide");
        let finding = |position| Finding {
            rule: 0,
            object_type: 0,
            object: 0,
            verdict: Verdict::Violated,
            trigger: Some(EventRef {
                position,
                at: Instant(5),
                activity,
            }),
            other: None,
            at: Instant(5),
            reason: Reason::TooMany,
            payload: Payload::None,
        };
        let spelling = Spelling {
            rule: "R1",
            version: "1",
            object_type: "case",
            object: "C1",
        };
        let mut identities = Identities::default();
        let first = identities.of(&spelling, &finding(7), &names);
        let second = identities.of(&spelling, &finding(9), &names);
        assert_ne!(first, second);
        assert_eq!(first, spelling.identity(&finding(7), &names, 0));
        let mut again = Identities::of_bytes(&identities.to_bytes()).unwrap();
        assert!(Identities::of_bytes(&[0; ROW_BYTES + 1]).is_none());
        assert_eq!(again.of(&spelling, &finding(9), &names), second);
        assert_eq!(again.of(&spelling, &finding(7), &names), first);
    }
}
