//! The certificates of an object's open clocks: from what the engine keeps of each to the facts that it
//! can be counted again from.

use cage_engine::monitor::{Changed, OpenClock};
use cage_engine::timing::term_of;
use cage_law::{
    Basis, CalendarFacts, Certificate, Change, DayRule, Document, Extension, Facts, LastDay,
    LimitFacts, Pause, Point, Span, Start, Status, Term, Unaccountable, WorkingDays, Written,
};
use cage_model::{Date, EventRef, Interner, Time};
use cage_pack::{Limit, LimitLine, Program, Rule};

use super::Live;

/// An open clock of an object with its certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certified {
    /// The rule, as in the program.
    pub rule: u16,
    /// The event that started the clock.
    pub trigger: EventRef,
    /// Its certificate; `None` for a clock that runs up to an instant which its trigger brought:
    /// nothing is counted there.
    pub certificate: Option<Result<Certificate, Unaccountable>>,
}

impl Live {
    /// The certificates of the clocks that an object has open, by rule; those that ran out and were
    /// not stopped are among them. An event is named by its activity and its position.
    #[must_use]
    pub fn certificates(&self, object_type: u16, object: u32) -> Vec<Certified> {
        let program = self.engine.program();
        let mut certified = Vec::new();
        self.engine
            .clocks(object_type, object, &mut |number, clock| {
                let telling = Telling {
                    program,
                    names: &self.names,
                    clock: &clock,
                };
                let rule = program.rules.get(usize::from(number));
                let facts = rule.and_then(|rule| telling.facts(rule));
                let calendar = &program.days.calendar;
                certified.push(Certified {
                    rule: number,
                    trigger: clock.trigger,
                    certificate: facts.map(|facts| Certificate::of(facts, calendar)),
                });
            });
        certified
    }
}

/// One clock on its way to a certificate.
struct Telling<'c> {
    program: &'c Program,
    names: &'c Interner,
    clock: &'c OpenClock<'c>,
}

impl Telling<'_> {
    fn facts(&self, rule: &Rule) -> Option<Facts> {
        let clock = self.clock;
        let limit = clock.limit?;
        let days = &self.program.days;
        let binding = term_of(limit, clock.start, clock.offset, days)?;
        let mut lines = self.lines(limit, rule);
        let at = lines.iter().position(|line| line.term() == binding);
        let binding = lines.remove(at?);
        let deemed = clock.deemed_after;
        let deemed = deemed.and_then(|limit| term_of(limit, clock.start, clock.offset, days));
        let hash = self.program.hash.iter();
        let zone = days.zone.as_ref().and_then(|zone| zone.iana_name());
        Some(Facts {
            zone: zone.map(str::to_owned),
            start: Start {
                at: Written(self.point(clock.trigger, clock.start.date, binding.term())),
                document: self.document(clock.trigger),
            },
            deemed_after: deemed.map(|term| counted(term, None)),
            pauses: self.pauses(binding.term()),
            extensions: self.extensions(binding.term()),
            limit: binding,
            other_limits: lines,
            calendar: CalendarFacts {
                id: self.program.id.clone(),
                version: self.program.version.clone(),
                hash: hash.map(|byte| format!("{byte:02x}")).collect(),
                ..CalendarFacts::default()
            },
        })
    }

    /// The lines of a limit that are in force when the clock starts.
    fn lines(&self, limit: &Limit, rule: &Rule) -> Vec<LimitFacts> {
        let date = self.clock.start.date;
        let in_force = |line: &&LimitLine| {
            line.from.is_none_or(|from| from <= date) && line.to.is_none_or(|to| date <= to)
        };
        match limit {
            Limit::Fixed(term) => {
                let cited = rule.basis.first();
                let basis = cited.map(|cited| basis(cited, Status::Unconfirmed));
                vec![counted(*term, basis)]
            }
            Limit::Dated(lines) => {
                let lines = lines.iter().filter(in_force);
                let told = lines.map(|line| LimitFacts {
                    jurisdiction: line.jurisdiction.clone(),
                    ..counted(line.term, Some(basis(&line.basis, line.status)))
                });
                told.collect()
            }
        }
    }

    /// Each stretch in which the clock stood still; of pauses within pauses the outermost.
    fn pauses(&self, term: Term) -> Vec<Pause> {
        let (mut depth, mut pauses) = (0u32, Vec::new());
        for changed in &self.clock.changes {
            let at = || Written(self.point(changed.by, changed.date, term));
            match changed.change {
                Change::Pause(_) => {
                    if depth == 0 {
                        pauses.push(Pause {
                            from: at(),
                            to: None,
                            document: self.document(changed.by),
                        });
                    }
                    depth += 1;
                }
                Change::Resume(_) => {
                    depth = depth.saturating_sub(1);
                    if let Some(last) = pauses.last_mut().filter(|_| depth == 0) {
                        last.to = Some(at());
                    }
                }
                Change::Extend(_) => {}
            }
        }
        pauses
    }

    fn extensions(&self, term: Term) -> Vec<Extension> {
        let extension = |changed: &Changed| match changed.change {
            Change::Extend(by) => Some(Extension {
                by: Written(by),
                at: Written(self.point(changed.by, changed.date, term)),
                document: self.document(changed.by),
                most: None,
                basis: None,
            }),
            Change::Pause(_) | Change::Resume(_) => None,
        };
        self.clock.changes.iter().filter_map(extension).collect()
    }

    /// When an event was. Where no zone says what its date is, a clock of dates is told the date alone.
    fn point(&self, event: EventRef, date: Date, term: Term) -> Point {
        match (&self.program.days.zone, term.span) {
            (Some(_), _) | (None, Span::Elapsed(_)) => {
                Point::Time(Time::new(event.at, Some(self.clock.offset)))
            }
            (None, _) => Point::Day(date),
        }
    }

    fn document(&self, event: EventRef) -> Document {
        Document {
            name: self.names.text(event.activity).to_owned(),
            event: Some(event.position.to_string()),
        }
    }
}

/// A limit as it is counted, with what it rests on.
fn counted(term: Term, basis: Option<Basis>) -> LimitFacts {
    let rolls = term.last_day == LastDay::RollsForward;
    LimitFacts {
        day_rule: rolls.then(|| DayRule {
            working: WorkingDays::Never,
            last_day: term.last_day,
            basis: basis.clone().unwrap_or_default(),
        }),
        basis: basis.filter(|basis| !basis.law.is_empty()),
        ..LimitFacts::worded(term.span)
    }
}

fn basis(cited: &str, status: Status) -> Basis {
    let (law, article) = cited.split_once('#').unwrap_or((cited, ""));
    Basis {
        law: law.to_owned(),
        article: article.to_owned(),
        status,
        ..Basis::default()
    }
}
