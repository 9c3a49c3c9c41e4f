//! Many acts of one object, by value: how many of each role there were, and the earliest of them.

use cage_model::{Keyed, Type, Value};
use serde::{Deserialize, Serialize};

use super::{Act, Met, Pairs, Role};
use crate::key::Key;
use crate::slab::{Slab, Slot};
use crate::state::{Damaged, demand};

/// The crowds of all objects.
#[derive(Clone, Default, Debug)]
pub(super) struct Crowds {
    crowds: Slab<Crowd>,
    by_value: Keyed<(Slot, Key), Hands>,
}

#[derive(Clone, Default, Debug)]
struct Crowd {
    /// Values that can be compared with each other, by their kind; `None`: with nothing.
    kinds: Vec<(Option<Kind>, Kindred)>,
    keys: Vec<Key>,
}

/// Kinds of values that can be compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum Kind {
    Text,
    Number,
    Boolean,
    Time,
}

/// Acts with values of one kind.
#[derive(Clone, Copy, Default, Debug, Serialize, Deserialize)]
struct Kindred {
    all: Hands,
    /// The earliest acts whose value differs from that of the earliest act of the same role.
    second_a: Option<Act>,
    second_b: Option<Act>,
}

/// The crowd of one object as a plain value.
#[derive(Serialize, Deserialize)]
pub(crate) struct CrowdMemory {
    kinds: Vec<(Option<Kind>, Kindred)>,
    values: Vec<(Key, Hands)>,
}

/// Acts by role. An act that is both is counted as such, and is an earliest of each.
#[derive(Clone, Copy, Default, Debug, Serialize, Deserialize)]
struct Hands {
    a: u64,
    b: u64,
    both: u64,
    first_a: Option<Act>,
    first_b: Option<Act>,
}

impl Kind {
    fn of(value: Value) -> Option<Self> {
        Key::of(value)?;
        Some(match value.value_type()? {
            Type::Text => Self::Text,
            Type::Integer | Type::Decimal | Type::Float => Self::Number,
            Type::Boolean => Self::Boolean,
            Type::Time => Self::Time,
            Type::List => return None,
        })
    }
}

impl Kind {
    const fn of_key(key: Key) -> Self {
        match key {
            Key::Text(_) => Self::Text,
            Key::Number { .. } | Key::Float(_) => Self::Number,
            Key::Boolean(_) => Self::Boolean,
            Key::Time(..) => Self::Time,
        }
    }
}

impl Hands {
    /// Whether no count is near its end.
    const fn is_sound(&self) -> bool {
        let most = 1 << 60;
        self.a < most && self.b < most && self.both < most
    }

    const fn is_part_of(&self, all: &Self) -> bool {
        self.a <= all.a && self.b <= all.b && self.both <= all.both
    }

    fn add(&mut self, act: Act) {
        match act.role {
            Role::A => self.a += 1,
            Role::B => self.b += 1,
            Role::Both => self.both += 1,
        }
        if act.role != Role::B {
            self.first_a.get_or_insert(act);
        }
        if act.role != Role::A {
            self.first_b.get_or_insert(act);
        }
    }

    /// The acts that make pairs with one of a role.
    fn opposite(&self, role: Role) -> Pairs {
        let (count, acts) = match role {
            Role::A => (self.b + self.both, [self.first_b, None]),
            Role::B => (self.a + self.both, [self.first_a, None]),
            Role::Both => (self.a + self.b + self.both, [self.first_a, self.first_b]),
        };
        let mut pairs = Pairs::default();
        pairs.add(count, acts[0]);
        pairs.add(0, acts[1]);
        pairs
    }
}

impl Kindred {
    fn add(&mut self, act: Act) {
        let differs = |first: Option<Act>| {
            first.is_some_and(|first| Key::of(first.value) != Key::of(act.value))
        };
        if act.role != Role::B && differs(self.all.first_a) {
            self.second_a.get_or_insert(act);
        }
        if act.role != Role::A && differs(self.all.first_b) {
            self.second_b.get_or_insert(act);
        }
        self.all.add(act);
    }

