//! An object judged anew because an event of it came late.
//!
//! The object goes back to the last state that was kept from before the event, and its events since are
//! folded again with the late one among them. What was found in between and is not found any more is
//! withdrawn.

use std::collections::BTreeMap;

use cage_engine::state::{Reader, Writer};
use cage_engine::{Folded, Projected};
use cage_model::{Finding, Instant};

use super::positions::End;
use super::{Change, Journal, Live};

/// An object by type and number, and the event that came late for it: when it happened, and what it is.
pub(super) struct Late<'e> {
    pub(super) object_type: u16,
    pub(super) object: u32,
    pub(super) moment: Instant,
    pub(super) event: &'e Projected,
}

impl Live {
    /// Folds an object's events anew, in order of time, with one that came late, up to now.
    pub(super) fn again<J: Journal>(
        &mut self,
        late: &Late<'_>,
        journal: &J,
        changes: &mut Vec<Change>,
    ) -> Result<(), J::Error> {
        let Late {
            object_type,
            object,
            ..
        } = *late;
        let found = |live: &mut Self| {
            let watched = live.watched(object_type, object);
            watched.findings(object_type, object).collect::<Vec<_>>()
        };
        let found_before = found(self);
        let (end, mut before) = self.go_back(late);
        if end == End::default() {
            self.describe_again((object_type, object), journal)?;
        }
        let positions: Vec<u64> = self
            .watched(object_type, object)
            .journal
            .after(end)
            .collect();
        let mut events = Vec::with_capacity(positions.len() + 1);
        for position in positions {
            let event = self.read(position, journal)?;
            // An event without a time stands behind the one before it.
            before = event.moment.map_or(before, |moment| moment.instant);
            events.push((before, event));
        }
        let place = events.partition_point(|(at, _)| *at <= late.moment);
        events.insert(place, (late.moment, late.event.clone()));
        self.fold_again((object_type, object), end, &events, changes);
        differences(&found_before, &found(self), changes);
        Ok(())
    }

    /// Folds events into an object that went back to an end of its journal.
    pub(super) fn fold_again(
        &mut self,
        (object_type, object): (u16, u32),
        end: End,
        events: &[(Instant, Projected)],
        changes: &mut Vec<Change>,
    ) {
        self.watched(object_type, object).journal.truncate(end);
        let mut made = Vec::new();
        for (at, event) in events {
            let folded = self
                .engine
                .step(&event.event(), object_type, object, &self.names);
            debug_assert_eq!(folded, Folded::Judged, "the journal is in order");
            self.collect(&mut made);
            self.watched(object_type, object)
                .journal
                .push(event.position);
            self.mark((object_type, object), *at, *at);
        }
        self.run_out(&mut made);
        // Time may have run out for other objects too.
        let elsewhere = |change: &Change| {
            let finding = change.finding();
            (finding.object_type, finding.object) != (object_type, object)
        };
        changes.extend(made.into_iter().filter(elsewhere));
    }

    /// Brings an object to the last state that was kept from before a late event. Gives the end of the
    /// journal then, and when its last event happened.
    fn go_back(&mut self, late: &Late<'_>) -> (End, Instant) {
        let Late {
            object_type,
            object,
            moment,
            ..
        } = *late;
        self.engine.forget(object_type, object);
        if let Some(mark) = self.watched(object_type, object).go_back(moment) {
            let (end, last) = (mark.end, mark.last);
            let state = std::mem::take(&mut mark.state);
            let mut from = Reader::of(&state);
            let read = self.engine.load_object(object_type, object, &mut from);
            let stood = self.engine.last(object_type, object);
            let is_sound = read.is_ok() && stood.is_some_and(|stood| stood <= last);
            let watched = self.watched(object_type, object);
            if is_sound {
                watched.give_back(state);
                return (end, last);
            }
            // Only a forged state can hold what was not written here: all events are there still.
            watched.forget_all();
            self.engine.forget(object_type, object);
        }
        (End::default(), Instant::MIN)
    }

    /// Keeps the state of an object to go back to, now and then.
    pub(super) fn mark(
        &mut self,
        (object_type, object): (u16, u32),
        last: Instant,
        until: Instant,
    ) {
        if !self.watched(object_type, object).wants_mark() {
            return;
        }
        let mut state = Vec::new();
        let mut keep = |piece: &[u8]| state.extend_from_slice(piece);
        let mut into = Writer::new(&mut keep);
        self.engine.save_object(object_type, object, &mut into);
        into.flush();
        state.shrink_to_fit();
        self.watched(object_type, object).mark(state, last, until);
    }
}

/// What is found no longer, and what is new.
pub(super) fn differences(before: &[Finding], now: &[Finding], changes: &mut Vec<Change>) {
    let by_place = |findings: &[Finding]| {
        let mut by_place = BTreeMap::new();
        for finding in findings {
            let place = (finding.rule, finding.place());
            by_place
                .entry(place)
                .or_insert_with(Vec::new)
                .push(*finding);
        }
        by_place
    };
    // What stands at one place may differ in its numbers.
    let (before, now) = (by_place(before), by_place(now));
    let none = Vec::new();
    for (place, findings) in &before {
        let others = now.get(place).unwrap_or(&none);
        let gone = findings.iter().filter(|one| !others.contains(one));
        changes.extend(gone.map(|finding| Change::Withdrawn(*finding)));
    }
    for (place, findings) in &now {
        let others = before.get(place).unwrap_or(&none);
        let new = findings.iter().filter(|one| !others.contains(one));
        changes.extend(new.map(|finding| Change::Opened(*finding)));
    }
}
