//! What a law means by "day", and by a last day on which nobody works: data that turns a span as
//! it is worded into a term that can be counted.
//!
//! Chinese laws word most limits in days (日) and say in one article which of these are working
//! days: all of them (Administrative Licensing Law art. 82), those of 2, 3, 5 and 7 days
//! (Administrative Penalty Law art. 85), those of ten days or less (Administrative Compulsion Law
//! art. 69). Which law says what is data of a pack; none is named in this code.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::basis::Basis;
use crate::span::Span;

/// A span as it is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Term {
    /// How long.
    pub span: Span,
    /// What happens to a last day on which nobody works.
    pub last_day: LastDay,
}

/// What happens to a last day on which nobody works.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum LastDay {
    /// It stays the last day.
    #[default]
    Stays,
    /// The next worked day is the last day.
    RollsForward,
}

/// Which of a law's limits in days are limits in working days.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkingDays {
    /// None.
    #[default]
    Never,
    /// All.
    Always,
    /// Those of exactly so many days.
    Of(BTreeSet<u32>),
    /// Those of at most so many days.
    UpTo(u32),
}

/// How a law counts days.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DayRule {
    /// Which of its limits in days are limits in working days.
    pub working: WorkingDays,
    /// What happens to the last day of its limits in days and months.
    pub last_day: LastDay,
    /// The article that says so.
    pub basis: Basis,
}

impl From<Span> for Term {
    fn from(span: Span) -> Self {
        Self {
            span,
            last_day: LastDay::Stays,
        }
    }
}

impl WorkingDays {
    /// Whether a limit of so many days is one in working days.
    #[must_use]
    pub fn applies(&self, days: u32) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Of(counts) => counts.contains(&days),
            Self::UpTo(most) => days <= *most,
        }
    }
}

impl DayRule {
    /// The term that the law means by a span as it words it. What is worded as working days, or in
    /// hours, stays so.
    #[must_use]
    pub fn read(&self, worded: Span) -> Term {
        let span = match worded {
            Span::Days(days) if self.working.applies(days) => Span::WorkingDays(days),
            other => other,
        };
        Term {
            span,
            // Hours are up when they are up; a working day is never a day off.
            last_day: match span {
                Span::Days(_) | Span::Months(_) => self.last_day,
                Span::Elapsed(_) | Span::WorkingDays(_) => LastDay::Stays,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_says_which_days_are_working_days() {
        let short = WorkingDays::Of([2, 3, 5, 7].into());
        let cases: [(WorkingDays, u32, bool); 8] = [
            (WorkingDays::Always, 20, true),
            (WorkingDays::Never, 3, false),
            (short.clone(), 7, true),
            (short.clone(), 10, false),
            (short, 90, false),
            (WorkingDays::UpTo(10), 10, true),
            (WorkingDays::UpTo(10), 11, false),
            (WorkingDays::UpTo(10), 30, false),
        ];
        for (working, days, worked) in cases {
            let rule = DayRule {
                working,
                last_day: LastDay::RollsForward,
                ..DayRule::default()
            };
            let expected = match worked {
                true => Term::from(Span::WorkingDays(days)),
                false => Term {
                    span: Span::Days(days),
                    last_day: LastDay::RollsForward,
                },
            };
            assert_eq!(
                rule.read(Span::Days(days)),
                expected,
                "{days} days: {rule:?}"
            );
            for kept in [Span::WorkingDays(days), Span::Elapsed(i64::from(days))] {
                assert_eq!(rule.read(kept), Term::from(kept), "{kept}");
            }
        }
    }
}
