//! What an object's own record states, live: its attributes, which rules read beside those of events.
//!
//! A description holds for the object from its beginning, as in a check, wherever in the log it stands: one that comes
//! after events of the object makes these be folded anew.

use std::sync::Arc;

use cage_engine::{Candidate, Folded, ObjectState};
use cage_model::{Finding, Instant};

use super::again::differences;
use super::positions::End;
use super::{Change, Journal, Live, order};

impl Live {
    /// Takes the description in the buffer.
    pub(super) fn described<J: Journal>(
        &mut self,
        position: u64,
        journal: &J,
        takes: &mut dyn FnMut(&str, &Candidate<'_>) -> bool,
    ) -> Result<Vec<Change>, J::Error> {
        let program = Arc::clone(self.engine.program());
        let states = self.states(&mut |candidate| {
            let kind = program.object_types.get(usize::from(candidate.object_type));
            kind.is_some_and(|kind| takes(program.names.text(kind.name), candidate))
        });
        let mut changes = Vec::new();
        self.touched.clear();
        for state in states {
            let (object_type, object) = (state.object_type, state.object);
            self.touched.push((object_type, object));
            let watched = self.watched(object_type, object);
            watched.describe(position);
            let has_events = watched.journal.end() != End::default();
            if has_events && !state.fields.is_empty() {
                self.all_again((object_type, object), journal, &mut changes)?;
            } else {
                self.take_state(&state);
            }
        }
        self.touched.sort_unstable();
        self.touched.dedup();
        changes.sort_by_key(order);
        Ok(changes)
    }

    /// Takes what was described of an object that was forgotten.
    pub(super) fn describe_again<J: Journal>(
        &mut self,
        (object_type, object): (u16, u32),
        journal: &J,
    ) -> Result<(), J::Error> {
        let positions = self.watched(object_type, object).descriptions().to_vec();
        for position in positions {
            journal.read(position, &mut self.names, &mut self.buffer)?;
            for state in self.states(&mut |_| true) {
                if (state.object_type, state.object) == (object_type, object) {
                    self.take_state(&state);
                }
            }
        }
        Ok(())
    }

    /// What the description in the buffer states.
    fn states(&mut self, takes: &mut dyn FnMut(&Candidate<'_>) -> bool) -> Vec<ObjectState> {
        let mut states = Vec::new();
        self.projector
            .description(&self.buffer, &mut self.names, takes, &mut |state| {
                states.push(state);
            });
        states
    }

    fn take_state(&mut self, state: &ObjectState) {
        let folded = self.engine.state(state);
        debug_assert_eq!(folded, Folded::Judged, "descriptions come before events");
    }

    /// Folds an object anew from its beginning.
    fn all_again<J: Journal>(
        &mut self,
        (object_type, object): (u16, u32),
        journal: &J,
        changes: &mut Vec<Change>,
    ) -> Result<(), J::Error> {
        let found = |live: &mut Self| {
            let watched = live.watched(object_type, object);
            watched
                .findings(object_type, object)
                .collect::<Vec<Finding>>()
        };
        let found_before = found(self);
        let positions: Vec<u64> = {
            let watched = self.watched(object_type, object);
            watched.forget_all();
            watched.journal.after(End::default()).collect()
        };
        self.engine.forget(object_type, object);
        self.describe_again((object_type, object), journal)?;
        let mut before = Instant::MIN;
        let mut events = Vec::with_capacity(positions.len());
        for position in positions {
            let event = self.read(position, journal)?;
            // An event without a time stands behind the one before it.
            before = event.moment.map_or(before, |moment| moment.instant);
            events.push((before, event));
        }
        self.fold_again((object_type, object), End::default(), &events, changes);
        differences(&found_before, &found(self), changes);
        Ok(())
    }
}
