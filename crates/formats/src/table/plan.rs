//! What each column of a table means, decided once from names, mapping and the first rows.

mod find;

use std::collections::{BTreeMap, BTreeSet};

use cage_model::{Interner, Symbol, Type, Wanted};

use self::find::Finder;
use super::cell::Reading;
use super::mapping::TableMapping;
use super::names::{Part, is_standard, object_column};
use super::time::{Detected, TimeFormat, detect};

/// How a column's texts become values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Holds {
    Values,
    /// Texts that are identifiers (XES `id`).
    Identifiers,
    /// Values as JSON.
    Json,
}

/// One column.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The event attribute that it fills, where somebody wants it.
    pub(crate) attribute: Option<Symbol>,
    pub(crate) reading: Reading,
    /// Whether the user said how to read it: then another value is a fault.
    pub(crate) declared: bool,
    pub(crate) holds: Holds,
    /// The column of its times' offsets from UTC.
    pub(crate) offset: Option<usize>,
    /// Values that the detected type could not read, and the first of them.
    pub(crate) odd: u64,
    pub(crate) first_odd: Option<(u64, String)>,
}

/// An object named by a column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObjectColumn {
    pub(crate) column: usize,
    pub(crate) kind: Symbol,
    pub(crate) qualifier: Symbol,
}

/// The meaning of all columns.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) columns: Vec<Column>,
    pub(crate) case: Option<usize>,
    pub(crate) activity: Option<usize>,
    pub(crate) time: Option<usize>,
    pub(crate) arrival: Option<usize>,
    pub(crate) id: Option<usize>,
    pub(crate) source: Option<usize>,
    pub(crate) objects: Vec<ObjectColumn>,
    /// Columns that are attributes of the case, with the attribute's name.
    pub(crate) case_attributes: Vec<(usize, Symbol)>,
    /// Columns that are attributes of the event, in the table's order.
    pub(crate) attributes: Vec<usize>,
    notes: Vec<String>,
}

/// What a table shows of itself before its rows are read.
pub(crate) struct Sample {
    /// The column names, none empty, none twice.
    pub(crate) names: Vec<String>,
    /// Types that the file itself states, by column; `None` where texts must be looked at.
    pub(crate) stated: Vec<Option<Reading>>,
    /// The first values of each column, without missing ones.
    pub(crate) values: Vec<Vec<String>>,
}

