//! A permit office: citizens apply at windows, clerks accept, reviewers review in turn, approvers
//! decide, licences are handed out; cameras watch the windows.

mod staff;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use cage_law::Calendar;
use cage_model::{Date, Instant, Interner, LogSink, SinkError};

use crate::chance::Chance;
use crate::hours::{Hours, minutes_later};
use crate::record::{Act, Entry, deliver};
use crate::wrong::{Planted, Wrong};
use staff::{Pool, Worker, staff};

const MATTERS: [&str; 2] = ["construction-permit", "road-occupation"];
const WINDOWS: [&str; 3] = ["W1", "W2", "W3"];

/// How an office is simulated.
#[derive(Clone, Debug)]
pub struct PermitOffice {
    /// Equal seeds give equal logs.
    pub seed: u64,
    /// How many citizens apply.
    pub cases: u32,
    /// The first day.
    pub start: Date,
    /// Which days are worked.
    pub calendar: Calendar,
    /// Share of cases with a planted wrong, in percent; 0 is an honest office.
    pub wrong_percent: u32,
}

/// What a simulation leaves besides the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Simulated {
    /// Events written.
    pub events: u64,
    /// Where wrongs were planted, in the order of cases.
    pub planted: Vec<Planted>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Stage {
    Answer,
    Supplement,
    Accept,
    Review,
    Decide,
    Deliver,
}

struct Case {
    id: String,
    matter: usize,
    window: usize,
    wrong: Option<Wrong>,
    notices: u32,
    reviewer: Option<usize>,
    fee: i64,
    granted: bool,
}

struct Simulation {
    hours: Hours,
    chance: Chance,
    clerks: Vec<Worker>,
    reviewers: Vec<Worker>,
    approvers: Vec<Worker>,
    cases: Vec<Case>,
    acts: Vec<Act>,
    /// When each is due to be taken up, in turn; the number breaks ties.
    agenda: BinaryHeap<Reverse<(Instant, u32, Stage)>>,
}

impl PermitOffice {
    /// Runs the office and hands its events to a sink, in the order of their arrival.
    ///
    /// # Errors
    /// When the sink stops.
    pub fn run(
        &self,
        names: &mut Interner,
        sink: &mut dyn LogSink,
    ) -> Result<Simulated, SinkError> {
        let mut simulation = Simulation::new(self);
        simulation.admit(self);
        while let Some(Reverse((at, case, stage))) = simulation.agenda.pop() {
            simulation.take_up(case as usize, stage, at);
        }
        simulation.number_permits();
        simulation.film_windows();
        let planted = simulation.planted();
        let offset = simulation.hours.offset_minutes;
        let events = deliver(simulation.acts, offset, names, sink)?;
        Ok(Simulated { events, planted })
    }
}

impl Simulation {
    fn new(office: &PermitOffice) -> Self {
        Self {
            hours: Hours {
                calendar: office.calendar.clone(),
                offset_minutes: 8 * 60,
            },
            chance: Chance::new(office.seed),
            clerks: staff("C", 3),
            reviewers: staff("R", 3),
            approvers: staff("A", 2),
            cases: Vec::new(),
            acts: Vec::new(),
            agenda: BinaryHeap::new(),
        }
    }

    /// Citizens apply, one after the other, while the windows are open.
    fn admit(&mut self, office: &PermitOffice) {
        let mut at = self.hours.open_from(self.hours.instant(office.start, 0));
        for number in 0..office.cases {
            let gap = self.chance.waiting_minutes(36.0);
            at = self.hours.after_work(at, gap);
            let wrong = self.chance.percent(office.wrong_percent).then(|| {
                let kinds = Wrong::ALL.len() as u32;
                Wrong::ALL[self.chance.between(0, kinds - 1) as usize]
            });
            let must_grant = matches!(wrong, Some(Wrong::NotDelivered | Wrong::NumberMissing));
            let case = Case {
                id: format!("P2026-{:05}", number + 1),
                matter: usize::from(self.chance.percent(40)),
                window: self.chance.between(0, 2) as usize,
                wrong,
                notices: 0,
                reviewer: None,
                fee: i64::from(self.chance.between(2, 60)) * 5_000,
                granted: must_grant || self.chance.percent(88),
            };
            self.cases.push(case);
            let documents = Entry::Integer(i64::from(self.chance.between(4, 11)));
            self.write(
                number as usize,
                at,
                "application.received",
                None,
                vec![("documents", documents)],
            );
            let answer_at = match wrong {
                Some(Wrong::AnsweredLate) => {
                    let days = self.chance.between(7, 12);
                    self.hours.after_days(at, days)
                }
                _ => at,
            };
            self.agenda
                .push(Reverse((answer_at, number, Stage::Answer)));
        }
    }

