//! Judges a tiny random log by a tiny random pack: threads and cuts into files change nothing.

use std::fmt::Write;
use std::sync::Arc;

use arbitrary::{Result, Unstructured};

use crate::judging::{judge, tell};

const ACTIVITIES: [&str; 4] = ["a", "b", "c", "d"];
/// Kinds with the keys that only they have; A, B and C become activities, L a limit.
const KINDS: [&str; 26] = [
    "existence\"\nwhat = [\"A\", \"B\"]\nn = 2",
    "absence\"\nwhat = \"A\"\nn = 2",
    "exactly\"\nwhat = { type = \"A\", where = 'event.n > 1' }",
    "init\"\nwhat = \"A\"",
    "end\"\nwhat = \"A\"",
    "responded-existence\"\nwhen = \"A\"\nthen = \"B\"",
    "co-existence\"\nwhen = \"A\"\nthen = \"B\"",
    "response\"\nwhen = \"A\"\nthen = \"B\"\nwithin = \"L\"\nmatch = 'then.n == when.n'",
    "alternate-response\"\nwhen = \"A\"\nthen = \"B\"\nwithin = \"L\"",
    "chain-response\"\nwhen = \"A\"\nthen = \"B\"\nnot-before = \"L\"",
    "precedence\"\nwhen = \"A\"\nbefore = \"B\"\nmatch = 'before.who == when.who'",
    "alternate-precedence\"\nwhen = \"A\"\nbefore = \"B\"\nwithin = \"L\"",
    "chain-precedence\"\nwhen = \"A\"\nbefore = \"B\"",
    "succession\"\nwhen = \"A\"\nthen = \"B\"",
    "not-response\"\nwhen = \"A\"\nthen = \"B\"\nwithin = \"L\"",
    "not-precedence\"\nwhen = \"A\"\nbefore = \"B\"",
    "exclusive-choice\"\na = \"A\"\nb = \"B\"",
    "deadline\"\nstart = \"A\"\nstop = \"B\"\nwithin = \"L\"\npause = \"C\"\nresume = \"D\"",
    "duration\"\nfrom = \"A\"\nto = \"B\"\nmin = \"1 h\"\nmax = \"L\"",
    "separation\"\na = \"A\"\nb = \"B\"\nby = 'event.who'",
    "binding\"\na = \"A\"\nb = \"B\"\nby = 'event.who'",
    "order\"\nqueue = \"case\"\nenter = \"A\"\nserve = \"B\"\nplaces = 1",
    "sequence\"\nwhat = \"A\"\nnumber = 'event.n'",
    "immutable\"\nwhat = \"A\"\nfield = 'event.n'",
    "silence\"\nwhat = \"A\"\nevery = \"L\"",
    "aggregate\"\nwhat = \"A\"\nvalue = { sum = 'event.n' }\nwindow = \"L\"\nover = 3",
];
const LIMITS: [&str; 6] = [
    "0 days",
    "1 day",
    "2 working days",
    "30 min",
    "25 h",
    "1000 days",
];
const NUMBERS: [&str; 5] = ["", "0", "1", "2", "-9223372036854775808"];

/// Judges a log by a pack, both made of the bytes.
///
/// # Panics
/// When threads or cuts change something.
pub(crate) fn check(bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    let (Ok(pack), Ok(finite)) = (pack(&mut bytes), bytes.arbitrary()) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a temporary file");
        path
    };
    let loaded = match cage_pack::load(&file("pack.toml", &pack)) {
        Ok(loaded) => loaded,
        Err(found) => panic!("{found:?}\n{pack}"),
    };
    let Ok(rows) = rows(&mut bytes) else {
        return;
    };
    let cut = bytes.int_in_range(0..=rows.len()).unwrap_or(0);
    let (head, tail) = rows.split_at(cut);
    let whole = file("whole.csv", &table(&rows));
    let program = Arc::new(loaded.program);
    let outcome = judge(&program, &[&whole], finite);
    if head.is_empty() || tail.is_empty() {
        return;
    }
    let parts = [
        file("head.csv", &table(head)),
        file("tail.csv", &table(tail)),
    ];
    let cut = judge(&program, &[&parts[0], &parts[1]], finite);
    assert_eq!(
        outcome.as_ref().map(tell),
        cut.as_ref().map(tell),
        "one file and two\n{pack}\n{rows:?}"
    );
}

/// A pack of one to three rules.
fn pack(bytes: &mut Unstructured<'_>) -> Result<String> {
    let mut pack = "[pack]\nid = \"p\"\nversion = \"1\"\n".to_owned();
    if bytes.arbitrary()? {
        pack.push_str("zone = \"Europe/Rome\"\n");
    }
    for index in 0..bytes.int_in_range(1..=3)? {
        let mut kind = (*bytes.choose(&KINDS)?).to_owned();
        for letter in ["A", "B", "C", "D"] {
            let activity = bytes.choose(&ACTIVITIES)?;
            kind = kind.replace(&format!("\"{letter}\""), &format!("\"{activity}\""));
        }
        let kind = kind.replace("\"L\"", &format!("\"{}\"", bytes.choose(&LIMITS)?));
        let _ = write!(
            pack,
            "[[rule]]\nid = \"R{index}\"\nper = \"case\"\ninternal = true\nkind = \"{kind}\n"
        );
    }
    Ok(pack)
}

/// Up to twelve events of up to three cases within some days, the most often in order.
fn rows(bytes: &mut Unstructured<'_>) -> Result<Vec<String>> {
    let mut rows = Vec::new();
    for minute in 0..bytes.int_in_range(0..=12)? {
        let case: u8 = bytes.int_in_range(1..=3)?;
        let activity = bytes.choose(&ACTIVITIES)?;
        let shift: i64 = bytes.int_in_range(-3000..=3000)?;
        let minutes = 10_000 + i64::from(minute) * 600 + shift / 100 * 30;
        let (day, hour, minute) = (minutes / 1440 + 18, minutes / 60 % 24, minutes % 60);
        let number = bytes.choose(&NUMBERS)?;
        let who = bytes.choose(&["", "x", "y"])?;
        rows.push(format!(
            "{case},{activity},2026-03-{day:02}T{hour:02}:{minute:02}:00+01:00,{number},{who}"
        ));
    }
    Ok(rows)
}

fn table(rows: &[String]) -> String {
    format!("case,activity,time,n,who\n{}\n", rows.join("\n"))
}
