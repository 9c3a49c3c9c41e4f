//! The table of rules: five numbers for objects and for activations, the rate, the months; and the
//! filters above it.

use std::collections::BTreeSet;

use cage_model::{Grade, Severity, Tally};
use cage_runtime::RuleOutcome;

use super::icons::Icon;
use super::markup::Page;
use super::{Report, SECTIONS_MAX};
use crate::words;

/// The filters and the table.
pub(super) fn write(page: &mut Page, report: &Report<'_>) {
    if report.outcome.rules.is_empty() {
        return;
    }
    page.raw("<section id=\"rules\" class=\"card\"><header><h2>")
        .two("规则一览", "Rules")
        .raw("</h2><span class=\"sub\">")
        .two(
            "每格上行为对象数，下行为事项（每次触发）数",
            "In each cell objects above, activations below",
        )
        .raw("</span></header>");
    filters(page, report);
    page.raw("<details class=\"howto\"><summary>")
        .two("五个数怎么读", "How to read the five numbers")
        .raw("</summary><dl class=\"kv\">");
    super::method::five_numbers(page);
    page.raw("</dl></details>");
    page.scroll("规则一览", "Rules")
        .raw("<table class=\"tbl dense rules\" data-sortable>");
    head(page);
    page.raw("<tbody>");
    for number in &report.order {
        row(page, report, *number, &report.outcome.rules[*number]);
    }
    page.raw("</tbody></table></div></section>\n");
}

/// The filters act on everything that stands under a rule. They need the script, which shows them.
fn filters(page: &mut Page, report: &Report<'_>) {
    page.raw("<form id=\"filters\" class=\"filters\" role=\"search\" hidden><label class=\"grow\"><span>")
        .two("文字", "Text")
        .raw("</span><input type=\"search\" name=\"text\" autocomplete=\"off\"></label><fieldset><legend>")
        .two("级别", "Severity")
        .raw("</legend>");
    for severity in [Severity::Red, Severity::Yellow, Severity::Notice] {
        let word = words::severity(severity);
        page.raw("<label><input type=\"checkbox\" name=\"severity\" value=\"")
            .raw(word.code)
            .raw("\" checked>")
            .word(word)
            .raw("</label>");
    }
    page.raw("</fieldset><label><span>")
        .two("结论", "State")
        .raw("</span><select name=\"state\">");
    for (value, zh, en) in [
        ("", "全部", "All"),
        ("violated", "有偏离", "Violated"),
        ("undecided", "有无法判断的", "Undecided"),
        ("pending", "有未到期的", "Pending"),
        ("silent", "从未触发", "Never triggered"),
    ] {
        page.option(value, zh, en);
    }
    page.raw("</select></label><label><span>")
        .two("类型", "Kind")
        .raw("</span><select name=\"kind\">")
        .option("", "全部", "All");
    let kinds: BTreeSet<&str> = report
        .outcome
        .rules
        .iter()
        .map(|rule| rule.kind.as_str())
        .collect();
    for kind in kinds {
        let (zh, en) = words::kind(kind);
        page.option(kind, zh, en);
    }
    page.raw("</select></label><button type=\"reset\" class=\"btn\">")
        .two("清除", "Clear")
        .raw("</button><output role=\"status\" aria-live=\"polite\"></output></form>");
}

fn head(page: &mut Page) {
    page.raw("<thead><tr><th scope=\"col\">")
        .two("级别", "Severity")
        .raw("</th><th scope=\"col\">")
        .two("规则", "Rule")
        .raw("</th>");
    for (zh, en) in [
        ("触发", "Activated"),
        ("符合", "Satisfied"),
        ("偏离", "Violated"),
    ] {
        page.raw("<th scope=\"col\" class=\"num\">")
            .two(zh, en)
            .raw("</th>");
    }
    page.raw("<th scope=\"col\">")
        .two("偏离率", "Rate")
        .raw("</th>");
    for (zh, en) in [("未到期", "Pending"), ("无法判断", "Undecided")] {
        page.raw("<th scope=\"col\" class=\"num\">")
            .two(zh, en)
            .raw("</th>");
    }
    page.raw("<th scope=\"col\">")
        .two("偏离走势", "Over time")
        .raw("</th></tr></thead>");
}

