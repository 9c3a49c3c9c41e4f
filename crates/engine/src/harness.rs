//! For tests of monitors: a story as text in, counts and findings as text out.
//!
//! Rules are written as in a pack (or as `.decl` lines), events one a line as in a pack's tests:
//! `2026-02-10T09:00:00+08:00 blood.drawn case=C1 officer=P7 amount=35`. Every judgement is made
//! three times, in batch, live (a tick whenever something is due) and from states that are saved and
//! loaded on the way, and must come out the same.

use std::sync::Arc;

use cage_model::{EventBuffer, EventRef, Finding, Interner, Payload, Symbol, Tally, Time};
use cage_pack::{Program, ScriptEvent};

use crate::account::DERIVED_TEXTS;
use crate::{Account, Engine, EventOrder, Projected, Projector, RuleAccount};

/// Rules and a way to judge stories by them.
pub(crate) struct Harness {
    program: Arc<Program>,
    order: EventOrder,
    as_of: Option<Time>,
    finite: bool,
}

/// What came of a story.
pub(crate) struct Judged {
    pub(crate) account: Account,
    names: Interner,
    projector: Projector,
    rules: Vec<String>,
}

const HEAD: &str = "[pack]\nid = \"story\"\nversion = \"1\"\n";
/// So that a pack that holds nothing but events has a rule.
const IDLE: &str = "[[rule]]\nid = \"IDLE\"\ninternal = true\ngrade = \"observe\"\nper = \"case\"\n\
                    kind = \"existence\"\nwhat = \"nothing\"\n";

impl Harness {
    /// From the rules of a pack, as TOML. `internal = true` and `grade = "observe"` spare a rule
    /// its legal basis and register entry.
    pub(crate) fn pack(rules: &str) -> Self {
        Self::of(load(&format!("{HEAD}{rules}")).program)
    }

    /// From the lines of a `.decl` file.
    pub(crate) fn decl(text: &str) -> Self {
        let model = cage_pack::decl::read("story.decl", text.as_bytes());
        Self::of(
            model
                .unwrap_or_else(|problems| panic!("{problems:#?}"))
                .program,
        )
    }

    /// From a program.
    pub(crate) fn of(program: Program) -> Self {
        Self {
            program: Arc::new(program),
            order: EventOrder::Time,
            as_of: None,
            finite: false,
        }
    }

    /// What the rules are compiled to.
    pub(crate) fn program(&self) -> Arc<Program> {
        Arc::clone(&self.program)
    }

    /// Judges at this time instead of the last event's.
    pub(crate) fn judged_at(mut self, time: &str) -> Self {
        self.as_of = Some(Time::parse(time).unwrap());
        self
    }

    /// Takes every object to end.
    pub(crate) fn finite(mut self) -> Self {
        self.finite = true;
        self
    }

    /// Judges a story; its events must be in the order of time for each object.
    pub(crate) fn judge(&self, story: &str) -> Judged {
        self.judge_events(&script(story))
    }

    /// The same for events that are made, not written.
    pub(crate) fn judge_events(&self, events: &[ScriptEvent]) -> Judged {
        let batch = self.run(events, Way::Batch);
        let live = self.run(events, Way::Live);
        assert_eq!(
            batch.listed(),
            live.listed(),
            "in batch (left) and live (right)"
        );
        let saved = self.run(events, Way::Saved);
        assert_eq!(
            live.listed(),
            saved.listed(),
            "at one go (left) and from saved states (right)"
        );
        // Texts of findings are numbered as they come, and live they come in another order.
        let counts = |judged: &Judged| {
            let rules = judged.account.rules.iter().cloned();
            let bare = rules.map(|rule| RuleAccount {
                findings: Vec::new(),
                ..rule
            });
            bare.collect::<Vec<_>>()
        };
        assert_eq!(counts(&batch), counts(&live), "batch, live");
        assert_eq!(counts(&live), counts(&saved), "live, saved");
        batch
    }

    fn run(&self, events: &[ScriptEvent], way: Way) -> Judged {
        let live = way != Way::Batch;
        // A long story is saved now and then only.
        let apart = events.len().div_ceil(SAVES);
        let mut engine = Engine::new(Arc::clone(&self.program), self.order).unwrap();
        if live {
            engine.keep_timers();
        }
        let mut names = engine.names().clone();
        let mut projector = Projector::new(&self.program);
        let (mut buffer, mut projected) = (EventBuffer::default(), Projected::default());
        for (position, event) in events.iter().enumerate() {
            if live {
                tick_up_to(&mut engine, event.time, &names);
            }
            event.write(&mut buffer, &mut names);
            projector.event(&buffer, &mut names, &mut projected);
            projected.position = position as u64;
            for (object_type, object) in projected.objects.clone() {
                let folded = engine.step(&projected.event(), object_type, object, &names);
                assert_eq!(folded, crate::Folded::Judged, "line {}", event.line);
            }
            if way == Way::Saved && position % apart == 0 {
                engine = engine.saved_and_loaded();
            }
        }
        let last = events.iter().map(|event| event.time).max();
        let now = self
            .as_of
            .or(last)
            .unwrap_or(Time::parse("1970-01-01").unwrap());
        if live {
            tick_up_to(&mut engine, now, &names);
        }
        let mut account = engine.close(now, self.finite, &names);
        for rule in &mut account.rules {
            rule.findings.sort_by_key(Finding::place);
        }
        Judged {
            account,
            names,
            projector,
            rules: self
                .program
                .rules
                .iter()
                .map(|rule| rule.id.clone())
                .collect(),
        }
    }
}

