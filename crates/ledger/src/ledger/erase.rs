//! Erasure: an order becomes an entry, then the key of what it orders to be erased is destroyed.

use cage_proof::EntryKind;

use super::{Appended, Draft, Entry, Ledger, LedgerError};
use crate::units::{KeyOf, UnitError, UnitRef};

impl Ledger {
    /// Erases what was said under a unit: the order becomes an entry, then the unit's key is destroyed. The
    /// entries stand and verify; their content is gone, in every backup too.
    ///
    /// # Errors
    ///
    /// When there is no such unit or the order could not be kept; when only the destruction failed, it is
    /// done at the next start.
    pub fn erase(&mut self, unit: UnitRef, order: &Draft, now: u64) -> Result<Entry, LedgerError> {
        if !matches!(self.units.key(unit)?, KeyOf::Alive(_)) {
            return Err(UnitError::Gone.into());
        }
        match self.append(&[order.clone().erasing(unit)], now)?.pop() {
            Some(Appended::New(entry) | Appended::Known(entry)) => Ok(entry),
            Some(Appended::Refused(refused)) => Err(LedgerError::Order(refused)),
            None => Err(UnitError::Gone.into()),
        }
    }

    /// Destroys the key that a kept draft orders to be destroyed, before anybody hears that the order is kept. When the
    /// system refuses, the ledger must be opened again, which does it.
    pub(super) fn carry_out(&mut self, draft: &Draft) -> Result<(), LedgerError> {
        match draft.erases {
            Some(unit) if draft.kind == EntryKind::Erasure => Ok(self.units.destroy(unit)?),
            Some(_) | None => Ok(()),
        }
    }
}
