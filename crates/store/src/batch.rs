//! What one commit brings: some records, and everything that they changed.
//!
//! A batch is filled by whoever folds the ledger. Its texts lie in one buffer, so that filling one and emptying it for
//! the next costs no memory of its own.

use std::ops::Range;

use cage_model::Instant;

use crate::rows::{Change, ObjectClocks, PackRow};

/// An event, as it is handed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewEvent<'t> {
    /// Number of its record in the ledger.
    pub record: u64,
    /// When it was accepted.
    pub accepted: Instant,
    /// When it happened, as its source says; `None` when the source does not say.
    pub claimed: Option<Instant>,
    /// Who handed it in.
    pub source: &'t str,
    /// What was done.
    pub kind: &'t str,
}

/// Some records of the ledger and all that they changed.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    first: u64,
    next: u64,
    text: String,
    events: Vec<EventLine>,
    objects: Vec<(TextRange, TextRange)>,
    /// Changes of findings, in their order.
    pub changes: Vec<Change>,
    /// Clocks of the objects that the records touched, as they stand after the last record. When an object and pack
    /// are named twice, the later one counts.
    pub clocks: Vec<ObjectClocks>,
    /// Packs that the records activated.
    pub packs: Vec<PackRow>,
    /// Numbers of changes, each the last one before a jump: an erasure makes the next change begin behind everything
    /// that was told before, whatever of it is left.
    pub jumps: Vec<u64>,
}

/// Bytes of the batch's text, from and to.
type TextRange = (u32, u32);

#[derive(Clone, Copy, Debug)]
struct EventLine {
    record: u64,
    at: Instant,
    source: TextRange,
    kind: TextRange,
    objects_end: u32,
}

/// An event as whoever keeps views reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchEvent<'b> {
    /// Number of its record.
    pub record: u64,
    /// When it happened; when it was accepted, where nobody says.
    pub at: Instant,
    /// Who handed it in.
    pub source: &'b str,
    /// What was done.
    pub kind: &'b str,
    /// Its objects, for [`Batch::objects`].
    pub objects: Range<usize>,
}

impl Batch {
    /// An empty batch that begins at this record.
    #[must_use]
    pub fn new(first: u64) -> Self {
        Self {
            first,
            next: first,
            ..Self::default()
        }
    }

    /// Empties the batch, keeps its memory, and begins at this record.
    pub fn restart(&mut self, first: u64) {
        self.first = first;
        self.next = first;
        self.text.clear();
        self.events.clear();
        self.objects.clear();
        self.changes.clear();
        self.clocks.clear();
        self.packs.clear();
        self.jumps.clear();
    }

    /// Adds an event with the objects that it names, each as type and id. The batch then covers its record.
    ///
    /// # Panics
    ///
    /// When the batch's texts exceed 4 GiB: whoever fills it commits long before.
    pub fn event<'o>(
        &mut self,
        event: &NewEvent<'_>,
        objects: impl IntoIterator<Item = (&'o str, &'o str)>,
    ) {
        let source = self.push(event.source);
        let kind = self.push(event.kind);
        for (object_type, id) in objects {
            let object = (self.push(object_type), self.push(id));
            self.objects.push(object);
        }
        self.events.push(EventLine {
            record: event.record,
            at: event.claimed.unwrap_or(event.accepted),
            source,
            kind,
            objects_end: self.objects.len() as u32,
        });
        self.through(event.record);
    }

    /// Says that the batch covers everything up to and including this record, be it an event or not.
    pub fn through(&mut self, record: u64) {
        self.next = self.next.max(record + 1);
    }

    /// The record at which the batch begins.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The record at which the next batch begins.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Records that the batch covers.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.next - self.first
    }

    /// Whether it covers no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.next == self.first
    }

    /// The events in the order in which they were added.
    pub fn events(&self) -> impl Iterator<Item = BatchEvent<'_>> {
        let mut from = 0;
        self.events.iter().map(move |line| {
            let end = line.objects_end as usize;
            BatchEvent {
                record: line.record,
                at: line.at,
                source: self.slice(line.source),
                kind: self.slice(line.kind),
                objects: std::mem::replace(&mut from, end)..end,
            }
        })
    }

    /// Type and id of the objects in a range that [`Batch::events`] gave.
    /// The objects of an event, in its order.
    pub fn objects(&self, range: Range<usize>) -> impl Iterator<Item = (&str, &str)> {
        let objects = self.objects.get(range).unwrap_or_default().iter();
        objects.map(|(kind, id)| (self.slice(*kind), self.slice(*id)))
    }

    fn push(&mut self, text: &str) -> TextRange {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        let end = u32::try_from(self.text.len()).expect("a batch within 4 GiB");
        (start, end)
    }

    fn slice(&self, (start, end): TextRange) -> &str {
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_back_what_was_put_in_and_covers_records_without_events() {
        let mut batch = Batch::new(7);
        assert!(batch.is_empty());
        for round in 0..2 {
            let claimed = (round == 0).then_some(Instant(3));
            let event = NewEvent {
                record: 8,
                accepted: Instant(5),
                claimed,
                source: "window/3",
                kind: "accept",
            };
            batch.event(&event, [("case", "C1"), ("officer", "王五")]);
            batch.event(&NewEvent { record: 9, ..event }, []);
            batch.through(10);
            assert_eq!((batch.first(), batch.next(), batch.records()), (7, 11, 4));
            let events: Vec<_> = batch.events().collect();
            assert_eq!((events[0].record, events[1].record), (8, 9));
            assert_eq!(events[0].at, claimed.unwrap_or(Instant(5)));
            assert_eq!((events[1].source, events[1].kind), ("window/3", "accept"));
            let named =
                |event: usize| -> Vec<_> { batch.objects(events[event].objects.clone()).collect() };
            assert_eq!(named(0), [("case", "C1"), ("officer", "王五")]);
            assert!(named(1).is_empty());
            batch.restart(7);
        }
    }
}
