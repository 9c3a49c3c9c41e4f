//! Text for a terminal: the table of a check, and the story of one object.
//!
//! Columns are aligned by the width that characters take on a terminal. Control characters of a
//! log never reach it.

mod amendment;
mod paint;
mod story;
mod summary;
mod table;

use std::ffi::OsStr;

use crate::words::Language;

pub use amendment::{amendment_text, pack_changes_text};
pub use story::story_text;
pub use summary::summary;

/// How text for a terminal is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SummaryOptions {
    /// The language.
    pub language: Language,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether colours are used; they only repeat what the text says.
    pub colours: bool,
    /// The order of the rules.
    pub order: RuleOrder,
}

/// The order of the rules in a summary.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RuleOrder {
    /// The most serious first: by severity among those with violations, then by their number.
    #[default]
    Worst,
    /// As the pack has them.
    Pack,
}

impl Default for SummaryOptions {
    fn default() -> Self {
        Self {
            language: Language::Chinese,
            width: 100,
            colours: false,
            order: RuleOrder::Worst,
        }
    }
}

impl SummaryOptions {
    /// Whether colours are wanted: on a terminal, unless the variable `NO_COLOR` has a value.
    #[must_use]
    pub fn wants_colours(is_terminal: bool, no_colour: Option<&OsStr>) -> bool {
        is_terminal && no_colour.is_none_or(OsStr::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        assert!(SummaryOptions::wants_colours(true, None));
        assert!(SummaryOptions::wants_colours(true, Some(OsStr::new(""))));
        assert!(!SummaryOptions::wants_colours(true, Some(OsStr::new("1"))));
        assert!(!SummaryOptions::wants_colours(false, None));
    }
}
