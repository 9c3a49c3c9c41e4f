//! Measures the views alone: `cargo run --release -p cage-store --example measure [EVENTS] [BATCH]`.
//!
//! By default 1.74 million events of 2.5 objects each, 13,500 cases in work at a time, in batches of 1,000: what is
//! folded a second, how large the file and the memory become, and how long look-ups take.

#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result")]
#![expect(clippy::print_stdout, reason = "the result goes to whoever measures")]

use std::time::{Duration, Instant};

use cage_model::{Date, FindingId, Grade, Severity, Verdict};
use cage_store::{
    Batch, Change, ChangeKind, Clock, ClockFilter, Direction, EventFilter, FindingFilter, NewEvent,
    ObjectClocks, ObjectFilter, ObjectKey, Owner, Project as _, Query, RuleText, SqliteViews,
};

/// Cases in work at a time.
const LIVE: usize = 13_500;
/// Steps of a case.
const STEPS: u64 = 9;
/// Microseconds between two events.
const BETWEEN: i64 = 18_000_000;

/// A town's worth of events, the same in every run.
struct Town {
    chance: u64,
    cases: Vec<(u64, u64)>,
    next_case: u64,
    changes: u64,
}

impl Town {
    fn below(&mut self, bound: u64) -> u64 {
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) % bound
    }

    fn step(&mut self, record: u64, batch: &mut Batch) {
        let place = self.below(self.cases.len() as u64) as usize;
        let (case, step) = self.cases[place];
        self.cases[place] = if step + 1 == STEPS {
            self.next_case += 1;
            (self.next_case, 0)
        } else {
            (case, step + 1)
        };
        let at = cage_model::Instant(1_700_000_000_000_000 + record as i64 * BETWEEN);
        let kinds = [
            "accept", "assign", "inspect", "sample", "send", "result", "hear", "decide", "serve",
        ];
        let case_id = format!("5201{case:010}");
        let officer = format!("P{:04}", self.below(500));
        let (plate, device) = (
            format!("贵A{:05}", case % 90_000),
            format!("DEV-{:03}", self.below(300)),
        );
        let mut objects = vec![("case", case_id.as_str()), ("officer", officer.as_str())];
        if self.below(2) == 0 {
            objects.push(if self.below(2) == 0 {
                ("plate", plate.as_str())
            } else {
                ("device", device.as_str())
            });
        }
        let source = format!("window/{}", self.below(20));
        let event = NewEvent {
            record,
            accepted: at,
            claimed: Some(at),
            source: &source,
            kind: kinds[step as usize],
        };
        batch.event(&event, objects);
        let clock = |rule: &str, days: i64| Clock {
            rule: rule.to_owned(),
            trigger: Some(record),
            due: at.plus(days * cage_model::MICROS_PER_DAY),
            reminder: None,
        };
        let clocks = if step + 1 == STEPS {
            Vec::new()
        } else {
            vec![clock("DECIDED", 30), clock("NEXT", 3)]
        };
        let object = ObjectKey::new("case", case_id.as_str());
        batch.clocks.push(ObjectClocks {
            object: object.clone(),
            pack: "dui".to_owned(),
            clocks,
        });
        if self.below(100) == 0 {
            self.changes += 1;
            batch.changes.push(change(self.changes, record, at, object));
        }
    }
}

fn change(number: u64, record: u64, at: cage_model::Instant, object: ObjectKey) -> Change {
    let mut finding = [0; 16];
    finding[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    Change {
        number,
        record,
        told: at,
        kind: ChangeKind::Opened,
        finding: FindingId(finding),
        rule: RuleText {
            pack: "dui".to_owned(),
            version: "1".to_owned(),
            rule: format!("DUI-{:02}", number % 20),
            title_zh: "血样未按时送检".to_owned(),
            title_en: "Blood sample sent late".to_owned(),
            severity: Severity::Yellow,
            grade: Grade::Alert,
        },
        object,
        verdict: Verdict::Violated,
        reason: "overdue".to_owned(),
        at,
        trigger: None,
        other: None,
        text_zh: "应于三日内送检，逾期两日".to_owned(),
        text_en: "due within three days, two days late".to_owned(),
    }
}

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<u64>().unwrap());
    let (events, size) = (
        arguments.next().unwrap_or(1_737_769),
        arguments.next().unwrap_or(1_000),
    );
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("views.sqlite");
    let owner = Owner {
        ledger: "measured".to_owned(),
        records: events,
        offset_minutes: 480,
    };
    let (mut views, _) = SqliteViews::open(&path, &owner).unwrap();
    let mut town = Town {
        chance: 7,
        cases: (0..LIVE as u64).map(|case| (case, case % STEPS)).collect(),
        next_case: LIVE as u64,
        changes: 0,
    };
    let mut batch = Batch::new(0);
    let (mut folding, mut working, mut slowest) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut first = 0;
    while first < events {
        batch.restart(first);
        let next = (first + size).min(events);
        (first..next).for_each(|record| town.step(record, &mut batch));
        let (began, worked) = (Instant::now(), busy());
        views.commit(&batch).unwrap();
        let took = began.elapsed();
        working += busy() - worked;
        folding += took;
        slowest = slowest.max(took);
        first = next;
    }
    let [rate, of_a_core] = [folding, working].map(|time| events as f64 / time.as_secs_f64());
    println!(
        "folded {events} events in batches of {size}: {rate:.0} a second, {of_a_core:.0} a second of one core; \
         slowest commit {slowest:.1?}"
    );
    println!("memory at most: {}", memory());
    ask_for_acts(&*views.query(), events);
    ask_for_the_rest(&*views.query(), events);
    println!("memory at most: {}", memory());
    drop(views);
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!(
        "file: {} MB, {} bytes an event",
        bytes / 1_000_000,
        bytes / events
    );
    let began = Instant::now();
    let (views, start) = SqliteViews::open(&path, &owner).unwrap();
    println!("opened again ({start:?}) in {:.1?}", began.elapsed());
    let began = Instant::now();
    let roots = views.query().roots().unwrap();
    println!("{} roots in {:.1?}", roots.len(), began.elapsed());
    println!("memory at most: {}", memory());
}

