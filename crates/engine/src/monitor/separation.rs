//! `separation` and `binding`: different hands, or one hand, for every pair of acts.
//!
//! An activation is a pair of two different events of which one is an `a` and the other a `b`;
//! an event that is both makes one pair with each other act. A pair is settled when its later
//! event comes: violated when the values are equal ([`Reason::SamePerson`]) or, for a binding,
//! different ([`Reason::DifferentPerson`]); undecided when a value is missing or the two cannot be
//! compared. All pairs are counted. One finding is made for each later event and names the
//! earliest act that it offends against.
//!
//! An object's first acts are kept in a list and compared one by one; where there are more,
//! counts per value ([`crowd`]) make a step independent of their number.

mod crowd;

use cage_model::{EventRef, Reason, Value};
use cage_pack::Separation;
use serde::{Deserialize, Serialize};

use crate::lists::{List, Lists};
use crate::matching::{Guard, Match, Matcher, Unknown, shown};
use crate::monitor::{Activities, Breach, Emit, EmitEnd, End, Monitor, Setting, Step};
use crate::slab::Slot;
use crate::state::{Damaged, demand};

use crowd::{CrowdMemory, Crowds};

/// Acts of one object that are compared one by one.
const FEW: u8 = 16;

/// Judges a [`Separation`].
#[derive(Clone, Debug)]
pub(crate) struct SeparationMonitor {
    a: Matcher,
    b: Matcher,
    by: Guard,
    same: bool,
    acts: Lists<Act>,
    crowds: Crowds,
}

/// Which acts an event is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Role {
    A,
    B,
    Both,
}

/// An act that came before.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Act {
    event: EventRef,
    value: Value,
    role: Role,
}

/// Earlier acts that make pairs with the current one in one way: how many, and the earliest.
#[derive(Clone, Copy, Default, Debug)]
struct Pairs {
    count: u64,
    earliest: Option<Act>,
}

/// All earlier acts that make pairs with the current one.
#[derive(Clone, Copy, Default, Debug)]
struct Met {
    equal: Pairs,
    different: Pairs,
    /// A value is missing, or the two cannot be compared.
    unknown: Pairs,
}

/// What is kept for one object.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct SeparationState {
    acts: List,
    crowd: Slot,
    count: u8,
}

/// What is kept for one object, as a plain value.
#[derive(Serialize, Deserialize)]
pub(crate) struct SeparationMemory {
    acts: Vec<Act>,
    crowd: Option<CrowdMemory>,
}

impl Role {
    /// Whether acts of these roles make a pair.
    fn meets(self, other: Self) -> bool {
        !matches!((self, other), (Self::A, Self::A) | (Self::B, Self::B))
    }
}

impl Pairs {
    fn add(&mut self, count: u64, act: Option<Act>) {
        self.count += count;
        // Not by the place in the log: a late act comes before those that arrived sooner.
        let place = |act: &Act| (act.event.at, act.event.position);
        let earlier = |act: &Act, than: &Act| place(act) < place(than);
        self.earliest = match (self.earliest, act) {
            (Some(one), Some(two)) if earlier(&two, &one) => Some(two),
            (one, two) => one.or(two),
        };
    }
}

impl SeparationMonitor {
    /// Takes a separation or a binding into a monitor.
    pub(crate) fn new(separation: &Separation, setting: &mut Setting<'_>) -> Self {
        Self {
            a: Matcher::new(&separation.a, setting),
            b: Matcher::new(&separation.b, setting),
            by: Guard::new(&separation.by, setting),
            same: separation.same,
            acts: Lists::default(),
            crowds: Crowds::default(),
        }
    }

    /// Which act the current event is.
    fn role(&self, step: &Step<'_>) -> Result<Option<Role>, Unknown> {
        match (self.a.matches(step), self.b.matches(step)) {
            (Match::Unknown(unknown), _) | (_, Match::Unknown(unknown)) => Err(unknown),
            (Match::Yes, Match::Yes) => Ok(Some(Role::Both)),
            (Match::Yes, Match::No) => Ok(Some(Role::A)),
            (Match::No, Match::Yes) => Ok(Some(Role::B)),
            (Match::No, Match::No) => Ok(None),
        }
    }

