//! Small enums as the numbers that columns hold.

use cage_model::{Grade, Severity, Verdict};

use super::fault::Fault;
use crate::rows::{ChangeKind, Standing};

/// An enum that a column holds as a number.
pub(super) trait Code: Copy + PartialEq + Sized + 'static {
    /// Every value; its place is its number, for good.
    const ALL: &'static [Self];

    fn code(self) -> i64 {
        let place = Self::ALL.iter().position(|value| *value == self);
        place.map_or(-1, |place| place as i64)
    }

    fn of(code: i64) -> Result<Self, Fault> {
        let value = usize::try_from(code).ok().and_then(|at| Self::ALL.get(at));
        value
            .copied()
            .ok_or_else(|| Fault::Wrong(format!("{code} stands where there is no such number")))
    }
}

impl Code for ChangeKind {
    const ALL: &'static [Self] = &[Self::Opened, Self::Amended, Self::Withdrawn];
}

impl Code for Standing {
    const ALL: &'static [Self] = &[Self::Open, Self::Withdrawn];
}

impl Code for Verdict {
    const ALL: &'static [Self] = &[
        Self::Violated,
        Self::Undecided,
        Self::Satisfied,
        Self::PossiblySatisfied,
        Self::PossiblyViolated,
    ];
}

impl Code for Grade {
    const ALL: &'static [Self] = &[Self::Observe, Self::Alert, Self::Block];
}

impl Code for Severity {
    const ALL: &'static [Self] = &[Self::Notice, Self::Yellow, Self::Red];
}