/// Asks 200 times, each time of something else, and tells how long it took.
fn timed(what: &str, one: &dyn Fn(u64) -> usize) {
    let mut times: Vec<Duration> = Vec::new();
    let mut found = 0;
    for number in 0..200 {
        let began = Instant::now();
        found += one(number);
        times.push(began.elapsed());
    }
    times.sort();
    let (median, slowest, rows) = (times[100], times[199], found / 200);
    println!("{what}: median {median:.2?}, slowest {slowest:.2?}, {rows} rows on average");
}

/// Acts as a person looks for them.
fn ask_for_acts(query: &dyn Query, events: u64) {
    let events_of = |keys: &[(&str, String)], kind: Option<&str>, day: Option<Date>| {
        let objects = keys.iter().map(|(kind, id)| ObjectKey::new(*kind, id));
        let filter = EventFilter {
            objects: objects.collect(),
            kind: kind.map(str::to_owned),
            source: None,
            from: day,
            to: day,
        };
        let found = query.events(&filter, None, Direction::Down, 100);
        found.unwrap().len()
    };
    let officer = |number: u64| ("officer", format!("P{:04}", number * 31 % 500));
    let device = |number: u64| ("device", format!("DEV-{:03}", number % 300));
    let plate = |number: u64| ("plate", format!("贵A{:05}", number * 7_919 % 90_000));
    let case = |number: u64| ("case", case_id(number, events));
    timed("case", &|number| events_of(&[case(number)], None, None));
    timed("officer", &|number| {
        events_of(&[officer(number)], None, None)
    });
    timed("plate", &|number| events_of(&[plate(number)], None, None));
    timed("officer and device", &|number| {
        events_of(&[officer(number), device(number)], None, None)
    });
    timed("officer, device and case", &|number| {
        events_of(&[officer(number), device(number), case(number)], None, None)
    });
    timed("officer and type on one day", &|number| {
        let day = Date(19_676 + (number % 300) as i32);
        events_of(&[officer(number)], Some("decide"), Some(day))
    });
    timed("all of one type, newest", &|_| {
        events_of(&[], Some("hear"), None)
    });
}

/// The other questions.
fn ask_for_the_rest(query: &dyn Query, events: u64) {
    timed("object", &|number| {
        let object = ObjectKey::new("case", case_id(number, events));
        usize::from(query.object(&object).unwrap().is_some())
    });
    timed("20 objects by prefix, all types", &|number| {
        let filter = ObjectFilter {
            kind: None,
            prefix: case_id(number, events)[..12].to_owned(),
            after: None,
        };
        query.objects(&filter, 20).unwrap().len()
    });
    timed("100 findings of a rule", &|number| {
        let filter = FindingFilter {
            rule: Some(format!("DUI-{:02}", number % 20)),
            ..FindingFilter::default()
        };
        let found = query.findings(&filter, None, Direction::Down, 100);
        found.unwrap().len()
    });
    timed("event figures", &|_| {
        let figures = query.event_figures(&EventFilter::default(), 10_000);
        figures.unwrap().len()
    });
    timed("50 clocks due next", &|_| {
        query.clocks(&ClockFilter::default(), 50).unwrap().len()
    });
}

fn case_id(number: u64, events: u64) -> String {
    format!("5201{:010}", number * 7_919 % (events / STEPS))
}

/// Processor time of this thread: the machine may have other things to do.
fn busy() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The most memory that the process had.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("unknown").trim().to_owned()
}
