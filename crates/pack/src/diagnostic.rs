//! What is wrong with a pack and where: the messages that an author of rules lives with.
//!
//! A [`Diagnostic`] is complete in itself: it carries the line it speaks of, so that it can be
//! shown, sent or stored without the pack.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;

use crate::source::{Place, SourceFile};

/// How serious a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Seriousness {
    /// The pack is refused.
    Error,
    /// The pack is read; probably something else was meant.
    Warning,
}

/// One thing that is wrong, or probably wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Diagnostic {
    /// How serious it is.
    #[serde(rename = "severity")]
    pub seriousness: Seriousness,
    /// The file, relative to the pack; the path as given when the pack itself cannot be read.
    pub file: String,
    /// The line, counted from 1; 0 when it concerns the file as a whole.
    pub line: usize,
    /// The column in characters, counted from 1; 0 when it concerns the file as a whole.
    pub column: usize,
    /// How many characters of the line it concerns.
    pub length: usize,
    /// What is wrong and what would be right.
    pub message: String,
    /// What was probably meant, to be written in place of the characters concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// The line as written, cut when it is very long.
    pub excerpt: String,
}

/// Characters of a line that a diagnostic shows.
const EXCERPT_CHARS_MAX: usize = 400;

impl Diagnostic {
    /// A diagnostic about a file as a whole.
    #[must_use]
    pub fn of_file(file: &str, message: String) -> Self {
        Self {
            seriousness: Seriousness::Error,
            file: file.to_owned(),
            line: 0,
            column: 0,
            length: 0,
            message,
            suggestion: None,
            excerpt: String::new(),
        }
    }

    fn at(file: &SourceFile, span: &Range<usize>, message: String) -> Self {
        let text = file.text.as_str();
        let start = floor_boundary(text, span.start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let column = text
            .get(line_start..start)
            .map_or(0, |lead| lead.chars().count());
        let end = floor_boundary(text, span.end.min(line_start + line.len()));
        let length = text.get(start..end).map_or(0, |cut| cut.chars().count());
        Self {
            seriousness: Seriousness::Error,
            file: file.name.clone(),
            line: file.line_of(start),
            column: column + 1,
            length: length.max(1),
            message,
            suggestion: None,
            excerpt: line.chars().take(EXCERPT_CHARS_MAX).collect(),
        }
    }

    /// The diagnostic as people read it, with a caret under the text; `coloured` for terminals.
    #[must_use]
    pub fn render(&self, coloured: bool) -> String {
        let renderer = if coloured {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let level = match self.seriousness {
            Seriousness::Error => Level::ERROR,
            Seriousness::Warning => Level::WARNING,
        };
        let title = level.primary_title(plain(&self.message));
        if self.line == 0 {
            let origin = annotate_snippets::Origin::path(plain(&self.file));
            return renderer.render(&[title.element(origin)]);
        }
        let label = self
            .suggestion
            .as_ref()
            .map(|meant| format!("did you mean {}?", plain(meant)));
        let excerpt = plain(&self.excerpt);
        let annotation = AnnotationKind::Primary
            .span(self.excerpt_span(&excerpt))
            .label(label);
        let snippet = Snippet::source(excerpt.as_str())
            .line_start(self.line)
            .path(plain(&self.file))
            .annotation(annotation);
        renderer.render(&[title.element(snippet)])
    }

    /// The bytes of the excerpt that it concerns.
    fn excerpt_span(&self, excerpt: &str) -> Range<usize> {
        let byte = |chars: usize| {
            excerpt
                .char_indices()
                .nth(chars)
                .map_or(excerpt.len(), |(at, _)| at)
        };
        let start = byte(self.column.saturating_sub(1));
        start..byte(self.column.saturating_sub(1) + self.length).max(start)
    }
}

/// A pack's words without control characters: a terminal obeys none that a file brings.
fn plain(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\t' | '\n' => ' ',
            control if control.is_control() => '\u{fffd}',
            other => other,
        })
        .collect()
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Collects diagnostics over the files of a pack.
#[derive(Debug)]
pub(crate) struct Problems<'a> {
    files: &'a [SourceFile],
    found: Vec<(Place, Diagnostic)>,
}

/// Diagnostics that are kept; a file of nonsense would yield millions.
const DIAGNOSTICS_MAX: usize = 1_000;

impl<'a> Problems<'a> {
    pub(crate) fn new(files: &'a [SourceFile]) -> Self {
        Self {
            files,
            found: Vec::new(),
        }
    }

    /// Records an error.
    pub(crate) fn error(&mut self, place: &Place, message: impl Into<String>) {
        self.add(place, message.into(), None, Seriousness::Error);
    }

    /// Records an error and what was probably meant.
    pub(crate) fn suggest(
        &mut self,
        place: &Place,
        message: impl Into<String>,
        meant: Option<String>,
    ) {
        self.add(place, message.into(), meant, Seriousness::Error);
    }

    /// Records a warning.
    pub(crate) fn warn(&mut self, place: &Place, message: impl Into<String>) {
        self.add(place, message.into(), None, Seriousness::Warning);
    }

    fn add(
        &mut self,
        place: &Place,
        message: String,
        suggestion: Option<String>,
        seriousness: Seriousness,
    ) {
        let Some(file) = self.files.get(place.file) else {
            return;
        };
        let full = self.found.len() >= DIAGNOSTICS_MAX;
        if full && (seriousness == Seriousness::Warning || self.has_errors()) {
            return;
        }
        let diagnostic = Diagnostic {
            seriousness,
            suggestion,
            ..Diagnostic::at(file, &place.span, message)
        };
        self.found.push((place.clone(), diagnostic));
    }

    /// Whether the pack is refused.
    pub(crate) fn has_errors(&self) -> bool {
        self.found
            .iter()
            .any(|(_, found)| found.seriousness == Seriousness::Error)
    }

    /// Whether a file has been found faulty so far.
    pub(crate) fn has_errors_in(&self, file: usize) -> bool {
        let mut found = self.found.iter();
        found.any(|(place, found)| place.file == file && found.seriousness == Seriousness::Error)
    }

    /// Everything found, in the order of files and of their text, nothing twice.
    pub(crate) fn into_list(self) -> Vec<Diagnostic> {
        let mut found = self.found;
        found.sort_by(|(a, one), (b, other)| {
            let key = |place: &Place| (place.file, place.span.start, place.span.end);
            (key(a), &one.message).cmp(&(key(b), &other.message))
        });
        found.dedup();
        found
            .into_iter()
            .map(|(_, diagnostic)| diagnostic)
            .collect()
    }
}
