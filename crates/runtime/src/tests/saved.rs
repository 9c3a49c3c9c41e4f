//! States are saved and loaded: what goes on from them is as if nothing had been between, and bytes that
//! were not saved do no harm.

use std::sync::{Arc, LazyLock};

use cage_engine::state::{Reader, Writer};
use cage_pack::Program;
use proptest::prelude::*;

use super::laws::{RULES, events};
use super::live::{Came, arrivals};
use super::memory::{EventLine, Item, event, load, program, time};
use crate::live::{Change, Live, LoadError};

/// What the other rules lack: arenas of every kind, and rules that keep much of one object.
const MORE: &str = r#"
[[rule]]
id = "CLOCK"
internal = true
grade = "observe"
per = "officer"
kind = "deadline"
start = "a"
stop = "d"
pause = "b"
resume = "c"
match = "stop.amount == start.amount"
within = "2 days"
[[rule]]
id = "FIRST"
internal = true
grade = "observe"
per = "officer"
kind = "init"
what = "b"
[[rule]]
id = "PAIRS"
internal = true
grade = "observe"
per = "officer"
kind = "response"
when = "a"
then = "b"
match = "then.amount == when.amount"
within = "2 days"
[[rule]]
id = "BOTH"
internal = true
grade = "observe"
per = "officer"
kind = "co-existence"
when = "c"
then = "d"
match = "then.amount == when.amount"
[[rule]]
id = "SUM"
internal = true
grade = "observe"
per = "officer"
kind = "aggregate"
what = "*"
value = { sum = "event.amount" }
window = "2 days"
over = 9
[[rule]]
id = "KINDS"
internal = true
grade = "observe"
per = "officer"
kind = "aggregate"
what = "*"
value = { distinct = "event.case" }
window = "week"
over = 2
under = 2
[[rule]]
id = "KEYED"
internal = true
grade = "observe"
per = "officer"
kind = "immutable"
what = "*"
key = "event.case"
field = "event.amount"
[[rule]]
id = "CROWD"
internal = true
grade = "observe"
per = "officer"
kind = "binding"
a = "a"
b = "*"
by = "event.amount"
[[rule]]
id = "GRACE"
internal = true
grade = "observe"
per = "officer"
kind = "sequence"
what = "*"
number = "event.amount"
grace = "1 day"
"#;

/// Read once: the properties ask for it again and again.
fn rules() -> Arc<Program> {
    static READ: LazyLock<Arc<Program>> = LazyLock::new(|| program(&format!("{RULES}{MORE}")));
    Arc::clone(&READ)
}

