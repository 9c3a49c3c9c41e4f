//! For stories: the event that an activation waited for, where it came after its time.
//!
//! No state keeps it: a relation is settled when its time is up. Whoever tells an object's story
//! has all its events and shows them here once more. Verdicts and counts are not touched.

use std::sync::Arc;

use cage_model::{EventRef, Finding, Instant, Interner, Payload, Reason, Time, Value};
use cage_pack::{Judge, Program};

use super::shape::{Need, Reach, Shape};
use crate::engine::Engine;
use crate::matching::{Fit, Match, Matcher};
use crate::monitor::{Setting, Step};
use crate::projection::Event;

/// Looks for the late events of some findings of one object.
#[derive(Debug)]
pub struct Latecomers {
    program: Arc<Program>,
    awaited: Vec<Awaited>,
}

/// What one finding waited for.
#[derive(Debug)]
struct Awaited {
    /// The finding's place among those that were given.
    place: usize,
    trigger: EventRef,
    /// From here on its time was up.
    late_from: Instant,
    reach: Reach,
    /// Both ends: that of the trigger, and the other.
    ends: [End; 2],
    standing: Standing,
}

/// One end of a relation, as the earlier event of a pair.
#[derive(Debug)]
struct End {
    matcher: Matcher,
    fit: Fit,
}

#[derive(Debug)]
enum Standing {
    /// The trigger did not come yet.
    Ahead,
    /// It came; these values of it count for the correlation, for either end that it may play.
    Open([Option<Vec<Value>>; 2]),
    /// The event that was waited for came, or can no longer.
    Closed(Option<EventRef>),
}

impl Latecomers {
    /// Findings for which a late event is looked for; of one object no more, the first ones count.
    pub const FINDINGS_MAX: usize = 1_000;

    /// Begins with the findings of one object, those of any rule and reason.
    #[must_use]
    pub fn new(program: &Arc<Program>, findings: &[Finding]) -> Self {
        let mut names = program.names.clone();
        let awaited = findings.iter().enumerate();
        let awaited = awaited
            .filter_map(|(place, finding)| Awaited::of(place, finding, program, &mut names))
            .take(Self::FINDINGS_MAX);
        Self {
            awaited: awaited.collect(),
            program: Arc::clone(program),
        }
    }

    /// Whether no finding waited for anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.awaited.is_empty()
    }

    /// Shows the next event of the object, in the order of judgement, after the engine took it.
    pub fn see(
        &mut self,
        event: &Event<'_>,
        engine: &Engine,
        (object_type, object): (u16, u32),
        names: &Interner,
    ) {
        let Some(moment) = event.moment else {
            return;
        };
        let columns = self.program.fields.len();
        let step = Step {
            position: event.position,
            activity: event.activity,
            moment,
            offset: event.time.and_then(Time::offset_minutes).unwrap_or(0),
            arrival: event.arrival,
            slots: event.slots.get(..columns).unwrap_or(event.slots),
            object: engine.fields(object_type, object),
            names,
            days: &self.program.days,
        };
        for awaited in &mut self.awaited {
            awaited.see(&step);
        }
    }

    /// The late events that came, each with the place of its finding.
    pub fn found(&self) -> impl Iterator<Item = (usize, EventRef)> {
        self.awaited
            .iter()
            .filter_map(|awaited| match awaited.standing {
                Standing::Closed(Some(event)) => Some((awaited.place, event)),
                _ => None,
            })
    }
}

impl Awaited {
    fn of(
        place: usize,
        finding: &Finding,
        program: &Program,
        names: &mut Interner,
    ) -> Option<Self> {
        let waited = matches!(finding.reason, Reason::NotFollowed | Reason::NoCompanion);
        let due = matches!(finding.payload, Payload::Due(_));
        let rule = program.rules.get(usize::from(finding.rule))?;
        let Judge::Relation(relation) = &rule.judge else {
            return None;
        };
        let shape = Shape::of(relation.template);
        if !waited || !due || shape.need != Need::Required {
            return None;
        }
        let mut setting = Setting {
            rule,
            program,
            names,
        };
        let when = End {
            matcher: Matcher::new(&relation.when, &mut setting),
            fit: Fit::forward(&relation.correlation, &mut setting),
        };
        let then = End {
            matcher: Matcher::new(&relation.then, &mut setting),
            fit: Fit::backward(&relation.correlation, &mut setting),
        };
        Some(Self {
            place,
            trigger: finding.trigger?,
            late_from: finding.at,
            reach: shape.reach,
            ends: [when, then],
            standing: Standing::Ahead,
        })
    }

    fn see(&mut self, step: &Step<'_>) {
        match &self.standing {
            Standing::Closed(_) => {}
            Standing::Ahead => {
                if step.position == self.trigger.position {
                    let captured = self.ends.each_ref().map(|end| {
                        let plays = end.matcher.matches(step) == Match::Yes;
                        plays.then(|| end.fit.capture(step).collect())
                    });
                    self.standing = Standing::Open(captured);
                }
            }
            Standing::Open(captured) => {
                if let Some(found) = self.meets(captured, step) {
                    self.standing = Standing::Closed(found);
                }
            }
        }
    }

    /// What an event after the trigger is: `None` where the waiting goes on.
    fn meets(
        &self,
        captured: &[Option<Vec<Value>>; 2],
        step: &Step<'_>,
    ) -> Option<Option<EventRef>> {
        let [when, then] = &self.ends;
        // A co-existence waits for either end, whichever the trigger is not.
        for (earlier, own, other) in [(0, when, then), (1, then, when)] {
            if let Some(captured) = &captured[earlier]
                && step.moment.instant >= self.late_from
                && other.matcher.matches(step) == Match::Yes
                && own.fit.fits(step, captured) == Match::Yes
            {
                return Some(Some(step.event()));
            }
        }
        let interrupts = match self.reach {
            Reach::Any => false,
            Reach::Chain => true,
            Reach::Alternate => when.matcher.matches(step) != Match::No,
        };
        interrupts.then_some(None)
    }
}
