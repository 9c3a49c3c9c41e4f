//! Faults of real files that do no harm: counted, mended, and told once each.

use cage_model::Place;

/// A kind of harmless fault.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Defect {
    EmptyValue,
    IntegerWithPoint,
    IntegerIsFraction,
    DecimalComma,
    TimeAsText,
    TimeWithSlashes,
    KeylessAttribute,
    NamelessTrace,
    RepeatedTrace,
    LateTraceName,
    EventWithoutTime,
    EventWithoutName,
    UnknownElement,
    UnknownScope,
    BehindTheEnd,
}

const ALL: [(Defect, &str); 15] = {
    use Defect::*;
    [
        (
            EmptyValue,
            "attributes whose number, truth value or time is empty; they are taken for missing",
        ),
        (
            IntegerWithPoint,
            "whole numbers written with a decimal point; they are read as whole numbers",
        ),
        (
            IntegerIsFraction,
            "fractions where the file says whole number; they are read as floats",
        ),
        (
            DecimalComma,
            "numbers with a decimal comma; it is read as a point",
        ),
        (TimeAsText, "times written as texts; they are read as times"),
        (
            TimeWithSlashes,
            "times whose dates are written with slashes, year first; they are read as times",
        ),
        (
            KeylessAttribute,
            "attributes of the log or of a trace without a key; they are passed over",
        ),
        (
            NamelessTrace,
            "traces without a concept:name; each is named by the file and its number in it",
        ),
        (
            RepeatedTrace,
            "traces with the name of an earlier trace; traces of one name are one case",
        ),
        (
            LateTraceName,
            "traces whose concept:name stands behind their events; it is not used as the case's name",
        ),
        (EventWithoutTime, "events without a time:timestamp"),
        (EventWithoutName, "events without an activity name"),
        (
            UnknownElement,
            "elements that XES does not know; they are passed over",
        ),
        (
            UnknownScope,
            "globals or classifiers of an unknown scope; they are passed over",
        ),
        (
            BehindTheEnd,
            "elements behind the end of the log; they are not read",
        ),
    ]
};

/// How often each was met, and where first.
#[derive(Debug, Default)]
pub(super) struct Defects {
    met: [(u64, Place); ALL.len()],
    first_unknown: Option<String>,
}

impl Defects {
    /// Counts one; `place` is asked for the first only.
    pub(super) fn meet(&mut self, defect: Defect, place: impl FnOnce() -> Place) {
        let (count, first) = &mut self.met[defect as usize];
        if *count == 0 {
            *first = place();
        }
        *count += 1;
    }

    /// Counts an element of unknown name.
    pub(super) fn meet_unknown(&mut self, name: &str, place: impl FnOnce() -> Place) {
        if self.first_unknown.is_none() {
            self.first_unknown = Some(super::fault::shown(name));
        }
        self.meet(Defect::UnknownElement, place);
    }

    /// One sentence for each kind that was met.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (defect, words) in ALL {
            let (count, place) = self.met[defect as usize];
            if count > 0 {
                let unknown = match (&self.first_unknown, defect) {
                    (Some(name), Defect::UnknownElement) => format!(", {name}"),
                    _ => String::new(),
                };
                let first = format!("the first in line {}{unknown}", place.line);
                notes.push(format!("{count} {words} ({first})"));
            }
        }
        notes
    }
}
