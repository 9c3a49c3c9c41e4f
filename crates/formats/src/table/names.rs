//! Under which names offices and tools export the columns that every table needs.

use std::collections::{BTreeMap, BTreeSet};

/// What a column stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Case,
    Activity,
    Time,
    Arrival,
    Id,
    Source,
    Resource,
}

const CASE_NAMES: &[&str] = &[
    "case:concept:name",
    "caseid",
    "case",
    "casenumber",
    "caseno",
    "traceid",
    "processinstance",
    "案件编号",
    "案号",
    "案件号",
    "案件id",
    "办件编号",
    "业务编号",
    "受理编号",
    "流水号",
    "申请编号",
];
const ACTIVITY_NAMES: &[&str] = &[
    "concept:name",
    "activity",
    "activityname",
    "eventname",
    "eventtype",
    "task",
    "taskname",
    "event",
    "环节",
    "环节名称",
    "活动",
    "活动名称",
    "事件",
    "步骤",
    "办理环节",
    "操作",
    "节点",
    "节点名称",
];
const TIME_NAMES: &[&str] = &[
    "time:timestamp",
    "timestamp",
    "time",
    "datetime",
    "eventtime",
    "completetimestamp",
    "endtimestamp",
    "completetime",
    "endtime",
    "date",
    "时间",
    "时间戳",
    "发生时间",
    "办理时间",
    "操作时间",
    "事件时间",
    "完成时间",
    "日期",
];
const ARRIVAL_NAMES: &[&str] = &[
    "received",
    "arrival",
    "arrivaltime",
    "receivedat",
    "receivedtime",
    "接收时间",
    "到达时间",
    "入库时间",
];
const ID_NAMES: &[&str] = &[
    "eventid",
    "identity:id",
    "ocel:eid",
    "事件编号",
    "事件id",
    "记录编号",
];
const SOURCE_NAMES: &[&str] = &["eventsource", "sourcesystem", "来源系统", "数据来源"];
const RESOURCE_NAMES: &[&str] = &[
    "org:resource",
    "resource",
    "officer",
    "承办人",
    "经办人",
    "办理人",
    "办案人",
    "操作人",
    "处理人",
];

impl Part {
    /// The names looked for, the most certain first, in the form that [`fold`] gives.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Case => CASE_NAMES,
            Self::Activity => ACTIVITY_NAMES,
            Self::Time => TIME_NAMES,
            Self::Arrival => ARRIVAL_NAMES,
            Self::Id => ID_NAMES,
            Self::Source => SOURCE_NAMES,
            Self::Resource => RESOURCE_NAMES,
        }
    }

    /// The column that stands for this part, by name.
    pub(crate) fn find(self, columns: &[String]) -> Option<usize> {
        let folded: Vec<String> = columns.iter().map(|name| fold(name)).collect();
        self.names()
            .iter()
            .find_map(|wanted| folded.iter().position(|name| name == wanted))
    }
}

/// A column name without case, blanks, `_`, `-` and `.`: `Case ID`, `case_id` and `CaseId` agree.
fn fold(name: &str) -> String {
    name.chars()
        .filter(|char| !char.is_whitespace() && !matches!(char, '_' | '-' | '.'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether XES gives this name a meaning, so that the column is an attribute as well.
pub(crate) fn is_standard(name: &str) -> bool {
    matches!(
        name.split(':').next(),
        Some("concept" | "time" | "org" | "lifecycle" | "identity" | "case" | "cost")
    ) && name.contains(':')
}

/// The type and qualifier that a column named `object:TYPE` or `object:TYPE:QUALIFIER` gives.
pub(crate) fn object_column(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix("object:")?;
    let (kind, qualifier) = rest.split_once(':').unwrap_or((rest, ""));
    (!kind.is_empty()).then_some((kind, qualifier))
}

/// Names for columns: what is empty gets one, what comes twice is told apart. Says what it changed.
pub(crate) fn unique_names<'a>(given: impl Iterator<Item = &'a str>) -> (Vec<String>, Vec<String>) {
    const NOTES_MAX: usize = 20;
    let (mut names, mut notes) = (Vec::new(), Vec::new());
    let mut taken = BTreeSet::new();
    let mut copies: BTreeMap<String, u32> = BTreeMap::new();
    for (index, name) in given.enumerate() {
        let number = index + 1;
        let wanted = if name.is_empty() {
            format!("column {number}")
        } else {
            name.to_owned()
        };
        let mut unique = wanted.clone();
        while !taken.insert(unique.clone()) {
            let copy = copies.entry(wanted.clone()).or_insert(1);
            *copy += 1;
            unique = format!("{wanted} ({copy})");
        }
        if notes.len() == NOTES_MAX {
            notes.push("and so on; more columns without a name of their own follow".to_owned());
        } else if unique != name && notes.len() < NOTES_MAX {
            notes.push(match name {
                "" => format!("column {number} has no name and is called {unique:?}"),
                name => {
                    format!("column {number} has the name {name:?} again and is called {unique:?}")
                }
            });
        }
        names.push(unique);
    }
    (names, notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name() {
        let columns = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        for (part, names, found) in [
            (Part::Case, &["x", "Case ID"][..], Some(1)),
            (Part::Case, &["case_id", "case:concept:name"], Some(1)),
            (Part::Case, &["案号"], Some(0)),
            (Part::Activity, &["Activity", "concept:name"], Some(1)),
            (Part::Activity, &["办理 环节"], Some(0)),
            (Part::Time, &["Complete Timestamp"], Some(0)),
            (Part::Time, &["when"], None),
        ] {
            assert_eq!(part.find(&columns(names)), found, "{names:?}");
        }
        assert_eq!(
            object_column("object:officer:actor"),
            Some(("officer", "actor"))
        );
        assert!(is_standard("org:resource") && !is_standard("org"));
    }
}
