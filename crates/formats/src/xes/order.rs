//! Which events belong to which case, in the log's order.

use cage_model::{Log, Symbol};

/// Stands for "no case".
pub(super) const NO_CASE: usize = usize::MAX;

/// The events of each object that is a case.
#[derive(Debug)]
pub(super) struct Order {
    /// Where each object's events begin; one more for those of no case, and one for their end.
    begins: Vec<u32>,
    events: Vec<u32>,
}

impl Order {
    /// An event that names several cases counts to the first.
    pub(super) fn of(log: &Log, case: Option<Symbol>) -> Self {
        let caseless = log.objects.len();
        let case_of = |event| {
            let references = log
                .references(event)
                .iter()
                .map(|reference| reference.object as usize);
            let is_case = |index: &usize| log.objects.get(*index).map(|it| it.kind) == case;
            let found = if case.is_some() {
                references.into_iter().find(is_case)
            } else {
                None
            };
            found.unwrap_or(caseless)
        };
        let mut begins = vec![0u32; caseless + 2];
        for event in &log.events {
            begins[case_of(event) + 1] += 1;
        }
        for index in 1..begins.len() {
            begins[index] += begins[index - 1];
        }
        let mut next = begins.clone();
        let mut events = vec![0u32; log.events.len()];
        for (index, event) in log.events.iter().enumerate() {
            let place = &mut next[case_of(event)];
            events[*place as usize] = index as u32;
            *place += 1;
        }
        Self { begins, events }
    }

    /// The events of an object, or of [`NO_CASE`].
    pub(super) fn events(&self, object: usize) -> &[u32] {
        let object = object.min(self.begins.len() - 2);
        &self.events[self.begins[object] as usize..self.begins[object + 1] as usize]
    }
}
