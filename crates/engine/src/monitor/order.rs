//! `order`: first come, first served. The rule's object is the queue.
//!
//! An activation is a serve of an item that waits. It is violated when more than the allowed
//! number of items that entered earlier still wait ([`Reason::Overtaken`]), unless the serve is a
//! declared exception. Only what differs in time is an order: items that entered at one instant do
//! not overtake each other, and nor do items that are served at one instant; a serve is therefore
//! judged once time has moved on. An item that enters again while it waits keeps its place; one
//! that is served without having entered is none of the rule's.
//!
//! An event without its item, or whose guard cannot be decided, is undecided; an item that may
//! have been served waits no longer, so that nobody is said to have overtaken it.

mod line;

use cage_law::DayCount;
use cage_model::{EventRef, Instant, Payload, Reason};
use cage_pack::Order;
use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::matching::{Guard, Match, Matcher, Unknown};
use crate::monitor::{Activities, Breach, Emit, EmitEnd, End, Monitor, Setting, Step};
use crate::slab::{Slab, Slot};
use crate::state::Damaged;

use line::{Line, LineMemory};

/// Judges an [`Order`].
#[derive(Clone, Debug)]
pub(crate) struct OrderMonitor {
    enter: Matcher,
    serve: Matcher,
    item: Guard,
    places: u64,
    unless: Option<Guard>,
    queues: Slab<Queue>,
}

/// One queue.
#[derive(Clone, Default, Debug)]
struct Queue {
    line: Line,
    /// Serves at the last instant, to be judged when time has moved on.
    served: Vec<Served>,
}

/// A serve that is not judged yet.
#[derive(Clone, Copy, Debug)]
struct Served {
    entered: EventRef,
    served: EventRef,
    /// The first place in the line that is not before this item's.
    place: usize,
    excuse: Excuse,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Excuse {
    None,
    Declared,
    Unknown(Unknown),
}

/// A [`Queue`] as a plain value. Places are counted among those who wait.
#[derive(Serialize, Deserialize)]
pub(crate) struct QueueMemory {
    line: LineMemory,
    served: Vec<ServedMemory>,
}

#[derive(Serialize, Deserialize)]
struct ServedMemory {
    entered: EventRef,
    served: EventRef,
    place: u64,
    excuse: Excuse,
}

/// What came of a serve.
enum Judgement {
    InOrder,
    Overtook(Breach),
    Undecided(Breach),
}

impl Queue {
    /// How a serve stands, now that everything of its instant is known.
    fn judge(&self, served: &Served, places: u64) -> Judgement {
        let overtaken = self.line.waiting_before(served.place);
        if overtaken <= places {
            return Judgement::InOrder;
        }
        let breach = Breach {
            trigger: Some(served.entered),
            other: Some(served.served),
            at: served.served.at,
            reason: Reason::Overtaken,
            payload: Payload::Count {
                counted: overtaken,
                limit: places,
            },
        };
        match served.excuse {
            Excuse::None => Judgement::Overtook(breach),
            Excuse::Declared => Judgement::InOrder,
            Excuse::Unknown(unknown) => Judgement::Undecided(Breach {
                reason: unknown.reason,
                payload: unknown.payload(),
                ..breach
            }),
        }
    }

    /// Whether its serves are of an instant that is over.
    fn is_due(&self, now: Instant) -> bool {
        self.served.first().is_some_and(|served| {
            // Events without a time come one by one.
            served.served.at != now || now == Instant::MIN
        })
    }

    fn settle(&mut self, places: u64, out: &mut dyn Emit) {
        for served in std::mem::take(&mut self.served) {
            match self.judge(&served, places) {
                Judgement::InOrder => out.satisfied(1),
                Judgement::Overtook(breach) => out.violated(breach),
                Judgement::Undecided(breach) => out.undecided(breach),
            }
        }
        self.line.close_up();
    }
}

impl OrderMonitor {
    /// Takes an order into a monitor.
    pub(crate) fn new(order: &Order, setting: &mut Setting<'_>) -> Self {
        Self {
            enter: Matcher::new(&order.enter, setting),
            serve: Matcher::new(&order.serve, setting),
            item: Guard::new(&order.item, setting),
            places: u64::from(order.places),
            unless: order
                .unless
                .as_ref()
                .map(|unless| Guard::new(unless, setting)),
            queues: Slab::default(),
        }
    }

