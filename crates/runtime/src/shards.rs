//! Engines at work: one in this thread, or several in threads of their own, each with its share of
//! the objects of every type. The result does not depend on how many there are.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use cage_engine::{Account, Engine, Event, Folded, ObjectState, Projected};
use cage_law::Moment;
use cage_model::{Finding, Interner, SinkError, Symbol, Time, Value};

use crate::feed::Fold;
use crate::late::Late;

/// Records that are handed to the engines together.
const BATCH: usize = 2_048;
/// Events whose states are fetched from memory together.
const AHEAD: usize = 16;
/// Batches that may wait for an engine.
const WAITING: usize = 4;

/// What the engines found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) account: Account,
    pub(crate) late: Vec<Late>,
    /// Bytes of state held for objects at the end of the reading.
    pub(crate) bytes: usize,
}

/// One engine with its share of the objects: those whose number leaves `share` when divided by
/// `of`.
pub(crate) struct Shard {
    engine: Engine,
    share: u32,
    of: u32,
    late: Vec<Late>,
}

impl Shard {
    pub(crate) const fn new(engine: Engine, share: u32, of: u32) -> Self {
        Self {
            engine,
            share,
            of,
            late: Vec::new(),
        }
    }

    #[inline]
    fn local(&self, object: u32) -> Option<u32> {
        if self.of == 1 {
            return Some(object);
        }
        (object % self.of == self.share).then_some(object / self.of)
    }

    fn warm(&self, activity: Symbol, objects: &[(u16, u32)]) {
        for &(object_type, object) in objects {
            if let Some(local) = self.local(object) {
                self.engine.warm(activity, object_type, local);
            }
        }
    }

    fn warm_more(&self, activity: Symbol, objects: &[(u16, u32)]) {
        for &(object_type, object) in objects {
            if let Some(local) = self.local(object) {
                self.engine.warm_more(activity, object_type, local);
            }
        }
    }

    fn event(
        &mut self,
        sequence: u64,
        event: &Event<'_>,
        objects: &[(u16, u32)],
        names: &Interner,
    ) {
        for &(object_type, object) in objects {
            let Some(local) = self.local(object) else {
                continue;
            };
            if self.engine.step(event, object_type, local, names) == Folded::Late {
                self.late.push(Late {
                    object_type,
                    object,
                    sequence,
                });
            }
        }
    }

    fn state(&mut self, sequence: u64, state: &ObjectState) {
        let Some(local) = self.local(state.object) else {
            return;
        };
        let mut moved = state.clone();
        moved.object = local;
        if self.engine.state(&moved) == Folded::Late {
            self.late.push(Late {
                object_type: state.object_type,
                object: state.object,
                sequence,
            });
        }
    }

    /// Bytes held for the findings so far.
    pub(crate) fn finding_bytes(&self) -> usize {
        let rules = self.engine.account().rules.iter();
        let held = rules.map(|rule| rule.findings.capacity() + rule.amended.capacity());
        held.sum::<usize>() * size_of::<Finding>()
    }

    pub(crate) fn close(self, now: Time, finite: bool, names: &Interner) -> Found {
        let bytes = self.engine.bytes();
        let mut account = self.engine.close(now, finite, names);
        if self.of > 1 {
            for finding in account.rules.iter_mut().flat_map(|rule| &mut rule.findings) {
                finding.object = finding.object * self.of + self.share;
            }
        }
        Found {
            account,
            late: self.late,
            bytes,
        }
    }
}

impl Fold for Shard {
    fn event(
        &mut self,
        sequence: u64,
        event: &Projected,
        names: &Interner,
    ) -> Result<(), SinkError> {
        Self::event(self, sequence, &event.event(), &event.objects, names);
        Ok(())
    }

    fn state(
        &mut self,
        sequence: u64,
        state: &ObjectState,
        _names: &Interner,
    ) -> Result<(), SinkError> {
        Self::state(self, sequence, state);
        Ok(())
    }
}

/// Records on their way to the engines, laid flat.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    events: Vec<Flat>,
    slots: Vec<Value>,
    objects: Vec<(u16, u32)>,
    /// States of objects, each with its sequence number and the number of events before it.
    states: Vec<(u64, usize, ObjectState)>,
    /// Texts that are new since the batch before, in the order of their symbols.
    texts: Vec<String>,
}

/// An event whose slots and objects lie in the batch: up to these ends.
#[derive(Debug)]
struct Flat {
    sequence: u64,
    position: u64,
    activity: Symbol,
    time: Option<Time>,
    moment: Option<Moment>,
    arrival: Option<Moment>,
    slots_end: usize,
    objects_end: usize,
}

impl Batch {
    pub(crate) fn push(&mut self, sequence: u64, event: &Projected) {
        self.slots.extend_from_slice(&event.slots);
        self.objects.extend_from_slice(&event.objects);
        self.events.push(Flat {
            sequence,
            position: event.position,
            activity: event.activity,
            time: event.time,
            moment: event.moment,
            arrival: event.arrival,
            slots_end: self.slots.len(),
            objects_end: self.objects.len(),
        });
    }