impl Sample {
    fn values(&self, index: usize) -> impl Iterator<Item = &str> + Clone {
        self.values
            .get(index)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

/// Decides what each column means.
///
/// # Errors
/// A sentence: a column that the mapping names is absent, or none was found for case, activity or
/// time, or the times cannot be read.
pub(crate) fn plan(
    sample: &Sample,
    mapping: &TableMapping,
    wanted: &Wanted,
    names: &mut Interner,
) -> Result<Plan, String> {
    let find = Finder::new(&sample.names, mapping);
    find.check_mapping()?;
    let mut plan = Plan {
        columns: columns(sample, &find)?,
        ..Plan::default()
    };
    plan.case = find.part(mapping.case.as_deref(), Part::Case)?;
    plan.activity = find.part(mapping.activity.as_deref(), Part::Activity)?;
    plan.time = find.part(mapping.time.as_deref(), Part::Time)?;
    plan.arrival = find.part(mapping.arrival.as_deref(), Part::Arrival)?;
    plan.id = find.part(mapping.id.as_deref(), Part::Id)?;
    plan.source = find.part(mapping.source.as_deref(), Part::Source)?;
    plan.objects = find.objects(names)?;
    if !mapping.exact {
        plan.check_needed(&find)?;
    }
    for column in [plan.time, plan.arrival].into_iter().flatten() {
        plan.columns[column].reading = time_reading(mapping, sample, column)?;
        plan.columns[column].declared = true;
    }
    assign_attributes(&mut plan, &find, wanted, names);
    plan.notes = plan.describe(sample, mapping, names);
    Ok(plan)
}

fn columns(sample: &Sample, find: &Finder<'_>) -> Result<Vec<Column>, String> {
    let mapping = find.mapping;
    let time_format = mapping.time_format.clone().map(TimeFormat::Pattern);
    let types: BTreeMap<_, _> = mapping
        .types
        .iter()
        .map(|(name, kind)| (name, *kind))
        .collect();
    let structured: BTreeSet<_> = mapping.structured.iter().collect();
    let identifiers: BTreeSet<_> = mapping.identifiers.iter().collect();
    let mut offsets = BTreeMap::new();
    for (name, offset) in &mapping.offsets {
        offsets.insert(name, find.column(offset)?);
    }
    let mut columns = Vec::with_capacity(sample.names.len());
    for (index, name) in sample.names.iter().enumerate() {
        let given = types.get(name).copied();
        let stated = sample.stated.get(index).cloned().flatten();
        let holds = if structured.contains(name) {
            Holds::Json
        } else if identifiers.contains(name) {
            Holds::Identifiers
        } else {
            Holds::Values
        };
        let reading = match (given, stated) {
            _ if holds == Holds::Json => Reading::Text,
            (Some(Type::Time), Some(stated @ Reading::Time(_))) => stated,
            (Some(kind), _) => Reading::declared(kind, time_format.as_ref()),
            (None, Some(stated)) => stated,
            (None, None) if mapping.exact => Reading::Text,
            (None, None) => Reading::detect(&sample.values(index)),
        };
        columns.push(Column {
            name: name.clone(),
            attribute: None,
            reading,
            declared: given.is_some(),
            holds,
            offset: offsets.get(name).copied(),
            odd: 0,
            first_odd: None,
        });
    }
    Ok(columns)
}

fn time_reading(mapping: &TableMapping, sample: &Sample, column: usize) -> Result<Reading, String> {
    if let Some(Some(stated @ Reading::Time(_))) = sample.stated.get(column) {
        return Ok(stated.clone());
    }
    let name = &sample.names[column];
    let first = || sample.values(column).next().unwrap_or_default();
    if let Some(pattern) = &mapping.time_format {
        return Ok(Reading::Time(TimeFormat::Pattern(pattern.clone())));
    }
    match detect(&sample.values(column)) {
        Detected::One(format) => Ok(Reading::Time(format)),
        Detected::None if sample.values(column).next().is_none() => {
            Ok(Reading::Time(TimeFormat::Iso))
        }
        Detected::Ambiguous => Err(format!(
            "the times in column {name:?}, such as {:?}, may be day/month or month/day, and no value \
             decides it; say which with --time-format, for example \"%d/%m/%Y %H:%M\"",
            first()
        )),
        Detected::None => {
            // A few broken values among good ones are those rows' fault, not the column's.
            let most = |format: &TimeFormat| {
                let good = sample
                    .values(column)
                    .filter(|value| format.parse(value).is_some());
                good.count() * 2 > sample.values(column).count()
            };
            let known = TimeFormat::TOLD_BY_CONTENT.into_iter().find(most);
            known.map(Reading::Time).ok_or_else(|| {
                format!(
                    "the times in column {name:?}, such as {:?}, have no known format; describe it \
                     with --time-format, for example \"%d.%m.%y %H:%M\"",
                    first()
                )
            })
        }
    }
}

/// Which columns become attributes of events, which of cases, and which only stand for something.
fn assign_attributes(plan: &mut Plan, find: &Finder<'_>, wanted: &Wanted, names: &mut Interner) {
    let is_wanted = |key: &str| match wanted {
        Wanted::All => true,
        Wanted::Names(list) => list.iter().any(|name| name == key),
    };
    let given: BTreeMap<_, _> = find
        .mapping
        .attributes
        .iter()
        .map(|(column, key)| (column, key.as_str()))
        .collect();
    let offsets: Vec<usize> = plan
        .columns
        .iter()
        .filter_map(|column| column.offset)
        .collect();
    let parts = [
        plan.case,
        plan.activity,
        plan.time,
        plan.arrival,
        plan.id,
        plan.source,
    ];
    for (index, column) in plan.columns.iter_mut().enumerate() {
        let stands_for_object = object_column(&column.name).is_some()
            && plan.objects.iter().any(|object| object.column == index);
        let full = match given.get(&column.name) {
            Some(full) => *full,
            None if find.is_ignored(index) || stands_for_object || offsets.contains(&index) => {
                continue;
            }
            None if parts.contains(&Some(index)) && !is_standard(&column.name) => continue,
            None => column.name.as_str(),
        };
        if let Some(key) = full.strip_prefix("case:").filter(|key| !key.is_empty()) {
            if is_wanted(key) {
                plan.case_attributes.push((index, names.intern(key)));
            }
            continue;
        }
        let key = match given
            .get(&column.name)
            .and_then(|full| full.strip_prefix("event:"))
        {
            Some(key) => key,
            None => full,
        };
        if is_wanted(key) {
            column.attribute = Some(names.intern(key));
            plan.attributes.push(index);
        }
    }
}

impl Plan {
    /// Whether there is a column for everything that an event needs. An exact mapping may leave out
    /// what its log does not have.
    fn check_needed(&self, find: &Finder<'_>) -> Result<(), String> {
        if self.case.is_none() && self.objects.is_empty() {
            return Err(find.absent("case", "--case-column"));
        }
        if self.activity.is_none() {
            return Err(find.absent("activity", "--activity-column"));
        }
        if self.time.is_none() {
            return Err(find.absent("time", "--time-column"));
        }
        Ok(())
    }

    /// What was decided, one sentence each.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn describe(&self, sample: &Sample, mapping: &TableMapping, names: &Interner) -> Vec<String> {
        let mut notes = Vec::new();
        let name = |index: usize| &self.columns[index].name;
        let parts = [
            ("case", self.case, &mapping.case),
            ("activity", self.activity, &mapping.activity),
            ("time", self.time, &mapping.time),
            ("arrival time", self.arrival, &mapping.arrival),
            ("event identifier", self.id, &mapping.id),
            ("sender", self.source, &mapping.source),
        ];
        let mut found = Vec::new();
        for (what, column, given) in parts {
            if let (Some(index), None) = (column, given) {
                found.push(format!("{what} from {:?}", name(index)));
            }
        }
        for object in &self.objects {
            if !mapping
                .objects
                .iter()
                .any(|(column, ..)| column == name(object.column))
            {
                let kind = names.text(object.kind);
                found.push(format!(
                    "objects of type {kind:?} from {:?}",
                    name(object.column)
                ));
            }
        }
        if !found.is_empty() {
            notes.push(format!("columns found by name: {}", found.join(", ")));
        }
        for index in [self.time, self.arrival].into_iter().flatten() {
            if let Reading::Time(format) = &self.columns[index].reading
                && mapping.time_format.is_none()
                && *format != TimeFormat::Stated
            {
                notes.push(format!(
                    "times in {:?} read as {}",
                    name(index),
                    format.describe()
                ));
            }
        }
        if let Some(types) = self.describe_types() {
            notes.push(types);
        }
        notes.extend(self.ambiguous_dates(sample, mapping));
        notes
    }

    /// The types of the columns whose type was told by content.
    fn describe_types(&self) -> Option<String> {
        const SHOWN: usize = 40;
        let typed = |column: &&Column| {
            !column.declared && !matches!(column.reading, Reading::Text | Reading::Open)
        };
        let used = self
            .attributes
            .iter()
            .chain(self.case_attributes.iter().map(|(index, _)| index));
        let columns: Vec<&Column> = used
            .map(|&index| &self.columns[index])
            .filter(typed)
            .collect();
        let shown: Vec<String> = columns
            .iter()
            .take(SHOWN)
            .map(|column| format!("{:?} {}", column.name, column.reading.describe()))
            .collect();
        let more = columns.len().saturating_sub(SHOWN);
        let tail = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        (!shown.is_empty()).then(|| format!("types of columns: {}{tail}", shown.join(", ")))
    }

    fn ambiguous_dates(&self, sample: &Sample, mapping: &TableMapping) -> Vec<String> {
        let mut notes = Vec::new();
        for &index in &self.attributes {
            let column = &self.columns[index];
            let looked_at = column.reading == Reading::Text && !column.declared && !mapping.exact;
            if looked_at && detect(&sample.values(index)) == Detected::Ambiguous {
                notes.push(format!(
                    "column {:?} holds dates whose day and month cannot be told apart; they are kept \
                     as texts, unless the column is declared as a time and --time-format given",
                    column.name
                ));
            }
        }
        notes
    }
}