    fn item(&self, step: &Step<'_>) -> Result<Key, Unknown> {
        Key::of(self.item.value(step)?).ok_or_else(|| self.item.unfit())
    }

    fn serve(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        let sure = self.serve.matches(step);
        if sure == Match::No {
            return;
        }
        let item = match self.item(step) {
            Ok(item) => item,
            Err(unknown) => return out.undecided_trigger(unknown.of_trigger(step)),
        };
        let excuse = match self.unless.as_ref().map(|unless| unless.test(step, &[])) {
            None | Some(Match::No) => Excuse::None,
            Some(Match::Yes) => Excuse::Declared,
            Some(Match::Unknown(unknown)) => Excuse::Unknown(unknown),
        };
        let queue = self.queues.get_mut(*state);
        let left = queue.and_then(|queue| Some((queue.line.leave(item)?, queue)));
        if let Match::Unknown(unknown) = sure {
            return out.undecided_trigger(unknown.of_trigger(step));
        }
        if let Some((entered, queue)) = left {
            out.activated(1);
            queue.served.push(Served {
                entered: entered.event,
                served: step.event(),
                place: entered.place,
                excuse,
            });
        }
    }

    fn enter(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        match self.enter.matches(step) {
            Match::No => return,
            Match::Unknown(unknown) => return out.undecided_trigger(unknown.of_trigger(step)),
            Match::Yes => {}
        }
        match self.item(step) {
            Err(unknown) => out.undecided_trigger(unknown.of_trigger(step)),
            Ok(item) => {
                let queue = self.queues.entry(state, Queue::default);
                queue.line.enter(item, step.event());
            }
        }
    }
}

impl Monitor for OrderMonitor {
    type State = Slot;
    type Memory = Option<QueueMemory>;

    fn activities(&self) -> Activities {
        Activities::union([self.enter.activities(), self.serve.activities()])
    }

    /// An event that is both serves its item before it lets it enter anew.
    fn step(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        if let Some(queue) = self.queues.get_mut(*state)
            && queue.is_due(step.moment.instant)
        {
            queue.settle(self.places, out);
        }
        self.serve(state, step, out);
        self.enter(state, step, out);
    }

    fn expire(&mut self, state: &mut Slot, now: &End<'_>, out: &mut dyn Emit) {
        if let Some(queue) = self.queues.get_mut(*state)
            && queue.is_due(now.now.instant)
        {
            queue.settle(self.places, out);
        }
    }

    fn next_due(&self, state: &Slot, _days: &DayCount) -> Option<Instant> {
        let served = self.queues.get(*state)?.served.first()?;
        Some(served.served.at.plus(1))
    }

    fn finish(&self, state: &Slot, _end: &End<'_>, out: &mut dyn EmitEnd) {
        let Some(queue) = self.queues.get(*state) else {
            return;
        };
        for served in &queue.served {
            match queue.judge(served, self.places) {
                Judgement::InOrder => out.possibly_satisfied(1),
                Judgement::Overtook(breach) => out.violated(breach),
                Judgement::Undecided(breach) => out.undecided(breach),
            }
        }
    }

    fn reset(&mut self, state: &mut Slot) {
        self.queues.take(state);
    }

    fn recall(&self, state: &Slot) -> Option<QueueMemory> {
        let queue = self.queues.get(*state)?;
        let served = queue.served.iter().map(|served| ServedMemory {
            entered: served.entered,
            served: served.served,
            place: queue.line.waiting_before(served.place),
            excuse: served.excuse,
        });
        Some(QueueMemory {
            line: queue.line.recall(),
            served: served.collect(),
        })
    }

    fn remember(&mut self, memory: Option<QueueMemory>) -> Result<Slot, Damaged> {
        let queue = memory.map(|memory| Queue {
            line: Line::of(memory.line),
            served: memory
                .served
                .into_iter()
                .map(|served| Served {
                    entered: served.entered,
                    served: served.served,
                    place: served.place as usize,
                    excuse: served.excuse,
                })
                .collect(),
        });
        Ok(self.queues.keep(queue))
    }

    fn bytes(&self) -> usize {
        let of = |queue: &Queue| queue.line.bytes() + queue.served.capacity() * size_of::<Served>();
        self.queues.bytes() + self.queues.iter().map(of).sum::<usize>()
    }
}

#[cfg(test)]
mod tests;
