//! A rule in words, in Chinese and English, made from its compiled form: what is said is what
//! will be judged.

mod parts;
mod relation;

use cage_model::Bilingual;

use crate::pack::EventType;
use crate::program::{
    Aggregate, AggregateValue, AggregateWindow, Coverage, Deadline, Duration, Judge, Program, Rule,
};
use parts::{Names, both};

/// What a rule demands, in one sentence of each language.
#[must_use]
pub fn wording(rule: &Rule, program: &Program) -> Bilingual {
    let names = Names::of(rule, program);
    let mut said = judged(rule, &names, program);
    if let Some(exempt) = &rule.exempt {
        said.zh.push_str(&format!("（{} 时除外）", exempt.source()));
        said.en
            .push_str(&format!(" (except where {})", exempt.source()));
    }
    said.zh.push('。');
    said.en.push('.');
    said
}

/// A wording with activities called by the titles that a pack gives its events.
#[must_use]
pub fn titled(wording: &Bilingual, events: &[EventType]) -> Bilingual {
    let mut said = wording.clone();
    for event in events.iter().filter(|event| !event.title.is_empty()) {
        let (zh, en) = (event.title.chinese(), event.title.english());
        said.zh = said
            .zh
            .replace(&format!("“{}”", event.name), &format!("“{zh}”"));
        said.en = said
            .en
            .replace(&format!("'{}'", event.name), &format!("'{en}'"));
    }
    said
}

fn judged(rule: &Rule, names: &Names<'_>, program: &Program) -> Bilingual {
    match &rule.judge {
        Judge::Count {
            what,
            at_least,
            at_most,
        } => count(names, &names.pattern(what), *at_least, *at_most),
        Judge::Init(_) | Judge::End(_) | Judge::Choice { .. } => shape(&rule.judge, names),
        Judge::Relation(relation) => relation::worded(relation, names),
        Judge::Deadline(deadline) => self::deadline(deadline, names),
        Judge::Duration(duration) => self::duration(duration, names),
        Judge::Separation(_) | Judge::Order(_) | Judge::Sequence(_) | Judge::Immutable(_) => {
            recorded(&rule.judge, names)
        }
        Judge::Silence(silence) => {
            let (what, every) = (names.pattern(&silence.what), names.limit(&silence.every));
            both(
                format!("每隔至多{}必须有{}", every.zh, what.zh),
                format!("{} must come at least every {}", what.en, every.en),
            )
        }
        Judge::Aggregate(aggregate) => self::aggregate(aggregate, names),
        Judge::Lag(lag) => {
            let (what, max) = (names.pattern(&lag.what), names.limit(&lag.max));
            both(
                format!("{}必须在发生后{}内录入", what.zh, max.zh),
                format!(
                    "{} must be entered within {} after it happened",
                    what.en, max.en
                ),
            )
        }
        Judge::Coverage(coverage) => self::coverage(coverage, names),
        Judge::Flow(flow) => {
            let id = program
                .flows
                .get(usize::from(flow.flow))
                .map_or("", |flow| flow.id.as_str());
            names.each(
                &format!("必须按流程“{id}”办理"),
                &format!("must follow the flow {id}"),
            )
        }
    }
}

/// Kinds that compare what events carry.
fn recorded(judge: &Judge, names: &Names<'_>) -> Bilingual {
    match judge {
        Judge::Separation(hands) => {
            let (a, b) = (names.pattern(&hands.a), names.pattern(&hands.b));
            let by = hands.by.source();
            let (zh, en) = if hands.same {
                ("必须相同", "the same")
            } else {
                ("必须不同", "different")
            };
            both(
                format!("同一{}中，{}与{}的 {by} {zh}", names.per, a.zh, b.zh),
                format!(
                    "Within one {}, {} and {} must have {en} {by}",
                    names.per, a.en, b.en
                ),
            )
        }
        Judge::Order(order) => {
            let (enter, serve) = (names.pattern(&order.enter), names.pattern(&order.serve));
            both(
                format!(
                    "按{}的先后办理{}，超前不得多于 {} 位",
                    enter.zh, serve.zh, order.places
                ),
                format!(
                    "{} follows the order of {}, with at most {} overtaken",
                    serve.en, enter.en, order.places
                ),
            )
        }
        Judge::Sequence(sequence) => {
            let what = names.pattern(&sequence.what);
            let number = sequence.number.source();
            both(
                format!("{}的编号 {number} 必须连续，不缺号、不重号", what.zh),
                format!(
                    "The numbers {number} of {} run without hole or repetition",
                    what.en
                ),
            )
        }
        Judge::Immutable(immutable) => {
            let what = names.pattern(&immutable.what);
            let field = immutable.field.source();
            both(
                format!("{}写入的 {field} 不得再改", what.zh),
                format!("{field}, once written by {}, must not change", what.en),
            )
        }
        _ => Bilingual::default(),
    }
}

