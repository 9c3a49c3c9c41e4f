//! What people and programs read of a check: the JSON, the findings files, the table on the
//! terminal, the HTML report.
//!
//! Owns the words *report*, *summary*, *findings file*. Judges nothing, reads no log and knows no
//! clock: everything comes from a [`cage_runtime::Outcome`], and equal outcomes give equal bytes.
//! Every value of a log or a pack is encoded for where it goes: no name can become a formula, a
//! script, or a command to a terminal.
//!
//! Start at [`html`]; [`json`], [`findings`], [`summary`] and [`story_text`] are its siblings.

mod alignment;
mod amendment;
mod clock;
mod error;
mod explain;
mod findings;
mod html;
mod identity;
mod json;
mod saying;
mod terminal;
mod titles;
mod words;

pub use amendment::{Amendment, Judged, amendment, amendment_json};
pub use error::ReportError;
pub use findings::{FindingsFormat, findings};
pub use html::{HtmlOptions, html};
pub use json::json;
pub use saying::Saying;
pub use terminal::{
    RuleOrder, SummaryOptions, amendment_text, pack_changes_text, story_text, summary,
};
pub use words::Language;
