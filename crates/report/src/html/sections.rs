//! Rule by rule: what it says, what it rests on, how it stands, and its first findings.

use cage_model::{Bilingual, Tally};
use cage_pack::{Law, RuleEntry, titled};
use cage_runtime::RuleOutcome;

use super::icons::Icon;
use super::markup::Page;
use super::{Report, SECTIONS_MAX, findings, rules, series, spread};
use crate::words;

/// The sections of all rules.
pub(super) fn write(page: &mut Page, report: &Report<'_>) {
    let all = &report.outcome.rules;
    if all.is_empty() {
        return;
    }
    page.raw("<section id=\"sections\"><h2 class=\"part\">")
        .two("逐条规则", "Rule by rule")
        .raw("</h2>");
    let told = report.order.iter().filter(|number| **number < SECTIONS_MAX);
    for number in told {
        section(page, report, *number, &all[*number]);
    }
    if let Some(more) = all.len().checked_sub(SECTIONS_MAX).filter(|more| *more > 0) {
        page.raw("<p class=\"sub\">")
            .count(more as u64)
            .raw(" ")
            .two("条规则只列在表中", "more rules stand in the table only")
            .raw("</p>");
    }
    page.raw("</section>\n");
}

fn section(page: &mut Page, report: &Report<'_>, number: usize, rule: &RuleOutcome) {
    page.raw("<article class=\"card rule\" id=\"rule-")
        .number(number)
        .raw("\"");
    rules::filter_facts(page, rule, number);
    page.raw("><header><h3>");
    if !rule.title.is_empty() && rule.title.chinese() != rule.id {
        page.said(&rule.title).raw(" ");
    }
    page.raw("<code>").text(&rule.id).raw("</code></h3><span>");
    rules::severity_tag(page, rule);
    page.raw("</span></header><div class=\"body2\">");
    if !rule.wording.is_empty() {
        let events = report.options.pack.map_or(&[][..], |pack| &pack.events);
        page.raw("<p class=\"wording\">")
            .said(&titled(&rule.wording, events))
            .raw("</p>");
    }
    page.raw("<div class=\"grid two\"><div>");
    standing(page, rule);
    if let Some(axis) = report.axis {
        series::chart(page, axis, &rule.months);
    }
    let found = report.found.get(number);
    if let Some(spread) = found.and_then(|found| found.spread.as_ref()) {
        spread::write(page, spread);
    }
    page.raw("</div>");
    register(page, report, rule);
    page.raw("</div>");
    if let Some(found) = found {
        findings::write(page, report, found);
    }
    page.raw("</div></article>\n");
}

/// The five numbers twice, and activations as a bar.
fn standing(page: &mut Page, rule: &RuleOutcome) {
    page.raw("<table class=\"five\"><thead><tr><td></td>");
    for (icon, zh, en) in [
        (None, "触发", "Activated"),
        (Some((Icon::Tick, "t-ok")), "符合", "Satisfied"),
        (Some((Icon::Octagon, "t-over")), "偏离", "Violated"),
        (Some((Icon::Clock, "t-mut")), "未到期", "Pending"),
        (Some((Icon::Question, "t-soon")), "无法判断", "Undecided"),
    ] {
        page.raw("<th>");
        if let Some((icon, class)) = icon {
            page.raw("<span class=\"")
                .raw(class)
                .raw("\">")
                .icon(icon)
                .raw("</span>");
        }
        page.two(zh, en).raw("</th>");
    }
    page.raw("</tr></thead><tbody><tr><th>")
        .two("对象", "Objects")
        .raw("</th>");
    cells(page, rule.objects);
    page.raw("</tr><tr><th>")
        .two("事项", "Activations")
        .raw("</th>");
    cells(page, rule.activations);
    page.raw("</tr></tbody></table>");
    series::shares(page, rule.activations);
    page.raw("<p class=\"sub\">")
        .two("已履行且无欠：", "Kept, and owing nothing: ")
        .count(rule.fulfilled)
        .raw(" ")
        .two("个对象", "objects")
        .raw("</p>");
}