/// How a story is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// What ran out is reported by the next event, or at the end.
    Batch,
    /// What ran out is reported when it does.
    Live,
    /// Likewise, and the engine is saved and loaded on the way.
    Saved,
}

/// How often an engine is saved in one story.
const SAVES: usize = 12;

/// One tick for each moment at which something is due.
fn tick_up_to(engine: &mut Engine, time: Time, names: &Interner) {
    while let Some(due) = engine.next_due().filter(|due| *due <= time.instant()) {
        engine.tick(Time::new(due, time.offset_minutes()), names);
    }
}

impl Judged {
    /// Activations of a rule: total, satisfied, violated, pending, undecided.
    pub(crate) fn activations(&self, rule: &str) -> [u64; 5] {
        numbers(self.account.rules[self.index(rule)].activations)
    }

    /// Objects of a rule: activated, satisfied, violated, pending, undecided.
    pub(crate) fn objects(&self, rule: &str) -> [u64; 5] {
        numbers(self.account.rules[self.index(rule)].objects)
    }

    fn index(&self, rule: &str) -> usize {
        let found = self.rules.iter().position(|id| id == rule);
        found.unwrap_or_else(|| panic!("no rule {rule}, there are {:?}", self.rules))
    }

    /// The findings, one a line: rule, object, verdict, reason, then trigger, other event (as
    /// `activity@place in the story`), the time and the numbers.
    pub(crate) fn listed(&self) -> String {
        let findings = self.account.rules.iter().flat_map(|rule| &rule.findings);
        let lines = findings.map(|finding| self.line(finding));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn line(&self, finding: &Finding) -> String {
        let id = self.projector.id(finding.object_type, finding.object);
        let mut line = format!(
            "{} {} {:?} {:?}",
            self.rules[usize::from(finding.rule)],
            id.replace('\u{1f}', "+"),
            finding.verdict,
            finding.reason
        );
        let event =
            |event: EventRef| format!("{}@{}", self.names.text(event.activity), event.position);
        if let Some(trigger) = finding.trigger {
            line += &format!(" {}", event(trigger));
        }
        if let Some(other) = finding.other {
            line += &format!(" / {}", event(other));
        }
        line += &format!(" at {}", Time::new(finding.at, Some(480)));
        line += &match finding.payload {
            Payload::None => String::new(),
            Payload::Due(due) => format!(" due {}", Time::new(due, Some(480))),
            Payload::Field(field) => format!(" field {}", self.text(field)),
            Payload::Values { before, after } => {
                format!(" {} -> {}", self.text(before), self.text(after))
            }
            payload => format!(" {payload:?}"),
        };
        line
    }

    fn text(&self, symbol: Symbol) -> &str {
        match symbol.index().checked_sub(DERIVED_TEXTS as usize) {
            Some(index) => &self.account.texts[index],
            None => self.names.text(symbol),
        }
    }
}

fn numbers(tally: Tally) -> [u64; 5] {
    let Tally {
        activated,
        satisfied,
        violated,
        pending,
        undecided,
    } = tally;
    [activated, satisfied, violated, pending, undecided]
}

fn load(text: &str) -> cage_pack::Loaded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("story.toml");
    #[expect(clippy::disallowed_methods, reason = "packs are loaded from files")]
    std::fs::write(&path, text).unwrap();
    cage_pack::load(&path).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

/// The events of a story.
pub(crate) fn script(story: &str) -> Vec<ScriptEvent> {
    let objects = "[[object]]\ntype = \"queue\"\n[[object]]\ntype = \"device\"\n";
    let text =
        format!("{HEAD}{objects}{IDLE}[[test]]\nname = \"story\"\nevents = '''\n{story}\n'''\n");
    load(&text).pack.tests.remove(0).events
}

#[test]
fn a_story_is_read_as_its_lines_say() {
    let events = script("2026-02-10T09:00:00+08:00 enter case=C1 queue=Q1 amount=35.5");
    assert_eq!(events[0].objects.len(), 2);
    assert_eq!(events[0].attributes[0].0, "amount");
}
