//! Holds a file against the vocabulary: unknown keys, missing keys, values of another shape.
//!
//! What passes here has the shape that compilation expects; what does not has been reported.

use cage_law::Span;

use crate::diagnostic::Problems;
use crate::expr::nearest::nearest;
use crate::tree::{Form, Node, Table};
use crate::vocabulary::{
    KINDS, Key, LATER_KINDS, LATER_SECTIONS, SECTIONS, STRETCH, Shape, find_kind, find_section,
    rule_keys,
};

const ACTIVITY_KEYS: [&str; 2] = ["type", "where"];
/// The words for types, as in `attributes = { amount = "decimal" }`.
pub(crate) const TYPE_WORDS: [&str; 7] = [
    "text", "integer", "decimal", "float", "boolean", "time", "list",
];
const MEASURE_KEYS: [&str; 4] = ["sum", "distinct", "ratio", "at-least"];
const ALLOW_KEYS: [&str; 2] = ["inserted", "skipped"];
const ATTRIBUTE_KEYS: [&str; 3] = ["type", "unit", "title"];

/// Checks one file.
pub(crate) fn check_file(root: &Table, problems: &mut Problems<'_>) {
    // After a broken header its keys land at the top; they are no faults of their own.
    let unreadable = problems.has_errors_in(root.place.file);
    for (key, node) in &root.entries {
        let Some(section) = find_section(&key.name) else {
            if LATER_SECTIONS.contains(&key.name.as_str()) {
                let message = format!(
                    "{} sections are part of the language but not available yet; take this one \
                     out of the pack, so that nobody believes it is watched",
                    key.name
                );
                problems.error(&key.place, message);
            } else if !unreadable {
                let names = SECTIONS.iter().map(|section| section.name);
                unknown(&key.name, &key.place, "section", names, problems);
            }
            continue;
        };
        for (table, place) in section_tables(node, section.repeated, problems, &key.name) {
            match section.name {
                "rule" => check_rule(table, problems),
                _ => check_table(table, place, section.keys, problems),
            }
        }
    }
}

fn section_tables<'a>(
    node: &'a Node,
    repeated: bool,
    problems: &mut Problems<'_>,
    name: &str,
) -> Vec<(&'a Table, &'a crate::source::Place)> {
    match (&node.form, repeated) {
        (Form::Table(table), false) => vec![(table, &node.place)],
        (Form::List(members), true) => {
            let mut tables = Vec::new();
            for member in members {
                match member.as_table() {
                    Some(table) => tables.push((table, &member.place)),
                    None => wrong(member, "a table", problems),
                }
            }
            tables
        }
        (_, true) => {
            problems.error(
                &node.place,
                format!("write [[{name}]], with two brackets: there may be several"),
            );
            Vec::new()
        }
        (_, false) => {
            problems.error(
                &node.place,
                format!("write [{name}], with one bracket: there is only one"),
            );
            Vec::new()
        }
    }
}

fn check_rule(table: &Table, problems: &mut Problems<'_>) {
    let Some(node) = table.get("kind") else {
        problems.error(
            &table.place,
            "the rule has no kind; add for example kind = \"response\"",
        );
        return;
    };
    let Some(name) = node.as_text() else {
        wrong(node, "the name of a kind", problems);
        return;
    };
    if let Some(kind) = find_kind(name) {
        check_table(table, &table.place, &rule_keys(kind), problems);
        return;
    }
    if let Some((_, why)) = LATER_KINDS.iter().find(|(later, _)| *later == name) {
        let message = format!("rules of the kind {name} are not available yet: {why}");
        problems.error(&node.place, message);
        return;
    }
    let names = KINDS.iter().map(|kind| kind.name);
    unknown(name, &node.place, "kind of rule", names, problems);
}

fn check_table(
    table: &Table,
    place: &crate::source::Place,
    keys: &[Key],
    problems: &mut Problems<'_>,
) {
    for (written, node) in &table.entries {
        match keys.iter().find(|key| key.name == written.name) {
            Some(key) => check_node(node, key.shape, problems),
            None => {
                let names = keys.iter().map(|key| key.name);
                unknown(&written.name, &written.place, "key", names, problems);
            }
        }
    }
    for key in keys.iter().filter(|key| key.required) {
        if table.get(key.name).is_none() {
            let message = format!("{} is missing: {}", key.name, lower_first(key.about));
            problems.error(place, message);
        }
    }
}

