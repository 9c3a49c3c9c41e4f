//! One constraint line, taken apart: template, activities, conditions, time.

use std::ops::Range;

use cage_law::Span;
use cage_model::{Decimal, MICROS_PER_SECOND};

use super::activities::{Named, closing, pair, single};
use super::declarations::Declarations;
use super::template::{NoTemplate, Shape, template};
use super::{DeclProblem, Line, Problems, trimmed};
use crate::expr::nearest::nearest;

/// A constraint, its conditions still as written.
#[derive(Clone, Debug)]
pub(super) struct Constraint<'a> {
    pub(super) shape: Shape,
    /// The activity, or the first of two.
    pub(super) first: Named<'a>,
    /// The second of two.
    pub(super) second: Option<Named<'a>>,
    /// Condition on the activation; empty when none.
    pub(super) activation: Named<'a>,
    /// Condition on the other end, or on both; empty when none.
    pub(super) correlation: Named<'a>,
    /// Not sooner and not later than this, in elapsed time.
    pub(super) time: Option<(Span, Span)>,
}

/// Takes a line apart.
pub(super) fn parse<'a>(
    line: &Line<'a>,
    declarations: &Declarations,
    problems: &mut Problems,
) -> Result<Constraint<'a>, DeclProblem> {
    let text = line.text;
    let open = text.find('[').unwrap_or(text.len());
    let (name, at) = trimmed(text, 0..open);
    let shape = template(name).map_err(|error| no_template(line, name, at.clone(), error))?;
    let Some(close) = closing(text, open) else {
        let message = "the activities' closing bracket is missing, or something other than a bar \
                       follows it";
        return Err(line.problem(open..text.trim_end().len(), message.to_owned()));
    };
    let declared = &declarations.activities;
    let (shape, first, second) = if shape.is_binary() {
        let (first, second) = pair(line, open + 1..close, declared)?;
        (shape, first, Some(second))
    } else {
        let counts = shape.count().is_some();
        let (activity, count) = single(line, open + 1..close, declared, counts);
        let shape = count.map_or(shape, |(count, _)| shape.with_count(count));
        (shape, activity, None)
    };
    check_count(line, shape, at)?;
    for activity in [Some(&first), second.as_ref()].into_iter().flatten() {
        check_activity(line, activity, declared, problems)?;
    }
    let (activation, correlation, time) = parts(line, shape, close + 1)?;
    let time = time_window(line, shape, time)?;
    Ok(Constraint {
        shape,
        first,
        second,
        activation,
        correlation,
        time,
    })
}

fn no_template(line: &Line<'_>, name: &str, at: Range<usize>, error: NoTemplate) -> DeclProblem {
    match error {
        NoTemplate::Unknown(meant) => line
            .problem(at, format!("there is no template \"{name}\""))
            .suggest(meant),
        NoTemplate::Count => line.problem(
            at,
            format!("\"{name}\": only Existence, Absence and Exactly count"),
        ),
    }
}

fn check_count(line: &Line<'_>, shape: Shape, at: Range<usize>) -> Result<(), DeclProblem> {
    match shape {
        Shape::Existence(0) => Err(line.problem(
            at,
            "at least 0 times is always true; count from 1".to_owned(),
        )),
        Shape::Absence(0) => {
            let message = "less than 0 times is never true; Absence1 means: not at all";
            Err(line.problem(at, message.to_owned()))
        }
        _ => Ok(()),
    }
}

/// An activity must have a name; one that is not among those declared is probably a slip.
fn check_activity(
    line: &Line<'_>,
    (name, at): &Named<'_>,
    declared: &[String],
    problems: &mut Problems,
) -> Result<(), DeclProblem> {
    if name.is_empty() {
        return Err(line.problem(at.clone(), "an activity is missing here".to_owned()));
    }
    if !declared.is_empty() && !declared.iter().any(|known| known == name) {
        let message = format!("activity \"{name}\" is not declared");
        let meant = nearest(name, declared.iter().map(String::as_str));
        problems
            .warnings
            .push(line.problem(at.clone(), message).suggest(meant));
    }
    Ok(())
}

