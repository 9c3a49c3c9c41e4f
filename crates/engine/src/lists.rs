//! Arenas for what a monitor keeps beyond its few bytes per object: lists of open activations,
//! and rows of captured values. One allocation each for all objects of a rule.

use cage_model::Value;

use crate::arena::Arena;
use crate::state::{Damaged, demand};

const NONE: u32 = u32::MAX;

/// A list in a [`Lists`] arena: 8 bytes in the state of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct List {
    head: u32,
    tail: u32,
}

impl Default for List {
    fn default() -> Self {
        Self {
            head: NONE,
            tail: NONE,
        }
    }
}

impl List {
    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.head == NONE
    }

    /// The list as a number, for states that hold one or something else.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        (self.head as u64) << 32 | self.tail as u64
    }

    /// The list of a number that [`List::to_bits`] gave.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self {
            head: (bits >> 32) as u32,
            tail: bits as u32,
        }
    }
}

/// What becomes of an item of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sift {
    /// It stays.
    Keep,
    /// It goes.
    Drop,
    /// It stays, and so do all behind it, unseen.
    KeepRest,
}

#[derive(Clone, Debug)]
struct Node<T> {
    value: T,
    next: u32,
}

/// Many short lists in one arena, in the order of adding. Places of removed items are used again.
#[derive(Clone, Debug)]
pub struct Lists<T> {
    nodes: Arena<Node<T>>,
    free: u32,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self {
            nodes: Arena::default(),
            free: NONE,
        }
    }
}

impl<T: Copy> Lists<T> {
    /// Adds an item at the end.
    pub fn push(&mut self, list: &mut List, value: T) {
        let node = Node { value, next: NONE };
        let index = if self.free == NONE {
            self.nodes.push(node)
        } else {
            let index = self.free;
            let place = &mut self.nodes[index];
            self.free = place.next;
            *place = node;
            index
        };
        if list.is_empty() {
            list.head = index;
        } else {
            self.nodes[list.tail].next = index;
        }
        list.tail = index;
    }

    /// The items in the order of adding.
    pub fn iter(&self, list: List) -> impl Iterator<Item = &T> {
        let mut at = list.head;
        std::iter::from_fn(move || {
            let node = self.nodes.get(at)?;
            at = node.next;
            Some(&node.value)
        })
    }

    /// The first item.
    #[must_use]
    pub fn first(&self, list: List) -> Option<&T> {
        self.nodes.get(list.head).map(|node| &node.value)
    }

    /// The last item.
    #[must_use]
    pub fn last(&self, list: List) -> Option<&T> {
        self.nodes.get(list.tail).map(|node| &node.value)
    }

    /// A list of these items.
    pub fn list(&mut self, items: impl IntoIterator<Item = T>) -> List {
        let mut list = List::default();
        for item in items {
            self.push(&mut list, item);
        }
        list
    }

    /// Takes the first item out.
    pub fn pop(&mut self, list: &mut List) -> Option<T> {
        let node = self.nodes.get_mut(list.head)?;
        let (value, next) = (node.value, node.next);
        node.next = self.free;
        self.free = list.head;
        list.head = next;
        if next == NONE {
            list.tail = NONE;
        }
        Some(value)
    }

    /// The last item, to change.
    pub fn last_mut(&mut self, list: List) -> Option<&mut T> {
        self.nodes.get_mut(list.tail).map(|node| &mut node.value)
    }

    /// Keeps the items for which `keep` answers true; it may change them.
    pub fn retain(&mut self, list: &mut List, mut keep: impl FnMut(&mut T) -> bool) {
        self.sift(
            list,
            |value| {
                if keep(value) { Sift::Keep } else { Sift::Drop }
            },
        );
    }

    /// Goes through the items from the first on, as far as `sift` wants; it may change them.
    pub fn sift(&mut self, list: &mut List, mut sift: impl FnMut(&mut T) -> Sift) {
        let (mut at, mut before) = (list.head, NONE);
        while at != NONE {
            let node = &mut self.nodes[at];
            let next = node.next;
            match sift(&mut node.value) {
                Sift::Keep => before = at,
                Sift::Drop => {
                    node.next = self.free;
                    self.free = at;
                    if before == NONE {
                        list.head = next;
                    } else {
                        self.nodes[before].next = next;
                    }
                }
                Sift::KeepRest => return,
            }
            at = next;
        }
        list.tail = before;
    }

    /// Empties a list.
    pub fn clear(&mut self, list: &mut List) {
        if !list.is_empty() {
            self.nodes[list.tail].next = self.free;
            self.free = list.head;
            *list = List::default();
        }
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.nodes.bytes()
    }
}

/// Makes room for some more items, an eighth more at once: doubling would leave half of a large
/// arena empty.
#[inline]
fn make_room<T>(items: &mut Vec<T>, more: usize) {
    if items.capacity() - items.len() < more {
        items.reserve_exact(more.max(items.len() / 8).max(4));
    }
}

/// A row in [`Rows`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row(u32);

impl Row {
    /// A row of nothing.
    pub const EMPTY: Self = Self(NONE);
}

/// Rows of captured values, all of one width. With width 0 nothing is stored.
#[derive(Clone, Debug)]
pub struct Rows {
    width: usize,
    values: Vec<Value>,
    free: Vec<u32>,
}

