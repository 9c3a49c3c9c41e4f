//! Clocks recomputed by walking: day after day, or minute after minute, asking each time whether
//! it counts. Shares nothing with the monitor but the story.

use proptest::prelude::*;

use crate::harness::Harness;
use crate::monitor::cases::{OFFICE, clock, told};

const DAY: i64 = 86_400;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Act {
    Start,
    Stop,
    Pause,
    Resume,
    Extend,
}

fn acts(longest: i64, unit: i64) -> impl Strategy<Value = Vec<(i64, Act)>> {
    let act = prop_oneof![
        3 => Just(Act::Start),
        2 => Just(Act::Stop),
        4 => Just(Act::Pause),
        4 => Just(Act::Resume),
        1 => Just(Act::Extend),
    ];
    let events = proptest::collection::vec((0..longest, act), 1..14);
    events.prop_map(move |mut events| {
        events.sort_by_key(|(at, _)| *at);
        events.iter().map(|(at, act)| (at * unit, *act)).collect()
    })
}

fn story(acts: &[(i64, Act)]) -> String {
    let line = |(at, act): &(i64, Act)| {
        let activity = match act {
            Act::Start => "accepted",
            Act::Stop => "decided",
            Act::Pause => "review.started",
            Act::Resume => "review.ended",
            Act::Extend => "extended",
        };
        (*at, format!("{activity} case=C1"))
    };
    told(&acts.iter().map(line).collect::<Vec<_>>())
}

/// One clock that is walked along.
#[derive(Clone, Copy)]
struct Walked {
    started: i64,
    used: i64,
    limit: i64,
    depth: u32,
    /// Stopped, or overdue from an instant on.
    end: Option<Result<(), i64>>,
}

impl Walked {
    fn act(&mut self, act: Act, extension: i64) {
        match act {
            _ if self.end.is_some() => {}
            Act::Stop => self.end = Some(Ok(())),
            Act::Pause => self.depth += 1,
            Act::Resume => self.depth = self.depth.saturating_sub(1),
            Act::Extend => self.limit += extension,
            Act::Start => {}
        }
    }
}

/// How a limit is walked: over which steps, and which of them count.
struct Walk<'a> {
    limit: i64,
    extension: i64,
    /// Seconds of a step.
    step: i64,
    /// Whether a step is a date: the step in which a clock starts is then not counted.
    dates: bool,
    counts: &'a dyn Fn(i64) -> bool,
}

impl Walk<'_> {
    /// All clocks as they stand at a time.
    fn run(&self, acts: &[(i64, Act)], until: i64) -> Vec<Walked> {
        let mut clocks: Vec<Walked> = Vec::new();
        for step in 0..until / self.step {
            let within = acts.iter().filter(|(at, _)| at / self.step == step);
            for (at, act) in within {
                for clock in &mut clocks {
                    clock.act(*act, self.extension);
                }
                if *act == Act::Start {
                    clocks.push(Walked {
                        started: *at,
                        used: 0,
                        limit: self.limit,
                        depth: 0,
                        end: None,
                    });
                }
            }
            for clock in &mut clocks {
                self.end_step(clock, step);
            }
        }
        clocks
    }

    fn end_step(&self, clock: &mut Walked, step: i64) {
        if clock.end.is_some() || clock.depth > 0 || !(self.counts)(step) {
            return;
        }
        if self.dates {
            clock.used += i64::from(clock.started / self.step != step);
            if clock.used >= clock.limit {
                clock.end = Some(Err((step + 1) * self.step));
            }
        } else if clock.used == clock.limit {
            clock.end = Some(Err(step * self.step));
        } else {
            clock.used += 1;
        }
    }
}

fn compare(rule: &str, walk: &Walk<'_>, acts: &[(i64, Act)], until: i64) {
    let head = format!(
        "{OFFICE}kind = \"deadline\"\nstart = \"accepted\"\nstop = \"decided\"\n\
         pause = \"review.started\"\nresume = \"review.ended\"\n{rule}\n"
    );
    // At the last instant before a step ends, it is not over.
    let as_of = clock(until).to_string();
    let judged = Harness::pack(&head).judged_at(&as_of).judge(&story(acts));
    let clocks = walk.run(acts, until);
    let count =
        |wanted: fn(&Walked) -> bool| clocks.iter().filter(|one| wanted(one)).count() as u64;
    let expected = [
        clocks.len() as u64,
        count(|one| one.end == Some(Ok(()))),
        count(|one| matches!(one.end, Some(Err(_)))),
        count(|one| one.end.is_none()),
        0,
    ];
    let mut ends: Vec<String> = clocks
        .iter()
        .filter_map(|one| one.end?.err())
        .map(|due| format!(" due {}", clock(due)))
        .collect();
    let mut found: Vec<String> = judged
        .listed()
        .lines()
        .map(|line| line[line.find(" due ").unwrap()..].to_owned())
        .collect();
    ends.sort();
    found.sort();
    assert_eq!(judged.activations("RULE"), expected, "{}", story(acts));
    assert_eq!(found, ends, "{}", story(acts));
}

/// 2026-02-09 is a Monday; 02-14 is worked, 02-15 to 02-23 are off, 02-28 is worked.
fn is_worked(day: i64) -> bool {
    match day {
        5 | 19 => true,
        6..=14 => false,
        _ => day % 7 < 5,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn working_days_agree_with_walking(acts in acts(40 * 4, DAY / 4), limit in 1i64..15) {
        let walk = Walk { limit, extension: 3, step: DAY, dates: true, counts: &is_worked };
        let rule = format!(
            "within = \"{limit} working days\"\nextend = {{ what = \"extended\", by = \"3 working days\" }}"
        );
        compare(&rule, &walk, &acts, 50 * DAY);
    }

    #[test]
    fn calendar_days_agree_with_walking(acts in acts(40 * 4, DAY / 4), limit in 1i64..15) {
        let walk = Walk { limit, extension: 3, step: DAY, dates: true, counts: &|_| true };
        let rule = format!(
            "within = \"{limit} days\"\nextend = {{ what = \"extended\", by = \"3 days\" }}"
        );
        compare(&rule, &walk, &acts, 50 * DAY);
    }

    #[test]
    fn minutes_agree_with_walking(acts in acts(120, 60), limit in 1i64..40) {
        let walk = Walk { limit, extension: 7, step: 60, dates: false, counts: &|_| true };
        let rule = format!(
            "within = \"{limit} min\"\nextend = {{ what = \"extended\", by = \"7 min\" }}"
        );
        compare(&rule, &walk, &acts, 180 * 60);
    }
}
