//! The activities in a constraint's brackets, whose names may hold commas and brackets.

use std::ops::Range;

use super::{DeclProblem, Line, trimmed};

/// A name and where it stands.
pub(super) type Named<'a> = (&'a str, Range<usize>);

/// The place of the bracket that closes the activities: what follows it is a bar or nothing.
pub(super) fn closing(text: &str, open: usize) -> Option<usize> {
    text.char_indices()
        .filter(|(at, c)| *at > open && *c == ']')
        .map(|(at, _)| at)
        .find(|at| {
            let after = text.get(at + 1..).unwrap_or("").trim_start();
            after.is_empty() || after.starts_with('|')
        })
}

/// The single activity of a unary template, and the count where one stands behind it
/// (`Existence[A, 2]`).
pub(super) fn single<'a>(
    line: &Line<'a>,
    span: Range<usize>,
    declared: &[String],
    counts: bool,
) -> (Named<'a>, Option<(u32, Range<usize>)>) {
    let whole = trimmed(line.text, span.clone());
    let comma = whole
        .0
        .rfind(',')
        .filter(|_| counts && !declared.iter().any(|d| d == whole.0));
    if let Some(comma) = comma {
        let at = whole.1.start + comma;
        let count = trimmed(line.text, at + 1..whole.1.end);
        if let Ok(number) = count.0.parse() {
            return (trimmed(line.text, span.start..at), Some((number, count.1)));
        }
    }
    (whole, None)
}

/// The two activities of a binary template. With commas in names the declared activities decide
/// where one ends.
pub(super) fn pair<'a>(
    line: &Line<'a>,
    span: Range<usize>,
    declared: &[String],
) -> Result<(Named<'a>, Named<'a>), DeclProblem> {
    let inside = line.text.get(span.clone()).unwrap_or("");
    let split = |comma: usize| {
        let at = span.start + comma;
        (
            trimmed(line.text, span.start..at),
            trimmed(line.text, at + 1..span.end),
        )
    };
    let commas: Vec<usize> = inside.match_indices(',').map(|(at, _)| at).collect();
    let known = |name: &str| declared.iter().any(|other| other == name);
    let by_known = |wanted: usize| {
        commas.iter().copied().find(|comma| {
            let (a, b) = split(*comma);
            usize::from(known(a.0)) + usize::from(known(b.0)) == wanted
        })
    };
    let spaced: Vec<usize> = inside.match_indices(", ").map(|(at, _)| at).collect();
    let comma = match (commas.as_slice(), spaced.as_slice()) {
        ([], _) => {
            let message = "this template names two activities: [A, B]".to_owned();
            return Err(line.problem(span, message));
        }
        ([only], _) => Some(*only),
        (_, [only]) => by_known(2).or(Some(*only)),
        _ => by_known(2).or_else(|| by_known(1)),
    };
    let Some(comma) = comma else {
        let message = "where the first activity ends is unclear among these commas; declare the \
                       activities with \"activity NAME\" lines";
        return Err(line.problem(span, message.to_owned()));
    };
    Ok(split(comma))
}
