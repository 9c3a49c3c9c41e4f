//! Who waits, in the order of entering: a line in which one can leave from anywhere, and in which
//! those before a place are counted, both in logarithmic time (Fenwick 1994).

use cage_model::{EventRef, Instant, Keyed};
use serde::{Deserialize, Serialize};

use crate::key::Key;

/// An item that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entered {
    /// By which event it entered.
    pub(super) event: EventRef,
    /// The first place of those that entered at the same instant: all before it entered earlier.
    pub(super) place: usize,
    /// Its own place.
    own: usize,
}

/// A line.
#[derive(Clone, Default, Debug)]
pub(super) struct Line {
    items: Keyed<Key, Entered>,
    /// Whose each place is; some have left.
    places: Vec<Key>,
    /// Fenwick tree over the places: how many wait.
    waiting: Vec<u32>,
    /// The instant of the last entry, and its first place.
    last: Option<(Instant, usize)>,
}

/// A [`Line`] as a plain value.
#[derive(Serialize, Deserialize)]
pub(crate) struct LineMemory {
    /// Who waits, in the order of entering.
    waiting: Vec<(Key, EventRef)>,
    /// The instant of the last entry, and how many of those who wait entered before it.
    last: Option<(Instant, u64)>,
}

/// Shorter lines are not closed up.
const PLACES_MIN: usize = 64;

impl Line {
    /// The line as a plain value.
    pub(super) fn recall(&self) -> LineMemory {
        let waiting = self.places.iter().enumerate().filter_map(|(place, item)| {
            let entered = self.items.get(item)?;
            // Who left and entered anew has a later place.
            (entered.own == place).then_some((*item, entered.event))
        });
        LineMemory {
            waiting: waiting.collect(),
            last: self
                .last
                .map(|(instant, place)| (instant, self.waiting_before(place))),
        }
    }

    /// The line of a plain value.
    pub(super) fn of(memory: LineMemory) -> Self {
        let mut line = Self::default();
        for (item, event) in memory.waiting {
            line.enter(item, event);
        }
        let last = memory.last;
        line.last = last.map(|(instant, place)| (instant, place as usize));
        line
    }

    /// Lets an item enter at the end. One that waits keeps its place.
    pub(super) fn enter(&mut self, item: Key, event: EventRef) {
        if self.items.contains_key(&item) {
            return;
        }
        let own = self.places.len();
        let place = match self.last {
            // Events without a time come one by one.
            Some((instant, place)) if instant == event.at && instant != Instant::MIN => place,
            _ => own,
        };
        self.last = Some((event.at, place));
        self.places.push(item);
        self.count_last();
        self.items.insert(item, Entered { event, place, own });
    }

    /// Lets an item leave; `None` when it does not wait.
    pub(super) fn leave(&mut self, item: Key) -> Option<Entered> {
        let entered = self.items.remove(&item)?;
        let mut at = entered.own + 1;
        while let Some(count) = self.waiting.get_mut(at - 1) {
            *count -= 1;
            at += at & at.wrapping_neg();
        }
        Some(entered)
    }

    /// How many wait at places before this one.
    pub(super) fn waiting_before(&self, place: usize) -> u64 {
        let mut at = place.min(self.waiting.len());
        let mut sum = 0;
        while at > 0 {
            sum += u64::from(self.waiting[at - 1]);
            at -= at & at.wrapping_neg();
        }
        sum
    }

    /// Closes the line up where most of its places are empty, so that it grows with those who
    /// wait. Places that were given out before are not valid any more.
    pub(super) fn close_up(&mut self) {
        if self.places.len() < PLACES_MIN || self.places.len() < 2 * self.items.len() {
            return;
        }
        let places = std::mem::take(&mut self.places);
        let last = self.last.take();
        self.waiting.clear();
        for (before, item) in places.into_iter().enumerate() {
            let own = self.places.len();
            // Who left and entered anew has a later place.
            let Some(entered) = self.items.get_mut(&item).filter(|one| one.own == before) else {
                continue;
            };
            let instant = entered.event.at;
            let place = match self.last {
                Some((other, place)) if other == instant && instant != Instant::MIN => place,
                _ => own,
            };
            (entered.own, entered.place) = (own, place);
            self.last = Some((instant, place));
            self.places.push(item);
            self.count_last();
        }
        // Who enters at the last instant must not seem to come after one who has left.
        if let Some((instant, _)) = last
            && self.last.is_none_or(|(other, _)| other != instant)
        {
            self.last = Some((instant, self.places.len()));
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.items.bytes() + self.waiting.capacity() * 4 + self.places.capacity() * size_of::<Key>()
    }

    /// Adds the last place to the tree, as one who waits.
    fn count_last(&mut self) {
        let at = self.waiting.len() + 1;
        let below = at - (at & at.wrapping_neg());
        let (mut sum, mut inner) = (1, at - 1);
        while inner > below {
            sum += self.waiting[inner - 1];
            inner -= inner & inner.wrapping_neg();
        }
        self.waiting.push(sum);
    }
}
