//! Items that get a number each and stay where they are: growing copies nothing, so an arena of a hundred megabytes
//! never needs the room of two, and no single event has to wait for a large move.

use std::ops::{Index, IndexMut};

/// Items of one piece.
const PIECE: usize = 2_048;

/// Items by number, in pieces. The first piece grows as it is needed, since most arenas stay small.
#[derive(Clone, Debug)]
pub(crate) struct Arena<T> {
    pieces: Vec<Vec<T>>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self { pieces: Vec::new() }
    }
}

impl<T> Arena<T> {
    /// Adds an item; its number.
    pub(crate) fn push(&mut self, item: T) -> u32 {
        let is_full = self.pieces.last().is_none_or(|piece| piece.len() == PIECE);
        if is_full {
            let room = if self.pieces.is_empty() { 0 } else { PIECE };
            self.pieces.push(Vec::with_capacity(room));
        }
        let before = (self.pieces.len() - 1) * PIECE;
        let piece = self.pieces.last_mut();
        let place = piece.map_or(0, |piece| {
            piece.push(item);
            piece.len() - 1
        });
        (before + place) as u32
    }

    /// The item of a number.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        let number = number as usize;
        self.pieces.get(number / PIECE)?.get(number % PIECE)
    }

    /// The item of a number, to change.
    #[inline]
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let number = number as usize;
        self.pieces.get_mut(number / PIECE)?.get_mut(number % PIECE)
    }

    /// The items in the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flatten()
    }

    /// Bytes held, without what items themselves hold elsewhere.
    pub(crate) fn bytes(&self) -> usize {
        let room: usize = self.pieces.iter().map(Vec::capacity).sum();
        room * size_of::<T>() + self.pieces.capacity() * size_of::<Vec<T>>()
    }
}

impl<T> Index<u32> for Arena<T> {
    type Output = T;

    #[inline]
    fn index(&self, number: u32) -> &T {
        let number = number as usize;
        &self.pieces[number / PIECE][number % PIECE]
    }
}

impl<T> IndexMut<u32> for Arena<T> {
    #[inline]
    fn index_mut(&mut self, number: u32) -> &mut T {
        let number = number as usize;
        &mut self.pieces[number / PIECE][number % PIECE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_keep_their_numbers_over_many_pieces() {
        let mut arena = Arena::default();
        let items = 3 * PIECE as u32 + 5;
        for item in 0..items {
            assert_eq!(arena.push(item), item);
        }
        for item in 0..items {
            assert_eq!(arena.get(item), Some(&item));
        }
        if let Some(item) = arena.get_mut(PIECE as u32) {
            *item = 7;
        }
        assert_eq!(arena[PIECE as u32], 7);
        assert_eq!(arena.iter().count(), items as usize);
        assert_eq!((arena.get(items), arena.get(u32::MAX)), (None, None));
        assert!(arena.bytes() >= items as usize * size_of::<u32>());
    }
}
