//! Laws that every kind keeps, held over made-up stories with holes in their data.

use std::sync::Arc;

use cage_model::{EventBuffer, Time};
use proptest::prelude::*;

use super::cases::{OFFICE, clock, told};
use crate::harness::Harness;
use crate::{Account, Engine, EventOrder, Folded, Projected, Projector};

/// Rules of every kind over events `a` to `e` with the attributes `n`, `p`, `t`, `u`, `ok`.
const RULES: &[&str] = &[
    "kind = \"deadline\"\nstart = \"a\"\nstop = { type = \"b\", where = 'stop.ok == true' }\n\
     within = \"3 working days\"\npause = \"c\"\nresume = \"d\"\nmatch = 'stop.n == start.n'\n\
     extend = { what = { type = \"e\", where = 'event.ok == true' }, by = \"1 working day\" }",
    "kind = \"deadline\"\nstart = \"a\"\nstop = \"b\"\nwithin = \"30 h\"\npause = \"c\"\n\
     resume = { type = \"d\", where = 'event.ok == true' }\n\
     deemed = { after = \"e\", within = \"10 h\", unless = { type = \"a\", where = 'event.ok == true' } }",
    "kind = \"deadline\"\nstart = \"a\"\nstop = \"b\"\nuntil = 'start.t'\npause = \"c\"\nresume = \"d\"",
    "kind = \"duration\"\nfrom = \"a\"\nto = \"b\"\nmin = \"2 h\"\nmax = \"1 day\"\nmatch = 'to.n == from.n'",
    "kind = \"duration\"\nfrom = [\"a\", \"b\"]\nto = { type = \"b\", where = 'to.ok == true' }\nmin = \"3 h\"",
    "kind = \"separation\"\na = [\"a\", \"b\"]\nb = [\"b\", \"c\"]\nby = 'event.p'",
    "kind = \"binding\"\na = [\"a\", \"b\"]\nb = { type = \"c\", where = 'event.ok == true' }\nby = 'event.p'",
    "kind = \"order\"\nqueue = 'event.n'\nenter = { type = \"a\", where = 'event.ok == true' }\nserve = [\"b\", \"c\"]\nunless = 'serve.ok == true'",
    "kind = \"sequence\"\nwhat = [\"a\", \"b\"]\nnumber = 'event.n'\ngrace = \"1 day\"",
    "kind = \"sequence\"\nwhat = { type = \"a\", where = 'event.ok == true' }\nnumber = 'event.n'",
    "kind = \"immutable\"\nwhat = [\"a\", \"b\"]\nkey = 'event.n'\nfield = 'event.p'",
    "kind = \"immutable\"\nwhat = { type = \"a\", where = 'event.ok == true' }\nfield = 'event.n'",
    "kind = \"silence\"\nwhat = { type = \"a\", where = 'event.ok == true' }\nevery = \"5 h\"",
    "kind = \"silence\"\nwhat = \"a\"\nevery = \"1 day\"\nwhile = { from = { type = \"b\", where = 'event.ok == true' }, to = { type = \"c\", where = 'event.ok == true' } }",
    "kind = \"aggregate\"\nwhat = { type = \"a\", where = 'event.ok == true' }\nvalue = { sum = 'event.n' }\nwindow = \"8 h\"\nover = 5",
    "kind = \"aggregate\"\nwhat = [\"a\", \"b\"]\nvalue = { distinct = 'event.p' }\nwindow = \"day\"\nover = 2\nunder = 2",
    "kind = \"aggregate\"\nwhat = [\"a\", \"b\"]\nvalue = { ratio = 'event.ok == true', at-least = 2 }\nover = 0.5\nunder = 0.25",
    "kind = \"lag\"\nmax = \"4 h\"\nwhat = [\"a\", { type = \"b\", where = 'event.ok == true' }]",
    "kind = \"coverage\"\nwhat = \"a\"\nby = { type = \"b\", where = 'event.ok == true' }\nstart = 'event.t'\nend = 'event.u'\naround = \"60 min\"\nwithin = \"1 day\"",
    "kind = \"coverage\"\nwhat = [\"a\", \"b\"]\nby = [\"b\", \"c\"]\nstart = 'event.t'\nend = 'event.u'\nmatch = 'by.n == what.n'",
];

/// Hour, activity, number, person, hours from and to, truth, hour of arrival; the last value of
/// each that may be missing.
type Made = (i64, u8, i64, u8, (i64, i64), u8, i64);

fn events() -> impl Strategy<Value = Vec<Made>> {
    let event = (
        0i64..96,
        0u8..5,
        0i64..6,
        0u8..4,
        (-1i64..90, 0i64..99),
        0u8..3,
        -1i64..99,
    );
    proptest::collection::vec(event, 1..30)
}

fn line(object: &str, made: &Made) -> (i64, String) {
    let (hour, activity, number, person, (from, to), truth, arrival) = made;
    let mut text = format!("{} case={object}", (b'a' + activity) as char);
    if *number < 5 {
        text += &format!(" n={number}");
    }
    if *person < 3 {
        text += &format!(" p=\"P{person}\"");
    }
    if *from >= 0 {
        text += &format!(" t={} u={}", clock(from * 3_600), clock(to * 3_600));
    }
    if *truth < 2 {
        text += &format!(" ok={}", *truth == 1);
    }
    if *arrival >= 0 {
        text += &format!(" received={}", clock(arrival * 3_600));
    }
    (hour * 3_600, text)
}

