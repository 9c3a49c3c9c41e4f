use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600_000_000;

#[test]
fn the_profile_is_mean_and_deviation_of_every_later_pair() {
    let traces = Traces::from_sequences(&[&["a", "b"], &["a", "x", "b"], &["a", "x", "x", "b"]]);
    let profile = Profile::learn(&traces);
    let pair = profile.pair(0, 1).unwrap();
    assert_eq!((pair.observed, pair.mean), (3, 2 * HOUR));
    // Deviations of 1, 2, 3 hours: the root of 2/3 of an hour squared.
    let exact = (2.0f64 / 3.0).sqrt() * HOUR as f64;
    assert!(
        (pair.deviation as f64 - exact).abs() < 2.0,
        "{}",
        pair.deviation
    );
    assert_eq!(profile.pair(1, 0), None);
}

#[test]
fn what_leaves_the_profile_is_found() {
    let mut sequences: Vec<&[&str]> = vec![&["a", "b"]; 50];
    sequences.push(&["a", "c", "c", "c", "c", "b"]);
    let traces = Traces::from_sequences(&sequences);
    let found = Profile::learn(&traces).deviations(&traces, 300);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].case, found[0].measured), (50, 5 * HOUR));
}

#[test]
fn a_duration_rule_pairs_in_turn() {
    // Hours 0 and 1 open, 2 and 4 close: two and three hours. All pairs: 2, 1, 4, 3.
    let traces = Traces::from_sequences(&[&["a", "a", "b", "x", "b", "b"]]);
    let profile = Profile::learn_in_turn(&traces, &[(0, 1), (1, 0), (0, 0)]);
    let pair = profile.pair(0, 1).unwrap();
    assert_eq!(
        (pair.observed, pair.mean, pair.deviation),
        (2, 5 * HOUR / 2, HOUR / 2)
    );
    assert_eq!(profile.pair(1, 0), None);
    assert_eq!(profile.pair(0, 0).map(|pair| pair.mean), Some(HOUR));
}

#[test]
fn times_millennia_apart_have_no_profile_and_do_no_harm() {
    let far = i64::MAX / 2;
    let case: &[(&str, i64)] = &[("a", -far), ("b", far), ("c", far + HOUR)];
    let traces = Traces::from_times(&[case; 8]);
    let profile = Profile::learn(&traces);
    assert_eq!(profile.pairs().count(), 0);
    assert_eq!(profile.deviations(&traces, 300), []);
    let in_turn = Profile::learn_in_turn(&traces, &[(0, 1), (1, 2)]);
    assert_eq!(in_turn.pair(0, 1), None);
    assert_eq!(in_turn.pair(1, 2).map(|pair| pair.mean), Some(HOUR));
}

#[test]
fn a_log_in_which_every_event_has_its_own_name_stays_small() {
    let names: Vec<String> = (0..3_000).map(|name| name.to_string()).collect();
    let mut sequences: Vec<Vec<&str>> = vec![vec!["a", "b"]; 3];
    sequences.extend(names.iter().map(|name| vec![name.as_str()]));
    let sequences: Vec<&[&str]> = sequences.iter().map(Vec::as_slice).collect();
    let traces = Traces::from_sequences(&sequences);
    let profile = Profile::learn(&traces);
    assert_eq!(profile.pairs().count(), 1);
    assert_eq!(profile.pair(0, 1).map(|pair| pair.observed), Some(3));
}

/// Every pair, one by one, twice: once for the mean, once for the distances from it.
fn by_pairs(cases: &[Vec<(usize, i64)>], from: usize, to: usize) -> Option<(u64, i64, f64)> {
    let mut spans = Vec::new();
    for case in cases {
        for (place, (first, at)) in case.iter().enumerate() {
            for (second, later) in &case[place + 1..] {
                if (*first, *second) == (from, to) {
                    spans.push(later - at);
                }
            }
        }
    }
    let count = spans.len() as i64;
    if count == 0 {
        return None;
    }
    let mean = spans.iter().sum::<i64>() as f64 / count as f64;
    let squares: f64 = spans.iter().map(|span| (*span as f64 - mean).powi(2)).sum();
    let floor = spans.iter().sum::<i64>().div_euclid(count);
    Some((count as u64, floor, (squares / count as f64).sqrt()))
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn cases() -> impl Strategy<Value = Vec<Vec<(usize, i64)>>> {
    let case = proptest::collection::vec((0usize..4, 0i64..5_000), 1..90);
    proptest::collection::vec(case, 1..6).prop_map(|mut cases| {
        cases
            .iter_mut()
            .for_each(|case| case.sort_by_key(|(_, at)| *at));
        cases
    })
}

fn traces(cases: &[Vec<(usize, i64)>]) -> Traces {
    let named: Vec<Vec<(&str, i64)>> = cases
        .iter()
        .map(|case| case.iter().map(|(name, at)| (NAMES[*name], *at)).collect())
        .collect();
    let named: Vec<&[(&str, i64)]> = named.iter().map(Vec::as_slice).collect();
    Traces::from_times(&named)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_pass_agrees_with_all_pairs(cases in cases()) {
        let traces = traces(&cases);
        let profile = Profile::learn(&traces);
        let number = |name: usize| traces.activities.iter().position(|other| other == NAMES[name]);
        for from in 0..4 {
            for to in 0..4 {
                let (Some(a), Some(b)) = (number(from), number(to)) else { continue };
                let pair = profile.pair(a as u32, b as u32);
                match by_pairs(&cases, from, to) {
                    None => prop_assert_eq!(pair, None),
                    Some((observed, mean, deviation)) => {
                        let pair = pair.unwrap();
                        prop_assert_eq!((pair.observed, pair.mean), (observed, mean));
                        // Rounded down twice: the variance and its root.
                        let off = deviation - pair.deviation as f64;
                        prop_assert!((-0.01..1.5).contains(&off), "{deviation} {}", pair.deviation);
                    }
                }
            }
        }
    }

    /// Long cases are searched, short ones looked through: the same deviations in the same order.
    #[test]
    fn searching_agrees_with_looking_through(cases in cases(), z in 0u64..400) {
        let traces = traces(&cases);
        let profile = Profile::learn(&traces);
        let mut bounds: Table<Bounds> = Table::new(traces.activities.len());
        for pair in profile.pairs() {
            *bounds.entry((pair.from, pair.to)) = Bounds::of(pair, z);
        }
        for (case, trace) in traces.iter().enumerate() {
            let (mut short, mut long) = (Vec::new(), Vec::new());
            check_short(case, trace, &bounds, &mut |found| short.push(*found));
            check_long(case, trace, &bounds, &mut |found| long.push(*found));
            prop_assert_eq!(short, long);
        }
    }
}
