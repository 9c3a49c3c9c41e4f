//! Remembers what was already said of each case, so that a case is handed over when it tells
//! something new and not with every row.

use cage_model::{Keyed, fixed_hash};

use crate::table::cell::Cell;

/// Per case one hash for each of its columns. Kept only when somebody wants case attributes; a log
/// of events without them needs no memory. Two cases or values whose 64-bit hashes agree would be
/// taken for one: of ten million cases, a chance of one in 400,000.
#[derive(Default)]
pub(super) struct SeenCases {
    first_hash: Keyed<u64, u32>,
    hashes: Vec<u64>,
    last: Option<(u64, u32)>,
}

/// The hash of a cell without a value.
pub(super) const MISSING_HASH: u64 = 0;

impl SeenCases {
    /// Where the hashes of this case begin, and whether it is new.
    pub(super) fn rows_of(&mut self, id: &str, width: usize) -> (u32, bool) {
        let key = fixed_hash(id.as_bytes());
        if let Some((last, first)) = self.last
            && last == key
        {
            return (first, false);
        }
        let next = self.hashes.len() as u32;
        let first = *self.first_hash.entry_or_insert_with(key, || next);
        if first == next {
            self.hashes.resize(self.hashes.len() + width, MISSING_HASH);
        }
        self.last = Some((key, first));
        (first, first == next)
    }

    /// The hash last seen in one of the case's columns.
    pub(super) fn slot(&mut self, first: u32, place: usize) -> &mut u64 {
        &mut self.hashes[first as usize + place]
    }
}

pub(super) fn cell_hash(cell: Cell<'_>) -> u64 {
    let hash = match cell {
        Cell::Missing => return MISSING_HASH,
        Cell::Text(text) => fixed_hash(text.as_bytes()),
        Cell::Integer(value) => fixed_hash(&value.to_le_bytes()),
        Cell::Decimal(value) => fixed_hash(&value.mantissa.to_le_bytes()),
        Cell::Float(value) => fixed_hash(&value.to_le_bytes()),
        Cell::Boolean(value) => fixed_hash(&[u8::from(value)]),
        Cell::Time(value) => fixed_hash(&value.instant().0.to_le_bytes()),
    };
    hash | 1
}
