//! Declare models in the `.decl` notation that MINERful, RuM and Declare4Py share, read into a
//! [`Program`] with one rule per constraint.
//!
//! The meanings are those of the other tools (elapsed time, guards that are false where data is
//! missing); `docs/decl.md` lists them, and where we differ. Nothing in a file is ever skipped or
//! evaluated as code: what is not understood is an error with its line and column.

mod activities;
mod build;
mod condition;
mod constraint;
mod declarations;
mod template;
mod value;

use std::ops::Range;

use cage_model::limits;

use crate::program::Program;
use declarations::Declarations;

/// Rules of one model; findings number them with 16 bits.
const RULES_MAX: usize = u16::MAX as usize;

/// A model, read.
#[derive(Clone, Debug)]
pub struct DeclModel {
    /// The rules, each under its line as written.
    pub program: Program,
    /// What is allowed but probably not meant, in the order of the lines.
    pub warnings: Vec<DeclProblem>,
}

/// Something wrong with a model, and where.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct DeclProblem {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// How many characters it concerns.
    pub length: usize,
    /// What is wrong and what would be right.
    pub message: String,
    /// What was probably meant, to be written in place of the characters concerned.
    pub suggestion: Option<String>,
}

/// Reads a model. `name` is the file's, for the program's id and the places of its rules.
///
/// # Errors
/// Everything that is wrong with it, in the order of the lines.
pub fn read(name: &str, bytes: &[u8]) -> Result<DeclModel, Vec<DeclProblem>> {
    let text = text_of(bytes).map_err(|problem| vec![problem])?;
    let lines: Vec<Line<'_>> = text
        .lines()
        .enumerate()
        .map(|(index, text)| Line {
            number: index + 1,
            text,
        })
        .filter(Line::has_content)
        .collect();
    let mut problems = Problems::default();
    let (declarations, constraints) = Declarations::read(&lines, &mut problems);
    let program = build::build(name, bytes, &declarations, &constraints, &mut problems);
    if constraints.is_empty() && problems.errors.is_empty() {
        let message = "the file states no constraint, such as Response[A, B] | | |";
        problems
            .errors
            .push(DeclProblem::at_start(message.to_owned()));
    }
    if !problems.errors.is_empty() {
        problems.errors.sort();
        return Err(problems.errors);
    }
    problems.warnings.sort();
    Ok(DeclModel {
        program,
        warnings: problems.warnings,
    })
}

/// The text of a file, without the mark that some editors put first.
fn text_of(bytes: &[u8]) -> Result<&str, DeclProblem> {
    if bytes.len() as u64 > limits::MODEL_FILE_BYTES_MAX {
        let most = limits::MODEL_FILE_BYTES_MAX >> 20;
        return Err(DeclProblem::at_start(format!(
            "the file is larger than {most} MiB"
        )));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let message = "the file is not UTF-8; save it as UTF-8 and try again".to_owned();
            Err(DeclProblem {
                line,
                ..DeclProblem::at_start(message)
            })
        }
    }
}

/// A line with its number.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    number: usize,
    text: &'a str,
}

impl Line<'_> {
    /// Whether it is neither blank nor a comment.
    fn has_content(&self) -> bool {
        let text = self.text.trim();
        !text.is_empty() && !text.starts_with('#') && !text.starts_with("//")
    }

    /// A problem with some bytes of this line.
    fn problem(&self, span: Range<usize>, message: String) -> DeclProblem {
        let count = |text: Option<&str>| text.map_or(0, |text| text.chars().count());
        DeclProblem {
            line: self.number,
            column: count(self.text.get(..span.start)) + 1,
            length: count(self.text.get(span)),
            message,
            suggestion: None,
        }
    }
}

impl DeclProblem {
    fn at_start(message: String) -> Self {
        Self {
            line: 1,
            column: 1,
            length: 0,
            message,
            suggestion: None,
        }
    }

    fn suggest(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }
}

/// What was found wrong so far.
#[derive(Debug, Default)]
struct Problems {
    errors: Vec<DeclProblem>,
    warnings: Vec<DeclProblem>,
}

/// A piece of a line without the blanks around it, and where it stands.
fn trimmed(text: &str, span: Range<usize>) -> (&str, Range<usize>) {
    let piece = text.get(span.clone()).unwrap_or("");
    let start = span.start + piece.len() - piece.trim_start().len();
    let piece = piece.trim();
    (piece, start..start + piece.len())
}

#[cfg(test)]
mod tests;
