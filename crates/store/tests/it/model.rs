//! Some records as a ledger might have them, and what views of them must say, reckoned the slow way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cage_model::{Date, FindingId, Grade, Instant, MICROS_PER_DAY, Severity, Verdict};
use cage_store::{
    Batch, Change, ChangeKind, Clock, Direction, EventFigure, EventFilter, FindingFigure,
    FindingRow, NewEvent, ObjectClocks, ObjectKey, Owner, PackRow, Project as _, RuleText, Seen,
    SqliteViews, Standing, Start,
};
use proptest::prelude::*;

/// Minutes east of UTC.
pub(crate) const OFFSET: i16 = 480;

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) kind: String,
    pub(crate) source: String,
    accepted: Instant,
    claimed: Option<Instant>,
    pub(crate) objects: Vec<ObjectKey>,
}

impl Event {
    pub(crate) fn day(&self) -> Date {
        let at = self.claimed.unwrap_or(self.accepted).0 + i64::from(OFFSET) * 60_000_000;
        Date(at.div_euclid(MICROS_PER_DAY) as i32)
    }
}

/// One record and what it changed; a tick has no event.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) event: Option<Event>,
    changes: Vec<Change>,
    clocks: Vec<ObjectClocks>,
    pack: Option<PackRow>,
}

/// Records in their order, from 0.
#[derive(Clone, Debug)]
pub(crate) struct World(pub(crate) Vec<Record>);

pub(crate) fn owner(records: u64) -> Owner {
    Owner {
        ledger: "ledger.example/0151".to_owned(),
        records,
        offset_minutes: OFFSET,
    }
}

pub(crate) fn open(path: &Path) -> (SqliteViews, Start) {
    SqliteViews::open(path, &owner(1 << 40)).unwrap()
}

pub(crate) fn rule(number: u8) -> RuleText {
    RuleText {
        pack: format!("p{}", number % 2),
        version: "1".to_owned(),
        rule: format!("R{}", number % 3),
        title_zh: "须决定".to_owned(),
        title_en: "Decide".to_owned(),
        severity: Severity::Red,
        grade: [Grade::Observe, Grade::Block][usize::from(number % 2)],
    }
}

pub(crate) fn object(kind: u8, id: u8) -> ObjectKey {
    let kinds = ["case", "officer", "车牌"];
    let ids = [
        "C1",
        "C12",
        "C2",
        "贵A·12345",
        "a/b",
        "",
        "c%1",
        "C1 ",
        "Z",
        "贵A",
    ];
    ObjectKey::new(
        kinds[usize::from(kind) % 3],
        ids[usize::from(id) % ids.len()],
    )
}

