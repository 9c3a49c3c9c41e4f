use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn clocks() -> impl Strategy<Value = ObjectClocks> {
    let clock = (
        0..3_u8,
        prop::option::of(0..50_u64),
        -5..20_i64,
        prop::option::of(-5..20_i64),
    );
    let clock = clock.prop_map(|(rule, trigger, due, reminder)| Clock {
        rule: format!("R{rule}"),
        trigger,
        due: Instant(due),
        reminder: reminder.map(Instant),
    });
    (
        0..2_u8,
        0..12_u8,
        0..3_u8,
        prop::collection::vec(clock, 0..4),
    )
        .prop_map(|(kind, id, pack, clocks)| ObjectClocks {
            object: ObjectKey::new(["case", "车牌"][usize::from(kind)], format!("id{id}")),
            pack: format!("p{pack}"),
            clocks,
        })
}

fn sorted(mut of: ObjectClocks) -> ObjectClocks {
    of.clocks.sort();
    of
}

/// Every page in turn, each beginning after the last row of the one before.
fn pages(clocks: &mut Clocks, filter: &ClockFilter, limit: usize) -> Vec<ObjectClocks> {
    let mut all: Vec<ObjectClocks> = Vec::new();
    loop {
        let after = all
            .last()
            .map(|row| (row.clocks[0].due, row.object.clone()));
        let page = clocks.due(
            &ClockFilter {
                after,
                ..filter.clone()
            },
            limit,
        );
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn clocks_are_those_that_were_set_last_and_survive_as_notes(
        moved in prop::collection::vec(clocks(), 0..60), limit in 1..5_usize, before in prop::option::of(-6..22_i64),
    ) {
        let mut clocks = Clocks::default();
        let mut model = BTreeMap::new();
        for of in &moved {
            clocks.set(of);
            if of.clocks.len() == 2 {
                let _ = clocks.due(&ClockFilter::default(), 1);
            }
            model.insert((of.object.clone(), of.pack.clone()), sorted(of.clone()));
        }
        model.retain(|_, of| !of.clocks.is_empty());
        let all: Vec<ObjectClocks> = model.values().cloned().collect();
        prop_assert_eq!(clocks.all(), all.clone());
        for of in &moved {
            let of_object: Vec<_> = all.iter().filter(|row| row.object == of.object).cloned().collect();
            prop_assert_eq!(clocks.of(&of.object), of_object);
        }
        let mut again = Clocks::default();
        read_notes(&noted(&moved), &mut again).unwrap();
        prop_assert_eq!(again.all(), all.clone());
        let mut again = Clocks::default();
        for note in whole(&clocks) {
            read_notes(&note, &mut again).unwrap();
        }
        prop_assert_eq!(again.all(), all.clone());
        let filter = ClockFilter { due_before: before.map(Instant), ..ClockFilter::default() };
        let mut expected = BTreeMap::new();
        for row in &all {
            for clock in row.clocks.iter().filter(|clock| filter.due_before.is_none_or(|before| clock.due < before)) {
                let at = expected.entry((clock.due, row.object.clone(), row.pack.clone()));
                at.or_insert_with(Vec::new).push(clock.clone());
            }
        }
        let expected: Vec<_> = expected.into_iter().map(|((_, object, pack), clocks)| ObjectClocks { object, pack, clocks }).collect();
        prop_assert_eq!(pages(&mut clocks, &filter, limit), expected);
    }

    #[test]
    fn damaged_notes_never_panic_or_run_away(mut note in prop::collection::vec(clocks(), 1..8).prop_map(|moved| noted(&moved)), cut in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let at = cut.index(note.len());
        let mut clocks = Clocks::default();
        let _ = read_notes(&note[..at], &mut clocks);
        note[at] ^= 1_u8 << bit;
        let _ = read_notes(&note, &mut clocks);
    }
}

#[test]
fn due_at_the_end_of_time_is_told_once() {
    let mut clocks = Clocks::default();
    let clock = Clock {
        rule: "R".to_owned(),
        trigger: None,
        due: Instant::MAX,
        reminder: None,
    };
    clocks.set(&ObjectClocks {
        object: ObjectKey::new("case", "C1"),
        pack: "p".to_owned(),
        clocks: vec![clock],
    });
    assert_eq!(pages(&mut clocks, &ClockFilter::default(), 1).len(), 1);
    let filter = ClockFilter {
        object_type: Some("case".to_owned()),
        pack: Some("q".to_owned()),
        ..ClockFilter::default()
    };
    assert!(clocks.due(&filter, 5).is_empty());
}
