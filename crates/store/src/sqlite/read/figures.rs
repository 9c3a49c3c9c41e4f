//! How much there is, and which packs judge.

use cage_model::Date;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::events::conditions;
use crate::rows::{EventFigure, FindingFigure, PackRow};
use crate::sqlite::code::Code as _;
use crate::sqlite::dictionary::rule_of;
use crate::sqlite::fault::Fault;
use crate::views::{EventFilter, FigureFilter};

pub(super) fn events(
    views: &Connection,
    filter: &EventFilter,
    limit: usize,
) -> Result<Vec<EventFigure>, Fault> {
    let (condition, mut values) = conditions(filter);
    let condition = match condition.as_str() {
        "" => String::new(),
        condition => format!("WHERE {condition}"),
    };
    let sql = format!(
        "SELECT k.text, s.text, b.day, b.events FROM bucket b JOIN name k ON k.number = b.kind
         JOIN name s ON s.number = b.source {condition} ORDER BY b.day, k.text, s.text LIMIT ?"
    );
    values.push(Value::Integer(limit as i64));
    let mut select = views.prepare_cached(&sql)?;
    let rows = select.query_map(params_from_iter(values), |row| {
        Ok(EventFigure {
            kind: row.get(0)?,
            source: row.get(1)?,
            day: Date(row.get(2)?),
            events: row.get::<_, i64>(3)? as u64,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn findings(
    views: &Connection,
    filter: &FigureFilter,
    limit: usize,
) -> Result<Vec<FindingFigure>, Fault> {
    let text = |text: &Option<String>| text.clone().map(Value::Text);
    let day = |day: Option<Date>| day.map(|day| Value::Integer(day.0.into()));
    let conditions = [
        ("r.pack = ?", text(&filter.pack)),
        ("r.rule = ?", text(&filter.rule)),
        (
            "r.grade = ?",
            filter.grade.map(|grade| Value::Integer(grade.code())),
        ),
        ("g.day >= ?", day(filter.from)),
        ("g.day <= ?", day(filter.to)),
    ];
    // A finding whose time was amended leaves a day without any behind.
    let mut sql =
        "SELECT r.pack, r.version, r.rule, r.title_zh, r.title_en, r.severity, r.grade, g.day,
                       g.standing_open, g.withdrawn
                   FROM finding_figure g JOIN rule r ON r.number = g.rule
                   WHERE g.standing_open + g.withdrawn > 0"
            .to_owned();
    let mut values = Vec::new();
    for (condition, value) in conditions {
        if let Some(value) = value {
            sql.push_str(" AND ");
            sql.push_str(condition);
            values.push(value);
        }
    }
    sql.push_str(" ORDER BY g.day, r.pack, r.version, r.rule, r.number LIMIT ?");
    values.push(Value::Integer(limit as i64));
    let mut select = views.prepare_cached(&sql)?;
    let mut rows = select.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(FindingFigure {
            rule: rule_of(row, 0)?,
            day: Date(row.get(7)?),
            open: row.get::<_, i64>(8)? as u64,
            withdrawn: row.get::<_, i64>(9)? as u64,
        });
    }
    Ok(found)
}

pub(super) fn packs(views: &Connection) -> Result<Vec<PackRow>, Fault> {
    let sql = "SELECT since, pack, version, hash FROM pack ORDER BY since, pack";
    let mut select = views.prepare_cached(sql)?;
    let rows = select.query_map([], |row| {
        Ok(PackRow {
            since: row.get::<_, i64>(0)? as u64,
            pack: row.get(1)?,
            version: row.get(2)?,
            hash: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