fn event() -> impl Strategy<Value = Event> {
    let objects = prop::collection::vec((0..3_u8, 0..10_u8), 0..4);
    let claimed = prop::option::of(-3 * MICROS_PER_DAY..3 * MICROS_PER_DAY);
    (0..3_u8, 0..2_u8, 0..3_i64, claimed, objects).prop_map(
        |(kind, source, day, claimed, objects)| Event {
            kind: ["accept", "decide", "送检"][usize::from(kind)].to_owned(),
            source: format!("window/{source}"),
            accepted: Instant(day * MICROS_PER_DAY),
            claimed: claimed.map(Instant),
            objects: objects
                .into_iter()
                .map(|(kind, id)| object(kind, id))
                .collect(),
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    let seen = prop::option::of(0..9_u64);
    let days = -2 * MICROS_PER_DAY..2 * MICROS_PER_DAY;
    (0..3_u8, 0..6_u8, 0..6_u8, (0..3_u8, 0..4_u8), days, seen).prop_map(
        |(kind, finding, rule_number, (object_type, id), at, seen)| Change {
            number: 0,
            record: 0,
            told: Instant(at + 5),
            kind: [
                ChangeKind::Opened,
                ChangeKind::Amended,
                ChangeKind::Withdrawn,
            ][usize::from(kind)],
            finding: FindingId([finding; 16]),
            rule: rule(rule_number),
            object: object(object_type, id),
            verdict: [Verdict::Violated, Verdict::Undecided][usize::from(kind % 2)],
            reason: "overdue".to_owned(),
            at: Instant(at),
            trigger: seen.map(|record| Seen {
                record,
                activity: "accept".to_owned(),
                at: Instant(at - 1),
            }),
            other: None,
            text_zh: "逾期".to_owned(),
            text_en: "late".to_owned(),
        },
    )
}

fn clocks() -> impl Strategy<Value = ObjectClocks> {
    let clock = (0..3_u8, 0..20_i64, any::<bool>()).prop_map(|(rule, due, reminds)| Clock {
        rule: format!("R{rule}"),
        trigger: reminds.then_some(due as u64),
        due: Instant(due),
        reminder: reminds.then_some(Instant(due - 1)),
    });
    (
        (0..3_u8, 0..5_u8),
        0..2_u8,
        prop::collection::vec(clock, 0..3),
    )
        .prop_map(|((kind, id), pack, clocks)| ObjectClocks {
            object: object(kind, id),
            pack: format!("p{pack}"),
            clocks,
        })
}

pub(crate) fn world(records: usize) -> impl Strategy<Value = World> {
    let some = |most| prop::collection::vec(change(), 0..most);
    let record = (
        prop::option::weighted(0.8, event()),
        prop_oneof![4 => some(1), 1 => some(3)],
        prop::collection::vec(clocks(), 0..2),
        prop::option::weighted(0.05, 0..2_u8),
    );
    prop::collection::vec(record, 0..records).prop_map(|records| {
        let mut last = 0;
        let numbered = records.into_iter().enumerate();
        let records = numbered.map(|(number, (event, mut changes, clocks, pack))| {
            for change in &mut changes {
                last += 1;
                (change.number, change.record) = (last, number as u64);
            }
            Record {
                event,
                changes,
                clocks,
                pack: pack.map(|pack| PackRow {
                    since: number as u64,
                    pack: format!("p{pack}"),
                    version: "1".to_owned(),
                    hash: "00ff".to_owned(),
                }),
            }
        });
        World(records.collect())
    })
}

impl World {
    pub(crate) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// The records of a range as a batch.
    pub(crate) fn batch(&self, first: u64, next: u64) -> Batch {
        let mut batch = Batch::new(first);
        for number in first..next {
            let record = &self.0[number as usize];
            if let Some(event) = &record.event {
                let objects = event.objects.iter();
                batch.event(
                    &NewEvent {
                        record: number,
                        accepted: event.accepted,
                        claimed: event.claimed,
                        source: &event.source,
                        kind: &event.kind,
                    },
                    objects.map(|object| (object.kind.as_str(), object.id.as_str())),
                );
            }
            batch.through(number);
            batch.changes.extend(record.changes.iter().cloned());
            batch.clocks.extend(record.clocks.iter().cloned());
            batch.packs.extend(record.pack.clone());
        }
        batch
    }

    /// Commits all records, cut at these places.
    pub(crate) fn commit(&self, views: &mut SqliteViews, cuts: &BTreeSet<u64>) {
        let mut first = views.position().records;
        for next in cuts.range(first..).copied().chain([self.len()]) {
            if next > first && next <= self.len() {
                views.commit(&self.batch(first, next)).unwrap();
                first = next;
            }
        }
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = (u64, &Event)> {
        let numbered = self.0.iter().enumerate();
        numbered.filter_map(|(number, record)| Some((number as u64, record.event.as_ref()?)))
    }

    pub(crate) fn matching(&self, filter: &EventFilter, direction: Direction) -> Vec<u64> {
        let of = |wanted: &Option<String>, text: &String| {
            wanted.as_ref().is_none_or(|wanted| wanted == text)
        };
        let matching = self.events().filter(|(_, event)| {
            filter
                .objects
                .iter()
                .all(|object| event.objects.contains(object))
                && of(&filter.kind, &event.kind)
                && of(&filter.source, &event.source)
                && filter.from.is_none_or(|from| event.day() >= from)
                && filter.to.is_none_or(|to| event.day() <= to)
        });
        let mut records: Vec<u64> = matching.map(|(record, _)| record).collect();
        if direction == Direction::Down {
            records.reverse();
        }
        records
    }

    pub(crate) fn event_figures(&self) -> Vec<EventFigure> {
        let mut counted = BTreeMap::new();
        for (_, event) in self.events() {
            let key = (event.day(), event.kind.clone(), event.source.clone());
            *counted.entry(key).or_insert(0) += 1;
        }
        let figures = counted.into_iter();
        figures
            .map(|((day, kind, source), events)| EventFigure {
                kind,
                source,
                day,
                events,
            })
            .collect()
    }

    pub(crate) fn changes(&self) -> Vec<Change> {
        self.0
            .iter()
            .flat_map(|record| record.changes.clone())
            .collect()
    }

    /// Findings as they stand, in the order of being opened.
    pub(crate) fn findings(&self) -> Vec<FindingRow> {
        let mut rows: BTreeMap<FindingId, FindingRow> = BTreeMap::new();
        for change in self.changes() {
            let standing = match change.kind {
                ChangeKind::Withdrawn => Standing::Withdrawn,
                ChangeKind::Opened | ChangeKind::Amended => Standing::Open,
            };
            let row = rows.entry(change.finding).or_insert_with(|| FindingRow {
                opened: change.number,
                opened_told: change.told,
                standing,
                last: change.clone(),
            });
            (row.standing, row.last) = (standing, change);
        }
        let mut rows: Vec<FindingRow> = rows.into_values().collect();
        rows.sort_by_key(|row| row.opened);
        rows
    }

    pub(crate) fn finding_figures(&self) -> Vec<FindingFigure> {
        let mut counted: BTreeMap<(Date, RuleText), (u64, u64)> = BTreeMap::new();
        for row in self.findings() {
            let at = row.last.at.0 + i64::from(OFFSET) * 60_000_000;
            let day = Date(at.div_euclid(MICROS_PER_DAY) as i32);
            let figure = counted.entry((day, row.last.rule)).or_default();
            match row.standing {
                Standing::Open => figure.0 += 1,
                Standing::Withdrawn => figure.1 += 1,
            }
        }
        let figures = counted.into_iter();
        figures
            .map(|((day, rule), (open, withdrawn))| FindingFigure {
                rule,
                day,
                open,
                withdrawn,
            })
            .collect()
    }

    /// All open clocks, in the order of objects and packs.
    pub(crate) fn clocks(&self) -> Vec<ObjectClocks> {
        let mut clocks = BTreeMap::new();
        for of in self.0.iter().flat_map(|record| &record.clocks) {
            let mut of = of.clone();
            of.clocks.sort();
            clocks.insert((of.object.clone(), of.pack.clone()), of);
        }
        clocks.retain(|_, of| !of.clocks.is_empty());
        clocks.into_values().collect()
    }

    pub(crate) fn packs(&self) -> Vec<PackRow> {
        self.0
            .iter()
            .filter_map(|record| record.pack.clone())
            .collect()
    }
}
