//! What was checked and what came of it; and the objects with the most findings.

use cage_model::Severity;

use super::Report;
use super::icons::Icon;
use super::markup::Page;
use crate::identity::hex;
use crate::words;

/// Activities listed in the overview.
const ACTIVITIES_MAX: usize = 12;
/// Rules named beside one of the worst objects.
const RULES_NAMED_MAX: usize = 8;

/// The headline, the figures, the facts, the notices.
pub(super) fn write(page: &mut Page, report: &Report<'_>) {
    let outcome = report.outcome;
    page.raw("<section id=\"overview\"><div class=\"crumb\">")
        .two("核查报告", "Report of a check")
        .raw("</div><h1>");
    headline(page, report);
    page.raw("</h1><div class=\"chips\"><span class=\"tag pause\">")
        .text(&outcome.pack.id)
        .raw(" ")
        .text(&outcome.pack.version)
        .raw("</span><span class=\"tag pause mono\">sha256:")
        .text(hex(&outcome.pack.hash).get(..12).unwrap_or_default())
        .raw("</span>");
    if let Some(as_of) = outcome.as_of {
        page.raw("<span class=\"tag pause\">")
            .two("判断时点", "As of")
            .raw(" ")
            .text(&report.clock.show_time(as_of))
            .raw(" ")
            .text(&report.clock.name())
            .raw("</span>");
    }
    if outcome.finite {
        page.raw("<span class=\"tag info\">")
            .two("每个对象视为到此结束", "Every object is taken to end there")
            .raw("</span>");
    }
    page.raw("</div>");
    tiles(page, report);
    page.raw("<div class=\"grid two\">");
    facts(page, report);
    notices(page, report);
    page.raw("</div></section>\n");
}

fn headline(page: &mut Page, report: &Report<'_>) {
    let outcome = report.outcome;
    let (objects, violations) = report.broken();
    let rules = outcome.rules.len() as u64;
    if violations == 0 {
        page.count(rules)
            .raw(" ")
            .two("条规则均未发现偏离", "rules: no deviation");
        return;
    }
    let broken = outcome
        .rules
        .iter()
        .filter(|rule| rule.objects.violated > 0);
    page.count(objects)
        .raw(" ")
        .two("个对象有", "objects with")
        .raw(" ")
        .count(violations)
        .raw(" ")
        .two("处待核偏离", "deviations to look at")
        .raw("<span class=\"faint\">")
        .separator()
        .count(rules)
        .raw(" ")
        .two("条规则中", "rules,")
        .raw(" ")
        .count(broken.count() as u64)
        .raw(" ")
        .two("条有发现", "with findings")
        .raw("</span>");
}

fn tiles(page: &mut Page, report: &Report<'_>) {
    page.raw("<div class=\"tiles\">");
    for severity in [Severity::Red, Severity::Yellow, Severity::Notice] {
        let (mut rules, mut violations) = (0, 0);
        for (rule, found) in report.outcome.rules.iter().zip(&report.found) {
            if rule.severity == severity && found.violations > 0 {
                rules += 1;
                violations += found.violations;
            }
        }
        let colour = match severity {
            Severity::Red => "<span class=\"tag over\">",
            Severity::Yellow => "<span class=\"tag soon\">",
            Severity::Notice => "<span class=\"tag info\">",
        };
        page.raw("<a class=\"tile\" href=\"#rules\" data-pick=\"")
            .raw(words::severity(severity).code)
            .raw("\">")
            .raw(colour)
            .icon(Icon::of_severity(severity))
            .word(words::severity(severity))
            .raw("</span><strong>")
            .count(violations)
            .raw("</strong><span class=\"sub\">")
            .count(rules)
            .raw(" ")
            .two("条规则", "rules")
            .raw("</span></a>");
    }
    let totals = report
        .outcome
        .rules
        .iter()
        .fold((0, 0), |(pending, undecided), rule| {
            (
                pending + rule.activations.pending,
                undecided + rule.activations.undecided,
            )
        });
    tile(
        page,
        Icon::Clock,
        totals.0,
        ("未到期", "Pending"),
        ("还欠着，期限未到", "owed, time not up"),
    );
    tile(
        page,
        Icon::Question,
        totals.1,
        ("无法判断", "Undecided"),
        ("缺数据，不当作合规", "data missing, never counted as kept"),
    );
    page.raw("</div>");
}

fn tile(page: &mut Page, icon: Icon, count: u64, name: (&str, &str), note: (&str, &str)) {
    page.raw("<div class=\"tile\"><span class=\"tag pause\">")
        .icon(icon)
        .two(name.0, name.1)
        .raw("</span><strong>")
        .count(count)
        .raw("</strong><span class=\"sub\">")
        .two(note.0, note.1)
        .raw("</span></div>");
}

