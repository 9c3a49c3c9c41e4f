//! The events of one group (a XES trace), put in order of time before they are folded.

use cage_engine::Projected;
use cage_model::Instant;

/// Events that are put in order together. A longer trace is handed on in pieces; what is out of
/// order across pieces is late like any other event.
const KEPT_MAX: usize = 4_096;

/// Kept events; their memory is used again from trace to trace.
#[derive(Debug, Default)]
pub(super) struct Group {
    open: bool,
    events: Vec<Projected>,
    kept: usize,
    /// Places of events that stood behind a later one.
    pub(super) out_of_order: Vec<u64>,
    latest: Option<Instant>,
    order: Vec<(Instant, usize)>,
}

impl Group {
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn open(&mut self) {
        self.open = true;
        self.latest = None;
    }

    pub(super) fn close(&mut self) {
        self.open = false;
    }

    pub(super) const fn is_full(&self) -> bool {
        self.kept >= KEPT_MAX
    }

    pub(super) fn keep(&mut self, event: &Projected) {
        if let Some(place) = self.events.get_mut(self.kept) {
            place.clone_from(event);
        } else {
            self.events.push(event.clone());
        }
        self.kept += 1;
        let at = event.moment.map(|moment| moment.instant);
        if at.is_some() && at < self.latest {
            self.out_of_order.push(event.position);
        }
        self.latest = self.latest.max(at);
    }

    /// Puts the kept events in order of time; those of one instant, and those without a time, stay
    /// behind the one that they follow in the file.
    pub(super) fn sort(&mut self) {
        self.order.clear();
        let mut before = Instant::MIN;
        for (index, event) in self.events[..self.kept].iter().enumerate() {
            before = event.moment.map_or(before, |moment| moment.instant);
            self.order.push((before, index));
        }
        self.order.sort_by_key(|(at, _)| *at);
    }

    /// How many events are kept.
    pub(super) const fn len(&self) -> usize {
        self.kept
    }

    /// The event at a place of the order that [`Group::sort`] made.
    pub(super) fn get(&self, place: usize) -> &Projected {
        &self.events[self.order[place].1]
    }

    pub(super) fn clear(&mut self) {
        self.kept = 0;
    }
}
