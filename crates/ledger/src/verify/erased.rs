//! Bodies that do not open, and the orders that say why: each must have one, and each order must have been carried out.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Check, ErasureOrder, Verified};
use crate::units::{KeyOf, UnitRef, UnitStore};

/// What the records say of erasures.
#[derive(Debug, Default)]
pub(super) struct Erasures {
    /// Units whose bodies do not open, with the place of the first body of each and how many there are.
    unopened: HashMap<UnitRef, ((PathBuf, u64), u64)>,
    /// Units that were ordered to be erased, by the first order for each.
    ordered: HashMap<UnitRef, ErasureOrder>,
}

impl Erasures {
    pub(super) fn order(&mut self, unit: UnitRef, order: ErasureOrder) {
        self.ordered.entry(unit).or_insert(order);
    }

    pub(super) fn unopened(&mut self, unit: UnitRef, (shown, at): (&Path, u64)) {
        let place = || ((shown.to_owned(), at), 0);
        self.unopened.entry(unit).or_insert_with(place).1 += 1;
    }

    /// Whoever cannot be opened must have been erased by order, and whoever was must not open.
    pub(super) fn finish(&self, units: Option<&UnitStore>, verified: &mut Verified) {
        let erased = |unit: &UnitRef| self.unopened.get(unit).map_or(0, |(_, bodies)| *bodies);
        let orders = self.ordered.iter().map(|(unit, order)| ErasureOrder {
            bodies: erased(unit),
            ..order.clone()
        });
        verified.orders = orders.collect();
        verified.orders.sort_by_key(|order| order.record);
        let mut unopened: Vec<_> = self.unopened.iter().collect();
        unopened.sort();
        for (unit, ((shown, at), _)) in unopened {
            let destroyed =
                units.is_some_and(|units| matches!(units.key(*unit), Ok(KeyOf::Destroyed)));
            if !destroyed || !self.ordered.contains_key(unit) {
                let what =
                    format!("byte {at}: the body's key is gone, and no entry orders its erasure");
                verified.fault(Check::Body, shown, what);
            }
        }
        let Some(units) = units else { return };
        if self
            .ordered
            .keys()
            .any(|unit| matches!(units.key(*unit), Ok(KeyOf::Alive(_))))
        {
            verified.fault(
                Check::Body,
                Path::new("vault/units"),
                "holds a key whose erasure was ordered",
            );
        }
    }
}