fn row(page: &mut Page, report: &Report<'_>, number: usize, rule: &RuleOutcome) {
    let (objects, activations) = (rule.objects, rule.activations);
    page.raw("<tr");
    filter_facts(page, rule, number);
    page.raw("><td>");
    severity_tag(page, rule);
    page.raw("</td><td class=\"what\">");
    title(page, rule, (number < SECTIONS_MAX).then_some(number));
    page.raw("</td>");
    two_counts(page, "strong", objects.activated, activations.activated);
    two_counts(page, "", objects.satisfied, activations.satisfied);
    two_counts(page, "t-over", objects.violated, activations.violated);
    page.raw("<td class=\"rate\" data-value=\"")
        .coordinate(rate(objects) * 1_000.0)
        .raw("\">")
        .percent(objects.violated, objects.activated)
        .raw("<span class=\"bar\"><svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect height=\"8\" width=\"")
        .coordinate((rate(objects) * 100.0).max(if objects.violated > 0 { 1.5 } else { 0.0 }))
        .raw("\"/></svg></span></td>");
    two_counts(page, "", objects.pending, activations.pending);
    two_counts(page, "t-soon", objects.undecided, activations.undecided);
    page.raw("<td data-value=\"")
        .long_text(&objects.violated.to_string())
        .raw("\">");
    if let Some(axis) = report.axis.filter(|_| objects.violated > 0) {
        super::series::sparkline(page, axis, &rule.months);
    }
    page.raw("</td></tr>\n");
}

/// A count of objects above the count of activations; what is nothing is faint.
fn two_counts(page: &mut Page, class: &'static str, objects: u64, activations: u64) {
    let class = if objects == 0 && activations == 0 {
        "none"
    } else {
        class
    };
    page.raw("<td class=\"num ")
        .raw(class)
        .raw("\" data-value=\"")
        .long_text(&objects.to_string())
        .raw("\">")
        .count(objects)
        .raw("<div class=\"sub\">")
        .count(activations)
        .raw("</div></td>");
}

fn rate(counts: Tally) -> f64 {
    if counts.activated == 0 {
        return 0.0;
    }
    counts.violated as f64 / counts.activated as f64
}

/// What the filters ask of a row or a section.
pub(super) fn filter_facts(page: &mut Page, rule: &RuleOutcome, number: usize) {
    page.raw(" data-rule=\"")
        .number(number)
        .raw("\" data-severity=\"")
        .raw(words::severity(rule.severity).code)
        .raw("\" data-kind=\"")
        .text(&rule.kind)
        .raw("\" data-state=\"");
    for (count, name) in [
        (rule.objects.violated, "violated "),
        (rule.activations.undecided, "undecided "),
        (rule.objects.pending, "pending "),
    ] {
        if count > 0 {
            page.raw(name);
        }
    }
    let silent = rule.activations.activated == 0 && rule.activations.undecided == 0;
    page.raw(if silent { "silent\"" } else { "\"" });
}

/// The severity: in its colour where there is something to see.
pub(super) fn severity_tag(page: &mut Page, rule: &RuleOutcome) {
    let broken = rule.objects.violated > 0;
    if rule.grade == Grade::Observe {
        page.raw("<span class=\"tag dash info\">")
            .icon(Icon::Shadow)
            .two("试运行", "Shadow")
            .raw("</span> ");
    }
    if !broken {
        page.raw("<span class=\"tag plain\">")
            .icon(Icon::Tick)
            .two("无偏离", "Clear")
            .raw("</span>");
        return;
    }
    page.raw(match rule.severity {
        Severity::Red => "<span class=\"tag over\">",
        Severity::Yellow => "<span class=\"tag soon\">",
        Severity::Notice => "<span class=\"tag info\">",
    })
    .icon(Icon::of_severity(rule.severity))
    .word(words::severity(rule.severity))
    .raw("</span>");
}

/// Title above id and kind; of a `.decl` rule the line as written.
fn title(page: &mut Page, rule: &RuleOutcome, section: Option<usize>) {
    let named = rule.title.chinese() != rule.id && !rule.title.is_empty();
    if let Some(number) = section {
        page.raw("<a href=\"#rule-").number(number).raw("\">");
    }
    if named {
        page.said(&rule.title);
    } else {
        page.raw("<code>").text(&rule.id).raw("</code>");
    }
    if section.is_some() {
        page.raw("</a>");
    }
    page.raw("<div class=\"sub\">");
    if named {
        page.raw("<code>").text(&rule.id).raw("</code>").separator();
    }
    let (zh, en) = words::kind(&rule.kind);
    page.two(zh, en).separator().text(&rule.per).raw("</div>");
}

/// A rule's id, linked to its section.
pub(super) fn link(page: &mut Page, report: &Report<'_>, rule: u16) {
    let number = usize::from(rule);
    let Some(found) = report.outcome.rules.get(number) else {
        return;
    };
    if number < SECTIONS_MAX {
        page.raw("<a class=\"mono ref\" href=\"#rule-")
            .number(number)
            .raw("\">");
        page.text(&found.id).raw("</a> ");
    } else {
        page.raw("<span class=\"mono ref\">")
            .text(&found.id)
            .raw("</span> ");
    }
}
