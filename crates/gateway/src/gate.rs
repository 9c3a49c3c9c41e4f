//! The gate: lets in what the packs in force declare, or everything that is sound.

use std::sync::{Arc, PoisonError, RwLock};

use crate::cloudevent::{Incoming, Rejection, each_line, each_of_array};
use crate::reader::Reader;
use crate::vocabulary::{Unknown, Vocabulary};

/// What happens to an event that no pack in force declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Undeclared {
    /// It is refused, with the field.
    #[default]
    Refuse,
    /// It is kept, and counted among its source's figures.
    Count,
}

/// Reads events and lets them in, or says why not. The default lets in everything that is sound.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    vocabulary: Option<Arc<Vocabulary>>,
    undeclared: Undeclared,
}

impl Gate {
    /// A gate for what a vocabulary declares. What the service alone says of itself nobody else can send, whatever happens
    /// to undeclared events.
    #[must_use]
    pub fn of(vocabulary: Arc<Vocabulary>, undeclared: Undeclared) -> Self {
        Self {
            vocabulary: Some(vocabulary),
            undeclared,
        }
    }

    /// Reads one event in structured mode.
    ///
    /// # Errors
    ///
    /// Names the first field that is wrong, or that no pack in force declares.
    pub fn one(&self, text: &[u8]) -> Result<Incoming, Rejection> {
        Reader::behind(self.clone()).one(text)
    }

    /// Reads a batch: a JSON array of events. Each is taken or refused by itself; pointers begin with its
    /// place in the array.
    ///
    /// # Errors
    ///
    /// When the body is no array, or has too many events.
    pub fn batch(&self, text: &[u8]) -> Result<Vec<Result<Incoming, Rejection>>, Rejection> {
        each_of_array(text, self)
    }

    /// Reads one event a line; empty lines are passed over. Pointers begin with the number of the line, from 0.
    ///
    /// # Errors
    ///
    /// When there are too many lines.
    pub fn lines(&self, text: &[u8]) -> Result<Vec<Result<Incoming, Rejection>>, Rejection> {
        each_line(text, self)
    }

    pub(crate) fn vocabulary(&self) -> Option<&Vocabulary> {
        self.vocabulary.as_deref()
    }

    pub(crate) fn refuses(&self, unknown: Unknown) -> bool {
        unknown == Unknown::Own || self.undeclared == Undeclared::Refuse
    }
}

/// The vocabulary that is in force now; replaced whole when a pack comes into force.
#[derive(Debug, Default)]
pub struct Admission(RwLock<Arc<Vocabulary>>);

impl Admission {
    /// The vocabulary as it is now.
    #[must_use]
    pub fn now(&self) -> Arc<Vocabulary> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another in its place.
    pub fn replace(&self, vocabulary: Vocabulary) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(vocabulary);
    }
}
