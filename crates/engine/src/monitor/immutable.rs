//! `immutable`: a value that may not change once it was written.
//!
//! An activation is a write of something that was written before; the first write only sets what
//! is to stay. It is violated when it writes another value ([`Reason::Changed`]), which from then
//! on is what is to stay, so that each change is found once and no repetition of it is. A write
//! without value or key is undecided, as are two values that cannot be compared (text, number).

use cage_model::{EventRef, Keyed, Payload, Reason, Value};
use cage_pack::Immutable;
use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::matching::{Guard, Match, Matcher, shown};
use crate::monitor::{Activities, Breach, Emit, EmitEnd, End, Monitor, Setting, Step};
use crate::slab::{Slab, Slot};
use crate::state::{Damaged, demand};

/// Judges an [`Immutable`].
#[derive(Clone, Debug)]
pub(crate) struct ImmutableMonitor {
    what: Matcher,
    key: Option<Guard>,
    field: Guard,
    objects: Slab<Written>,
    /// What was written under a key: by object and key.
    keyed: Keyed<(Slot, Key), Entry>,
}

/// What one object has.
#[derive(Clone, Debug)]
enum Written {
    /// Its only value.
    Alone(Entry),
    /// The keys under which it has values, for forgetting them.
    Under(Vec<Key>),
}

/// A value and the event that wrote it first.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    value: Value,
    event: EventRef,
}

/// What one object has, as a plain value.
#[derive(Serialize, Deserialize)]
pub(crate) enum WrittenMemory {
    Alone(Entry),
    Under(Vec<(Key, Entry)>),
}

impl ImmutableMonitor {
    /// Takes an immutable value into a monitor.
    pub(crate) fn new(immutable: &Immutable, setting: &mut Setting<'_>) -> Self {
        Self {
            what: Matcher::new(&immutable.what, setting),
            key: immutable.key.as_ref().map(|key| Guard::new(key, setting)),
            field: Guard::new(&immutable.field, setting),
            objects: Slab::default(),
            keyed: Keyed::new(),
        }
    }

    /// The place of what was written before; made of `new` where nothing was.
    fn entry(&mut self, slot: &mut Slot, key: Option<Key>, new: Entry) -> (&mut Entry, bool) {
        let fresh = self.objects.get(*slot).is_none();
        let written = self.objects.entry(slot, || match key {
            None => Written::Alone(new),
            Some(_) => Written::Under(Vec::new()),
        });
        match written {
            Written::Alone(entry) => (entry, fresh),
            Written::Under(keys) => {
                // A rule that has a key has one for every write.
                let key = key.unwrap_or(Key::Boolean(false));
                let fresh = !self.keyed.contains_key(&(*slot, key));
                if fresh {
                    keys.push(key);
                }
                (self.keyed.entry_or_insert_with((*slot, key), || new), fresh)
            }
        }
    }
}

impl Monitor for ImmutableMonitor {
    type State = Slot;
    type Memory = Option<WrittenMemory>;

    fn activities(&self) -> Activities {
        self.what.activities()
    }

    fn step(&mut self, state: &mut Slot, step: &Step<'_>, out: &mut dyn Emit) {
        match self.what.matches(step) {
            Match::No => return,
            Match::Unknown(unknown) => return out.undecided_trigger(unknown.of_trigger(step)),
            Match::Yes => {}
        }
        let key = self.key.as_ref().map(|key| key_of(key, step)).transpose();
        let value = self.field.value(step);
        let (key, value) = match (key, value) {
            (Ok(key), Ok(value)) => (key, value),
            (Err(unknown), _) | (_, Err(unknown)) => {
                return out.undecided_trigger(unknown.of_trigger(step));
            }
        };
        let (unfit, new) = (
            self.field.unfit(),
            Entry {
                value,
                event: step.event(),
            },
        );
        let (entry, fresh) = self.entry(state, key, new);
        if fresh {
            return;
        }
        out.activated(1);
        let before = std::mem::replace(entry, new);
        match before.value.equals(value, step.names) {
            Some(true) => {
                *entry = before;
                out.satisfied(1);
            }
            Some(false) => {
                let payload = Payload::Values {
                    before: shown(before.value, step.names, out),
                    after: shown(value, step.names, out),
                };
                out.violated(Breach {
                    trigger: Some(before.event),
                    other: Some(new.event),
                    at: new.event.at,
                    reason: Reason::Changed,
                    payload,
                });
            }
            None => out.undecided(Breach {
                trigger: Some(before.event),
                other: Some(new.event),
                ..unfit.of_trigger(step)
            }),
        }
    }

    fn finish(&self, _state: &Slot, _end: &End<'_>, _out: &mut dyn EmitEnd) {}

    fn reset(&mut self, state: &mut Slot) {
        let slot = *state;
        if let Some(Written::Under(keys)) = self.objects.take(state) {
            for key in keys {
                self.keyed.remove(&(slot, key));
            }
        }
    }

    fn recall(&self, state: &Slot) -> Option<WrittenMemory> {
        Some(match self.objects.get(*state)? {
            Written::Alone(entry) => WrittenMemory::Alone(*entry),
            Written::Under(keys) => {
                let entry = |key: &Key| Some((*key, *self.keyed.get(&(*state, *key))?));
                WrittenMemory::Under(keys.iter().filter_map(entry).collect())
            }
        })
    }

    fn remember(&mut self, memory: Option<WrittenMemory>) -> Result<Slot, Damaged> {
        let mut slot = Slot::default();
        let has_key = self.key.is_some();
        match memory {
            None => {}
            Some(WrittenMemory::Alone(entry)) => {
                demand(!has_key, "a value without a key")?;
                self.objects.entry(&mut slot, || Written::Alone(entry));
            }
            Some(WrittenMemory::Under(entries)) => {
                demand(has_key, "a value under a key")?;
                let keys = entries.iter().map(|(key, _)| *key).collect();
                self.objects.entry(&mut slot, || Written::Under(keys));
                for (key, entry) in entries {
                    let before = self.keyed.insert((slot, key), entry);
                    demand(before.is_none(), "a key that is there twice")?;
                }
            }
        }
        Ok(slot)
    }

    fn bytes(&self) -> usize {
        let keys = |written: &Written| match written {
            Written::Alone(_) => 0,
            Written::Under(keys) => keys.capacity() * size_of::<Key>(),
        };
        self.objects.bytes() + self.objects.iter().map(keys).sum::<usize>() + self.keyed.bytes()
    }
}

fn key_of(key: &Guard, step: &Step<'_>) -> Result<Key, crate::matching::Unknown> {
    Key::of(key.value(step)?).ok_or_else(|| key.unfit())
}

#[cfg(test)]
mod tests;
