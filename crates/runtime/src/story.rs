//! Stories: everything that one object's records say, and how each rule stands for it.

mod text;

use std::sync::Arc;

use cage_engine::{Account, Engine, Latecomers, ObjectState, Projected, Projector, Unsupported};
use cage_model::{
    EventBuffer, Finding, Interner, Keyed, ObjectBuffer, Reason, SinkError, Symbol, Tally, Time,
    Verdict,
};
use cage_pack::Program;

use crate::check::CheckOptions;
use crate::feed::Fold;
use crate::flows::alignments;
use crate::identity::identify;
use crate::outcome::{Outcome, Story, StoryEvent, StoryRule};
use crate::records::Records;
use text::{attributes, owed_text};

/// An object whose story is to be told.
#[derive(Clone, Debug)]
pub(crate) struct Teller {
    /// Type and number, where rules watch the type.
    pub(crate) number: Option<(u16, u32)>,
    /// The type's name.
    pub(crate) kind: String,
    /// The object's id.
    pub(crate) id: String,
}

/// Keeps what is read of chosen objects.
pub(crate) struct StoryFold {
    tellers: Vec<Teller>,
    kept: Vec<Kept>,
    records: Records,
    /// Which of the tellers has the n-th of the recorded objects.
    by_number: Keyed<(u16, u32), u32>,
}

/// What was read of one object.
#[derive(Clone, Debug, Default)]
struct Kept {
    attributes: Vec<(String, String)>,
    events: Vec<StoryEvent>,
    named: bool,
}

impl StoryFold {
    pub(crate) fn new(tellers: Vec<Teller>) -> Self {
        let numbers: Vec<_> = tellers.iter().filter_map(|teller| teller.number).collect();
        let mut by_number = Keyed::new();
        for (place, teller) in tellers.iter().enumerate() {
            if let Some(number) = teller.number {
                by_number.insert(number, place as u32);
            }
        }
        Self {
            kept: vec![Kept::default(); tellers.len()],
            tellers,
            records: Records::new(&numbers),
            by_number,
        }
    }

    /// Whether any record named the n-th object.
    pub(crate) fn is_named(&self, place: usize) -> bool {
        self.kept.get(place).is_some_and(|kept| kept.named)
    }

    fn keep(&mut self, place: usize, raw: &EventBuffer, event: &Projected, names: &Interner) {
        let teller = &self.tellers[place];
        let others = raw
            .objects
            .iter()
            .filter(|row| names.text(row.kind) != teller.kind || raw.text(row.id) != teller.id);
        let told = StoryEvent {
            position: event.position,
            activity: names.text(raw.activity).to_owned(),
            time: raw.time,
            attributes: attributes(raw, names),
            objects: others
                .map(|row| {
                    let text = |symbol: Symbol| names.text(symbol).to_owned();
                    (
                        text(row.kind),
                        raw.text(row.id).to_owned(),
                        text(row.qualifier),
                    )
                })
                .collect(),
        };
        let kept = &mut self.kept[place];
        kept.named = true;
        kept.events.push(told);
    }

    /// Folds the n-th object alone.
    ///
    /// # Errors
    /// When a rule cannot be judged.
    pub(crate) fn judge(
        &self,
        place: usize,
        judged: &Judged<'_>,
    ) -> Result<(Account, Engine), Unsupported> {
        let mut engine = Engine::new(Arc::clone(judged.program), judged.options.order)?;
        let number = self.tellers[place].number;
        if let Some(number) = number
            && let Some(at) = self.records.place(number)
        {
            for record in self.records.in_order(at, judged.options.order) {
                let target = (number.0, 0);
                self.records.fold(&mut engine, record, target, judged.names);
            }
        }
        let snapshot = engine.clone();
        let mut account = engine.close(judged.now, judged.options.finite, judged.names);
        for finding in account.rules.iter_mut().flat_map(|rule| &mut rule.findings) {
            finding.object = number.map_or(0, |number| number.1);
        }
        Ok((account, snapshot))
    }

