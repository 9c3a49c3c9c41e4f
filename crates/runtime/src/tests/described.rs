//! What is said of objects, live: wherever in the log it stands, it counts as it does in a check.

use std::convert::Infallible;

use cage_formats::OBJECT_TYPE;
use cage_model::{EventBuffer, Interner, RawValue, Symbol};
use proptest::prelude::*;

use super::laws::events;
use super::live::{arrivals, standing, told};
use super::memory::{Item, Line, Memory, check, fill, program, time};
use crate::check::CheckOptions;
use crate::live::{Journal, Live};

/// Rules that read attributes of a case, which events and descriptions both bring.
const RULES: &str = r#"
[[rule]]
id = "ANSWERED"
internal = true
grade = "observe"
per = "case"
kind = "response"
when = "a"
then = "b"
within = "1 h"
exempt = "has(case.moved)"
[[rule]]
id = "LARGE"
internal = true
grade = "observe"
per = "case"
kind = "absence"
n = 2
what = { type = "c", where = 'has(case.amount) && case.amount > 2' }
[[rule]]
id = "BEFORE"
internal = true
grade = "observe"
per = "case"
kind = "precedence"
when = { type = "d", where = 'has(case.moved) || case.amount < 4' }
before = "a"
"#;

/// Records in the order in which they came.
struct Came(Vec<Line>);

impl Journal for Came {
    type Error = Infallible;

    fn read(
        &self,
        position: u64,
        names: &mut Interner,
        into: &mut EventBuffer,
    ) -> Result<(), Infallible> {
        match &self.0[position as usize] {
            Line::Event(event) => fill(into, event, names),
            Line::Object {
                kind,
                id,
                attributes,
            } => {
                into.clear();
                into.activity = names.intern(OBJECT_TYPE);
                let kind = names.intern(kind);
                into.push_object(kind, id, Symbol::EMPTY);
                for (name, value, since) in attributes {
                    let value = match value {
                        Item::Integer(number) => RawValue::Integer(*number),
                        Item::Text(text) => RawValue::Text(into.push_text(text)),
                    };
                    into.push_attribute(names.intern(name), 0, value);
                    if let Some(row) = into.attributes.last_mut() {
                        row.since = since.map(time);
                    }
                }
            }
            Line::GroupStart | Line::GroupEnd => into.clear(),
        }
        Ok(())
    }
}

/// What is said of a case: it was moved, its amount from the beginning, its amount from a time on.
fn description() -> impl Strategy<Value = Line> {
    let since = prop::option::of((0i64..6, 0i64..400_000));
    let one = (0u32..4, any::<bool>(), prop::option::of(0i64..6), since);
    one.prop_map(|(case, moved, amount, later)| {
        let mut attributes = Vec::new();
        if moved {
            attributes.push(("moved".to_owned(), Item::Text("x".to_owned()), None));
        }
        attributes.extend(amount.map(|amount| ("amount".to_owned(), Item::Integer(amount), None)));
        attributes.extend(
            later.map(|(amount, since)| ("amount".to_owned(), Item::Integer(amount), Some(since))),
        );
        Line::Object {
            kind: "case".to_owned(),
            id: format!("C{case}"),
            attributes,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Late events, ticks, and descriptions before, between and behind the events: what stands is what a check of the same
    /// records finds; also when the rules are saved and go on from what was saved on the way.
    #[test]
    fn descriptions_count_wherever_they_stand(
        came in arrivals(events()),
        said in prop::collection::vec((any::<prop::sample::Index>(), description()), 0..8),
        ticks in prop::collection::vec(any::<bool>(), 16),
        saved in any::<prop::sample::Index>(),
    ) {
        let last = came.iter().map(|(arrived, event)| (*arrived).max(event.at.unwrap())).max().unwrap();
        let mut lines: Vec<(i64, Line)> =
            came.into_iter().map(|(arrived, event)| (arrived, Line::Event(event))).collect();
        for (place, line) in said {
            let place = place.index(lines.len() + 1);
            let arrived = place.checked_sub(1).map_or(0, |before| lines[before].0);
            lines.insert(place, (arrived, line));
        }
        let program = program(RULES);
        let mut live = Live::new(&program).unwrap();
        let journal = Came(lines.iter().map(|(_, line)| line.clone()).collect());
        let saved = saved.index(lines.len());
        for (position, (arrived, _)) in lines.iter().enumerate() {
            if ticks[position % ticks.len()] {
                let _ = live.tick(time(*arrived));
            }
            let Ok(_) = live.event(position as u64, &journal);
            if position == saved {
                let mut bytes = Vec::new();
                live.save(&mut bytes).unwrap();
                live = Live::load(&program, &mut bytes.as_slice()).unwrap();
            }
        }
        let _ = live.tick(time(last + 10_000));
        let options = CheckOptions { as_of: Some(time(last + 10_000)), ..CheckOptions::default() };
        let outcome = check(&program, &Memory(vec![journal.0]), &options);
        let findings = outcome.findings.iter().map(|finding| {
            let table = &outcome.objects[usize::from(finding.object_type)];
            told(finding, outcome.names.text(table.ids[finding.object as usize]), &outcome.names)
        });
        let mut checked: Vec<String> = findings.collect();
        checked.sort();
        prop_assert_eq!(standing(&live), checked);
    }
}
