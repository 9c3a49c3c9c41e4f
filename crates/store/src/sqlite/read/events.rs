//! Which events name what: segment by segment, so that a page costs what it shows.

use std::collections::BTreeSet;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::objects::number_of;
use crate::postings::{Key, both};
use crate::sqlite::fault::Fault;
use crate::sqlite::segments::{
    Segment, bucket_list, each_bucket_piece, each_piece, listed, object_list,
};
use crate::views::{Direction, EventFilter};

/// Buckets up to which each is looked up by itself; of more, all lists of a segment are read through.
const LOOKED_UP_MAX: usize = 24;

pub(super) fn events(
    views: &Connection,
    filter: &EventFilter,
    beyond: Option<u64>,
    direction: Direction,
    limit: usize,
) -> Result<Vec<u64>, Fault> {
    let mut lists = Vec::new();
    for object in &filter.objects {
        match number_of(views, object)? {
            Some(number) => lists.push(object_list(number)),
            None => return Ok(Vec::new()),
        }
    }
    let buckets = Buckets::of(views, filter)?;
    let mut segments = listed(views)?;
    if direction == Direction::Down {
        segments.reverse();
    }
    let mut found = Vec::new();
    for segment in segments {
        let is_passed = match (beyond, direction) {
            (Some(beyond), Direction::Up) => segment.next <= beyond,
            (Some(beyond), Direction::Down) => segment.first >= beyond,
            (None, _) => false,
        };
        if is_passed {
            continue;
        }
        let mut here = in_segment(views, &segment, &lists, &buckets)?;
        match (beyond, direction) {
            (Some(beyond), Direction::Up) => here.retain(|record| *record > beyond),
            (Some(beyond), Direction::Down) => here.retain(|record| *record < beyond),
            (None, _) => {}
        }
        if direction == Direction::Down {
            here.reverse();
        }
        found.extend(here);
        if found.len() >= limit {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// Which buckets an event must be in.
enum Buckets {
    /// Any: nothing is asked of type, source and day.
    Any,
    /// One of these.
    These(BTreeSet<i64>),
}

impl Buckets {
    fn of(views: &Connection, filter: &EventFilter) -> Result<Self, Fault> {
        let (condition, values) = conditions(filter);
        if values.is_empty() {
            return Ok(Self::Any);
        }
        let sql = format!(
            "SELECT b.number FROM bucket b JOIN name k ON k.number = b.kind JOIN name s ON s.number = b.source
             WHERE {condition}"
        );
        let mut select = views.prepare_cached(&sql)?;
        let rows = select.query_map(params_from_iter(values), |row| row.get(0))?;
        Ok(Self::These(rows.collect::<Result<_, _>>()?))
    }
}

/// What type, source and days of a filter ask of a bucket `b` with the names `k` and `s`.
pub(super) fn conditions(filter: &EventFilter) -> (String, Vec<Value>) {
    let text = |text: &Option<String>| text.clone().map(Value::Text);
    let day = |day: Option<cage_model::Date>| day.map(|day| Value::Integer(day.0.into()));
    let all = [
        ("k.text = ?", text(&filter.kind)),
        ("s.text = ?", text(&filter.source)),
        ("b.day >= ?", day(filter.from)),
        ("b.day <= ?", day(filter.to)),
    ];
    let set = all
        .into_iter()
        .filter_map(|(condition, value)| Some((condition, value?)));
    let (conditions, values): (Vec<&str>, Vec<Value>) = set.unzip();
    (conditions.join(" AND "), values)
}

/// Records of a segment, in their order.
fn in_segment(
    views: &Connection,
    segment: &Segment,
    lists: &[Key],
    buckets: &Buckets,
) -> Result<Vec<u64>, Fault> {
    let mut found: Option<Vec<u64>> = None;
    for list in lists {
        let records = records_of(views, segment, *list)?;
        let both = found.map_or_else(|| records.clone(), |found| both(&found, &records));
        if both.is_empty() {
            return Ok(both);
        }
        found = Some(both);
    }
    match (found, buckets) {
        (Some(found), Buckets::Any) => Ok(found),
        (None, buckets) => in_buckets(views, segment, buckets),
        (Some(found), buckets) => Ok(both(&found, &in_buckets(views, segment, buckets)?)),
    }
}

fn records_of(views: &Connection, segment: &Segment, list: Key) -> Result<Vec<u64>, Fault> {
    let mut records = Vec::new();
    each_piece(views, segment, list, |piece| {
        Ok(piece.append_to(&mut records)?)
    })?;
    Ok(records)
}

fn in_buckets(views: &Connection, segment: &Segment, buckets: &Buckets) -> Result<Vec<u64>, Fault> {
    let mut records = Vec::new();
    match buckets {
        Buckets::These(few) if few.len() <= LOOKED_UP_MAX => {
            for bucket in few {
                records.extend(records_of(views, segment, bucket_list(*bucket))?);
            }
        }
        Buckets::These(_) | Buckets::Any => {
            each_bucket_piece(views, segment, |bucket, piece| {
                let is_wanted = match buckets {
                    Buckets::Any => true,
                    Buckets::These(many) => many.contains(&bucket),
                };
                if is_wanted {
                    piece.append_to(&mut records)?;
                }
                Ok(())
            })?;
        }
    }
    // Each event is in one bucket, so that nothing comes twice.
    records.sort_unstable();
    Ok(records)
}

/// Calls for every list of all segments in the order of lists, with all its records.
pub(in crate::sqlite) fn each_list(
    views: &Connection,
    mut each: impl FnMut(Key, &[u64]),
) -> Result<(), Fault> {
    let mut stored = Vec::new();
    for segment in listed(views)? {
        stored.push((
            segment.first,
            crate::sqlite::segments::blocks_of(views, &segment)?,
        ));
    }
    let (blocks, _) = crate::postings::Blocks::joined(&stored)?.finish();
    drop(stored);
    let base = listed(views)?.first().map_or(0, |segment| segment.first);
    let (mut list, mut records) = (None, Vec::new());
    for block in &blocks {
        for piece in crate::postings::Pieces::of(&block.bytes, base) {
            let piece = piece?;
            if let Some(before) = list.replace(piece.key)
                && before != piece.key
            {
                each(before, &records);
                records.clear();
            }
            piece.append_to(&mut records)?;
        }
    }
    if let Some(list) = list {
        each(list, &records);
    }
    Ok(())
}