fn cells(page: &mut Page, counts: Tally) {
    for count in [
        counts.activated,
        counts.satisfied,
        counts.violated,
        counts.pending,
        counts.undecided,
    ] {
        page.raw("<td>").count(count).raw("</td>");
    }
}

/// The rule's entry: basis, kind, and what the register of algorithms says.
fn register(page: &mut Page, report: &Report<'_>, rule: &RuleOutcome) {
    let entry = report
        .options
        .pack
        .and_then(|pack| pack.register.iter().find(|entry| entry.id == rule.id));
    page.raw("<dl class=\"kv\">");
    page.term("依据", "Basis", |page| basis(page, report, rule, entry));
    page.term("类型", "Kind", |page| {
        let (zh, en) = words::kind(&rule.kind);
        page.two(zh, en)
            .separator()
            .two("对象类型", "per")
            .raw(" <span class=\"mono\">")
            .text(&rule.per)
            .raw("</span>");
    });
    page.term("作用", "Grade", |page| {
        page.word(words::grade(rule.grade))
            .separator()
            .word(words::severity(rule.severity));
    });
    if let Some(risk) = &rule.risk {
        page.term("风险点", "Risk point", |page| {
            page.text(risk);
        });
    }
    if let Some(entry) = entry {
        for (zh, en, text) in [
            ("目的", "Purpose", &entry.purpose),
            ("所用数据", "Data used", &entry.data),
            ("已知局限", "Known limits", &entry.limits),
        ] {
            said(page, zh, en, text);
        }
        if let Some(owner) = &entry.owner {
            page.term("责任人", "Owner", |page| {
                page.text(owner);
                if let Some(date) = entry.reviewed {
                    page.raw(" <span class=\"sub\">")
                        .two("复核于", "reviewed")
                        .raw(" ")
                        .text(&date.to_string())
                        .raw("</span>");
                }
            });
        }
        page.term("写在", "Written in", |page| {
            page.raw("<code>")
                .text(&entry.place.file)
                .raw(":")
                .number(entry.place.line)
                .raw("</code>");
        });
    }
    page.raw("</dl>");
}

fn said(page: &mut Page, zh: &str, en: &str, text: &Bilingual) {
    if !text.is_empty() {
        page.term(zh, en, |page| {
            page.said(text);
        });
    }
}

fn basis(page: &mut Page, report: &Report<'_>, rule: &RuleOutcome, entry: Option<&RuleEntry>) {
    if rule.basis.is_empty() {
        if entry.is_some_and(|entry| entry.internal) {
            page.two("本单位自定规则", "The office's own rule");
        } else {
            page.raw("—");
        }
        return;
    }
    for cited in &rule.basis {
        let (id, article) = cited.split_once('#').unwrap_or((cited, ""));
        let laws = report.options.pack.map_or(&[][..], |pack| &pack.laws);
        page.raw("<div class=\"law\">");
        match laws.iter().find(|law| law.id == id) {
            Some(law) => citation(page, law, article),
            None => {
                page.text(cited);
            }
        }
        page.raw("</div>");
    }
}

/// A law's full title, the article, and what it says where the pack quotes it. Titles are never
/// translated by us: the English page shows the pack's own gloss.
fn citation(page: &mut Page, law: &Law, article: &str) {
    page.raw("<b>").said(&law.title).raw("</b> ");
    if !article.is_empty() {
        page.two("第", "art.")
            .raw(" ")
            .text(article)
            .raw(" ")
            .two("条", "");
    }
    if let Some(number) = &law.number {
        page.raw("<span class=\"sub\"> ")
            .text(number)
            .raw("</span>");
    }
    if let Some((_, quoted)) = law.articles.iter().find(|(name, _)| name == article) {
        page.raw("<div class=\"sub\">").said(quoted).raw("</div>");
    }
}
