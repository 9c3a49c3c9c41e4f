//! What each column of a table means, decided once from names, mapping and the first rows.

use cage_model::{Interner, Symbol, Wanted};

use super::cell::Reading;
use super::mapping::TableMapping;
use super::names::{Part, is_standard, object_column};
use super::time::{Detected, TimeFormat, detect};

/// One column.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The event attribute that it fills, where somebody wants it.
    pub(crate) attribute: Option<Symbol>,
    pub(crate) reading: Reading,
    /// Whether the user said how to read it: then another value is a fault.
    pub(crate) declared: bool,
    pub(crate) identifier: bool,
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
}

/// What a table shows of itself before its rows are read.
pub(crate) struct Sample<'a> {
    /// The column names, none empty.
    pub(crate) names: Vec<String>,
    /// Types that the file itself states, by column; `None` where texts must be looked at.
    pub(crate) stated: Vec<Option<Reading>>,
    /// The first values of each column, without missing ones.
    pub(crate) values: Vec<Vec<&'a str>>,
}

/// Decides what each column means.
///
/// # Errors
/// A sentence: a column that the mapping names is absent, or none was found for case, activity or
/// time, or the times cannot be read.
pub(crate) fn plan(
    sample: &Sample<'_>,
    mapping: &TableMapping,
    wanted: &Wanted,
    names: &mut Interner,
) -> Result<Plan, String> {
    let mut plan = Plan {
        columns: columns(sample, mapping)?,
        ..Plan::default()
    };
    let find = Finder { names: &sample.names, mapping };
    plan.case = find.part(mapping.case.as_deref(), Part::Case)?;
    plan.activity = find.part(mapping.activity.as_deref(), Part::Activity)?;
    plan.time = find.part(mapping.time.as_deref(), Part::Time)?;
    plan.arrival = find.part(mapping.arrival.as_deref(), Part::Arrival)?;
    plan.id = find.part(mapping.id.as_deref(), Part::Id)?;
    plan.source = find.part(mapping.source.as_deref(), Part::Source)?;
    plan.objects = objects(&find, names)?;
    if plan.case.is_none() && plan.objects.is_empty() {
        return Err(find.absent("case", "--case"));
    }
    if plan.activity.is_none() {
        return Err(find.absent("activity", "--activity"));
    }
    let Some(time) = plan.time else {
        return Err(find.absent("time", "--time"));
    };
    for column in [Some(time), plan.arrival].into_iter().flatten() {
        plan.columns[column].reading = time_reading(&find, sample, column)?;
        plan.columns[column].declared = true;
    }
    assign_attributes(&mut plan, mapping, wanted, names);
    Ok(plan)
}

fn columns(sample: &Sample<'_>, mapping: &TableMapping) -> Result<Vec<Column>, String> {
    let listed = mapping.types.iter().map(|(name, _)| name);
    for name in listed.chain(&mapping.ignore).chain(&mapping.identifiers) {
        if !sample.names.contains(name) {
            return Err(unknown_column(name, &sample.names));
        }
    }
    let time_format = mapping.time_format.clone().map(TimeFormat::Pattern);
    let mut columns = Vec::with_capacity(sample.names.len());
    for (index, name) in sample.names.iter().enumerate() {
        let given = mapping.types.iter().find(|(column, _)| column == name);
        let stated = sample.stated.get(index).cloned().flatten();
        let reading = match (given, stated) {
            (Some((_, kind)), _) => Reading::declared(*kind, time_format.as_ref()),
            (None, Some(stated)) => stated,
            (None, None) if mapping.exact => Reading::Text,
            (None, None) => Reading::detect(values(sample, index)),
        };
        columns.push(Column {
            name: name.clone(),
            attribute: None,
            reading,
            declared: given.is_some(),
            identifier: mapping.identifiers.contains(name),
            odd: 0,
            first_odd: None,
        });
    }
    Ok(columns)
}

fn values<'a>(sample: &'a Sample<'_>, index: usize) -> impl Iterator<Item = &'a str> + Clone {
    sample.values.get(index).into_iter().flatten().copied()
}

struct Finder<'a> {
    names: &'a [String],
    mapping: &'a TableMapping,
}

impl Finder<'_> {
    fn part(&self, given: Option<&str>, part: Part) -> Result<Option<usize>, String> {
        match given {
            Some(name) => self.column(name).map(Some),
            None if self.mapping.exact => Ok(None),
            None => Ok(part.find(self.names).filter(|&index| !self.is_ignored(index))),
        }
    }

    fn column(&self, name: &str) -> Result<usize, String> {
        let found = self.names.iter().position(|column| column == name);
        found.ok_or_else(|| unknown_column(name, self.names))
    }

    fn is_ignored(&self, index: usize) -> bool {
        self.mapping.ignore.contains(&self.names[index])
    }

    fn absent(&self, what: &str, flag: &str) -> String {
        format!(
            "no column looks like the {what}; name it with {flag} COLUMN. The columns are: {}",
            shown(self.names)
        )
    }
}

