//! The wrongs that the simulation can plant, and the record of where it did.

use std::fmt;

/// One kind of misconduct or failure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Wrong {
    /// Decided without a review.
    ReviewSkipped,
    /// Reviewed and decided by the same officer.
    SamePerson,
    /// Neither accepted nor answered with a notice within five working days.
    AnsweredLate,
    /// Left lying past the statutory limit.
    Overdue,
    /// Decided within minutes of acceptance.
    TooFast,
    /// Taken out of turn, past many who waited longer.
    QueueJumped,
    /// A permit number was left out.
    NumberMissing,
    /// The assessed fee was overwritten later.
    FeeChanged,
    /// The applicant was sent away a second time for other documents.
    SecondNotice,
    /// Handled on paper and keyed in days later.
    KeyedInLate,
    /// Granted, but never handed out.
    NotDelivered,
    /// Accepted at a window whose camera was off.
    CameraOff,
}

impl Wrong {
    /// Every kind, in the order in which they are tried.
    pub const ALL: [Self; 12] = [
        Self::ReviewSkipped,
        Self::SamePerson,
        Self::AnsweredLate,
        Self::Overdue,
        Self::TooFast,
        Self::QueueJumped,
        Self::NumberMissing,
        Self::FeeChanged,
        Self::SecondNotice,
        Self::KeyedInLate,
        Self::NotDelivered,
        Self::CameraOff,
    ];

    /// The name used in the truth file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReviewSkipped => "review-skipped",
            Self::SamePerson => "same-person",
            Self::AnsweredLate => "answered-late",
            Self::Overdue => "overdue",
            Self::TooFast => "too-fast",
            Self::QueueJumped => "queue-jumped",
            Self::NumberMissing => "number-missing",
            Self::FeeChanged => "fee-changed",
            Self::SecondNotice => "second-notice",
            Self::KeyedInLate => "keyed-in-late",
            Self::NotDelivered => "not-delivered",
            Self::CameraOff => "camera-off",
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a wrong was planted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Planted {
    /// The case.
    pub case: String,
    /// What was done.
    pub wrong: Wrong,
}
