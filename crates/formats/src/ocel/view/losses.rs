//! What OCEL has no words for, counted and told.

use cage_model::{Log, ObjectRef, Symbol};

/// What OCEL cannot hold as it is, counted.
#[derive(Default)]
pub(super) struct Losses {
    pub(super) unnumbered: u64,
    pub(super) repeated_events: u64,
    pub(super) repeated_objects: u64,
    pub(super) structured: u64,
    pub(super) identifiers: u64,
    pub(super) decimals: u64,
    pub(super) mixed: u64,
    pub(super) untyped: u64,
    pub(super) header: bool,
}

impl Losses {
    pub(super) fn of_relations(&mut self, log: &Log) {
        let untyped =
            |relation: &&ObjectRef| log.objects[relation.object as usize].kind == Symbol::EMPTY;
        let of_objects = log.objects.iter().flat_map(|object| &object.relations);
        let of_events = log.events.iter().flat_map(|event| log.references(event));
        self.untyped = of_objects.chain(of_events).filter(untyped).count() as u64;
    }

    pub(super) fn of_header(&mut self, log: &Log) {
        let header = &log.header;
        self.header = !header.attributes.is_empty()
            || !header.classifiers.is_empty()
            || !header.globals.is_empty();
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let counted = [
            (
                self.unnumbered,
                "events have no identifier of their own and are numbered e1, e2, ...",
            ),
            (
                self.repeated_events,
                "events have the identifier of an earlier event; # and their number is added",
            ),
            (
                self.repeated_objects,
                "objects have the identifier of an object of another type; their type is put before it",
            ),
            (
                self.structured,
                "lists and values with nested attributes are written as JSON text",
            ),
            (
                self.identifiers,
                "values of the type id are written as strings",
            ),
            (self.decimals, "exact decimals are written as floats"),
            (
                self.mixed,
                "values differ in type from others of the same attribute; numbers are written as floats, others as strings",
            ),
            (
                self.untyped,
                "relations to objects of no known type are left out",
            ),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        let mut notes: Vec<String> = counted
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if self.header {
            notes.push("the log's own attributes, globals and classifiers are left out".to_owned());
        }
        notes
    }
}
