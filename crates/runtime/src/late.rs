//! Objects with late records, judged anew from all their records in the right order.
//!
//! Decision 0002: the first reading folds everything as it comes and takes an object out when a
//! record of it is late. A second reading collects the records of those objects. What an object had
//! contributed before it was taken out is found by folding the same records again, and taken back.

use std::sync::Arc;

use cage_engine::{Account, Engine, EventOrder, Unsupported};
use cage_model::{Interner, Time};
use cage_pack::Program;

use crate::records::Records;

/// An object that was taken out of the fold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Late {
    /// Its type.
    pub(crate) object_type: u16,
    /// Its number.
    pub(crate) object: u32,
    /// The sequence number of the record that was late.
    pub(crate) sequence: u64,
}

/// Judges late objects anew.
pub(crate) struct Rejudge {
    late: Vec<Late>,
    /// Their records, to be filled by a second reading.
    pub(crate) records: Records,
}

impl Rejudge {
    pub(crate) fn new(mut late: Vec<Late>) -> Self {
        late.sort_unstable();
        let objects: Vec<_> = late
            .iter()
            .map(|one| (one.object_type, one.object))
            .collect();
        Self {
            late,
            records: Records::new(&objects),
        }
    }

    /// Takes back what the late objects had contributed to `account`, and adds what they contribute
    /// when judged in order, as they stand at `now`.
    pub(crate) fn settle(
        &self,
        program: &Arc<Program>,
        (now, finite): (Time, bool),
        names: &Interner,
        account: &mut Account,
    ) -> Result<(), Unsupported> {
        let mut undone = Engine::new(Arc::clone(program), EventOrder::Time)?;
        let mut judged = Engine::new(Arc::clone(program), EventOrder::Time)?;
        let mut originals: Vec<Vec<u32>> = vec![Vec::new(); program.object_types.len()];
        for (place, late) in self.late.iter().enumerate() {
            let numbers = &mut originals[usize::from(late.object_type)];
            let target = (late.object_type, numbers.len() as u32);
            numbers.push(late.object);
            for record in self.records.of(place) {
                if record.sequence < late.sequence {
                    let records = &self.records;
                    records.fold(&mut undone, *record, target, names);
                }
            }
            for record in self.records.in_order(place, EventOrder::Time) {
                let records = &self.records;
                records.fold(&mut judged, record, target, names);
            }
        }
        for (rule, before) in account.rules.iter_mut().zip(&undone.account().rules) {
            if !before.findings.is_empty() {
                rule.findings.retain(|finding| {
                    let object = (finding.object_type, finding.object);
                    self.records.place(object).is_none()
                });
            }
        }
        account.take_back(undone.account());
        let mut anew = judged.close(now, finite, names);
        for finding in anew.rules.iter_mut().flat_map(|rule| &mut rule.findings) {
            finding.object = originals[usize::from(finding.object_type)][finding.object as usize];
        }
        account.add(anew);
        Ok(())
    }
}
