//! What is remembered, as bytes and back: plain values one behind the other (postcard), in an order
//! that follows from the state alone. Equal states give equal bytes, however they came about.
//!
//! Holds no places in arenas, so that bytes from anywhere make a state that can be used, or an error.
//! Is no format for keeping: a program of another version writes another one.

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

/// Reads what a [`Writer`] wrote.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    /// A reader of these bytes.
    #[must_use]
    pub const fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// Reads a value. What it takes in memory is bounded by a multiple of the bytes that are there.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn take<T: Deserialize<'b>>(&mut self) -> Result<T, Damaged> {
        let read = postcard::take_from_bytes(self.0);
        let (value, rest) = read.map_err(|_| Damaged("a value cannot be read"))?;
        self.0 = rest;
        Ok(value)
    }

    /// Reads how many things follow, each of which has at least one byte.
    ///
    /// # Errors
    /// When there cannot be so many.
    pub fn count(&mut self) -> Result<usize, Damaged> {
        let count: u64 = self.take()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.0.len() => Ok(count),
            _ => Err(Damaged("more things than bytes")),
        }
    }

    /// How many bytes are left.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.0.len()
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
