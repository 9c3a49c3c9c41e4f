//! What of a log a XES file cannot hold, counted while writing.

use std::collections::BTreeMap;

use cage_model::{Interner, Symbol};

/// Counts of what is not in the file.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// References of events to objects that are neither their case nor their actor, by type.
    pub(super) references: BTreeMap<Symbol, u64>,
    /// Attributes of objects that are no case, by type.
    pub(super) object_attributes: BTreeMap<Symbol, u64>,
    /// Relations between objects.
    pub(super) relations: u64,
    /// Values of case attributes that a later value replaced.
    pub(super) changes: u64,
    /// Case attributes that hold from a stated time.
    pub(super) since: u64,
    pub(super) sources: u64,
    pub(super) arrivals: u64,
    /// Events whose activity is another than their `concept:name`.
    pub(super) activities: u64,
    /// Events without a case.
    pub(super) caseless: u64,
    pub(super) decimals: u64,
}

impl Losses {
    /// One sentence each.
    pub(super) fn notes(&self, names: &Interner) -> Vec<String> {
        let mut notes = Vec::new();
        for (kind, count) in &self.references {
            let kind = names.text(*kind);
            notes.push(format!(
                "{count} references of events to objects of type {kind:?} are not in the file: a XES \
                 event names its case and its org:resource only"
            ));
        }
        for (kind, count) in &self.object_attributes {
            let kind = names.text(*kind);
            notes.push(format!(
                "{count} attributes of objects of type {kind:?} are not in the file"
            ));
        }
        let counted = [
            (
                self.relations,
                "relations between objects are not in the file",
            ),
            (
                self.changes,
                "earlier values of case attributes are not in the file: XES holds the last one only",
            ),
            (
                self.since,
                "case attributes lose the time from which they hold",
            ),
            (self.sources, "events lose the name of their sender"),
            (self.arrivals, "events lose the time of their arrival"),
            (
                self.activities,
                "events have another activity than their concept:name; the file holds their concept:name",
            ),
            (
                self.caseless,
                "events without an object of type \"case\" stand outside of all traces",
            ),
            (
                self.decimals,
                "exact decimals are written as floats, the only numbers with a point that XES has",
            ),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        notes.extend(counted.map(|(count, words)| format!("{count} {words}")));
        notes
    }
}
