//! Folding one batch into the tables.

use cage_model::{Date, Instant, MICROS_PER_DAY, MICROS_PER_SECOND};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::code::Code as _;
use super::dictionary::{Buckets, Names, Objects, Rules};
use super::fault::Fault;
use super::segments::{Segments, bucket_list, object_list};
use crate::batch::Batch;
use crate::postings::Key;
use crate::rows::{Change, ChangeKind, PackRow, Standing};

/// What the writer knows of the tables without asking them.
#[derive(Debug)]
pub(super) struct Known {
    names: Names,
    rules: Rules,
    objects: Objects,
    buckets: Buckets,
    segments: Segments,
    postings: Vec<(Key, u64)>,
    /// Minutes east of UTC of the agency's clock.
    offset_minutes: i16,
}

impl Known {
    pub(super) fn load(connection: &Connection, offset_minutes: i16) -> Result<Self, Fault> {
        Ok(Self {
            names: Names::load(connection)?,
            rules: Rules::load(connection)?,
            objects: Objects::load(connection)?,
            buckets: Buckets::load(connection)?,
            segments: Segments::load(connection)?,
            postings: Vec::new(),
            offset_minutes,
        })
    }

    /// Folds the events of a batch from this record on.
    pub(super) fn events(
        &mut self,
        connection: &Connection,
        batch: &Batch,
        from: u64,
    ) -> Result<(), Fault> {
        self.postings.clear();
        for event in batch.events().filter(|event| event.record >= from) {
            let kind = self.names.number(connection, event.kind)?;
            let source = self.names.number(connection, event.source)?;
            let day = day_of(event.at, self.offset_minutes);
            let bucket = self.buckets.count_in(connection, (kind, source, day.0))?;
            self.postings.push((bucket_list(bucket), event.record));
            for (kind, id) in batch.objects(event.objects) {
                let kind = self.names.number(connection, kind)?;
                let object = self.objects.number(connection, kind, id)?;
                self.postings.push((object_list(object), event.record));
            }
        }
        self.objects.write(connection)?;
        self.buckets.write(connection)?;
        self.postings.sort_unstable();
        // An event may name an object twice, with two roles.
        self.postings.dedup();
        self.segments
            .add(connection, (from, batch.next()), &self.postings)
    }

    /// Folds one change of a finding.
    pub(super) fn change(&mut self, connection: &Connection, change: &Change) -> Result<(), Fault> {
        let rule = self.rules.number(connection, &change.rule)?;
        let kind = self.names.number(connection, &change.object.kind)?;
        insert_change(connection, change, rule, kind)?;
        let mut select = connection
            .prepare_cached("SELECT opened, standing, rule, became FROM finding WHERE id = ?")?;
        let before = select
            .query_row([&change.finding.0[..]], |row| {
                let opened: i64 = row.get(0)?;
                Ok((opened, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let standing = match change.kind {
            ChangeKind::Opened | ChangeKind::Amended => Standing::Open,
            ChangeKind::Withdrawn => Standing::Withdrawn,
        };
        match before {
            None => {
                let mut insert = connection.prepare_cached(
                    "INSERT INTO finding (opened, id, opened_told, last_change, standing, rule,
                         object_kind, object_id, verdict, became) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                )?;
                insert.execute(params![
                    change.number as i64,
                    &change.finding.0[..],
                    change.told.0,
                    change.number as i64,
                    standing.code(),
                    rule,
                    kind,
                    change.object.id,
                    change.verdict.code(),
                    change.at.0,
                ])?;
            }
            Some((opened, was, of_rule, became)) => {
                let mut update = connection.prepare_cached(
                    "UPDATE finding SET last_change = ?, standing = ?, rule = ?, object_kind = ?,
                         object_id = ?, verdict = ?, became = ? WHERE opened = ?",
                )?;
                update.execute(params![
                    change.number as i64,
                    standing.code(),
                    rule,
                    kind,
                    change.object.id,
                    change.verdict.code(),
                    change.at.0,
                    opened,
                ])?;
                self.figure(connection, of_rule, Instant(became), Standing::of(was)?, -1)?;
            }
        }
        self.figure(connection, rule, change.at, standing, 1)
    }

    /// Adds to the figure of a rule and day.
    fn figure(
        &self,
        connection: &Connection,
        rule: i64,
        at: Instant,
        standing: Standing,
        by: i64,
    ) -> Result<(), Fault> {
        let (open, withdrawn) = match standing {
            Standing::Open => (by, 0),
            Standing::Withdrawn => (0, by),
        };
        let mut upsert = connection.prepare_cached(
            "INSERT INTO finding_figure (rule, day, standing_open, withdrawn) VALUES (?, ?, ?, ?)
             ON CONFLICT (rule, day) DO UPDATE SET
                 standing_open = finding_figure.standing_open + excluded.standing_open,
                 withdrawn = finding_figure.withdrawn + excluded.withdrawn",
        )?;
        let day = day_of(at, self.offset_minutes);
        upsert.execute(params![rule, day.0, open, withdrawn])?;
        Ok(())
    }
}

fn insert_change(
    connection: &Connection,
    change: &Change,
    rule: i64,
    kind: i64,
) -> Result<(), Fault> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO change (number, record, told, kind, finding, rule, object_kind, object_id,
             verdict, reason, became, trigger_record, trigger_activity, trigger_at,
             other_record, other_activity, other_at, text_zh, text_en)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let (trigger, other) = (change.trigger.as_ref(), change.other.as_ref());
    insert.execute(params![
        change.number as i64,
        change.record as i64,
        change.told.0,
        change.kind.code(),
        &change.finding.0[..],
        rule,
        kind,
        change.object.id,
        change.verdict.code(),
        change.reason,
        change.at.0,
        trigger.map(|event| event.record as i64),
        trigger.map(|event| &event.activity),
        trigger.map(|event| event.at.0),
        other.map(|event| event.record as i64),
        other.map(|event| &event.activity),
        other.map(|event| event.at.0),
        change.text_zh,
        change.text_en,
    ])?;
    Ok(())
}

/// Writes that a pack was activated.
pub(super) fn pack(connection: &Connection, pack: &PackRow) -> Result<(), Fault> {
    let mut insert = connection
        .prepare_cached("INSERT INTO pack (since, pack, version, hash) VALUES (?, ?, ?, ?)")?;
    insert.execute(params![
        pack.since as i64,
        pack.pack,
        pack.version,
        pack.hash
    ])?;
    Ok(())
}

/// The day of an instant on the agency's clock.
pub(super) fn day_of(at: Instant, offset_minutes: i16) -> Date {
    let local = at
        .plus(i64::from(offset_minutes) * 60 * MICROS_PER_SECOND)
        .0;
    Date(local.div_euclid(MICROS_PER_DAY) as i32)
}