    fn take_up(&mut self, case: usize, stage: Stage, at: Instant) {
        match stage {
            Stage::Answer => self.answer(case, at),
            Stage::Supplement => self.supplement(case, at),
            Stage::Accept => self.accept(case, at),
            Stage::Review => self.review(case, at),
            Stage::Decide => self.decide(case, at),
            Stage::Deliver => self.hand_out(case, at),
        }
    }

    /// The clerk accepts, or says once and completely what is missing.
    fn answer(&mut self, case: usize, at: Instant) {
        let second = self.cases[case].wrong == Some(Wrong::SecondNotice);
        let wanted = if second {
            2
        } else {
            u32::from(self.chance.percent(22))
        };
        if self.cases[case].notices >= wanted {
            self.accept(case, at);
            return;
        }
        let (clerk, done) = self.work(Pool::Clerks, at, 12);
        self.cases[case].notices += 1;
        let missing = Entry::Integer(i64::from(self.chance.between(1, 3)));
        self.write(
            case,
            done,
            "notice.issued",
            Some(&clerk),
            vec![("missing_documents", missing)],
        );
        let days = self.chance.between(1, 9);
        let back = self.hours.after_days(done, days);
        self.agenda
            .push(Reverse((back, case as u32, Stage::Supplement)));
    }

    fn supplement(&mut self, case: usize, at: Instant) {
        self.write(case, at, "application.supplemented", None, Vec::new());
        let again =
            self.cases[case].wrong == Some(Wrong::SecondNotice) && self.cases[case].notices < 2;
        let stage = if again { Stage::Answer } else { Stage::Accept };
        self.agenda.push(Reverse((at, case as u32, stage)));
    }

    fn accept(&mut self, case: usize, at: Instant) {
        let (clerk, done) = self.work(Pool::Clerks, at, 10);
        let fee = Entry::Fee(self.cases[case].fee);
        self.write(
            case,
            done,
            "application.accepted",
            Some(&clerk),
            vec![("fee", fee)],
        );
        let (at, stage) = match self.cases[case].wrong {
            Some(Wrong::ReviewSkipped) => {
                let days = self.chance.between(1, 3);
                (self.hours.after_days(done, days), Stage::Decide)
            }
            Some(Wrong::Overdue) => {
                let days = self.chance.between(24, 40);
                (self.hours.after_days(done, days), Stage::Review)
            }
            _ => (done, Stage::Review),
        };
        self.agenda.push(Reverse((at, case as u32, stage)));
    }

    fn review(&mut self, case: usize, at: Instant) {
        let fast = self.cases[case].wrong == Some(Wrong::TooFast);
        if !fast && self.chance.percent(12) {
            self.ask_expert(case, at);
            return;
        }
        let (minutes, pool) = match self.cases[case].wrong {
            Some(Wrong::TooFast) => (2, Pool::Idle),
            // The favoured one does not wait: somebody puts his own pile aside for it.
            Some(Wrong::QueueJumped) => (85, Pool::Idle),
            _ => (85, Pool::Reviewers),
        };
        let accepted = self.accepted_at(case).max(at);
        let (reviewer, done) = self.work(pool, accepted, minutes);
        self.finish_review(case, &reviewer, done);
    }