    /// The earliest act that makes a pair with one of a role and has another value.
    fn earliest_other(&self, role: Role, key: Option<Key>) -> Option<Act> {
        let other = |first: Option<Act>, second: Option<Act>| match first {
            Some(act) if Key::of(act.value) != key => Some(act),
            _ => second,
        };
        let mut pairs = Pairs::default();
        if role != Role::A {
            pairs.add(0, other(self.all.first_a, self.second_a));
        }
        if role != Role::B {
            pairs.add(0, other(self.all.first_b, self.second_b));
        }
        pairs.earliest
    }
}

impl Crowds {
    /// The acts of an object that make pairs with another act; `None` when it has no crowd.
    pub(super) fn met(&self, slot: Slot, act: &Act) -> Option<Met> {
        let crowd = self.crowds.get(slot)?;
        let (kind, key) = (Kind::of(act.value), Key::of(act.value));
        let mut met = Met::default();
        for (other, kindred) in &crowd.kinds {
            let all = kindred.all.opposite(act.role);
            if kind.is_none() || *other != kind {
                met.unknown.add(all.count, all.earliest);
                continue;
            }
            let equal = key.and_then(|key| self.by_value.get(&(slot, key)));
            met.equal = equal.map_or_else(Pairs::default, |hands| hands.opposite(act.role));
            met.different.count = all.count - met.equal.count;
            met.different.earliest = kindred.earliest_other(act.role, key);
        }
        Some(met)
    }

    pub(super) fn add(&mut self, slot: &mut Slot, act: Act) {
        let crowd = self.crowds.entry(slot, Crowd::default);
        let kind = Kind::of(act.value);
        let place = match crowd.kinds.iter().position(|(other, _)| *other == kind) {
            Some(place) => place,
            None => {
                crowd.kinds.push((kind, Kindred::default()));
                crowd.kinds.len() - 1
            }
        };
        crowd.kinds[place].1.add(act);
        if let Some(key) = Key::of(act.value) {
            if !self.by_value.contains_key(&(*slot, key)) {
                crowd.keys.push(key);
            }
            self.by_value
                .entry_or_insert_with((*slot, key), Hands::default)
                .add(act);
        }
    }

    /// The crowd of an object as a plain value.
    pub(super) fn recall(&self, slot: Slot) -> Option<CrowdMemory> {
        let crowd = self.crowds.get(slot)?;
        let hands = |key: &Key| Some((*key, *self.by_value.get(&(slot, *key))?));
        Some(CrowdMemory {
            kinds: crowd.kinds.clone(),
            values: crowd.keys.iter().filter_map(hands).collect(),
        })
    }

    /// Keeps a crowd that [`Crowds::recall`] gave.
    pub(super) fn remember(&mut self, memory: Option<CrowdMemory>) -> Result<Slot, Damaged> {
        let Some(CrowdMemory { kinds, values }) = memory else {
            return Ok(Slot::default());
        };
        for (place, (kind, kindred)) in kinds.iter().enumerate() {
            let again = kinds[..place].iter().any(|(other, _)| other == kind);
            demand(
                !again && kindred.all.is_sound(),
                "a kind of values that is told twice",
            )?;
        }
        let slot = self.crowds.keep(Some(Crowd {
            kinds,
            keys: values.iter().map(|(key, _)| *key).collect(),
        }));
        for (key, hands) in values {
            let kinds = self.crowds.get(slot).map(|crowd| crowd.kinds.as_slice());
            let kind = Some(Kind::of_key(key));
            let mut kindred = kinds
                .unwrap_or(&[])
                .iter()
                .filter(|(other, _)| *other == kind);
            let is_part = kindred
                .next()
                .is_some_and(|(_, all)| hands.is_part_of(&all.all));
            demand(is_part, "more acts with one value than with any")?;
            let before = self.by_value.insert((slot, key), hands);
            demand(before.is_none(), "a value that is told twice")?;
        }
        Ok(slot)
    }

    pub(super) fn forget(&mut self, slot: &mut Slot) {
        let place = *slot;
        if let Some(crowd) = self.crowds.take(slot) {
            for key in crowd.keys {
                self.by_value.remove(&(place, key));
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let of = |crowd: &Crowd| {
            crowd.kinds.capacity() * size_of::<(Option<Kind>, Kindred)>()
                + crowd.keys.capacity() * size_of::<Key>()
        };
        self.crowds.bytes() + self.crowds.iter().map(of).sum::<usize>() + self.by_value.bytes()
    }
}