fn check_node(node: &Node, shape: Shape, problems: &mut Problems<'_>) {
    let fits = match shape {
        Shape::Text | Shape::Expression | Shape::Identity => is_filled_text(node),
        Shape::Bilingual => return check_bilingual(node, problems),
        Shape::Texts | Shape::Identities => each(node, is_filled_text),
        Shape::Integer(least) => {
            matches!(node.form, Form::Integer(value) if value >= least && value <= i64::from(u32::MAX))
        }
        Shape::Number => matches!(node.form, Form::Integer(_) | Form::Decimal(_)),
        Shape::Boolean => matches!(node.form, Form::Boolean(_)),
        Shape::Date => matches!(node.form, Form::Date(_)),
        Shape::Dates => each(node, |member| matches!(member.form, Form::Date(_))),
        Shape::Days => match node.as_table() {
            Some(table) => return check_table(table, &node.place, STRETCH, problems),
            None => each(node, |member| matches!(member.form, Form::Date(_))),
        },
        Shape::WorkingDays => is_working_days(node),
        Shape::Word(words) => return check_word(node, words, problems),
        Shape::Limit => return check_span(node, true, problems),
        Shape::Span => return check_span(node, false, problems),
        Shape::Percent => node.as_text().and_then(percent).is_some(),
        Shape::Activities => return check_activities(node, problems),
        Shape::Where => is_filled_text(node) || is_table_of(node, is_filled_text),
        Shape::Threshold => is_threshold(node),
        Shape::Value => is_value(node),
        Shape::Attributes => return check_attributes(node, problems),
        Shape::Measure => return check_measure(node, problems),
        Shape::Window => return check_window(node, problems),
        Shape::Allow => return check_allow(node, problems),
        Shape::Articles => is_table_of(node, |text| {
            is_filled_text(text) || is_table_of(text, is_filled_text)
        }),
        Shape::Table(keys) => match node.as_table() {
            Some(table) => return check_table(table, &node.place, keys, problems),
            None => false,
        },
        Shape::Tables(keys) => return check_tables(node, keys, problems),
    };
    if !fits {
        wrong(node, &expected(shape), problems);
    }
}

/// What a shape is called in a message.
fn expected(shape: Shape) -> String {
    match shape {
        Shape::Expression => "an expression in quotes".to_owned(),
        Shape::Identity => "an object type or an expression, in quotes".to_owned(),
        Shape::Texts | Shape::Identities => "a list of texts".to_owned(),
        Shape::Integer(least) => format!("a whole number from {least}"),
        Shape::Number => "a number".to_owned(),
        Shape::Boolean => "true or false".to_owned(),
        Shape::Date => "a date without quotes, for example 2026-02-10".to_owned(),
        Shape::Dates => "a list of dates without quotes, for example [2026-02-10]".to_owned(),
        Shape::Days => {
            "a list of dates, or { from = 2026-02-15, to = 2026-02-23 }, without quotes".to_owned()
        }
        Shape::WorkingDays => {
            "\"all\", \"none\", numbers of days such as [2, 3, 5, 7], or { up-to = 10 }".to_owned()
        }
        Shape::Percent => "a share between 1 % and 99 %, for example \"80%\"".to_owned(),
        Shape::Where => "a guard in quotes, or guards by role (where.when = '...')".to_owned(),
        Shape::Threshold => "a number, or \"@name\" of a dated value".to_owned(),
        Shape::Value => "a text, number, truth value, date, or list of these".to_owned(),
        Shape::Articles => "a table of texts by article".to_owned(),
        Shape::Table(_) => "a table".to_owned(),
        _ => "a text that is not empty".to_owned(),
    }
}