    /// Tells the n-th story.
    ///
    /// # Errors
    /// When a rule cannot be judged.
    pub(crate) fn tell(
        &self,
        place: usize,
        judged: &Judged<'_>,
        outcome: &Outcome,
    ) -> Result<Story, Unsupported> {
        let (account, engine) = self.judge(place, judged)?;
        let (teller, kept) = (&self.tellers[place], &self.kept[place]);
        let mut events = kept.events.clone();
        if judged.options.order == cage_engine::EventOrder::Time {
            let mut before = None;
            let mut keyed: Vec<_> = events
                .into_iter()
                .map(|event| {
                    before = event.time.or(before);
                    ((before, event.position), event)
                })
                .collect();
            keyed.sort_by_key(|(key, _)| *key);
            events = keyed.into_iter().map(|(_, event)| event).collect();
        }
        let activities: Vec<&str> = events.iter().map(|event| event.activity.as_str()).collect();
        let alignments = teller.number.map_or_else(Vec::new, |(object_type, _)| {
            alignments(judged.program, object_type, &activities)
        });
        Ok(Story {
            kind: teller.kind.clone(),
            id: teller.id.clone(),
            attributes: kept.attributes.clone(),
            events,
            rules: self.with_latecomers(
                place,
                judged,
                rules(&account, &engine, judged, teller, outcome),
            )?,
            alignments,
        })
    }

    /// The rules' findings, each that waited in vain with the event that came after its time, where
    /// one did. The findings of the outcome stay as they were made.
    fn with_latecomers(
        &self,
        place: usize,
        judged: &Judged<'_>,
        mut rules: Vec<StoryRule>,
    ) -> Result<Vec<StoryRule>, Unsupported> {
        let findings = rules.iter().flat_map(|rule| &rule.findings);
        let findings: Vec<Finding> = findings.map(|(_, finding, _)| *finding).collect();
        let mut latecomers = Latecomers::new(judged.program, &findings);
        let number = self.tellers[place].number;
        if latecomers.is_empty() {
            return Ok(rules);
        }
        if let Some(number) = number
            && let Some(at) = self.records.place(number)
        {
            let target = (number.0, 0);
            let mut engine = Engine::new(Arc::clone(judged.program), judged.options.order)?;
            for record in self.records.in_order(at, judged.options.order) {
                self.records.fold(&mut engine, record, target, judged.names);
                if let Some(event) = self.records.event_of(record) {
                    latecomers.see(&event, &engine, target, judged.names);
                }
            }
        }
        let told = rules.iter_mut().flat_map(|rule| &mut rule.findings);
        let mut told: Vec<&mut Finding> = told.map(|(_, finding, _)| finding).collect();
        for (place, event) in latecomers.found() {
            told[place].reason = Reason::FollowedTooLate;
            told[place].other = Some(event);
        }
        Ok(rules)
    }
}

/// What stories are judged by.
#[derive(Clone, Copy)]
pub(crate) struct Judged<'a> {
    pub(crate) program: &'a Arc<Program>,
    pub(crate) options: &'a CheckOptions,
    pub(crate) names: &'a Interner,
    pub(crate) now: Time,
}

fn rules(
    account: &Account,
    engine: &Engine,
    judged: &Judged<'_>,
    teller: &Teller,
    outcome: &Outcome,
) -> Vec<StoryRule> {
    let mut told = Vec::new();
    for (index, (after, before)) in account
        .rules
        .iter()
        .zip(&engine.account().rules)
        .enumerate()
    {
        let activations = after.activations;
        if activations.activated == 0 && activations.undecided == 0 {
            continue;
        }
        let index = index as u16;
        let mut owed = Vec::new();
        if let Some((object_type, _)) = teller.number
            && activations.pending > 0
        {
            engine.owed(object_type, 0, &mut |rule, what| {
                if rule == index {
                    owed.push(owed_text(&what, judged.names));
                }
            });
        }
        told.push(StoryRule {
            rule: index,
            verdict: verdict(activations, before.activations),
            activations,
            findings: found(outcome, teller, index),
            owed,
        });
    }
    told
}

