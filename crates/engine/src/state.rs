//! What is remembered, as bytes and back: plain values one behind the other (postcard), in an order
//! that follows from the state alone. Equal states give equal bytes, however they came about.
//!
//! Holds no places in arenas, so that bytes from anywhere make a state that can be used, or an error.
//! Is no format for keeping: a program of another version writes another one.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Bytes that are no state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the bytes are no state of these rules: {0}")]
pub struct Damaged(pub &'static str);

/// Bytes that are gathered before they are handed on.
const PIECE_BYTES: usize = 1 << 16;

/// Writes values one behind the other.
pub struct Writer<'w> {
    gathered: Vec<u8>,
    into: &'w mut dyn FnMut(&[u8]),
}

impl<'w> Writer<'w> {
    /// A writer that hands its bytes on piece by piece.
    pub fn new(into: &'w mut dyn FnMut(&[u8])) -> Self {
        Self {
            gathered: Vec::new(),
            into,
        }
    }

    /// Writes a value.
    ///
    /// # Panics
    /// When the value is of a kind that has no bytes, such as a list of unknown length. Those of a
    /// state are none.
    pub fn put<T: Serialize + ?Sized>(&mut self, value: &T) {
        let gathered = std::mem::take(&mut self.gathered);
        self.gathered = postcard::to_extend(value, gathered).expect("plain values have bytes");
        if self.gathered.len() >= PIECE_BYTES {
            self.flush();
        }
    }

    /// Hands on what was gathered. To be called at the end.
    pub fn flush(&mut self) {
        (self.into)(&self.gathered);
        self.gathered.clear();
    }
}

/// Puts the next piece of what was written into an empty buffer; false when there is none.
pub type NextPiece<'n> = dyn FnMut(&mut Vec<u8>) -> bool + 'n;

/// Reads what a [`Writer`] wrote, piece by piece: the pieces are those that were handed on, so that each begins with a
/// value, and one is in memory at a time.
pub struct Reader<'r> {
    piece: Cow<'r, [u8]>,
    /// What was taken of it.
    taken: usize,
    more: Option<&'r mut NextPiece<'r>>,
}

impl<'r> Reader<'r> {
    /// A reader of the pieces that `more` puts in place of the one before, until it answers false.
    pub const fn new(more: &'r mut NextPiece<'r>) -> Self {
        Self {
            piece: Cow::Owned(Vec::new()),
            taken: 0,
            more: Some(more),
        }
    }

    /// A reader of these bytes alone.
    #[must_use]
    pub const fn of(bytes: &'r [u8]) -> Self {
        Self {
            piece: Cow::Borrowed(bytes),
            taken: 0,
            more: None,
        }
    }

    /// Reads a value. What it takes in memory is bounded by a multiple of the bytes that are there.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn take<'s, T: Deserialize<'s>>(&'s mut self) -> Result<T, Damaged> {
        // A value without bytes may stand behind the last piece.
        self.refill();
        let rest = &self.piece[self.taken..];
        let read = postcard::take_from_bytes(rest);
        let (value, rest) = read.map_err(|_| Damaged("a value cannot be read"))?;
        self.taken = self.piece.len() - rest.len();
        Ok(value)
    }

    /// Reads how many things follow. Nothing says that so many do: no room is to be made for them before they are
    /// read.
    ///
    /// # Errors
    /// When there cannot be so many.
    pub fn count(&mut self) -> Result<u32, Damaged> {
        let count: u64 = self.take()?;
        u32::try_from(count).map_err(|_| Damaged("more things than there are numbers"))
    }

    /// Whether everything was read.
    pub fn is_at_end(&mut self) -> bool {
        self.refill();
        self.taken == self.piece.len()
    }

    fn refill(&mut self) {
        while self.taken == self.piece.len() {
            let Some(more) = &mut self.more else { return };
            let piece = self.piece.to_mut();
            piece.clear();
            self.taken = 0;
            if !more(piece) {
                piece.clear();
                self.more = None;
            }
        }
    }
}

/// What may be written down of a monitor's state.
pub trait Plain: Serialize + DeserializeOwned {}

impl<T: Serialize + DeserializeOwned> Plain for T {}

/// Refuses what does not hold of a state.
///
/// # Errors
/// When it does not hold.
pub const fn demand(holds: bool, what: &'static str) -> Result<(), Damaged> {
    if holds { Ok(()) } else { Err(Damaged(what)) }
}
