//! What a careful reader should know: rules that cannot fire on this log, names that it does not
//! hold, records that were not judged, and what the readers assumed.

mod parts;

use std::collections::BTreeSet;

use cage_engine::EventOrder;
use cage_model::{Bilingual, Symbol};
use cage_pack::{FieldSource, Rule, nearest};

use crate::check::CheckOptions;
use crate::outcome::Notice;
use crate::run::Run;
use parts::parts;

/// All notices: first those about rules, in their order.
pub(crate) fn notices(run: &Run, options: &CheckOptions) -> Vec<Notice> {
    let mut found = Vec::new();
    let unseen = unseen_attributes(run);
    for (index, rule) in run.program.rules.iter().enumerate() {
        about_activities(run, rule, &mut found);
        about_triggers(run, index, rule, &unseen, &mut found);
    }
    found.extend(about_reading(run, options));
    found
}

/// Notices about records and files.
pub(crate) fn about_reading(run: &Run, options: &CheckOptions) -> Vec<Notice> {
    let mut found = Vec::new();
    about_records(run, options, &mut found);
    for report in &run.reports {
        for note in &report.notes {
            found.push(notice(None, note.clone(), note.clone()));
        }
    }
    found
}

fn notice(rule: Option<&Rule>, zh: String, en: String) -> Notice {
    Notice {
        rule: rule.map(|rule| rule.id.clone()),
        text: Bilingual { zh, en },
    }
}

/// Activities of a rule that the log does not hold.
fn about_activities(run: &Run, rule: &Rule, found: &mut Vec<Notice>) {
    let mut said: BTreeSet<Symbol> = BTreeSet::new();
    let wanted = parts(&rule.judge);
    for activity in wanted.iter().flat_map(|part| &part.pattern.0) {
        let Some(activity) = activity.activity else {
            continue;
        };
        if run.census.occurrences(activity) > 0 || !said.insert(activity) {
            continue;
        }
        let name = run.names.text(activity);
        let known = run.census.activities();
        let meant = nearest(name, known.map(|(symbol, _)| run.names.text(symbol)));
        let (zh, en) = match meant {
            Some(meant) => (
                format!("日志中没有“{name}”；最接近的是“{meant}”"),
                format!("the log has no '{name}'; the nearest is '{meant}'"),
            ),
            None => (
                format!("日志中没有“{name}”"),
                format!("the log has no '{name}'"),
            ),
        };
        found.push(notice(Some(rule), zh, en));
    }
}

/// A rule that nothing triggered.
fn about_triggers(
    run: &Run,
    index: usize,
    rule: &Rule,
    unseen: &BTreeSet<Symbol>,
    found: &mut Vec<Notice>,
) {
    let Some(account) = run.account.rules.get(index) else {
        return;
    };
    for name in parts::attributes(rule, &run.program) {
        if unseen.contains(&name) {
            let name = run.names.text(name);
            let zh = format!("没有任何事件或对象带有属性“{name}”");
            let en = format!("no event or object has an attribute '{name}'");
            found.push(notice(Some(rule), zh, en));
        }
    }
    if account.activations.activated > 0 {
        return;
    }
    let triggers = parts(&rule.judge);
    let mut triggers = triggers.iter().filter(|part| part.triggers).peekable();
    if triggers.peek().is_none() {
        return;
    }
    let candidates: u64 = triggers
        .flat_map(|part| &part.pattern.0)
        .map(|step| match step.activity {
            Some(activity) => run.census.occurrences(activity),
            None => run.census.events,
        })
        .sum();
    let (zh, en) = if candidates == 0 {
        (
            "在此日志上不可能被触发".to_owned(),
            "cannot be triggered by this log".to_owned(),
        )
    } else {
        (
            format!("从未被触发：{candidates} 个候选事件无一满足条件"),
            format!(
                "never triggered: its condition held for none of {candidates} candidate events"
            ),
        )
    };
    found.push(notice(Some(rule), zh, en));
}

/// Attributes that rules read and nothing carries.
fn unseen_attributes(run: &Run) -> BTreeSet<Symbol> {
    let columns = run.projector.columns().iter();
    columns
        .zip(&run.census.columns_seen)
        .filter(|(_, seen)| !**seen)
        .filter_map(|(column, _)| match column.source {
            FieldSource::Attribute(name) => Some(name),
            _ => None,
        })
        .collect()
}

fn about_records(run: &Run, options: &CheckOptions, found: &mut Vec<Notice>) {
    let census = &run.census;
    let mut say = |count: u64, zh: &str, en: &str| {
        if count > 0 {
            let fill = |text: &str| text.replace("{n}", &count.to_string());
            found.push(notice(None, fill(zh), fill(en)));
        }
    };
    if census.events == 0 {
        say(1, "没有可判断的事件", "there is no event to judge");
    }
    let (untimed_zh, untimed_en) = if census.has_no_time() {
        (
            "全部 {n} 个事件都没有时间：按文件中的次序判断，涉及时限的规则无法判断",
            "none of the {n} events has a time: they are judged in the order of the file, and \
             rules that measure time leave them undecided",
        )
    } else if options.order == EventOrder::Time {
        (
            "{n} 个事件没有时间：按其在文件中的位置（紧随前一事件）判断，涉及时限的规则无法判断",
            "{n} events have no time: each is judged behind the event that stands before it in the \
             file, and rules that measure time leave it undecided",
        )
    } else {
        (
            "{n} 个事件没有时间：涉及时限的规则无法判断",
            "{n} events have no time: rules that measure time leave them undecided",
        )
    };
    say(census.untimed, untimed_zh, untimed_en);
    say(
        census.after,
        "{n} 个事件晚于判断时刻，未予判断",
        "{n} events lie after the moment of judgement and were left out",
    );
    say(
        census.contradicting,
        "{n} 个事件与先前事件标识相同而内容不同；均已判断",
        "{n} events have the id of an earlier event but other content; all were judged",
    );
    say(
        u64::from(census.repeats_forgotten),
        "事件标识过多，仅与最近的两百万个以上标识比对重复",
        "there are too many event ids to keep: repeats were looked for among the last two million or more",
    );
}