/// What stands between the bars: activation, correlation, time. Bars may be missing.
fn parts<'a>(
    line: &Line<'a>,
    shape: Shape,
    from: usize,
) -> Result<(Named<'a>, Named<'a>, Named<'a>), DeclProblem> {
    let end = line.text.len();
    let empty = || ("", end..end);
    let mut pieces = split_bars(line.text, from)
        .into_iter()
        .map(|span| trimmed(line.text, span));
    let mut next = || pieces.next().unwrap_or_else(empty);
    let (activation, second, third) = (next(), next(), next());
    if let Some(extra) = pieces.find(|piece| !piece.0.is_empty()) {
        let message = "after the activities come at most three parts: | activation | target | time";
        return Err(line.problem(extra.1, message.to_owned()));
    }
    let takes_target = matches!(shape, Shape::Relation(_));
    let (correlation, time) = match (second.0.is_empty(), third.0.is_empty()) {
        (true, _) => (empty(), third),
        (false, true) if !takes_target || looks_like_time(second.0) => (empty(), second),
        (false, _) => (second, third),
    };
    if !takes_target && !correlation.0.is_empty() {
        let message = format!(
            "{} has no target, so it has no condition on one",
            shape.kind()
        );
        return Err(line.problem(correlation.1, message));
    }
    Ok((activation, correlation, time))
}

/// The pieces between bars that stand outside of quotes.
fn split_bars(text: &str, from: usize) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = None;
    let mut quote = None;
    for (at, c) in text.char_indices().filter(|(at, _)| *at >= from) {
        match (c, quote) {
            ('|', None) => {
                pieces.extend(start.map(|start| start..at));
                start = Some(at + 1);
            }
            ('"', Some('"')) | ('\'', Some('\'')) => quote = None,
            // An apostrophe inside a word opens nothing.
            ('"' | '\'', None) if opens_quote(text, at) => quote = Some(c),
            _ => {}
        }
    }
    pieces.extend(start.map(|start| start..text.len()));
    pieces
}

/// Whether a quotation mark stands where a value begins, and is closed further on.
fn opens_quote(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|text| text.chars().next_back());
    let begins = before.is_none_or(|c| c.is_whitespace() || "(,=<>.|".contains(c));
    let mark = text.get(at..at + 1).unwrap_or("\"");
    begins && text.get(at + 1..).is_some_and(|tail| tail.contains(mark))
}

/// Whether a text has two commas and a unit, as `0,5,d` has.
fn looks_like_time(text: &str) -> bool {
    let pieces: Vec<&str> = text.split(',').map(str::trim).collect();
    matches!(pieces.as_slice(), [_, _, unit] if unit_micros(unit).is_some())
}

fn unit_micros(unit: &str) -> Option<i64> {
    Some(match unit.to_lowercase().as_str() {
        "s" => MICROS_PER_SECOND,
        "m" => 60 * MICROS_PER_SECOND,
        "h" => 3_600 * MICROS_PER_SECOND,
        "d" => 86_400 * MICROS_PER_SECOND,
        _ => return None,
    })
}

/// Reads `min,max,unit`: elapsed time between the two ends, both limits included.
fn time_window(
    line: &Line<'_>,
    shape: Shape,
    (text, at): Named<'_>,
) -> Result<Option<(Span, Span)>, DeclProblem> {
    if text.is_empty() {
        return Ok(None);
    }
    if !matches!(shape, Shape::Relation(_)) {
        let message = format!(
            "{} has no second event from which time could be counted, so a time condition has no \
             meaning here",
            shape.kind()
        );
        return Err(line.problem(at, message));
    }
    let wrong = || {
        let message = format!(
            "\"{text}\" is no time condition; write min,max,unit with s, m, h or d, for example \
             0,90,d"
        );
        line.problem(at.clone(), message)
    };
    let pieces: Vec<&str> = text.split(',').map(str::trim).collect();
    let [min, max, unit] = pieces.as_slice() else {
        return Err(wrong());
    };
    let unit = unit_micros(unit).ok_or_else(wrong)?;
    let min = micros(min, unit).ok_or_else(wrong)?;
    let max = micros(max, unit).ok_or_else(wrong)?;
    if min > max {
        let message = "the shortest time is longer than the longest".to_owned();
        return Err(line.problem(at, message));
    }
    Ok(Some((Span::Elapsed(min), Span::Elapsed(max))))
}

/// A number of units in microseconds, cut to the microsecond.
fn micros(text: &str, unit: i64) -> Option<i64> {
    let number: Decimal = text
        .parse()
        .ok()
        .filter(|number| *number >= Decimal::from(0))?;
    let scaled = i128::from(number.mantissa).checked_mul(i128::from(unit))?;
    i64::try_from(scaled / 10i128.pow(u32::from(number.scale))).ok()
}