    /// An expert review stops the clock by law, and the applicant is told.
    fn ask_expert(&mut self, case: usize, at: Instant) {
        let accepted = self.accepted_at(case).max(at);
        let (reviewer, asked) = self.work(Pool::Reviewers, accepted, 30);
        self.write(
            case,
            asked,
            "expert_review.started",
            Some(&reviewer),
            Vec::new(),
        );
        let days = self.chance.between(3, 9);
        let answered = self.hours.after_days(asked, days);
        self.write(case, answered, "expert_review.ended", None, Vec::new());
        let done = self.hours.after_work(answered, 60);
        self.finish_review(case, &reviewer, done);
    }

    fn finish_review(&mut self, case: usize, reviewer: &str, done: Instant) {
        self.cases[case].reviewer = self.reviewers.iter().position(|other| other.id == reviewer);
        self.write(case, done, "review.completed", Some(reviewer), Vec::new());
        self.agenda
            .push(Reverse((done, case as u32, Stage::Decide)));
    }

    fn decide(&mut self, case: usize, at: Instant) {
        let wrong = self.cases[case].wrong;
        let same = self.cases[case]
            .reviewer
            .filter(|_| wrong == Some(Wrong::SamePerson));
        let fast = wrong == Some(Wrong::TooFast);
        let (minutes, pool) = if fast {
            (2, Pool::Idle)
        } else {
            (35, Pool::Approvers)
        };
        let (mut approver, done) = self.work(pool, at, minutes);
        if fast {
            approver.clone_from(&self.approvers[0].id);
        }
        if let Some(reviewer) = same {
            approver.clone_from(&self.reviewers[reviewer].id);
        }
        let granted = self.cases[case].granted;
        let outcome = Entry::Text(if granted { "granted" } else { "refused" }.to_owned());
        let mut values = vec![("outcome", outcome)];
        // The number itself is taken from the book when the decision is signed.
        if granted {
            values.push(("permit_number", Entry::Integer(0)));
        }
        self.write(case, done, "decision.made", Some(&approver), values);
        if wrong == Some(Wrong::FeeChanged) {
            let days = self.chance.between(1, 4);
            let later = self.hours.after_days(done, days);
            let fee = Entry::Fee(self.cases[case].fee / 2);
            self.write(
                case,
                later,
                "fee.recorded",
                Some(&approver),
                vec![("fee", fee)],
            );
        }
        if granted && wrong != Some(Wrong::NotDelivered) {
            let days = self.chance.between(1, 6);
            let later = self.hours.after_days(done, days);
            self.agenda
                .push(Reverse((later, case as u32, Stage::Deliver)));
        }
    }

    fn hand_out(&mut self, case: usize, at: Instant) {
        let (clerk, done) = self.work(Pool::Clerks, at, 6);
        self.write(case, done, "licence.delivered", Some(&clerk), Vec::new());
    }

    /// The next free worker of a pool does some minutes of work; who, and when it is done.
    fn work(&mut self, pool: Pool, ready: Instant, typical: u32) -> (String, Instant) {
        let minutes = self.chance.work_minutes(typical);
        let workers = match pool {
            Pool::Clerks => &mut self.clerks,
            Pool::Reviewers => &mut self.reviewers,
            Pool::Approvers => &mut self.approvers,
            Pool::Idle => {
                let done = self.hours.after_work(ready, minutes);
                return (self.reviewers[0].id.clone(), done);
            }
        };
        let Some(worker) = workers.iter_mut().min_by_key(|worker| worker.free_at) else {
            return (String::new(), ready);
        };
        let start = worker.free_at.max(ready);
        let done = self
            .hours
            .after_work(start, minutes * 100 / worker.skill + 1);
        worker.free_at = done;
        (worker.id.clone(), done)
    }

    fn accepted_at(&self, case: usize) -> Instant {
        let id = &self.cases[case].id;
        let accepted = self
            .acts
            .iter()
            .rev()
            .find(|act| act.activity == "application.accepted" && act.objects[0].1 == *id);
        accepted.map_or(Instant::MIN, |act| act.at)
    }

