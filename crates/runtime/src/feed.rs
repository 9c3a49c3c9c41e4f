//! Receives records from a reader, projects them, and hands them on in the order of the fold.
//!
//! Numbers events and objects, drops what is not to be judged (repeated events, events after the
//! moment of judgement), puts the events of one XES trace in order of time, and counts what was
//! read. Holds no more than one trace, and of that only a bounded piece.

mod census;
mod group;
mod repeats;

use cage_engine::{EventOrder, ObjectState, Projected, Projector};
use cage_model::{
    EventBuffer, Interner, LogHeader, LogSink, ObjectBuffer, SinkError, Time, Wanted,
};

pub(crate) use census::Census;
use group::Group;
use repeats::{Repeat, Repeats};

/// Takes the records in the order of the fold. The sequence numbers grow from record to record and
/// are the same in every reading of the same files.
pub(crate) trait Fold {
    /// An event.
    fn event(
        &mut self,
        sequence: u64,
        event: &Projected,
        names: &Interner,
    ) -> Result<(), SinkError>;

    /// What an object's record states.
    fn state(
        &mut self,
        sequence: u64,
        state: &ObjectState,
        names: &Interner,
    ) -> Result<(), SinkError>;

    /// An event as it was read, before it is put in order.
    fn raw_event(&mut self, _raw: &EventBuffer, _event: &Projected, _names: &Interner) {}

    /// An object's record as it was read.
    fn raw_object(&mut self, _raw: &ObjectBuffer, _names: &Interner) {}
}

/// What is to be judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FeedOptions {
    /// Events after this moment are left out.
    pub(crate) as_of: Option<Time>,
    /// The order of the fold.
    pub(crate) order: EventOrder,
    /// Whether every attribute is wanted, for stories.
    pub(crate) everything: bool,
}

/// A consumer of a reader's records.
pub(crate) struct Feed<'f, F> {
    fold: &'f mut F,
    projector: Projector,
    wanted: Wanted,
    options: FeedOptions,
    repeats: Repeats,
    census: Census,
    group: Group,
    projected: Projected,
    /// Events so far, those left out included.
    position: u64,
    /// Records handed on so far.
    sequence: u64,
}

impl<'f, F: Fold> Feed<'f, F> {
    /// A feed whose reader uses an interner that began as a clone of the engine's.
    pub(crate) fn new(
        fold: &'f mut F,
        projector: Projector,
        options: FeedOptions,
        names: &Interner,
    ) -> Self {
        let wanted = if options.everything {
            Wanted::All
        } else {
            let attributes = projector.attributes();
            Wanted::Names(
                attributes
                    .into_iter()
                    .map(|name| names.text(name).to_owned())
                    .collect(),
            )
        };
        Self {
            fold,
            census: Census::new(projector.kinds(), projector.columns().len()),
            projector,
            wanted,
            options,
            repeats: Repeats::default(),
            group: Group::default(),
            projected: Projected::default(),
            position: 0,
            sequence: 0,
        }
    }

    /// What was read, and the numbering of objects.
    pub(crate) fn finish(self) -> (Census, Projector) {
        let mut census = self.census;
        census.repeated = self.repeats.equal;
        census.contradicting = self.repeats.different;
        census.repeats_forgotten = self.repeats.forgot;
        census.out_of_order.extend(self.group.out_of_order);
        (census, self.projector)
    }

    fn is_after(&self, time: Option<Time>) -> bool {
        match (time, self.options.as_of) {
            (Some(time), Some(as_of)) => time > as_of,
            _ => false,
        }
    }

    fn hand_on(&mut self, names: &Interner) -> Result<(), SinkError> {
        let sequence = self.sequence;
        self.sequence += 1;
        self.fold.event(sequence, &self.projected, names)
    }

    /// Hands on the kept events of a group.
    fn empty_group(&mut self, names: &Interner) -> Result<(), SinkError> {
        self.group.sort();
        for place in 0..self.group.len() {
            let sequence = self.sequence;
            self.sequence += 1;
            self.fold.event(sequence, self.group.get(place), names)?;
        }
        self.group.clear();
        Ok(())
    }
}

impl<F: Fold> LogSink for Feed<'_, F> {
    fn wanted(&self) -> Wanted {
        self.wanted.clone()
    }

    fn header(&mut self, _header: &LogHeader, _names: &mut Interner) -> Result<(), SinkError> {
        Ok(())
    }

    fn object(&mut self, object: &ObjectBuffer, names: &mut Interner) -> Result<(), SinkError> {
        self.fold.raw_object(object, names);
        let mut states: Vec<ObjectState> = Vec::new();
        self.projector
            .object(object, names, &mut |state| states.push(state.clone()));
        if states.is_empty() {
            self.census.object(object);
        }
        for state in states {
            for (field, _, _) in &state.fields {
                let column = self.projector.column_of(state.object_type, *field);
                self.census.columns_seen[usize::from(column)] = true;
            }
            let sequence = self.sequence;
            self.sequence += 1;
            self.fold.state(sequence, &state, names)?;
        }
        Ok(())
    }

    fn event(&mut self, event: &EventBuffer, names: &mut Interner) -> Result<(), SinkError> {
        let position = self.position;
        self.position += 1;
        if self.is_after(event.time) {
            self.census.after += 1;
            return Ok(());
        }
        self.projector.event(event, names, &mut self.projected);
        self.projected.position = position;
        if self.repeats.see(event, &self.projected) == Repeat::Equal {
            return Ok(());
        }
        self.census.event(event, &self.projected.slots);
        self.fold.raw_event(event, &self.projected, names);
        if !self.group.is_open() {
            return self.hand_on(names);
        }
        self.group.keep(&self.projected);
        if self.group.is_full() {
            self.empty_group(names)?;
        }
        Ok(())
    }

    fn group_start(&mut self, names: &mut Interner) -> Result<(), SinkError> {
        self.empty_group(names)?;
        if self.options.order == EventOrder::Time {
            self.group.open();
        }
        Ok(())
    }

    fn group_end(&mut self, names: &mut Interner) -> Result<(), SinkError> {
        self.empty_group(names)?;
        self.group.close();
        Ok(())
    }
}