fn saved(live: &Live) -> Vec<u8> {
    let mut bytes = Vec::new();
    let root = live.save(&mut bytes).unwrap();
    assert_eq!(root, live.root());
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// L14: a run at one go, and one that was saved and loaded at some records, tell the same changes
    /// and end in the same state, whatever comes late and whenever time is moved.
    #[test]
    fn what_was_saved_goes_on_as_what_was_not(
        came in arrivals(events()),
        ticks in prop::collection::vec(any::<bool>(), 16),
        cuts in prop::collection::vec(prop::bool::weighted(0.2), 16),
    ) {
        let program = rules();
        let journal = Came(came.iter().map(|(_, event)| event.clone()).collect());
        let mut whole = Live::new(&program).unwrap();
        let mut cut = whole.clone();
        for (position, (arrived, _)) in came.iter().enumerate() {
            if ticks[position % ticks.len()] {
                prop_assert_eq!(whole.tick(time(*arrived)), cut.tick(time(*arrived)));
                prop_assert_eq!(whole.next_due(), cut.next_due());
            }
            let Ok(changes) = whole.event(position as u64, &journal);
            let Ok(same) = cut.event(position as u64, &journal);
            prop_assert_eq!(changes, same);
            prop_assert_eq!(whole.touched(), cut.touched());
            if cuts[position % cuts.len()] {
                let bytes = saved(&cut);
                cut = Live::load(&program, &bytes[..]).unwrap();
                prop_assert_eq!(saved(&cut), bytes);
            }
        }
        prop_assert_eq!(whole.next_due(), cut.next_due());
        let standing = |live: &Live| live.standing().collect::<Vec<_>>();
        prop_assert_eq!(standing(&whole), standing(&cut));
        prop_assert_eq!(whole.root(), cut.root());
    }

    /// Bytes of a state that are changed anywhere are refused by their hash. Those behind the hash's
    /// back are an error, or a state that can be gone on with.
    #[test]
    fn damaged_states_do_no_harm(
        came in arrivals(events()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let program = rules();
        let journal = Came(came.iter().map(|(_, event)| event.clone()).collect());
        let mut live = Live::new(&program).unwrap();
        let half = came.len().div_ceil(2);
        for position in 0..half {
            let Ok(_) = live.event(position as u64, &journal);
        }
        let mut bytes = saved(&live);
        let (place, value) = &damage[0];
        let place = place.index(bytes.len());
        if bytes[place] != *value {
            bytes[place] = *value;
            prop_assert!(Live::load(&program, &bytes[..]).is_err());
        }

        let mut body = Vec::new();
        let mut keep = |piece: &[u8]| body.extend_from_slice(piece);
        let mut into = Writer::new(&mut keep);
        live.write_state(&mut into);
        into.flush();
        for (place, value) in &damage {
            let place = place.index(body.len());
            body[place] = *value;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        if let Ok(mut live) = Live::read_state(&program, &mut Reader::of(&body)) {
            for (position, (arrived, _)) in came.iter().enumerate().skip(half) {
                let Ok(_) = live.event(position as u64, &journal);
                live.tick(time(*arrived));
            }
            let _ = live.root();
            live.tick(time(10_000_000));
        }
    }
}

/// Officers with so many acts that they are told apart by value, and late ones among them.
#[test]
fn large_objects_go_on_too() {
    let one = |index: i64| EventLine {
        id: None,
        at: Some(index * 900 - if index % 17 == 3 { 40_000 } else { 0 }),
        activity: ["a", "c", "b", "a", "d"][index as usize % 5].to_owned(),
        objects: vec![
            ("case".to_owned(), format!("C{}", index % 23)),
            ("officer".to_owned(), "P".to_owned()),
        ],
        attributes: vec![("amount".to_owned(), Item::Integer(index * 7 % 31))],
    };
    let program = rules();
    let journal = Came((100..500).map(one).collect());
    let mut whole = Live::new(&program).unwrap();
    let mut cut = whole.clone();
    let mut withdrawn = 0;
    for position in 0..400 {
        let Ok(changes) = whole.event(position, &journal);
        let Ok(same) = cut.event(position, &journal);
        assert_eq!(changes, same, "{position}");
        let is_withdrawn = |change: &&Change| matches!(change, Change::Withdrawn(_));
        withdrawn += changes.iter().filter(is_withdrawn).count();
        if position % 37 == 5 {
            cut = Live::load(&program, &saved(&cut)[..]).unwrap();
        }
    }
    assert!(withdrawn > 0);
    assert_eq!(whole.root(), cut.root());
    let mut replayed = Live::new(&program).unwrap();
    for position in 0..400 {
        let Ok(_) = replayed.event(position, &journal);
    }
    assert_eq!(replayed.root(), whole.root());
}

#[test]
fn states_of_others_are_refused() {
    let program = rules();
    let live = Live::new(&program).unwrap();
    let bytes = saved(&live);
    assert!(Live::load(&program, &bytes[..]).is_ok());
    let other = Arc::new(load(RULES).program);
    for (name, program, bytes, expected) in [
        ("another pack", &other, bytes.clone(), LoadError::OtherPack),
        ("nothing", &program, Vec::new(), LoadError::Foreign),
        (
            "a text",
            &program,
            b"ironcage/state".to_vec(),
            LoadError::Foreign,
        ),
        (
            "half of it",
            &program,
            bytes[..bytes.len() - 20].to_vec(),
            LoadError::Changed,
        ),
    ] {
        assert_eq!(
            Live::load(program, &bytes[..]).err(),
            Some(expected),
            "{name}"
        );
    }
    let mut newer = bytes.clone();
    newer[20] = 9;
    let error = Live::load(&program, &newer[..]).unwrap_err();
    assert!(
        matches!(error, LoadError::OtherSoftware { format: 9, .. }),
        "{error}"
    );
}

/// An event is told by the state: the hash of what saw it differs.
#[test]
fn every_event_changes_the_root() {
    let line = |text: &str| match event(text) {
        super::memory::Line::Event(event) => event,
        other => panic!("{other:?}"),
    };
    let program = rules();
    let journal = Came(vec![
        line("a case=C1 officer=P1 @100 amount:1"),
        line("a case=C1 officer=P1 @200 amount:1"),
        line("a case=C1 officer=P1 @200 amount:2"),
    ]);
    let mut live = Live::new(&program).unwrap();
    let Ok(_) = live.event(0, &journal);
    let (mut one, mut other) = (live.clone(), live.clone());
    let Ok(_) = one.event(1, &journal);
    let Ok(_) = other.event(2, &journal);
    assert_ne!(one.root(), live.root());
    assert_ne!(one.root(), other.root());
}