/// The verdict over all activations: the worst of theirs.
fn verdict(after: Tally, settled: Tally) -> Verdict {
    if after.violated > 0 {
        Verdict::Violated
    } else if after.undecided > 0 {
        Verdict::Undecided
    } else if after.pending > 0 {
        Verdict::PossiblyViolated
    } else if after.satisfied > settled.satisfied {
        Verdict::PossiblySatisfied
    } else {
        Verdict::Satisfied
    }
}

/// The findings of one rule and object in the outcome, with their identities. Their explanations
/// are left to the report.
fn found(
    outcome: &Outcome,
    teller: &Teller,
    rule: u16,
) -> Vec<(cage_model::FindingId, Finding, cage_model::Bilingual)> {
    let Some((object_type, object)) = teller.number else {
        return Vec::new();
    };
    let key = |finding: &Finding| (finding.rule, finding.object_type, finding.object);
    let wanted = (rule, object_type, object);
    let start = outcome
        .findings
        .partition_point(|finding| key(finding) < wanted);
    let end = outcome
        .findings
        .partition_point(|finding| key(finding) <= wanted);
    let findings = &outcome.findings[start..end];
    identify(outcome, findings)
        .into_iter()
        .zip(findings)
        .map(|(id, finding)| (id, *finding, cage_model::Bilingual::default()))
        .collect()
}

impl Fold for StoryFold {
    fn event(
        &mut self,
        sequence: u64,
        event: &Projected,
        names: &Interner,
    ) -> Result<(), SinkError> {
        self.records.event(sequence, event, names)
    }

    fn state(
        &mut self,
        sequence: u64,
        state: &ObjectState,
        names: &Interner,
    ) -> Result<(), SinkError> {
        self.records.state(sequence, state, names)
    }

    fn raw_event(&mut self, raw: &EventBuffer, event: &Projected, names: &Interner) {
        for object in &event.objects {
            if let Some(place) = self.by_number.get(object).copied() {
                self.keep(place as usize, raw, event, names);
            }
        }
        for place in 0..self.tellers.len() {
            let teller = &self.tellers[place];
            let named = || {
                let mut rows = raw.objects.iter();
                rows.any(|row| raw.text(row.id) == teller.id && names.text(row.kind) == teller.kind)
            };
            if teller.number.is_none() && named() {
                self.keep(place, raw, event, names);
            }
        }
    }

    fn raw_object(&mut self, raw: &ObjectBuffer, names: &Interner) {
        for (teller, kept) in self.tellers.iter().zip(&mut self.kept) {
            if raw.text(raw.id) == teller.id && names.text(raw.kind) == teller.kind {
                kept.named = true;
                kept.attributes.extend(text::object_attributes(raw, names));
            }
        }
    }
}

/// The objects with the most violations, the worst first; of equally bad ones those that come
/// first in the log.
pub(crate) fn worst(outcome: &Outcome, projector: &Projector, count: usize) -> Vec<(u64, Teller)> {
    let mut violations: Keyed<(u16, u32), u64> = Keyed::new();
    let mut objects: Vec<(u16, u32)> = Vec::new();
    for finding in &outcome.findings {
        if finding.verdict == Verdict::Violated {
            let object = (finding.object_type, finding.object);
            let counted = violations.entry_or_insert_with(object, || 0);
            *counted += 1;
            if *counted == 1 {
                objects.push(object);
            }
        }
    }
    let bad = |object: &(u16, u32)| violations.get(object).copied().unwrap_or(0);
    objects.sort_unstable_by_key(|object| (std::cmp::Reverse(bad(object)), *object));
    objects.truncate(count);
    let tellers = objects.into_iter().map(|object| {
        let table = outcome.objects.get(usize::from(object.0));
        let kind = table.map_or("", |table| outcome.names.text(table.kind));
        let teller = Teller {
            number: Some(object),
            kind: kind.to_owned(),
            id: projector.id(object.0, object.1).to_owned(),
        };
        (bad(&object), teller)
    });
    tellers.collect()
}
