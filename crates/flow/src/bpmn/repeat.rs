//! How often an activity is done: loop and multi-instance markers.

use super::collect::{is_true, shown};
use super::diagram::{Repeat, Xml};
use crate::error::ModelError;
use crate::source::{Source, quoted};

/// Repetitions that are counted; more are read as any number.
pub(super) const COUNTED_MAX: u32 = 16;

/// The repetition that an activity's markers state.
pub(super) fn read(
    source: &Source<'_>,
    activity: Xml<'_>,
    notes: &mut Vec<String>,
) -> Result<Repeat, ModelError> {
    let namespace = activity.tag_name().namespace();
    let own = |child: &Xml<'_>| child.is_element() && child.tag_name().namespace() == namespace;
    let mut repeat = Repeat::ONCE;
    for child in activity.children().filter(own) {
        repeat = match child.tag_name().name() {
            "standardLoopCharacteristics" => looped(source, child)?,
            "multiInstanceLoopCharacteristics" => instances(child),
            _ => continue,
        };
        if repeat.at_most.is_some_and(|most| most > COUNTED_MAX) {
            notes.push(format!(
                "{} in line {} may be repeated more than {COUNTED_MAX} times; repetitions are \
                 counted up to {COUNTED_MAX}, so it is read as any number",
                shown(activity),
                source.line(activity)
            ));
            repeat.at_least = repeat.at_least.min(1);
            repeat.at_most = None;
        }
    }
    Ok(repeat)
}

fn looped(source: &Source<'_>, marker: Xml<'_>) -> Result<Repeat, ModelError> {
    let at_most = match marker.attribute("loopMaximum") {
        None => None,
        Some(text) => match text.trim().parse::<u32>() {
            Ok(0) | Err(_) => {
                let message = format!("loopMaximum is {}; it is a number from 1", quoted(text));
                return Err(source.error_in(marker, "loopMaximum", message));
            }
            Ok(most) => Some(most),
        },
    };
    Ok(Repeat {
        at_least: u32::from(!is_true(marker, "testBefore")),
        at_most,
        parallel: false,
    })
}

/// A cardinality that is a plain number is kept; with a condition for completion, fewer suffice.
fn instances(marker: Xml<'_>) -> Repeat {
    let child = |name: &str| {
        marker
            .children()
            .find(|child| child.is_element() && child.tag_name().name() == name)
    };
    let cardinality = child("loopCardinality")
        .and_then(|found| found.text())
        .and_then(|text| text.trim().parse::<u32>().ok());
    let stops_early = child("completionCondition").is_some();
    Repeat {
        at_least: match cardinality {
            Some(number) if !stops_early => number,
            Some(number) => number.min(1),
            None => 1,
        },
        at_most: cardinality,
        parallel: !is_true(marker, "isSequential"),
    }
}
