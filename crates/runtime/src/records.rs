//! All records of some objects, kept in a second reading so that they can be folded in order.

use cage_engine::{Engine, Event, EventOrder, Folded, ObjectState, Projected};
use cage_law::Moment;
use cage_model::{Instant, Interner, Keyed, SinkError, Symbol, Time, Value};

use crate::feed::Fold;

/// The records of chosen objects.
pub(crate) struct Records {
    index: Keyed<(u16, u32), u32>,
    records: Vec<Vec<Record>>,
    events: Vec<Kept>,
    slots: Vec<Value>,
    states: Vec<ObjectState>,
    /// The last event that was kept, for the other chosen objects that it names.
    last: Option<u64>,
}

/// One record of one object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    /// Its number in the order of the fold.
    pub(crate) sequence: u64,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// Index of an event.
    Event(u32),
    /// Index of a state.
    State(u32),
}

/// A projected event without its slots.
#[derive(Clone, Copy, Debug)]
struct Kept {
    position: u64,
    activity: Symbol,
    time: Option<Time>,
    moment: Option<Moment>,
    arrival: Option<Moment>,
}

impl Records {
    /// Keeps the records of these objects: type and number, each once.
    pub(crate) fn new(objects: &[(u16, u32)]) -> Self {
        let mut index = Keyed::new();
        for (at, object) in objects.iter().enumerate() {
            index.insert(*object, at as u32);
        }
        Self {
            records: vec![Vec::new(); objects.len()],
            index,
            events: Vec::new(),
            slots: Vec::new(),
            states: Vec::new(),
            last: None,
        }
    }

    /// The place of an object among the chosen ones.
    pub(crate) fn place(&self, object: (u16, u32)) -> Option<usize> {
        self.index.get(&object).map(|at| *at as usize)
    }

    /// The records of the object at a place, in the order in which they were folded.
    pub(crate) fn of(&self, place: usize) -> &[Record] {
        &self.records[place]
    }

    /// Places in the log of the events that stood behind a later one of their object.
    pub(crate) fn out_of_order(&self) -> Vec<u64> {
        let mut places = Vec::new();
        for records in &self.records {
            let events = records.iter().filter_map(|record| match record.what {
                What::Event(event) => Some(self.events[event as usize]),
                What::State(_) => None,
            });
            let mut events: Vec<Kept> = events.collect();
            events.sort_by_key(|event| event.position);
            let mut latest = Instant::MIN;
            for event in events {
                let at = event.moment.map_or(latest, |moment| moment.instant);
                if at < latest {
                    places.push(event.position);
                }
                latest = latest.max(at);
            }
        }
        places
    }

    /// The records of the object at a place as they are to be judged: in order of time those of
    /// the object itself first, then events by time and place in the log.
    pub(crate) fn in_order(&self, place: usize, order: EventOrder) -> Vec<Record> {
        let records = self.of(place);
        if order == EventOrder::File {
            return records.to_vec();
        }
        let mut before = Instant::MIN;
        let mut keyed: Vec<_> = records
            .iter()
            .map(|record| match record.what {
                What::State(_) => ((0, Instant::MIN, record.sequence), *record),
                What::Event(event) => {
                    let event = self.events[event as usize];
                    before = event.moment.map_or(before, |moment| moment.instant);
                    ((1, before, event.position), *record)
                }
            })
            .collect();
        keyed.sort_by_key(|(key, _)| *key);
        keyed.into_iter().map(|(_, record)| record).collect()
    }

    /// The event of a record; `None` where it is an object's own.
    pub(crate) fn event_of(&self, record: Record) -> Option<Event<'_>> {
        let What::Event(index) = record.what else {
            return None;
        };
        let kept = self.events[index as usize];
        let width = self.slots.len() / self.events.len().max(1);
        let start = index as usize * width;
        Some(Event {
            position: kept.position,
            activity: kept.activity,
            time: kept.time,
            moment: kept.moment,
            arrival: kept.arrival,
            slots: &self.slots[start..start + width],
        })
    }

    /// Folds a record into an engine that numbers its objects in its own way.
    pub(crate) fn fold(
        &self,
        engine: &mut Engine,
        record: Record,
        (object_type, object): (u16, u32),
        names: &Interner,
    ) {
        let folded = match (record.what, self.event_of(record)) {
            (What::State(index), _) => engine.state(&ObjectState {
                object_type,
                object,
                fields: self.states[index as usize].fields.clone(),
            }),
            (What::Event(_), None) => return,
            (What::Event(_), Some(event)) => engine.step(&event, object_type, object, names),
        };
        debug_assert_eq!(folded, Folded::Judged, "records are folded in order");
    }
}

impl Fold for Records {
    fn event(
        &mut self,
        sequence: u64,
        event: &Projected,
        _names: &Interner,
    ) -> Result<(), SinkError> {
        for object in &event.objects {
            let Some(at) = self.index.get(object).copied() else {
                continue;
            };
            if self.last != Some(sequence) {
                self.last = Some(sequence);
                self.slots.extend_from_slice(&event.slots);
                self.events.push(Kept {
                    position: event.position,
                    activity: event.activity,
                    time: event.time,
                    moment: event.moment,
                    arrival: event.arrival,
                });
            }
            let what = What::Event(self.events.len() as u32 - 1);
            self.records[at as usize].push(Record { sequence, what });
        }
        Ok(())
    }

    fn state(
        &mut self,
        sequence: u64,
        state: &ObjectState,
        _names: &Interner,
    ) -> Result<(), SinkError> {
        let key = (state.object_type, state.object);
        if let Some(at) = self.index.get(&key).copied() {
            self.states.push(state.clone());
            let what = What::State(self.states.len() as u32 - 1);
            self.records[at as usize].push(Record { sequence, what });
        }
        Ok(())
    }
}
