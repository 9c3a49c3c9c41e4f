//! An alignment as the outputs show it.

use cage_flow::{Alignment, Model, Move};

/// One step of an alignment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Step<'a> {
    /// What it is.
    pub(crate) kind: StepKind,
    /// The activity or the model's label.
    pub(crate) label: &'a str,
}

/// What a step of an alignment is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StepKind {
    /// Done as the flow says.
    Passed,
    /// The flow says it, the case lacks it (model move).
    Skipped,
    /// The case has it, the flow has no place for it (log move).
    Inserted,
}

/// The visible steps of an alignment in order. The trace of an alignment is all events of its
/// object, so that a move's index is that of the story's event.
pub(crate) fn steps<'a>(
    alignment: &Alignment,
    model: &'a Model,
    activities: &[&'a str],
) -> Vec<Step<'a>> {
    let step = |kind, label: Option<&'a str>| Step {
        kind,
        label: label.unwrap_or_default(),
    };
    let label = |number: u32| model.net.labels.get(number as usize).map(String::as_str);
    let activity = |event: u32| activities.get(event as usize).copied();
    alignment
        .moves
        .iter()
        .filter_map(|one| {
            Some(match *one {
                Move::Both {
                    event, label: name, ..
                } => step(StepKind::Passed, activity(event).or_else(|| label(name.0))),
                Move::Log { event } => step(StepKind::Inserted, activity(event)),
                Move::Model { label: name, .. } => step(StepKind::Skipped, label(name.0)),
                Move::Silent { .. } => return None,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use cage_flow::{Label, Net, TransitionId};

    use super::*;

    #[test]
    fn moves_are_named_by_event_or_by_model() {
        let model = Model {
            net: Net {
                labels: vec!["apply".to_owned(), "review".to_owned()],
                ..Net::default()
            },
            ..Model::default()
        };
        let transition = TransitionId(0);
        let alignment = Alignment {
            moves: vec![
                Move::Both {
                    event: 0,
                    transition,
                    label: Label(0),
                },
                Move::Silent { transition },
                Move::Model {
                    transition,
                    label: Label(1),
                },
                Move::Log { event: 1 },
            ],
            cost: 2,
        };
        let shown: Vec<(StepKind, &str)> = steps(&alignment, &model, &["apply", "phone call"])
            .iter()
            .map(|step| (step.kind, step.label))
            .collect();
        assert_eq!(
            shown,
            [
                (StepKind::Passed, "apply"),
                (StepKind::Skipped, "review"),
                (StepKind::Inserted, "phone call"),
            ]
        );
    }
}