fn unknown_column(name: &str, names: &[String]) -> String {
    format!("the mapping names the column {name:?}, which is absent. The columns are: {}", shown(names))
}

/// Column names for a message, not endlessly many.
fn shown(names: &[String]) -> String {
    const SHOWN: usize = 30;
    let quoted: Vec<String> = names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
    let more = names.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    quoted.join(", ") + &tail
}

fn objects(find: &Finder<'_>, names: &mut Interner) -> Result<Vec<ObjectColumn>, String> {
    let mut objects = Vec::new();
    for (column, kind, qualifier) in &find.mapping.objects {
        objects.push(ObjectColumn {
            column: find.column(column)?,
            kind: names.intern(kind),
            qualifier: names.intern(qualifier),
        });
    }
    if find.mapping.exact {
        return Ok(objects);
    }
    for (column, name) in find.names.iter().enumerate() {
        let given = objects.iter().any(|object| object.column == column);
        if let (Some((kind, qualifier)), false) = (object_column(name), given || find.is_ignored(column)) {
            let (kind, qualifier) = (names.intern(kind), names.intern(qualifier));
            objects.push(ObjectColumn { column, kind, qualifier });
        }
    }
    let resource = Part::Resource.find(find.names).filter(|&column| {
        !find.is_ignored(column) && objects.iter().all(|object| object.column != column)
    });
    if let Some(column) = resource {
        let (kind, qualifier) = (names.intern("officer"), names.intern("actor"));
        objects.push(ObjectColumn { column, kind, qualifier });
    }
    Ok(objects)
}

fn time_reading(find: &Finder<'_>, sample: &Sample<'_>, column: usize) -> Result<Reading, String> {
    if let Some(Some(stated @ Reading::Time(_))) = sample.stated.get(column) {
        return Ok(stated.clone());
    }
    let name = &find.names[column];
    let first = || values(sample, column).next().unwrap_or_default().to_owned();
    if let Some(pattern) = &find.mapping.time_format {
        return Ok(Reading::Time(TimeFormat::Pattern(pattern.clone())));
    }
    match detect(values(sample, column)) {
        Detected::One(format) => Ok(Reading::Time(format)),
        Detected::None if values(sample, column).next().is_none() => Ok(Reading::Time(TimeFormat::Iso)),
        Detected::Ambiguous => Err(format!(
            "the times in column {name:?}, such as {:?}, may be day/month or month/day, and no value decides it; \
             say which with --time-format, for example \"%d/%m/%Y %H:%M\"",
            first()
        )),
        Detected::None => {
            // A single broken value among good ones is that row's fault, not the column's.
            let majority = [TimeFormat::Iso, TimeFormat::YearFirst, TimeFormat::EpochSeconds]
                .into_iter()
                .find(|format| {
                    let good = values(sample, column).filter(|value| format.parse(value).is_some());
                    good.count() * 2 > values(sample, column).count()
                });
            majority.map(Reading::Time).ok_or_else(|| {
                format!(
                    "the times in column {name:?}, such as {:?}, have no known format; describe it with \
                     --time-format, for example \"%d.%m.%y %H:%M\"",
                    first()
                )
            })
        }
    }
}

/// Which columns become attributes of events, which of cases, and which only stand for something.
fn assign_attributes(plan: &mut Plan, mapping: &TableMapping, wanted: &Wanted, names: &mut Interner) {
    let is_wanted = |key: &str| match wanted {
        Wanted::All => true,
        Wanted::Names(list) => list.iter().any(|name| name == key),
    };
    let parts = [plan.case, plan.activity, plan.time, plan.arrival, plan.id, plan.source];
    for (index, column) in plan.columns.iter_mut().enumerate() {
        if mapping.ignore.contains(&column.name) || object_column(&column.name).is_some() {
            continue;
        }
        if let Some(key) = column.name.strip_prefix("case:").filter(|key| !key.is_empty()) {
            if is_wanted(key) {
                plan.case_attributes.push((index, names.intern(key)));
            }
            continue;
        }
        let only_stands_for = parts.contains(&Some(index)) && !is_standard(&column.name);
        if !only_stands_for && is_wanted(&column.name) {
            column.attribute = Some(names.intern(&column.name));
            plan.attributes.push(index);
        }
    }
}