fn check_tables(node: &Node, keys: &[Key], problems: &mut Problems<'_>) {
    let Form::List(members) = &node.form else {
        return wrong(node, "a list of tables", problems);
    };
    for member in members {
        match member.as_table() {
            Some(table) => check_table(table, &member.place, keys, problems),
            None => wrong(member, "a table", problems),
        }
    }
}

/// `"all"`, `"none"`, a list of numbers of days, or `{ up-to = 10 }`.
fn is_working_days(node: &Node) -> bool {
    let is_count = |form: &Form| matches!(form, Form::Integer(1..=100_000));
    match &node.form {
        Form::Text(word) => ["all", "none"].contains(&word.as_str()),
        Form::List(members) => {
            !members.is_empty() && members.iter().all(|member| is_count(&member.form))
        }
        Form::Table(table) => {
            table.entries.len() == 1 && table.get("up-to").is_some_and(|most| is_count(&most.form))
        }
        _ => false,
    }
}

fn check_bilingual(node: &Node, problems: &mut Problems<'_>) {
    if is_filled_text(node) {
        return;
    }
    let Some(table) = node.as_table() else {
        return wrong(node, "a text, or { zh = \"...\", en = \"...\" }", problems);
    };
    for (key, text) in &table.entries {
        if !["zh", "en"].contains(&key.name.as_str()) {
            unknown(
                &key.name,
                &key.place,
                "language",
                ["zh", "en"].into_iter(),
                problems,
            );
        } else if text.as_text().is_none() {
            wrong(text, "a text", problems);
        }
    }
}

fn check_word(node: &Node, words: &'static [&'static str], problems: &mut Problems<'_>) {
    match node.as_text() {
        Some(word) if words.contains(&word) => {}
        Some(word) => unknown(word, &node.place, "word", words.iter().copied(), problems),
        None => wrong(node, &format!("one of {}", words.join(", ")), problems),
    }
}

fn check_span(node: &Node, or_value: bool, problems: &mut Problems<'_>) {
    let Some(text) = node.as_text() else {
        return wrong(
            node,
            "a length of time in quotes, for example \"90 days\"",
            problems,
        );
    };
    if or_value && text.starts_with('@') {
        return;
    }
    if let Err(error) = text.parse::<Span>() {
        problems.error(&node.place, error.to_string());
    }
}

fn check_activities(node: &Node, problems: &mut Problems<'_>) {
    let single = std::slice::from_ref(node);
    let members = match &node.form {
        Form::List(members) if members.is_empty() => {
            return wrong(node, "at least one activity", problems);
        }
        Form::List(members) => members,
        _ => single,
    };
    for member in members {
        match &member.form {
            Form::Text(text) if !text.is_empty() => {}
            Form::Table(table) => {
                known_keys(table, &ACTIVITY_KEYS, problems);
                match table.get("type") {
                    None => problems.error(
                        &member.place,
                        "type is missing: the activity (\"*\" for any)",
                    ),
                    Some(name) if !is_filled_text(name) => wrong(name, "an activity", problems),
                    Some(_) => {}
                }
                if let Some(guard) = table.get("where").filter(|guard| !is_filled_text(guard)) {
                    wrong(guard, "an expression in quotes", problems);
                }
            }
            _ => wrong(
                member,
                "an activity, or { type = \"...\", where = '...' }",
                problems,
            ),
        }
    }
}

fn check_attributes(node: &Node, problems: &mut Problems<'_>) {
    let Some(table) = node.as_table() else {
        return wrong(node, "a table such as { amount = \"decimal\" }", problems);
    };
    for (_, declared) in &table.entries {
        let word = match &declared.form {
            Form::Table(inner) => {
                known_keys(inner, &ATTRIBUTE_KEYS, problems);
                inner.get("type").unwrap_or(declared)
            }
            _ => declared,
        };
        check_word(word, &TYPE_WORDS, problems);
    }
}