    pub(crate) fn push_state(&mut self, sequence: u64, state: &ObjectState) {
        let before = self.events.len();
        self.states.push((sequence, before, state.clone()));
    }

    fn len(&self) -> usize {
        self.events.len() + self.states.len()
    }

    /// Hands every record to a shard, in order.
    pub(crate) fn fold(&self, shard: &mut Shard, names: &Interner) {
        let mut states = self.states.iter().peekable();
        let (mut slots, mut objects) = (0, 0);
        for (index, flat) in self.events.iter().enumerate() {
            if index % AHEAD == 0 {
                let ahead = &self.events[index..self.events.len().min(index + AHEAD)];
                for step in [Shard::warm, Shard::warm_more] {
                    let mut start = objects;
                    for flat in ahead {
                        step(shard, flat.activity, &self.objects[start..flat.objects_end]);
                        start = flat.objects_end;
                    }
                }
            }
            while let Some((sequence, _, state)) = states.next_if(|state| state.1 <= index) {
                shard.state(*sequence, state);
            }
            let event = Event {
                position: flat.position,
                activity: flat.activity,
                time: flat.time,
                moment: flat.moment,
                arrival: flat.arrival,
                slots: &self.slots[slots..flat.slots_end],
            };
            let named = &self.objects[objects..flat.objects_end];
            shard.event(flat.sequence, &event, named, names);
            (slots, objects) = (flat.slots_end, flat.objects_end);
        }
        for (sequence, _, state) in states {
            shard.state(*sequence, state);
        }
    }
}

enum Message {
    Batch(Arc<Batch>),
    Close { now: Time, finite: bool },
}

/// Hands records to several engines.
pub(crate) struct Spread<'scope> {
    workers: Vec<(SyncSender<Message>, ScopedJoinHandle<'scope, Option<Found>>)>,
    batch: Batch,
    /// Symbols that the engines know.
    known: usize,
}

impl<'scope> Spread<'scope> {
    pub(crate) fn new<'env>(
        engine: &Engine,
        count: u32,
        scope: &'scope Scope<'scope, 'env>,
    ) -> Self {
        let workers = (0..count).map(|share| {
            let (sender, receiver) = sync_channel(WAITING);
            let shard = Shard::new(engine.clone(), share, count);
            let names = engine.names().clone();
            (sender, scope.spawn(move || work(shard, names, &receiver)))
        });
        Self {
            workers: workers.collect(),
            batch: Batch::default(),
            known: engine.names().len(),
        }
    }

    fn send(&mut self, names: &Interner) -> Result<(), SinkError> {
        let mut batch = std::mem::take(&mut self.batch);
        let new = self.known as u32..names.len() as u32;
        batch.texts = new
            .map(|index| names.text(Symbol::from_index(index)).to_owned())
            .collect();
        self.known = names.len();
        let batch = Arc::new(batch);
        for (sender, _) in &self.workers {
            sender
                .send(Message::Batch(Arc::clone(&batch)))
                .map_err(|_| "an engine's thread has stopped")?;
        }
        Ok(())
    }

    /// Ends the fold and gathers what every engine found.
    pub(crate) fn close(
        mut self,
        now: Time,
        finite: bool,
        names: &Interner,
        rules: usize,
    ) -> Found {
        let mut found = Found {
            account: Account::new(rules),
            late: Vec::new(),
            bytes: 0,
        };
        // A thread that has stopped is found when it is joined.
        let _ = self.send(names);
        for (sender, _) in &self.workers {
            let _ = sender.send(Message::Close { now, finite });
        }
        for (_, handle) in self.workers {
            match handle.join() {
                Ok(Some(part)) => {
                    found.account.add(part.account);
                    found.late.extend(part.late);
                    found.bytes += part.bytes;
                }
                Ok(None) => {}
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        found
    }
}

fn work(mut shard: Shard, mut names: Interner, receiver: &Receiver<Message>) -> Option<Found> {
    while let Ok(message) = receiver.recv() {
        match message {
            Message::Batch(batch) => {
                for text in &batch.texts {
                    names.intern(text);
                }
                batch.fold(&mut shard, &names);
            }
            Message::Close { now, finite } => return Some(shard.close(now, finite, &names)),
        }
    }
    // The reading was given up.
    None
}

impl Fold for Spread<'_> {
    fn event(
        &mut self,
        sequence: u64,
        event: &Projected,
        names: &Interner,
    ) -> Result<(), SinkError> {
        self.batch.push(sequence, event);
        if self.batch.len() >= BATCH {
            self.send(names)?;
        }
        Ok(())
    }

    fn state(
        &mut self,
        sequence: u64,
        state: &ObjectState,
        names: &Interner,
    ) -> Result<(), SinkError> {
        self.batch.push_state(sequence, state);
        if self.batch.len() >= BATCH {
            self.send(names)?;
        }
        Ok(())
    }
}
