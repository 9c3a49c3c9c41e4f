//! Objects with late records, judged anew from all their records in the right order.
//!
//! Decision 0002: the first reading folds everything as it comes and takes an object out when a
//! record of it is late. A second reading collects the records of those objects. What an object had
//! contributed before it was taken out is found by folding the same records again, and taken back.

use std::sync::Arc;

use cage_engine::{Account, Engine, EventOrder, Folded, ObjectState, Projected, Unsupported};
use cage_law::Moment;
use cage_model::{Instant, Interner, Keyed, SinkError, Symbol, Time, Value};
use cage_pack::Program;

use crate::feed::Fold;

/// An object that was taken out of the fold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Late {
    /// Its type.
    pub(crate) object_type: u16,
    /// Its number.
    pub(crate) object: u32,
    /// The sequence number of the record that was late.
    pub(crate) sequence: u64,
}

/// The records of late objects.
pub(crate) struct Collector {
    late: Vec<Late>,
    index: Keyed<(u16, u32), u32>,
    records: Vec<Vec<Record>>,
    events: Vec<Kept>,
    slots: Vec<Value>,
    states: Vec<ObjectState>,
    /// The last event that was kept, for the other late objects that it names.
    last: Option<u64>,
}

/// One record of one object.
#[derive(Clone, Copy, Debug)]
struct Record {
    sequence: u64,
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

impl Collector {
    pub(crate) fn new(mut late: Vec<Late>) -> Self {
        late.sort_unstable();
        let mut index = Keyed::new();
        for (at, one) in late.iter().enumerate() {
            index.insert((one.object_type, one.object), at as u32);
        }
        Self {
            records: vec![Vec::new(); late.len()],
            late,
            index,
            events: Vec::new(),
            slots: Vec::new(),
            states: Vec::new(),
            last: None,
        }
    }

    /// Places of the events that stood behind a later one of their object.
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

    /// Takes back what the late objects had contributed to `account`, and adds what they contribute
    /// when judged in order, as they stand at `now`.
    pub(crate) fn settle(
        &self,
        program: &Arc<Program>,
        end: (Time, bool),
        names: &Interner,
        account: &mut Account,
    ) -> Result<(), Unsupported> {
        let mut undone = Engine::new(Arc::clone(program), EventOrder::Time)?;
        let mut judged = Engine::new(Arc::clone(program), EventOrder::Time)?;
        let (mut numbers, mut event) = (vec![0; program.object_types.len()], Projected::default());
        let mut originals: Vec<Vec<u32>> = vec![Vec::new(); program.object_types.len()];
        for (late, records) in self.late.iter().zip(&self.records) {
            let number: &mut u32 = &mut numbers[usize::from(late.object_type)];
            let target = (late.object_type, *number);
            *number += 1;
            originals[usize::from(late.object_type)].push(late.object);
            for record in records {
                if record.sequence < late.sequence {
                    self.fold(&mut undone, *record, target, &mut event, names);
                }
            }
            for record in self.in_order(records) {
                self.fold(&mut judged, record, target, &mut event, names);
            }
        }
        for (rule, before) in account.rules.iter_mut().zip(&undone.account().rules) {
            if !before.findings.is_empty() {
                let is_late = |kind, object| self.index.contains_key(&(kind, object));
                rule.findings
                    .retain(|finding| !is_late(finding.object_type, finding.object));
            }
        }
        account.take_back(undone.account());
        let mut anew = judged.close(end.0, end.1, names);
        for finding in anew.rules.iter_mut().flat_map(|rule| &mut rule.findings) {
            finding.object = originals[usize::from(finding.object_type)][finding.object as usize];
        }
        account.add(anew);
        Ok(())
    }

    /// Records of objects first, then events by time and place.
    fn in_order(&self, records: &[Record]) -> Vec<Record> {
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

    fn fold(
        &self,
        engine: &mut Engine,
        record: Record,
        (object_type, object): (u16, u32),
        event: &mut Projected,
        names: &Interner,
    ) {
        let folded = match record.what {
            What::State(index) => engine.state(&ObjectState {
                object_type,
                object,
                fields: self.states[index as usize].fields.clone(),
            }),
            What::Event(index) => {
                let kept = self.events[index as usize];
                event.position = kept.position;
                event.activity = kept.activity;
                event.time = kept.time;
                event.moment = kept.moment;
                event.arrival = kept.arrival;
                let width = self.slots.len() / self.events.len().max(1);
                let start = index as usize * width;
                event.slots.clear();
                event
                    .slots
                    .extend_from_slice(&self.slots[start..start + width]);
                engine.step(event, object_type, object, names)
            }
        };
        debug_assert_eq!(folded, Folded::Judged, "records are folded in order");
    }
}

impl Fold for Collector {
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

    fn state(&mut self, sequence: u64, state: &ObjectState) -> Result<(), SinkError> {
        let key = (state.object_type, state.object);
        if let Some(at) = self.index.get(&key).copied() {
            self.states.push(state.clone());
            let what = What::State(self.states.len() as u32 - 1);
            self.records[at as usize].push(Record { sequence, what });
        }
        Ok(())
    }
}
