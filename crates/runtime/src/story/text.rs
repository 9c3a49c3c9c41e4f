//! Records and obligations as text.

use cage_engine::monitor::Owed;
use cage_law::Due;
use cage_model::{AttributeRow, Bilingual, EventBuffer, Interner, ObjectBuffer, RawValue, Time};

/// Characters of one attribute that a story shows.
const SHOWN_MAX: usize = 500;
/// Attributes of one record that a story shows.
const ROWS_MAX: usize = 200;
/// Keys that only repeat activity and time.
const REPEATED: [&str; 2] = ["concept:name", "time:timestamp"];

/// The attributes of an event, without those that only repeat activity and time.
pub(super) fn attributes(event: &EventBuffer, names: &Interner) -> Vec<(String, String)> {
    rows(&event.attributes, names, &REPEATED, &|range| {
        event.text(range)
    })
}

/// The attributes of an object's record.
pub(super) fn object_attributes(object: &ObjectBuffer, names: &Interner) -> Vec<(String, String)> {
    let id = object.text(object.id);
    let mut shown = rows(&object.attributes, names, &[], &|range| object.text(range));
    shown.retain(|(name, value)| name != REPEATED[0] || value != id);
    shown
}

/// Nested attributes are named with their parents: `items/price`.
fn rows<'t>(
    rows: &[AttributeRow],
    names: &Interner,
    without: &[&str],
    text: &dyn Fn(cage_model::TextRange) -> &'t str,
) -> Vec<(String, String)> {
    let mut path: Vec<&str> = Vec::new();
    let mut shown = Vec::new();
    for row in rows.iter().take(ROWS_MAX) {
        path.truncate(usize::from(row.depth));
        path.push(names.text(row.key));
        if row.depth == 0 && without.contains(&names.text(row.key)) {
            continue;
        }
        let value = match row.value {
            RawValue::Missing | RawValue::List => continue,
            RawValue::Text(range) | RawValue::Id(range) => cut(text(range)),
            RawValue::Integer(number) => number.to_string(),
            RawValue::Decimal(number) => number.to_string(),
            RawValue::Float(number) => format!("{number:?}"),
            RawValue::Boolean(holds) => holds.to_string(),
            RawValue::Time(time) => time.to_string(),
        };
        shown.push((path.join("/"), value));
    }
    shown
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// What is owed and by when.
pub(super) fn owed_text(owed: &Owed, names: &Interner) -> Bilingual {
    let shown = |at| Time::new(at, Some(owed.offset)).to_string();
    let (mut zh, mut en) = match owed.trigger {
        None => ("尚待完成".to_owned(), "still owed".to_owned()),
        Some(event) => {
            let (activity, at) = (names.text(event.activity), shown(event.at));
            (
                format!("“{activity}”（{at}）之后尚待完成"),
                format!("still owed after '{activity}' ({at})"),
            )
        }
    };
    match owed.due {
        None => {}
        Some(Due::At(at)) => {
            zh += &format!("，最迟 {}", shown(at));
            en += &format!(", by {}", shown(at));
        }
        Some(Due::EndOf(date)) => {
            zh += &format!("，最迟 {date} 当日");
            en += &format!(", by the end of {date}");
        }
    }
    Bilingual { zh, en }
}
