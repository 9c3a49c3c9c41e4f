//! Counts what was read: events by activity, objects by type, the first and last time.

use std::collections::BTreeMap;

use cage_model::{EventBuffer, Keyed, ObjectBuffer, Symbol, Time, Value, fixed_hash};

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Census {
    /// Events judged.
    pub(crate) events: u64,
    /// Events after the moment of judgement.
    pub(crate) after: u64,
    /// Events without a time.
    pub(crate) untimed: u64,
    /// Events that repeated an earlier one.
    pub(crate) repeated: u64,
    /// Events with the id of another one.
    pub(crate) contradicting: u64,
    /// Whether not all ids could be kept.
    pub(crate) repeats_forgotten: bool,
    /// Places of events that stood behind a later one of the same object; not in order.
    pub(crate) out_of_order: Vec<u64>,
    /// The first time.
    pub(crate) first: Option<Time>,
    /// The last time.
    pub(crate) last: Option<Time>,
    /// Which columns of the projection some event, or some object's record, has filled.
    pub(crate) columns_seen: Vec<bool>,
    /// Events by activity's symbol.
    activities: Vec<u64>,
    /// Types that rules watch: their objects are counted by the projector.
    watched: Vec<Symbol>,
    /// Other objects, by type and hash of the id: counted, not kept.
    seen: Keyed<(Symbol, u64), ()>,
    counts: BTreeMap<Symbol, u64>,
}

impl Census {
    pub(crate) fn new(watched: Vec<Symbol>, columns: usize) -> Self {
        Self {
            watched,
            columns_seen: vec![false; columns],
            ..Self::default()
        }
    }

    pub(crate) fn event(&mut self, event: &EventBuffer, slots: &[Value]) {
        self.events += 1;
        for (seen, slot) in self.columns_seen.iter_mut().zip(slots) {
            *seen |= !matches!(slot, Value::Missing);
        }
        let index = event.activity.index();
        if index >= self.activities.len() {
            self.activities.resize(index + 1, 0);
        }
        self.activities[index] += 1;
        match event.time {
            None => self.untimed += 1,
            Some(time) => {
                if self.first.is_none_or(|first| key(time) < key(first)) {
                    self.first = Some(time);
                }
                if self.last.is_none_or(|last| key(time) > key(last)) {
                    self.last = Some(time);
                }
            }
        }
        for row in &event.objects {
            self.count(row.kind, event.text(row.id));
        }
    }

    pub(crate) fn object(&mut self, object: &ObjectBuffer) {
        self.count(object.kind, object.text(object.id));
    }

    fn count(&mut self, kind: Symbol, id: &str) {
        if self.watched.contains(&kind) {
            return;
        }
        let key = (kind, fixed_hash(id.as_bytes()));
        if !self.seen.contains_key(&key) {
            self.seen.insert(key, ());
            *self.counts.entry(kind).or_default() += 1;
        }
    }

    /// Whether nothing that was read has a time.
    pub(crate) const fn has_no_time(&self) -> bool {
        self.untimed == self.events && self.after == 0
    }

    /// Events by activity, in the order of symbols.
    pub(crate) fn activities(&self) -> impl Iterator<Item = (Symbol, u64)> {
        let counts = self.activities.iter().enumerate();
        counts
            .filter(|(_, count)| **count > 0)
            .map(|(index, count)| (Symbol::from_index(index as u32), *count))
    }

    /// How often an activity occurred.
    pub(crate) fn occurrences(&self, activity: Symbol) -> u64 {
        self.activities.get(activity.index()).copied().unwrap_or(0)
    }

    /// Objects by type, those that no rule watches.
    pub(crate) const fn unwatched(&self) -> &BTreeMap<Symbol, u64> {
        &self.counts
    }
}

/// The same instant may be written with several offsets; which one counts must not depend on the
/// order of the files.
fn key(time: Time) -> (Time, Option<i16>) {
    (time, time.offset_minutes())
}
