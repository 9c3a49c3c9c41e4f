//! A monitor with the states of all objects: one column per rule, one row per object.

use cage_law::DayCount;
use cage_model::Instant;

use crate::chunks::Chunks;
use crate::monitor::{Activities, Emit, EmitEnd, End, Monitor, OpenClock, Owed, Step};
use crate::state::{Damaged, Reader, Writer};
use crate::variants::Variants;

/// A monitor of any kind, as the engine runs it.
pub(crate) trait Column: Send {
    fn activities(&self) -> Activities;
    fn grow(&mut self, objects: usize);
    fn step(&mut self, object: u32, step: &Step<'_>, out: &mut dyn Emit);
    fn expire(&mut self, object: u32, now: &End<'_>, out: &mut dyn Emit);
    fn next_due(&self, object: u32, days: &DayCount) -> Option<Instant>;
    fn owed(&self, object: u32, days: &DayCount, each: &mut dyn FnMut(Owed));
    fn clocks(&self, object: u32, each: &mut dyn FnMut(OpenClock<'_>));
    fn finish(&self, object: u32, end: &End<'_>, out: &mut dyn EmitEnd);
    fn reset(&mut self, object: u32);
    fn save(&self, object: u32, into: &mut Writer<'_>);
    fn load(&mut self, object: u32, from: &mut Reader<'_>) -> Result<(), Damaged>;
    fn save_shared(&self, into: &mut Writer<'_>);
    fn load_shared(&mut self, from: &mut Reader<'_>) -> Result<(), Damaged>;
    /// Fetches an object's state from memory, so that a step soon after does not wait for it.
    fn warm(&self, object: u32);
    /// Whether [`Column::warm_more`] does anything.
    fn warms_more(&self) -> bool;
    /// Likewise what the state, fetched before, names in the monitor's arenas.
    fn warm_more(&self, object: u32);
    fn bytes(&self) -> usize;
    /// The variants of the objects for which `counts` answers true.
    fn variants(&self, counts: &dyn Fn(u32) -> bool) -> Variants;
    fn copy(&self) -> Box<dyn Column>;
}

#[derive(Clone)]
struct Judged<M: Monitor> {
    monitor: M,
    states: Chunks<M::State>,
}

/// Puts a monitor into a column of its own.
pub(crate) fn column<M: Monitor>(monitor: M) -> Box<dyn Column> {
    Box::new(Judged {
        monitor,
        states: Chunks::new(1),
    })
}

impl<M: Monitor> Column for Judged<M> {
    fn activities(&self) -> Activities {
        self.monitor.activities()
    }

    fn grow(&mut self, objects: usize) {
        self.states.grow(objects, M::State::default());
    }

    fn step(&mut self, object: u32, step: &Step<'_>, out: &mut dyn Emit) {
        self.monitor.step(self.states.one_mut(object), step, out);
    }

    fn expire(&mut self, object: u32, now: &End<'_>, out: &mut dyn Emit) {
        self.monitor.expire(self.states.one_mut(object), now, out);
    }

    fn next_due(&self, object: u32, days: &DayCount) -> Option<Instant> {
        self.monitor.next_due(self.states.one(object), days)
    }

    fn owed(&self, object: u32, days: &DayCount, each: &mut dyn FnMut(Owed)) {
        self.monitor.owed(self.states.one(object), days, each);
    }

    fn clocks(&self, object: u32, each: &mut dyn FnMut(OpenClock<'_>)) {
        self.monitor.clocks(self.states.one(object), each);
    }

    fn finish(&self, object: u32, end: &End<'_>, out: &mut dyn EmitEnd) {
        self.monitor.finish(self.states.one(object), end, out);
    }

    fn reset(&mut self, object: u32) {
        self.monitor.reset(self.states.one_mut(object));
    }

    fn save(&self, object: u32, into: &mut Writer<'_>) {
        into.put(&self.monitor.recall(self.states.one(object)));
    }

    fn load(&mut self, object: u32, from: &mut Reader<'_>) -> Result<(), Damaged> {
        *self.states.one_mut(object) = self.monitor.remember(from.take()?)?;
        Ok(())
    }

    fn save_shared(&self, into: &mut Writer<'_>) {
        self.monitor.save_shared(into);
    }

    fn load_shared(&mut self, from: &mut Reader<'_>) -> Result<(), Damaged> {
        self.monitor.load_shared(from)
    }

    #[inline]
    fn warm(&self, object: u32) {
        self.states.warm(object);
    }

    fn warms_more(&self) -> bool {
        self.monitor.warms()
    }

    fn warm_more(&self, object: u32) {
        if let Some(state) = self.states.get(object) {
            self.monitor.warm(state);
        }
    }

    fn bytes(&self) -> usize {
        self.monitor.bytes() + self.states.bytes()
    }

    fn variants(&self, counts: &dyn Fn(u32) -> bool) -> Variants {
        let states = (0..).zip(self.states.iter());
        let mut counted = states
            .filter(|(object, _)| counts(*object))
            .map(|(_, state)| state);
        self.monitor.variants(&mut counted)
    }

    fn copy(&self) -> Box<dyn Column> {
        Box::new(self.clone())
    }
}