fn check_measure(node: &Node, problems: &mut Problems<'_>) {
    match &node.form {
        Form::Text(word) if word == "count" => {}
        Form::Text(word) => unknown(
            word,
            &node.place,
            "measure",
            ["count"].into_iter(),
            problems,
        ),
        Form::Table(table) => {
            known_keys(table, &MEASURE_KEYS, problems);
            let measures = table
                .entries
                .iter()
                .filter(|(key, _)| key.name != "at-least")
                .count();
            if measures != 1 {
                wrong(node, "exactly one of sum, distinct and ratio", problems);
            }
            for (key, inner) in &table.entries {
                let fits = if key.name == "at-least" {
                    matches!(inner.form, Form::Integer(1..))
                } else {
                    is_filled_text(inner)
                };
                if !fits {
                    wrong(
                        inner,
                        "an expression in quotes (at-least: a whole number)",
                        problems,
                    );
                }
            }
        }
        _ => wrong(
            node,
            "\"count\", or a table such as { sum = 'event.amount' }",
            problems,
        ),
    }
}

/// Words for windows that follow the calendar.
pub(crate) const WINDOW_WORDS: [&str; 5] = ["whole", "day", "week", "month", "year"];

fn check_window(node: &Node, problems: &mut Problems<'_>) {
    match node.as_text() {
        Some(word) if WINDOW_WORDS.contains(&word) || word.parse::<Span>().is_ok() => {}
        _ => wrong(
            node,
            "whole, day, week, month, year, or a length of time such as \"30 days\"",
            problems,
        ),
    }
}

fn check_allow(node: &Node, problems: &mut Problems<'_>) {
    let fits = match &node.form {
        Form::Table(table) => {
            known_keys(table, &ALLOW_KEYS, problems);
            table
                .entries
                .iter()
                .all(|(_, list)| each(list, is_filled_text))
        }
        _ => each(node, is_filled_text),
    };
    if !fits {
        wrong(
            node,
            "a list of activities, or { inserted = [...], skipped = [...] }",
            problems,
        );
    }
}

fn known_keys(table: &Table, keys: &'static [&'static str], problems: &mut Problems<'_>) {
    for (key, _) in &table.entries {
        if !keys.contains(&key.name.as_str()) {
            unknown(&key.name, &key.place, "key", keys.iter().copied(), problems);
        }
    }
}

/// Reports a word that is not known, with the nearest that is.
fn unknown<'a>(
    word: &str,
    place: &crate::source::Place,
    what: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    problems: &mut Problems<'_>,
) {
    let names: Vec<&str> = known.clone().collect();
    let message = format!("unknown {what} \"{word}\"; known are {}", names.join(", "));
    problems.suggest(place, message, nearest(word, known));
}

fn wrong(node: &Node, expected: &str, problems: &mut Problems<'_>) {
    let found = match &node.form {
        Form::Text(text) if text.is_empty() => "an empty text",
        _ => node.described(),
    };
    problems.error(&node.place, format!("expected {expected}, found {found}"));
}

fn is_filled_text(node: &Node) -> bool {
    node.as_text().is_some_and(|text| !text.trim().is_empty())
}

fn each(node: &Node, fits: impl Fn(&Node) -> bool) -> bool {
    match &node.form {
        Form::List(members) => members.iter().all(fits),
        _ => fits(node),
    }
}

fn is_table_of(node: &Node, fits: impl Fn(&Node) -> bool) -> bool {
    node.as_table()
        .is_some_and(|table| table.entries.iter().all(|(_, inner)| fits(inner)))
}

fn is_threshold(node: &Node) -> bool {
    match &node.form {
        Form::Integer(_) | Form::Decimal(_) => true,
        Form::Text(text) => text.starts_with('@'),
        _ => false,
    }
}

fn is_value(node: &Node) -> bool {
    match &node.form {
        Form::Table(_) => false,
        Form::List(members) => members
            .iter()
            .all(|member| !matches!(member.form, Form::List(_) | Form::Table(_))),
        _ => true,
    }
}

/// A share such as `80%`, in percent.
pub(crate) fn percent(text: &str) -> Option<u8> {
    let number = text.trim().strip_suffix('%')?.trim();
    number.parse().ok().filter(|share| (1..100).contains(share))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars
        .next()
        .map(|first| first.to_lowercase().collect::<String>());
    first.unwrap_or_default() + chars.as_str()
}