fn facts(page: &mut Page, report: &Report<'_>) {
    let (log, pack) = (&report.outcome.log, &report.outcome.pack);
    page.raw("<div class=\"card\"><header><h2>")
        .two("核查了什么", "What was checked")
        .raw("</h2></header><div class=\"body2\"><dl class=\"kv\">");
    page.term("日志", "Log", |page| {
        for file in &log.files {
            page.raw("<div class=\"mono\">").text(file).raw("</div>");
        }
    });
    page.term("事件", "Events", |page| {
        page.count(log.events);
    });
    page.term("对象", "Objects", |page| {
        for (kind, count) in &log.objects {
            page.raw("<span class=\"pair\">")
                .count(*count)
                .raw(" <span class=\"mono\">")
                .text(kind)
                .raw("</span></span>");
        }
    });
    if let (Some(first), Some(last)) = (log.first, log.last) {
        page.term("时间", "Time", |page| {
            page.text(&report.clock.show_time(first))
                .raw(" – ")
                .text(&report.clock.show_time(last));
        });
    }
    page.term("步骤", "Activities", |page| {
        for activity in log.activities.iter().take(ACTIVITIES_MAX) {
            page.raw("<span class=\"pair\">");
            report.activity(page, &activity.name);
            page.raw(" <span class=\"sub\">")
                .count(activity.events)
                .raw("</span></span>");
        }
        let more = log.activities.len().saturating_sub(ACTIVITIES_MAX);
        if more > 0 {
            page.raw("<span class=\"pair sub\">+")
                .count(more as u64)
                .raw("</span>");
        }
    });
    page.term("规则包", "Pack", |page| {
        page.said(&pack.title)
            .raw(" <span class=\"mono\">")
            .text(&pack.id)
            .raw(" ")
            .text(&pack.version)
            .raw("</span>");
    });
    page.term("散列值", "SHA-256", |page| {
        page.raw("<code class=\"hash\">")
            .text(&hex(&pack.hash))
            .raw("</code>");
    });
    page.raw("</dl></div></div>");
}

fn notices(page: &mut Page, report: &Report<'_>) {
    let log = &report.outcome.log;
    page.raw("<div class=\"card\"><header><h2>")
        .two("读者应当知道", "What a reader should know")
        .raw("</h2></header><div class=\"body2\"><ul class=\"notes\">");
    let mut silent = true;
    for (count, zh, en) in [
        (
            log.skipped.count,
            "条记录无法读取，已跳过",
            "records could not be read and were passed over",
        ),
        (
            log.out_of_order,
            "个事件晚于同一对象的后续事件到达，已按时间重排",
            "events arrived behind a later one of their object and were put in order",
        ),
        (
            log.duplicates,
            "个事件重复，未计入",
            "events were repetitions and changed nothing",
        ),
    ] {
        if count > 0 {
            silent = false;
            page.raw("<li>")
                .count(count)
                .raw(" ")
                .two(zh, en)
                .raw("</li>");
        }
    }
    for skipped in log.skipped.first.iter().take(5) {
        page.raw("<li class=\"sub mono\">")
            .text(&skipped.file)
            .raw(":")
            .count(skipped.place.line)
            .raw(":")
            .count(skipped.place.column)
            .raw(" ")
            .text(&skipped.reason)
            .raw("</li>");
    }
    for notice in &report.outcome.notices {
        silent = false;
        page.raw("<li>");
        if let Some(rule) = &notice.rule {
            page.raw("<code>").text(rule).raw("</code> ");
        }
        page.said(&notice.text).raw("</li>");
    }
    if silent {
        page.raw("<li class=\"sub\">")
            .two(
                "没有：日志完整读入，按序，无重复；每条规则都能触发。",
                "Nothing: the log was read whole, in order, without repetitions, and every rule could fire.",
            )
            .raw("</li>");
    }
    page.raw("</ul></div></div>");
}

/// The objects with the most findings.
pub(super) fn worst(page: &mut Page, report: &Report<'_>) {
    if report.outcome.worst.is_empty() {
        return;
    }
    page.raw("<section id=\"worst\" class=\"card\"><header><h2>")
        .two("偏离最多的对象", "Objects with the most deviations")
        .raw("</h2><span class=\"sub\">")
        .two("点开看完整经过", "each opens its whole story")
        .raw("</span></header><div class=\"scroll tall\" tabindex=\"0\" role=\"region\"")
        .label("偏离最多的对象", "Worst objects")
        .raw("><table class=\"tbl\" data-sortable><thead><tr><th>")
        .two("对象", "Object")
        .raw("</th><th>")
        .two("类型", "Type")
        .raw("</th><th class=\"num\">")
        .two("偏离", "Deviations")
        .raw("</th><th class=\"num\">")
        .two("事件", "Events")
        .raw("</th><th>")
        .two("历时", "Duration")
        .raw("</th><th>")
        .two("偏离的规则", "Rules broken")
        .raw("</th></tr></thead><tbody>");
    for (number, worst) in report.outcome.worst.iter().enumerate() {
        let story = &worst.story;
        page.raw("<tr data-row><td><a class=\"mono\" href=\"#case-")
            .number(number)
            .raw("\">")
            .text(&story.id)
            .raw("</a></td><td>")
            .text(&story.kind)
            .raw("</td><td class=\"num\">")
            .count(worst.violations)
            .raw("</td><td class=\"num\">")
            .count(story.events.len() as u64)
            .raw("</td><td class=\"nowrap\" data-value=\"");
        let mut times = story.events.iter().filter_map(|event| event.time);
        let first = times.next();
        let last = times.next_back().or(first);
        if let (Some(first), Some(last)) = (first, last) {
            let (first, last) = (first.instant(), last.instant());
            let micros = last.0.saturating_sub(first.0);
            page.long_text(&micros.to_string())
                .raw("\">")
                .said(&super::findings::between(first, last));
        } else {
            page.raw("-1\">—");
        }
        page.raw("</td><td>");
        let broken = story
            .rules
            .iter()
            .filter(|rule| rule.activations.violated > 0);
        for rule in broken.clone().take(RULES_NAMED_MAX) {
            super::rules::link(page, report, rule.rule);
        }
        let more = broken.count().saturating_sub(RULES_NAMED_MAX);
        if more > 0 {
            page.raw("<span class=\"sub\">+")
                .count(more as u64)
                .raw("</span>");
        }
        page.raw("</td></tr>");
    }
    page.raw("</tbody></table></div></section>\n");
}