fn story(object: &str, events: &[Made]) -> Vec<(i64, String)> {
    events.iter().map(|made| line(object, made)).collect()
}

fn rule(index: usize) -> String {
    format!("{OFFICE}{}\n", RULES[index])
}

/// Every activation ends in exactly one way.
fn assert_whole(account: &Account, about: &str) {
    for rule in &account.rules {
        for tally in [rule.activations, rule.objects] {
            let ends = tally.satisfied + tally.violated + tally.pending + tally.undecided;
            if tally == rule.activations {
                assert_eq!(tally.activated, ends, "{about}");
            }
        }
    }
}

/// Findings without the places of their events in the story, which differ when objects mix.
fn bare(listed: &str) -> Vec<String> {
    let word = |word: &str| word.split('@').next().unwrap_or(word).to_owned();
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> = listed.lines().map(line).collect();
    lines.sort();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Batch, live and with questions in between agree (that is the harness's own check); all
    /// activations are accounted for; what happens to one object is nothing to another.
    #[test]
    fn activations_are_accounted_for_object_by_object(
        index in 0..RULES.len(),
        one in events(),
        other in events(),
        finite in any::<bool>(),
        until in 96i64..200,
    ) {
        let rule = rule(index);
        let judge = |rule: &str, events: &[(i64, String)]| {
            let harness = Harness::pack(rule).judged_at(&clock(until * 3_600).to_string());
            let harness = if finite { harness.finite() } else { harness };
            harness.judge(&told(events))
        };
        let (first, second) = (story("C1", &one), story("C2", &other));
        let both = [first.clone(), second.clone()].concat();
        let judged = judge(&rule, &both);
        assert_whole(&judged.account, &told(&both));
        let watched = judge(&format!("{rule}exempt = 'has(case.waived)'\n"), &both);
        prop_assert_eq!(judged.listed(), watched.listed(), "{}", told(&both));
        let (alone, beside) = (judge(&rule, &first), judge(&rule, &second));
        let mut apart = [bare(&alone.listed()), bare(&beside.listed())].concat();
        apart.sort();
        prop_assert_eq!(bare(&judged.listed()), apart, "{}", told(&both));
        let sum = |at: usize| alone.activations("RULE")[at] + beside.activations("RULE")[at];
        prop_assert_eq!(judged.activations("RULE"), [sum(0), sum(1), sum(2), sum(3), sum(4)]);
    }

    /// An object that is taken out of the fold leaves nothing behind that another one meets.
    #[test]
    fn who_is_forgotten_leaves_nothing_behind(
        index in 0..RULES.len(),
        gone in events(),
        others in events(),
        place in 0usize..30,
    ) {
        let program = Harness::pack(&rule(index)).program();
        let mut late: Vec<(i64, String)> = story("C1", &gone);
        late.sort_by_key(|(at, _)| *at);
        late.push((-3_600, "a case=C1 n=1".to_owned()));
        let mut stay = story("C2", &others);
        stay.sort_by_key(|(at, _)| *at);
        let place = place.min(stay.len());
        let mixed = [&stay[..place], &late, &stay[place..]].concat();
        let now = clock(100 * 3_600);
        let alone = fold(&program, &stay, EventOrder::Time, now);
        let beside = fold(&program, &mixed, EventOrder::Time, now);
        prop_assert_eq!(findings(&alone, "C2"), findings(&beside, "C2"));
    }

    /// In the order of a file times may run backwards: nothing breaks, all is accounted for.
    #[test]
    fn times_that_run_backwards_do_no_harm(index in 0..RULES.len(), events in events()) {
        let program = Harness::pack(&rule(index)).program();
        let folded = fold(&program, &story("C1", &events), EventOrder::File, clock(100 * 3_600));
        assert_whole(&folded.0, RULES[index]);
    }
}

type FoldedStory = (Account, Projector);

/// Folds lines in their own order, late ones too.
fn fold(
    program: &Arc<cage_pack::Program>,
    lines: &[(i64, String)],
    order: EventOrder,
    now: Time,
) -> FoldedStory {
    let text = |(at, text): &(i64, String)| format!("{} {text}", clock(*at));
    let text: Vec<String> = lines.iter().map(text).collect();
    let mut engine = Engine::new(Arc::clone(program), order).unwrap();
    let mut names = engine.names().clone();
    let mut projector = Projector::new(program);
    let (mut buffer, mut projected) = (EventBuffer::default(), Projected::default());
    for event in crate::harness::script(&text.join("\n")) {
        event.write(&mut buffer, &mut names);
        projector.event(&buffer, &mut names, &mut projected);
        projected.position = event.line as u64;
        for (object_type, object) in projected.objects.clone() {
            let folded = engine.step(&projected.event(), object_type, object, &names);
            assert!(order == EventOrder::Time || folded == Folded::Judged);
        }
    }
    (engine.close(now, false, &names), projector)
}

/// Verdict, reason, moment and numbers of what was found of an object.
fn findings((account, projector): &FoldedStory, object: &str) -> Vec<String> {
    let all = account.rules.iter().flat_map(|rule| &rule.findings);
    let of_object = all.filter(|one| projector.id(one.object_type, one.object) == object);
    let said = of_object.map(|one| {
        let payload = match one.payload {
            cage_model::Payload::Values { .. } | cage_model::Payload::Field(_) => String::new(),
            payload => format!("{payload:?}"),
        };
        format!("{:?} {:?} {:?} {payload}", one.verdict, one.reason, one.at)
    });
    let mut said: Vec<String> = said.collect();
    said.sort();
    said
}
