//! An arena for monitors that keep one longer record for some of their objects: the object's
//! state holds the 4 bytes that name the record's place.

use crate::arena::Arena;

const NONE: u32 = u32::MAX;

/// The place of a record in a [`Slab`], or of none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot(u32);

impl Default for Slot {
    fn default() -> Self {
        Self(NONE)
    }
}

impl Slot {
    /// The number of the place, the same as long as the record lives.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The slot of a number that [`Slot::number`] gave.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

/// Records in one arena. Places of removed records are used again.
#[derive(Clone, Debug)]
pub struct Slab<T> {
    places: Arena<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            places: Arena::default(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    /// The record of a slot.
    #[must_use]
    pub fn get(&self, slot: Slot) -> Option<&T> {
        self.places.get(slot.0)?.as_ref()
    }

    /// The record of a slot, to change.
    #[must_use]
    pub fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        self.places.get_mut(slot.0)?.as_mut()
    }

    /// The record of a slot, made now if there is none.
    pub fn entry(&mut self, slot: &mut Slot, make: impl FnOnce() -> T) -> &mut T {
        if self.get(*slot).is_none() {
            let free = self.free.pop();
            slot.0 = free.unwrap_or_else(|| self.places.push(None));
        }
        self.places[slot.0].get_or_insert_with(make)
    }

    /// Keeps a record in a slot of its own; none where there is no record.
    pub fn keep(&mut self, record: Option<T>) -> Slot {
        let mut slot = Slot::default();
        if let Some(record) = record {
            self.entry(&mut slot, || record);
        }
        slot
    }

    /// Takes the record of a slot out.
    pub fn take(&mut self, slot: &mut Slot) -> Option<T> {
        let record = self.places.get_mut(slot.0)?.take()?;
        self.free.push(slot.0);
        *slot = Slot::default();
        Some(record)
    }

    /// Bytes held by the arena itself.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.places.bytes() + self.free.capacity() * 4
    }

    /// The records, for counting what they hold.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.places.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again() {
        let mut slab = Slab::default();
        let (mut first, mut second) = (Slot::default(), Slot::default());
        assert_eq!(slab.get(first), None);
        *slab.entry(&mut first, || 1) += 1;
        slab.entry(&mut second, || 7);
        assert_eq!((slab.get(first), slab.get(second)), (Some(&2), Some(&7)));
        let place = first.number();
        assert_eq!(slab.take(&mut first), Some(2));
        assert_eq!((first, slab.take(&mut first)), (Slot::default(), None));
        slab.entry(&mut first, || 3);
        assert_eq!(first.number(), place);
    }
}