    fn met(&self, state: &SeparationState, act: &Act, step: &Step<'_>) -> Met {
        if let Some(met) = self.crowds.met(state.crowd, act) {
            return met;
        }
        let mut met = Met::default();
        for earlier in self.acts.iter(state.acts) {
            if earlier.role.meets(act.role) {
                let pairs = match earlier.value.equals(act.value, step.names) {
                    Some(true) => &mut met.equal,
                    Some(false) => &mut met.different,
                    None => &mut met.unknown,
                };
                pairs.add(1, Some(*earlier));
            }
        }
        met
    }

    fn keep(&mut self, state: &mut SeparationState, act: Act) {
        if state.count < FEW {
            state.count += 1;
            self.acts.push(&mut state.acts, act);
            return;
        }
        while let Some(earlier) = self.acts.pop(&mut state.acts) {
            self.crowds.add(&mut state.crowd, earlier);
        }
        self.crowds.add(&mut state.crowd, act);
    }

    fn report(&self, met: &Met, act: &Act, missing: Option<Unknown>, told: Told<'_, '_>) {
        let Told { step, out } = told;
        let (broken, kept, reason) = match self.same {
            true => (met.different, met.equal, Reason::DifferentPerson),
            false => (met.equal, met.different, Reason::SamePerson),
        };
        out.activated(broken.count + kept.count + met.unknown.count);
        out.satisfied(kept.count);
        if let Some(earlier) = broken.earliest {
            let payload = cage_model::Payload::Values {
                before: shown(earlier.value, step.names, out),
                after: shown(act.value, step.names, out),
            };
            out.violated_times(
                broken.count,
                Breach {
                    trigger: Some(earlier.event),
                    other: Some(act.event),
                    at: act.event.at,
                    reason,
                    payload,
                },
            );
        }
        if let Some(earlier) = met.unknown.earliest {
            // Why the earlier value is missing was not kept; it is the rule's own expression.
            let unknown = missing.unwrap_or(self.by.unfit());
            out.undecided_times(
                met.unknown.count,
                Breach {
                    trigger: Some(earlier.event),
                    other: Some(act.event),
                    ..unknown.of_trigger(step)
                },
            );
        }
    }
}

/// Where a step is told.
struct Told<'a, 's> {
    step: &'a Step<'s>,
    out: &'a mut dyn Emit,
}

impl Monitor for SeparationMonitor {
    type State = SeparationState;
    type Memory = SeparationMemory;

    fn activities(&self) -> Activities {
        Activities::union([self.a.activities(), self.b.activities()])
    }

    fn step(&mut self, state: &mut SeparationState, step: &Step<'_>, out: &mut dyn Emit) {
        let role = match self.role(step) {
            Ok(None) => return,
            Ok(Some(role)) => role,
            Err(unknown) => return out.undecided_trigger(unknown.of_trigger(step)),
        };
        let (value, missing) = match self.by.value(step) {
            Ok(value) => (value, None),
            Err(unknown) => (Value::Missing, Some(unknown)),
        };
        let act = Act {
            event: step.event(),
            value,
            role,
        };
        let met = self.met(state, &act, step);
        self.report(&met, &act, missing, Told { step, out });
        self.keep(state, act);
    }

    fn finish(&self, _state: &SeparationState, _end: &End<'_>, _out: &mut dyn EmitEnd) {}

    fn reset(&mut self, state: &mut SeparationState) {
        self.acts.clear(&mut state.acts);
        self.crowds.forget(&mut state.crowd);
        state.count = 0;
    }

    fn recall(&self, state: &SeparationState) -> SeparationMemory {
        SeparationMemory {
            acts: self.acts.iter(state.acts).copied().collect(),
            crowd: self.crowds.recall(state.crowd),
        }
    }

    fn remember(&mut self, memory: SeparationMemory) -> Result<SeparationState, Damaged> {
        let few = usize::from(FEW);
        demand(
            memory.acts.len() <= few,
            "more acts than are kept one by one",
        )?;
        let count = match memory.crowd {
            Some(_) => FEW,
            None => memory.acts.len() as u8,
        };
        Ok(SeparationState {
            acts: self.acts.list(memory.acts),
            crowd: self.crowds.remember(memory.crowd)?,
            count,
        })
    }

    fn bytes(&self) -> usize {
        self.acts.bytes() + self.crowds.bytes()
    }
}

#[cfg(test)]
mod tests;
