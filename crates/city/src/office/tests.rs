//! Offices: equal seeds, honest ones, busy ones.

use cage_model::Log;

use super::*;

fn office(seed: u64, wrong_percent: u32) -> PermitOffice {
    let start = Date::parse("2026-03-02").unwrap();
    PermitOffice {
        seed,
        cases: 300,
        start,
        calendar: Calendar::weekends(),
        wrong_percent,
    }
}

fn run(office: &PermitOffice) -> (Simulated, String) {
    let (mut names, mut log) = (Interner::new(), Log::new());
    let simulated = office.run(&mut names, &mut log).unwrap();
    let log = log.finish(names);
    let text: Vec<String> = log
        .events
        .iter()
        .map(|event| {
            format!(
                "{} {}",
                log.names.text(event.activity),
                event.time().unwrap()
            )
        })
        .collect();
    (simulated, text.join("\n"))
}

#[test]
fn equal_seeds_give_equal_logs() {
    assert_eq!(run(&office(7, 15)), run(&office(7, 15)));
    assert_ne!(run(&office(7, 15)).1, run(&office(8, 15)).1);
}

#[test]
fn an_honest_office_has_nothing_planted() {
    let (honest, _) = run(&office(7, 0));
    assert!(honest.planted.is_empty());
    let (simulated, _) = run(&office(7, 20));
    assert!(
        (30..=90).contains(&simulated.planted.len()),
        "{}",
        simulated.planted.len()
    );
    assert!(simulated.events > 1_500, "{}", simulated.events);
}