/// Kinds about the whole of an object's life.
fn shape(judge: &Judge, names: &Names<'_>) -> Bilingual {
    match judge {
        Judge::Init(what) => {
            let what = names.pattern(what);
            names.each(
                &format!("第一个事件必须是{}", what.zh),
                &format!("must begin with {}", what.en),
            )
        }
        Judge::End(what) => {
            let what = names.pattern(what);
            names.each(
                &format!("最后一个事件必须是{}", what.zh),
                &format!("must end with {}", what.en),
            )
        }
        Judge::Choice { a, b, exclusive } => {
            let (a, b) = (names.pattern(a), names.pattern(b));
            let zh = if *exclusive {
                "，且只能有其一"
            } else {
                ""
            };
            let en = if *exclusive { ", but not both" } else { "" };
            names.each(
                &format!("必须有{}或{}{zh}", a.zh, b.zh),
                &format!("must have {} or {}{en}", a.en, b.en),
            )
        }
        _ => Bilingual::default(),
    }
}

fn count(names: &Names<'_>, what: &Bilingual, least: u32, most: Option<u32>) -> Bilingual {
    match (least, most) {
        (_, Some(0)) => names.each(
            &format!("不得有{}", what.zh),
            &format!("must have no {}", what.en),
        ),
        (least, Some(most)) if least == most => names.each(
            &format!("必须恰有 {most} 次{}", what.zh),
            &format!("must have exactly {most} of {}", what.en),
        ),
        (0, Some(most)) => names.each(
            &format!("至多有 {most} 次{}", what.zh),
            &format!("must have at most {most} of {}", what.en),
        ),
        (least, _) => names.each(
            &format!("至少有 {least} 次{}", what.zh),
            &format!("must have at least {least} of {}", what.en),
        ),
    }
}

fn deadline(deadline: &Deadline, names: &Names<'_>) -> Bilingual {
    let (start, stop) = (
        names.pattern(&deadline.start),
        names.pattern(&deadline.stop),
    );
    let bound = names.bound(&deadline.limit);
    let fit = names.correlation(&deadline.correlation);
    let mut said = both(
        format!(
            "{}之后，{}必须{}作出{}",
            start.zh, stop.zh, bound.zh, fit.zh
        ),
        format!(
            "{} must come {} after {}{}",
            stop.en, bound.en, start.en, fit.en
        ),
    );
    if !deadline.pause.0.is_empty() {
        let (pause, resume) = (
            names.pattern(&deadline.pause),
            names.pattern(&deadline.resume),
        );
        said.zh
            .push_str(&format!("，自{}至{}不计", pause.zh, resume.zh));
        said.en.push_str(&format!(
            "; the clock halts from {} to {}",
            pause.en, resume.en
        ));
    }
    if let Some(extension) = &deadline.extend {
        let (what, by) = (names.pattern(&extension.what), names.limit(&extension.by));
        said.zh.push_str(&format!("，{}可延长{}", what.zh, by.zh));
        said.en
            .push_str(&format!("; {} extends it by {}", what.en, by.en));
    }
    if let Some(deemed) = &deadline.deemed {
        let (after, unless) = (names.pattern(&deemed.after), names.pattern(&deemed.unless));
        let within = names.limit(&deemed.within);
        said.zh.push_str(&format!(
            "；{}后{}内未有{}的，自{}起计",
            after.zh, within.zh, unless.zh, after.zh
        ));
        said.en.push_str(&format!(
            "; without {} within {} after {} it counts from there",
            unless.en, within.en, after.en
        ));
    }
    said
}

