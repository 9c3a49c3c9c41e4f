//! Findings as they stand, and their changes.

use cage_model::{FindingId, Instant};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use crate::rows::{Change, FindingRow, ObjectKey, Seen};
use crate::sqlite::code::Code;
use crate::sqlite::dictionary::rule_of;
use crate::sqlite::fault::Fault;
use crate::views::{Direction, FindingFilter, FindingPlace};

/// The columns of a change, for [`change_of`].
macro_rules! change_columns {
    () => {
        "c.number, c.record, c.told, c.kind, c.finding, r.pack, r.version, r.rule, r.title_zh, r.title_en, r.severity,
         r.grade, n.text, c.object_id, c.verdict, c.reason, c.became, c.trigger_record, c.trigger_activity,
         c.trigger_at, c.other_record, c.other_activity, c.other_at, c.text_zh, c.text_en"
    };
}
/// Columns of a change.
const COLUMNS: usize = 25;
/// All changes, for [`change_of`].
pub(in crate::sqlite) const CHANGE: &str = concat!(
    "SELECT ",
    change_columns!(),
    " FROM change c JOIN rule r ON r.number = c.rule JOIN name n ON n.number = c.object_kind"
);
/// Findings with their last change.
const FINDING: &str = concat!(
    "SELECT ",
    change_columns!(),
    ", f.opened, f.opened_told, f.standing FROM finding f JOIN change c ON c.number = f.last_change
     JOIN rule r ON r.number = f.rule JOIN name n ON n.number = f.object_kind"
);

/// A change from its columns.
pub(in crate::sqlite) fn change_of(row: &Row<'_>) -> Result<Change, Fault> {
    let seen = |from: usize| -> Result<Option<Seen>, Fault> {
        let Some(record) = row.get::<_, Option<i64>>(from)? else {
            return Ok(None);
        };
        Ok(Some(Seen {
            record: record as u64,
            activity: row.get(from + 1)?,
            at: Instant(row.get(from + 2)?),
        }))
    };
    Ok(Change {
        number: row.get::<_, i64>(0)? as u64,
        record: row.get::<_, i64>(1)? as u64,
        told: Instant(row.get(2)?),
        kind: Code::of(row.get(3)?)?,
        finding: FindingId(row.get(4)?),
        rule: rule_of(row, 5)?,
        object: ObjectKey {
            kind: row.get(12)?,
            id: row.get(13)?,
        },
        verdict: Code::of(row.get(14)?)?,
        reason: row.get(15)?,
        at: Instant(row.get(16)?),
        trigger: seen(17)?,
        other: seen(20)?,
        text_zh: row.get(23)?,
        text_en: row.get(24)?,
    })
}

fn finding_of(row: &Row<'_>) -> Result<FindingRow, Fault> {
    Ok(FindingRow {
        last: change_of(row)?,
        opened: row.get::<_, i64>(COLUMNS)? as u64,
        opened_told: Instant(row.get(COLUMNS + 1)?),
        standing: Code::of(row.get(COLUMNS + 2)?)?,
    })
}

/// All rows of a question.
fn rows<T>(
    views: &Connection,
    sql: &str,
    values: Vec<Value>,
    read: impl Fn(&Row<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut select = views.prepare_cached(sql)?;
    let mut rows = select.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn number(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

pub(super) fn changes(views: &Connection, after: u64, limit: usize) -> Result<Vec<Change>, Fault> {
    let sql = format!("{CHANGE} WHERE c.number > ? ORDER BY c.number LIMIT ?");
    let values = vec![number(after), number(limit as u64)];
    rows(views, &sql, values, change_of)
}

pub(super) fn history(
    views: &Connection,
    id: FindingId,
    after: u64,
    limit: usize,
) -> Result<Vec<Change>, Fault> {
    let sql = format!("{CHANGE} WHERE c.finding = ? AND c.number > ? ORDER BY c.number LIMIT ?");
    let values = vec![
        Value::Blob(id.0.to_vec()),
        number(after),
        number(limit as u64),
    ];
    rows(views, &sql, values, change_of)
}

pub(super) fn finding(views: &Connection, id: FindingId) -> Result<Option<FindingRow>, Fault> {
    let sql = format!("{FINDING} WHERE f.id = ?");
    let found = rows(views, &sql, vec![Value::Blob(id.0.to_vec())], finding_of)?;
    Ok(found.into_iter().next())
}

pub(super) fn findings(
    views: &Connection,
    filter: &FindingFilter,
    after: Option<FindingPlace>,
    direction: Direction,
    limit: usize,
) -> Result<Vec<FindingRow>, Fault> {
    let mut sql = FINDING.to_owned();
    let mut values = Vec::new();
    let (beyond, order) = match direction {
        Direction::Down => ("f.opened < ?", "DESC"),
        Direction::Up => ("f.opened > ?", "ASC"),
    };
    let text = |text: &Option<String>| text.clone().map(Value::Text);
    let conditions = [
        (beyond, after.map(|FindingPlace(opened)| number(opened))),
        ("f.standing = ?", filter.standing.map(code)),
        ("r.pack = ?", text(&filter.pack)),
        ("r.version = ?", text(&filter.version)),
        ("r.rule = ?", text(&filter.rule)),
        ("r.grade = ?", filter.grade.map(code)),
        ("f.object_id = ?", text(&filter.object_id)),
        ("n.text = ?", text(&filter.object_type)),
        ("f.verdict = ?", filter.verdict.map(code)),
        ("f.became >= ?", filter.from.map(|at| Value::Integer(at.0))),
        ("f.became < ?", filter.until.map(|at| Value::Integer(at.0))),
    ];
    let mut joint = " WHERE ";
    for (condition, value) in conditions {
        if let Some(value) = value {
            sql.push_str(joint);
            sql.push_str(condition);
            values.push(value);
            joint = " AND ";
        }
    }
    sql.push_str(&format!(" ORDER BY f.opened {order} LIMIT ?"));
    values.push(number(limit as u64));
    rows(views, &sql, values, finding_of)
}

fn code(value: impl Code) -> Value {
    Value::Integer(value.code())
}
