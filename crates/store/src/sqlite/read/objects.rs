//! Objects by type and id, and how much there is of each.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::rows::{ObjectKey, ObjectRow, Standing};
use crate::sqlite::code::Code as _;
use crate::sqlite::fault::Fault;
use crate::sqlite::segments::{Segment, each_piece, listed, object_list};
use crate::views::ObjectFilter;

/// The number of an object.
pub(super) fn number_of(views: &Connection, object: &ObjectKey) -> Result<Option<i64>, Fault> {
    let sql = "SELECT o.number FROM name n JOIN object o ON o.kind = n.number WHERE n.text = ? AND o.id = ?";
    let mut select = views.prepare_cached(sql)?;
    let number = select.query_row([&object.kind, &object.id], |row| row.get(0));
    Ok(number.optional()?)
}

pub(super) fn object(views: &Connection, object: &ObjectKey) -> Result<Option<ObjectRow>, Fault> {
    let Some(number) = number_of(views, object)? else {
        return Ok(None);
    };
    row_of(views, &listed(views)?, object.clone(), number).map(Some)
}

pub(super) fn objects(
    views: &Connection,
    filter: &ObjectFilter,
    limit: usize,
) -> Result<Vec<ObjectRow>, Fault> {
    let mut found: BTreeMap<(String, String), i64> = BTreeMap::new();
    for (number, kind) in kinds(views, filter)? {
        of_kind(views, filter, (number, &kind), limit, &mut found)?;
        while found.len() > limit {
            found.pop_last();
        }
    }
    let segments = listed(views)?;
    let rows = found
        .into_iter()
        .map(|((id, kind), number)| row_of(views, &segments, ObjectKey { kind, id }, number));
    rows.collect()
}

/// The types to look into, with their numbers.
fn kinds(views: &Connection, filter: &ObjectFilter) -> Result<Vec<(i64, String)>, Fault> {
    let sql = match filter.kind {
        Some(_) => "SELECT number, text FROM name WHERE text = ?",
        // One step in the index for each type there is, where DISTINCT would read all objects.
        None => {
            "WITH RECURSIVE used (kind) AS (
                 SELECT MIN(kind) FROM object
                 UNION ALL SELECT (SELECT MIN(o.kind) FROM object o WHERE o.kind > used.kind) FROM used
                 WHERE used.kind IS NOT NULL)
             SELECT n.number, n.text FROM used JOIN name n ON n.number = used.kind"
        }
    };
    let mut select = views.prepare_cached(sql)?;
    let rows = select.query_map(rusqlite::params_from_iter(&filter.kind), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The first objects of one type.
fn of_kind(
    views: &Connection,
    filter: &ObjectFilter,
    (number, kind): (i64, &str),
    limit: usize,
    found: &mut BTreeMap<(String, String), i64>,
) -> Result<(), Fault> {
    let mut from = filter.prefix.as_str();
    let mut is_from_itself = true;
    if let Some(after) = &filter.after
        && after.id.as_str() >= from
    {
        from = &after.id;
        is_from_itself = kind > after.kind.as_str();
    }
    let beyond = if is_from_itself { ">=" } else { ">" };
    let sql = format!(
        "SELECT id, number FROM object WHERE kind = ? AND id {beyond} ? ORDER BY id LIMIT ?"
    );
    let mut select = views.prepare_cached(&sql)?;
    let mut rows = select.query(params![number, from, limit as i64])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        if !id.starts_with(&filter.prefix) {
            break;
        }
        found.insert((id, kind.to_owned()), row.get(1)?);
    }
    Ok(())
}

fn row_of(
    views: &Connection,
    segments: &[Segment],
    object: ObjectKey,
    number: i64,
) -> Result<ObjectRow, Fault> {
    let (mut events, mut first, mut last) = (0, None, 0);
    for segment in segments {
        each_piece(views, segment, object_list(number), |piece| {
            events += piece.count;
            first = first.or(Some(piece.first));
            last = piece.last;
            Ok(())
        })?;
    }
    let sql = "SELECT COUNT(*) FROM finding f JOIN name n ON n.number = f.object_kind
               WHERE f.object_id = ? AND n.text = ? AND f.standing = ?";
    let mut select = views.prepare_cached(sql)?;
    let standing = Standing::Open.code();
    let open: i64 =
        select.query_row(params![object.id, object.kind, standing], |row| row.get(0))?;
    Ok(ObjectRow {
        object,
        first: first.unwrap_or(0),
        last,
        events,
        open_findings: open as u64,
    })
}