impl Rows {
    /// An arena of rows of this width.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self {
            width,
            values: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Keeps a row: the first `width` of the values; fewer are filled up as missing.
    pub fn keep(&mut self, row: impl IntoIterator<Item = Value>) -> Row {
        if self.width == 0 {
            return Row::EMPTY;
        }
        let index = self.free.pop().unwrap_or_else(|| {
            let index = self.values.len() / self.width;
            make_room(&mut self.values, self.width);
            self.values
                .resize(self.values.len() + self.width, Value::Missing);
            index as u32
        });
        let start = index as usize * self.width;
        let mut row = row.into_iter();
        for place in &mut self.values[start..start + self.width] {
            *place = row.next().unwrap_or_default();
        }
        Row(index)
    }

    /// A kept row.
    #[must_use]
    pub fn get(&self, row: Row) -> &[Value] {
        let start = row.0 as usize * self.width;
        self.values.get(start..start + self.width).unwrap_or(&[])
    }

    /// What a row holds, as a plain value: nothing for [`Row::EMPTY`].
    #[must_use]
    pub fn recall(&self, row: Row) -> Vec<Value> {
        self.get(row).to_vec()
    }

    /// Keeps what [`Rows::recall`] gave.
    ///
    /// # Errors
    /// When it is not of this arena's width.
    pub fn remember(&mut self, values: Vec<Value>) -> Result<Row, Damaged> {
        if values.is_empty() {
            return Ok(Row::EMPTY);
        }
        demand(values.len() == self.width, "a row of another width")?;
        Ok(self.keep(values))
    }

    /// Gives a row's place back. The row must not be read any more.
    pub fn release(&mut self, row: Row) {
        if row != Row::EMPTY {
            self.free.push(row.0);
        }
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<Value>() + self.free.capacity() * 4
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Act {
        Push(u8, u32),
        Pop(u8),
        KeepOdd(u8),
        DropSmall(u8, u32),
        ChangeLast(u8),
        Clear(u8),
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![
            4 => (0u8..4, any::<u32>()).prop_map(|(list, value)| Act::Push(list, value)),
            1 => (0u8..4).prop_map(Act::Pop),
            1 => (0u8..4).prop_map(Act::KeepOdd),
            1 => (0u8..4, any::<u32>()).prop_map(|(list, to)| Act::DropSmall(list, to)),
            1 => (0u8..4).prop_map(Act::ChangeLast),
            1 => (0u8..4).prop_map(Act::Clear),
        ];
        proptest::collection::vec(act, 0..60)
    }

    proptest! {
        /// Four lists in one arena behave as four vectors.
        #[test]
        fn lists_are_vectors(acts in acts()) {
            let (mut arena, mut lists) = (Lists::default(), [List::default(); 4]);
            let mut plain: [Vec<u32>; 4] = Default::default();
            for act in acts {
                match act {
                    Act::Push(at, value) => {
                        arena.push(&mut lists[at as usize], value);
                        plain[at as usize].push(value);
                    }
                    Act::Pop(at) => {
                        let gone = arena.pop(&mut lists[at as usize]);
                        let list = &mut plain[at as usize];
                        let expected = (!list.is_empty()).then(|| list.remove(0));
                        prop_assert_eq!(gone, expected);
                    }
                    Act::KeepOdd(at) => {
                        arena.retain(&mut lists[at as usize], |value| *value % 2 == 1);
                        plain[at as usize].retain(|value| value % 2 == 1);
                    }
                    Act::DropSmall(at, to) => {
                        arena.sift(&mut lists[at as usize], |value| match *value {
                            small if small < to => Sift::Drop,
                            odd if odd % 2 == 1 => Sift::Keep,
                            _ => Sift::KeepRest,
                        });
                        let list = &mut plain[at as usize];
                        let stop = list.iter().position(|value| *value >= to && value % 2 == 0);
                        let rest = list.split_off(stop.unwrap_or(list.len()));
                        list.retain(|value| *value >= to);
                        list.extend(rest);
                    }
                    Act::ChangeLast(at) => {
                        if let Some(last) = arena.last_mut(lists[at as usize]) {
                            *last /= 2;
                        }
                        if let Some(last) = plain[at as usize].last_mut() {
                            *last /= 2;
                        }
                    }
                    Act::Clear(at) => {
                        arena.clear(&mut lists[at as usize]);
                        plain[at as usize].clear();
                    }
                }
                for (list, plain) in lists.iter().zip(&plain) {
                    prop_assert_eq!(&arena.iter(*list).copied().collect::<Vec<_>>(), plain);
                    prop_assert_eq!(arena.first(*list), plain.first());
                    prop_assert_eq!(arena.last(*list), plain.last());
                }
            }
        }
    }

    #[test]
    fn rows_use_places_again() {
        let mut rows = Rows::new(2);
        let first = rows.keep([Value::Integer(1), Value::Integer(2)]);
        rows.release(first);
        let second = rows.keep([Value::Integer(3)]);
        assert_eq!(first, second);
        let seen: Vec<_> = rows
            .get(second)
            .iter()
            .map(|value| value.as_float())
            .collect();
        assert_eq!(seen, [Some(3.0), None]);
    }
}
