//! Objects with very many events: aligned exactly up to a bound, and counted apart beyond it.

use std::sync::Arc;

use super::memory::{EventLine, Line, Memory, check};
use crate::check::CheckOptions;

/// a, then b, over and over; ends after any b.
const LOOP: &str = r#"<?xml version="1.0"?>
<pnml><net id="n" type="http://www.pnml.org/version-2009/grammar/pnmlcoremodel"><page id="p">
<place id="p0"><initialMarking><text>1</text></initialMarking></place><place id="p1"/>
<transition id="t0"><name><text>a</text></name></transition>
<transition id="t1"><name><text>b</text></name></transition>
<arc id="1" source="p0" target="t0"/><arc id="2" source="t0" target="p1"/>
<arc id="3" source="p1" target="t1"/><arc id="4" source="t1" target="p0"/>
</page><finalmarkings><marking><place idref="p0"><text>1</text></place></marking></finalmarkings>
</net></pnml>"#;

/// So many events of one case, a and b in turn, without every b whose number `gap` divides.
fn events(case: &str, count: i64, gap: i64) -> impl Iterator<Item = Line> {
    let kept = (0i64..).filter(move |number| number % 2 == 0 || number / 2 % gap != gap - 1);
    kept.take(count as usize).map(move |number| {
        Line::Event(EventLine {
            id: None,
            at: Some(number),
            activity: if number % 2 == 0 { "a" } else { "b" }.to_owned(),
            objects: vec![("case".to_owned(), case.to_owned())],
            attributes: Vec::new(),
        })
    })
}

#[test]
fn long_objects_are_aligned_and_longer_ones_are_counted_apart() {
    let model = cage_pack::flow::read("loop.pnml", LOOP.as_bytes()).unwrap();
    let program = Arc::new(model.program);
    // 29,985 events: of 15,000 rounds every thousandth lacks its b.
    let mut lines: Vec<Line> = events("long", 29_985, 1_000).collect();
    lines.extend(events("short", 4, i64::MAX));
    let options = CheckOptions::default();
    let outcome = check(&program, &Memory(vec![lines.clone()]), &options);
    let [flow] = &outcome.flows[..] else {
        panic!("one flow was asked for");
    };
    assert_eq!(
        (flow.cases, flow.cost, flow.fitting, flow.not_aligned),
        (2, 15, 1, 0)
    );
    // More than is kept of one object: its verdict stands, and it is in none of the sums.
    lines.extend(events("longest", 100_001, i64::MAX));
    let outcome = check(&program, &Memory(vec![lines]), &options);
    let flow = &outcome.flows[0];
    assert_eq!(
        (flow.cases, flow.cost, flow.fitting, flow.not_aligned),
        (2, 15, 1, 1)
    );
    let said = outcome.notices.iter().map(|notice| notice.text.en.as_str());
    assert!(
        said.into_iter()
            .any(|text| text.contains("1 object could not be aligned"))
    );
    let verdicts = outcome.rules[0].objects;
    assert_eq!(
        (verdicts.activated, verdicts.violated, verdicts.pending),
        (3, 1, 1)
    );
}
