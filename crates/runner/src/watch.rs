//! Somebody else who sees what the runner folds, so that the ledger is read once for both.

use std::fmt;

use cage_gateway::Noted;

/// Sees events, or nobody does.
#[derive(Default)]
pub struct Watch(Option<Box<See>>);

type See = dyn FnMut(&Noted<'_>) + Send;

impl Watch {
    /// Somebody who sees every event in the order of the records.
    #[must_use]
    pub fn by(see: impl FnMut(&Noted<'_>) + Send + 'static) -> Self {
        Self(Some(Box::new(see)))
    }

    pub(crate) fn see(&mut self, noted: &Noted<'_>) {
        if let Some(see) = &mut self.0 {
            see(noted);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = if self.0.is_some() {
            "somebody"
        } else {
            "nobody"
        };
        write!(formatter, "watched by {who}")
    }
}