    fn write(
        &mut self,
        case: usize,
        at: Instant,
        activity: &'static str,
        officer: Option<&str>,
        mut values: Vec<(&'static str, Entry)>,
    ) {
        let keyed_in = self.cases[case].wrong == Some(Wrong::KeyedInLate)
            && matches!(activity, "review.completed" | "decision.made");
        let delay = if keyed_in {
            60 * 24 * i64::from(self.chance.between(4, 9))
        } else {
            0
        };
        let arrival = minutes_later(at, delay + i64::from(self.chance.between(0, 3)));
        let case = &self.cases[case];
        let mut objects = vec![("case", case.id.clone(), "")];
        if let Some(officer) = officer {
            objects.push(("officer", officer.to_owned(), "actor"));
        }
        if matches!(activity, "application.received" | "application.accepted") {
            objects.push(("window", WINDOWS[case.window].to_owned(), ""));
        }
        values.push(("matter", Entry::Text(MATTERS[case.matter].to_owned())));
        self.acts.push(Act {
            at,
            arrival,
            activity,
            objects,
            values,
        });
    }

    /// Permits take running numbers in the order in which they are granted; a wrong leaves one out.
    fn number_permits(&mut self) {
        let wrongs: BTreeMap<&str, Option<Wrong>> = self
            .cases
            .iter()
            .map(|case| (case.id.as_str(), case.wrong))
            .collect();
        let mut granted: Vec<usize> = (0..self.acts.len())
            .filter(|act| {
                let values = &self.acts[*act].values;
                values.iter().any(|(name, _)| *name == "permit_number")
            })
            .collect();
        granted.sort_by_key(|act| (self.acts[*act].at, *act));
        let mut next = 1_001;
        for act in granted {
            let act = &mut self.acts[act];
            let wrong = wrongs.get(act.objects[0].1.as_str()).copied().flatten();
            next += i64::from(wrong == Some(Wrong::NumberMissing));
            for (name, value) in &mut act.values {
                if *name == "permit_number" {
                    *value = Entry::Integer(next);
                }
            }
            next += 1;
        }
    }

    /// Each window's camera stores half a day at a time; a wrong leaves its half day out.
    fn film_windows(&mut self) {
        let accepted: Vec<(Instant, usize, bool)> = self
            .acts
            .iter()
            .filter(|act| act.activity == "application.accepted")
            .filter_map(|act| {
                let case = self.cases.iter().find(|case| case.id == act.objects[0].1)?;
                Some((act.at, case.window, case.wrong == Some(Wrong::CameraOff)))
            })
            .collect();
        let mut halves: Vec<(usize, Date, bool)> = accepted
            .iter()
            .map(|(at, window, _)| (*window, self.hours.date(*at), self.is_afternoon(*at)))
            .collect();
        halves.sort_unstable();
        halves.dedup();
        for (window, date, afternoon) in halves {
            let off = accepted.iter().any(|(at, other, off)| {
                *off && *other == window
                    && self.hours.date(*at) == date
                    && self.is_afternoon(*at) == afternoon
            });
            if !off {
                self.film(window, date, afternoon);
            }
        }
    }

    fn film(&mut self, window: usize, date: Date, afternoon: bool) {
        let (from, to) = if afternoon {
            (13 * 60, 18 * 60)
        } else {
            (8 * 60 + 30, 12 * 60 + 30)
        };
        let (start, end) = (self.hours.instant(date, from), self.hours.instant(date, to));
        let at = minutes_later(end, 15);
        self.acts.push(Act {
            at,
            arrival: minutes_later(at, 1),
            activity: "footage.stored",
            objects: vec![("window", WINDOWS[window].to_owned(), "")],
            values: vec![("start", Entry::Time(start)), ("end", Entry::Time(end))],
        });
    }

    fn is_afternoon(&self, at: Instant) -> bool {
        at >= self.hours.instant(self.hours.date(at), 12 * 60 + 45)
    }

    fn planted(&self) -> Vec<Planted> {
        let planted = |case: &Case| {
            Some(Planted {
                case: case.id.clone(),
                wrong: case.wrong?,
            })
        };
        self.cases.iter().filter_map(planted).collect()
    }
}

#[cfg(test)]
mod tests;
