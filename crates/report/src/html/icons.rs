//! The report's signs: drawn, never typed, and always beside a word.

use cage_model::{Severity, Verdict};

use super::markup::Page;

/// A sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Icon {
    /// In order.
    Tick,
    /// A red card.
    Octagon,
    /// A yellow card, or a gap in the data.
    Triangle,
    /// For notice.
    Speech,
    /// A clock: something owed.
    Clock,
    /// A question: it cannot be said.
    Question,
    /// A crossed eye: shadow.
    Shadow,
    /// An event without any remark.
    Dot,
    /// Something that is absent.
    Cross,
    /// Something too many.
    Plus,
}

impl Icon {
    /// The sign of a severity.
    pub(super) const fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Red => Self::Octagon,
            Severity::Yellow => Self::Triangle,
            Severity::Notice => Self::Speech,
        }
    }

    /// The sign of a verdict.
    pub(super) const fn of_verdict(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Satisfied | Verdict::PossiblySatisfied => Self::Tick,
            Verdict::PossiblyViolated => Self::Clock,
            Verdict::Violated => Self::Octagon,
            Verdict::Undecided => Self::Question,
        }
    }

    const fn lines(self) -> &'static str {
        match self {
            Self::Tick => r#"<circle cx="10" cy="10" r="7"/><path d="M6.8 10.3l2.2 2.2 4.2-4.6"/>"#,
            Self::Octagon => {
                r#"<path d="M7 3h6l4 4v6l-4 4H7l-4-4V7z"/><path d="M10 6.6v4.2M10 13.4v.1"/>"#
            }
            Self::Triangle => r#"<path d="M10 3l7.5 13.5h-15z"/><path d="M10 8v4M10 14.2v.1"/>"#,
            Self::Speech => r#"<path d="M3 4h14v10H9l-4 3v-3H3z"/>"#,
            Self::Clock => r#"<circle cx="10" cy="10" r="7"/><path d="M10 6v4.3l2.8 1.7"/>"#,
            Self::Question => {
                r#"<circle cx="10" cy="10" r="7"/><path d="M7.9 8.2a2.1 2.1 0 114 .8c-.3 1.1-1.9 1.3-1.9 2.6M10 14v.1"/>"#
            }
            Self::Shadow => {
                r#"<path d="M2 10c2-3.6 4.7-5.3 8-5.3s6 1.7 8 5.3c-2 3.6-4.7 5.3-8 5.3S4 13.6 2 10z"/><path d="M4 16L16 4"/>"#
            }
            Self::Dot => r#"<circle cx="10" cy="10" r="2.5"/>"#,
            Self::Cross => r#"<path d="M5.5 5.5l9 9M14.5 5.5l-9 9"/>"#,
            Self::Plus => r#"<path d="M10 4.5v11M4.5 10h11"/>"#,
        }
    }
}

impl Page {
    /// A sign, hidden from readers that speak: the word beside it says the same.
    pub(super) fn icon(&mut self, icon: Icon) -> &mut Self {
        self.raw("<svg class=\"i\" viewBox=\"0 0 20 20\" aria-hidden=\"true\">")
            .raw(icon.lines())
            .raw("</svg>")
    }
}