fn duration(duration: &Duration, names: &Names<'_>) -> Bilingual {
    let (from, to) = (names.pattern(&duration.from), names.pattern(&duration.to));
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    if let Some(min) = &duration.min {
        let min = names.limit(min);
        zh.push(format!("至少{}", min.zh));
        en.push(format!("at least {}", min.en));
    }
    if let Some(max) = &duration.max {
        let max = names.limit(max);
        zh.push(format!("至多{}", max.zh));
        en.push(format!("at most {}", max.en));
    }
    let mut said = both(
        format!("从{}到{}须{}", from.zh, to.zh, zh.join("、")),
        format!("From {} to {} takes {}", from.en, to.en, en.join(" and ")),
    );
    if let Some(group) = &duration.group {
        said.zh
            .push_str(&format!("（据 {} 次历史记录）", group.observed));
        said.en
            .push_str(&format!(" (learned from {} pairs)", group.observed));
    }
    said
}

fn aggregate(aggregate: &Aggregate, names: &Names<'_>) -> Bilingual {
    let what = names.pattern(&aggregate.what);
    let (zh, en) = match &aggregate.value {
        AggregateValue::Count => ("次数".to_owned(), "the number".to_owned()),
        AggregateValue::Sum(expr) => (
            format!("{} 之和", expr.source()),
            format!("the sum of {}", expr.source()),
        ),
        AggregateValue::Distinct(expr) => (
            format!("不同的 {} 个数", expr.source()),
            format!("the number of different {}", expr.source()),
        ),
        AggregateValue::Ratio { holds, .. } => (
            format!("符合 {} 的比例", holds.source()),
            format!("the share with {}", holds.source()),
        ),
    };
    let (window_zh, window_en) = match aggregate.window {
        AggregateWindow::Whole => (String::new(), String::new()),
        AggregateWindow::Day => ("每日".to_owned(), " in a day".to_owned()),
        AggregateWindow::Week => ("每周".to_owned(), " in a week".to_owned()),
        AggregateWindow::Month => ("每月".to_owned(), " in a month".to_owned()),
        AggregateWindow::Year => ("每年".to_owned(), " in a year".to_owned()),
        AggregateWindow::Sliding(span) => {
            let span = parts::span(span);
            (format!("任意{}内", span.zh), format!(" in any {}", span.en))
        }
    };
    let mut limits_zh = Vec::new();
    let mut limits_en = Vec::new();
    for (value, zh, en) in [
        (&aggregate.over, "不得高于", "at most"),
        (&aggregate.under, "不得低于", "at least"),
    ] {
        if let Some(value) = value {
            let number = names.number_limit(value);
            limits_zh.push(format!("{zh} {}", number.zh));
            limits_en.push(format!("{en} {}", number.en));
        }
    }
    both(
        format!(
            "每个{}{window_zh}{}的{zh}{}",
            names.per,
            what.zh,
            limits_zh.join("、")
        ),
        format!(
            "For every {}, {en} of {}{window_en} is {}",
            names.per,
            what.en,
            limits_en.join(" and ")
        ),
    )
}

fn coverage(coverage: &Coverage, names: &Names<'_>) -> Bilingual {
    let (what, by) = (names.pattern(&coverage.what), names.pattern(&coverage.by));
    let fit = names.correlation(&coverage.correlation);
    let mut said = both(
        format!("每次{}都必须有{}覆盖{}", what.zh, by.zh, fit.zh),
        format!("Every {} must be covered by {}{}", what.en, by.en, fit.en),
    );
    if let Some(within) = &coverage.within {
        let within = names.limit(within);
        said.zh.push_str(&format!("，并在{}内到达", within.zh));
        said.en
            .push_str(&format!(", which must arrive within {}", within.en));
    }
    said
}
