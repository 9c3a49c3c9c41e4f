//! Many acts of one object, by value: how many of each role there were, and the earliest of them.

use cage_model::{Keyed, Type, Value};

use super::{Act, Met, Pairs, Role};
use crate::key::Key;
use crate::slab::{Slab, Slot};

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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Text,
    Number,
    Boolean,
    Time,
}

/// Acts with values of one kind.
#[derive(Clone, Copy, Default, Debug)]
struct Kindred {
    all: Hands,
    /// The earliest acts whose value differs from that of the earliest act of the same role.
    second_a: Option<Act>,
    second_b: Option<Act>,
}

/// Acts by role. An act that is both is counted as such, and is an earliest of each.
#[derive(Clone, Copy, Default, Debug)]
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

impl Hands {
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
