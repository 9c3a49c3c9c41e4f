//! The identity of a finding, the same wherever and whenever it is found.

use std::collections::BTreeMap;

use cage_model::{Finding, FindingId, Interner};
use sha2::{Digest, Sha256};

use crate::outcome::Outcome;

/// The identities of findings that stand together in [`Outcome::findings`]: all of one rule and
/// object, so that alike ones can be told apart.
///
/// The first 16 bytes of the SHA-256 over rule, rule version, object and trigger (the breaking
/// event where no event set the rule off). Each text is preceded by its length, so that no two
/// different findings can be spelled alike. Events are spelled by time and activity, not by their
/// place in the files; several findings with the same spelling (two triggers of one kind at one
/// instant, one trigger with several breaches) are numbered in the order of their coming.
#[must_use]
pub fn identify(outcome: &Outcome, findings: &[Finding]) -> Vec<FindingId> {
    let mut ids = Vec::with_capacity(findings.len());
    let mut numbered: BTreeMap<FindingId, u64> = BTreeMap::new();
    let mut object = None;
    for finding in findings {
        let here = (finding.rule, finding.object_type, finding.object);
        if object != Some(here) {
            object = Some(here);
            numbered.clear();
        }
        let plain = identity(outcome, finding, 0);
        let number = numbered.entry(plain).and_modify(|number| *number += 1);
        let id = match *number.or_insert(0) {
            0 => plain,
            number => identity(outcome, finding, number),
        };
        ids.push(id);
    }
    ids
}

fn identity(outcome: &Outcome, finding: &Finding, number: u64) -> FindingId {
    let rule = outcome.rules.get(usize::from(finding.rule));
    let table = outcome.objects.get(usize::from(finding.object_type));
    let id = table.and_then(|table| table.ids.get(finding.object as usize));
    Spelling {
        rule: rule.map_or("", |rule| rule.id.as_str()),
        version: outcome.pack.version.as_str(),
        object_type: table.map_or("", |table| outcome.names.text(table.kind)),
        object: id.map_or("", |id| outcome.names.text(*id)),
    }
    .identity(finding, &outcome.names, number)
}

/// What a finding's identity is made of beside its events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spelling<'t> {
    /// The rule's id.
    pub rule: &'t str,
    /// The version of its pack.
    pub version: &'t str,
    /// Type of the object.
    pub object_type: &'t str,
    /// The object's id.
    pub object: &'t str,
}

impl Spelling<'_> {
    /// The identity of a finding, see [`identify`]. `number` tells findings apart that are spelled alike: 0 for the
    /// first.
    #[must_use]
    pub fn identity(&self, finding: &Finding, names: &Interner, number: u64) -> FindingId {
        let mut hash = Sha256::new();
        for text in [self.rule, self.version, self.object_type, self.object] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        if let Some(event) = finding.trigger.or(finding.other) {
            let activity = names.text(event.activity);
            hash.update([1 + u8::from(finding.trigger.is_none())]);
            hash.update(event.at.0.to_le_bytes());
            hash.update((activity.len() as u64).to_le_bytes());
            hash.update(activity.as_bytes());
        }
        if number > 0 {
            hash.update(number.to_le_bytes());
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hash.finalize()[..16]);
        FindingId(id)
    }
}
