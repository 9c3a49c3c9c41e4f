//! One test of a pack, run: events in order of time, and a tick whenever something is due.

use std::sync::Arc;

use cage_engine::{Account, Engine, EventOrder, Projected, Projector, Reminder, Unsupported};
use cage_model::{EventBuffer, Finding, Instant, Interner, Time, Verdict};
use cage_pack::{Expectation, ExpectedVerdict, PackTest, Program, ScriptEvent};

use super::{jurisdiction, word};

/// What the engine said in one test.
pub(super) struct Rehearsal {
    program: Arc<Program>,
    events: Vec<ScriptEvent>,
    /// The moment of judgement of what stands open.
    end: Time,
    said: Vec<Said>,
    /// The counts at the end.
    pub(super) account: Account,
}

/// One thing that the engine said.
#[derive(Clone, Debug)]
struct Said {
    at: Instant,
    rule: usize,
    verdict: ExpectedVerdict,
    kind: String,
    id: String,
    reason: String,
}

/// Engine, numbering and texts of one run.
struct Stage {
    engine: Engine,
    projector: Projector,
    names: Interner,
    buffer: EventBuffer,
    projected: Projected,
}

impl Stage {
    fn new(program: &Arc<Program>) -> Result<Self, Unsupported> {
        let engine = Engine::new(Arc::clone(program), EventOrder::Time)?;
        Ok(Self {
            names: engine.names().clone(),
            engine,
            projector: Projector::new(program),
            buffer: EventBuffer::default(),
            projected: Projected::default(),
        })
    }

    /// Folds an event, for one object or for all that it names.
    fn event(&mut self, position: usize, event: &ScriptEvent, only: Option<&(String, String)>) {
        event.write(&mut self.buffer, &mut self.names);
        self.projector
            .event(&self.buffer, &mut self.names, &mut self.projected);
        self.projected.position = position as u64;
        for index in 0..self.projected.objects.len() {
            let (object_type, object) = self.projected.objects[index];
            let wanted = only.is_none_or(|(kind, id)| {
                *kind == self.kind(object_type) && *id == self.projector.id(object_type, object)
            });
            if wanted {
                self.engine
                    .step(&self.projected.event(), object_type, object, &self.names);
            }
        }
    }

    fn kind(&self, object_type: u16) -> String {
        let kinds = &self.engine.program().object_types;
        let kind = kinds.get(usize::from(object_type));
        kind.map_or_else(String::new, |kind| self.names.text(kind.name).to_owned())
    }

    /// Lets time pass up to a moment.
    fn tick(&mut self, until: Time, reminders: &mut Vec<Reminder>) {
        while let Some(due) = self.engine.next_due() {
            if due > until.instant() {
                return;
            }
            let now = Time::new(due, until.offset_minutes());
            reminders.extend(self.engine.tick(now, &self.names));
        }
    }

    fn said(&self, finding: &Finding) -> Said {
        Said {
            at: finding.at,
            rule: usize::from(finding.rule),
            verdict: match finding.verdict {
                Verdict::Undecided => ExpectedVerdict::Undecided,
                _ => ExpectedVerdict::Violated,
            },
            kind: self.kind(finding.object_type),
            id: self.id(finding.object_type, finding.object),
            reason: format!("{:?}", finding.reason),
        }
    }

    fn id(&self, object_type: u16, object: u32) -> String {
        // The joint of derived ids cannot be typed.
        self.projector
            .id(object_type, object)
            .replace('\u{1f}', "+")
    }
}

impl Rehearsal {
    pub(super) fn run(program: &Program, test: &PackTest) -> Result<Self, Unsupported> {
        let program = Arc::new(jurisdiction::restrict(program, &test.jurisdiction));
        let mut events = test.events.clone();
        events.sort_by_key(|event| event.time);
        let last = events.last().map(|event| event.time);
        let end = test.as_of.or(last).unwrap_or(Time::new(Instant(0), None));
        let expected = test.expect.iter().filter_map(|expectation| expectation.at);
        let until = match test.as_of {
            Some(as_of) => as_of,
            None => expected.fold(end, Time::max),
        };
        let mut stage = Stage::new(&program)?;
        stage.engine.keep_timers();
        let mut reminders = Vec::new();
        for (position, event) in events.iter().enumerate() {
            if event.time > until {
                break;
            }
            stage.tick(event.time, &mut reminders);
            stage.event(position, event, None);
        }
        stage.tick(until, &mut reminders);
        let account = stage.engine.clone().close(until, false, &stage.names);
        let findings = account.rules.iter().flat_map(|rule| &rule.findings);
        let mut said: Vec<Said> = findings.map(|finding| stage.said(finding)).collect();
        said.extend(reminders.iter().map(|reminder| Said {
            at: reminder.at,
            rule: usize::from(reminder.rule),
            verdict: ExpectedVerdict::Warning,
            kind: stage.kind(reminder.object_type),
            id: stage.id(reminder.object_type, reminder.object),
            reason: String::new(),
        }));
        said.sort_by_key(|said| (said.at, said.rule));
        Ok(Self {
            program,
            events,
            end,
            said,
            account,
        })
    }

    /// Whether an expectation came true.
    pub(super) fn holds(&self, expectation: &Expectation) -> Result<bool, Unsupported> {
        match expectation.verdict {
            ExpectedVerdict::Satisfied | ExpectedVerdict::Pending => self.stands(expectation),
            _ => Ok(self.said.iter().any(|said| {
                self.id_of(said.rule) == expectation.rule
                    && said.verdict == expectation.verdict
                    && expectation.at.is_none_or(|at| at.instant() == said.at)
                    && expectation
                        .object
                        .as_ref()
                        .is_none_or(|(kind, id)| *kind == said.kind && *id == said.id)
            })),
        }
    }

    /// Whether the rule stands so for some object (or the one named) at the moment asked for.
    fn stands(&self, expectation: &Expectation) -> Result<bool, Unsupported> {
        let now = expectation.at.unwrap_or(self.end);
        let mut stage = Stage::new(&self.program)?;
        for (position, event) in self.events.iter().enumerate() {
            if event.time <= now {
                stage.event(position, event, expectation.object.as_ref());
            }
        }
        let account = stage.engine.close(now, false, &stage.names);
        let rules = self.program.rules.iter().zip(&account.rules);
        let mut rules = rules.filter(|(rule, _)| rule.id == expectation.rule);
        Ok(rules.any(|(_, account)| match expectation.verdict {
            ExpectedVerdict::Pending => account.objects.pending > 0,
            _ => account.fulfilled > 0,
        }))
    }

    /// What was said of the rule of an expectation; of all rules when nothing was.
    pub(super) fn near(&self, expectation: &Expectation) -> Vec<String> {
        let of_rule = self
            .said
            .iter()
            .filter(|said| self.id_of(said.rule) == expectation.rule);
        let lines: Vec<String> = of_rule.map(|said| self.line(said)).collect();
        if lines.is_empty() {
            self.lines()
        } else {
            lines
        }
    }

    /// Everything that was said, in the order of time.
    pub(super) fn lines(&self) -> Vec<String> {
        self.said.iter().map(|said| self.line(said)).collect()
    }

    fn line(&self, said: &Said) -> String {
        let time = Time::new(said.at, self.end.offset_minutes());
        let rule = self.id_of(said.rule);
        let line = format!(
            "{time} {rule} {}:{} {} {}",
            said.kind,
            said.id,
            word(said.verdict),
            said.reason
        );
        line.trim_end().to_owned()
    }

    fn id_of(&self, rule: usize) -> &str {
        self.program.rules.get(rule).map_or("", |rule| &rule.id)
    }
}
