//! Conformance to each flow: its figures, and the steps with what passed, was skipped, or does not
//! belong.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use cage_flow::{Inserted, Model, PictureCounts, StepCount};
use cage_runtime::FlowOutcome;

use super::icons::Icon;
use super::markup::Page;
use super::{Report, variants};
use crate::clock::fitness;
use crate::words::Language;

/// Rows of each table of a flow.
const ROWS_MAX: usize = 60;
/// Steps named in the line on where a flow is left most.
const WORST_MAX: usize = 5;

/// All flows.
pub(super) fn write(page: &mut Page, report: &Report<'_>) {
    if report.outcome.flows.is_empty() {
        return;
    }
    page.raw("<section id=\"flows\"><h2 class=\"part\">")
        .two("流程", "Flows")
        .raw("</h2>");
    for flow in &report.outcome.flows {
        one(page, report, flow);
    }
    page.raw("</section>\n");
}

fn one(page: &mut Page, report: &Report<'_>, flow: &FlowOutcome) {
    page.raw("<article class=\"card\"><header><h3>");
    if flow.model.name.is_empty() {
        page.text(&flow.id);
    } else {
        page.text(&flow.model.name)
            .raw(" <code>")
            .text(&flow.id)
            .raw("</code>");
    }
    page.raw("</h3><span class=\"legend sub\"><span class=\"t-ok\">")
        .icon(Icon::Tick)
        .two("照流程办理", "as the flow says")
        .raw("</span><span class=\"t-over\">")
        .icon(Icon::Cross)
        .two("缺步骤", "skipped")
        .raw("</span><span class=\"t-soon\">")
        .icon(Icon::Plus)
        .two("多出步骤", "extra")
        .raw("</span></span></header><div class=\"body2\">");
    figures(page, flow);
    for note in &flow.model.notes {
        page.raw("<p class=\"sub\">").text(note).raw("</p>");
    }
    worst_steps(page, report, flow);
    picture(page, report, flow);
    variants::write(page, report, flow);
    page.raw("<div class=\"grid two\">");
    steps(page, report, flow);
    inserted(page, report, flow);
    page.raw("</div></div></article>\n");
}

/// The picture, with means to enlarge it that the script shows. Where the pack titles its events,
/// it is drawn once in each language.
fn picture(page: &mut Page, report: &Report<'_>, flow: &FlowOutcome) {
    page.raw("<div class=\"picture\" data-zoom><div class=\"tools\" hidden>");
    for (what, sign, zh, en) in [
        (" data-by=\"out\"", "−", "缩小", "Smaller"),
        (" data-by=\"in\"", "+", "放大", "Larger"),
    ] {
        page.raw("<button type=\"button\" class=\"btn\"")
            .raw(what)
            .label(zh, en)
            .raw(">")
            .raw(sign)
            .raw("</button>");
    }
    page.raw("<button type=\"button\" class=\"btn\" data-by=\"fit\">")
        .two("整幅", "Whole")
        .raw("</button><button type=\"button\" class=\"btn\" data-by=\"natural\">")
        .two("原大", "Actual size")
        .raw("</button><span class=\"sub\">")
        .two(
            "可拖动；选中后用方向键移动，+ − 缩放，0 看整幅",
            "Drag to move; with the picture in focus the arrow keys move it, + and − enlarge and reduce, 0 shows all",
        )
        .raw("</span></div>");
    page.scroll("流程图", "Picture of the flow");
    let counts = counts(flow);
    let titled = flow
        .steps
        .iter()
        .any(|step| report.titles.get(&step.label).is_some());
    if titled {
        for (begin, language) in [
            ("<span class=\"zh\">", Language::Chinese),
            ("</span><span class=\"en\" lang=\"en\">", Language::English),
        ] {
            let (model, counts) = in_words(report, flow, &counts, language);
            page.raw(begin).picture(&model, &counts);
        }
        page.raw("</span>");
    } else {
        page.picture(&flow.model, &counts);
    }
    page.raw("</div></div>");
}

/// The model and its counts with activities by their titles.
fn in_words(
    report: &Report<'_>,
    flow: &FlowOutcome,
    counts: &PictureCounts,
    language: Language,
) -> (Model, PictureCounts) {
    let named = |name: &String| report.titles.name(name, language).to_owned();
    let mut model = Model::clone(&flow.model);
    for label in &mut model.net.labels {
        *label = named(label);
    }
    for element in &mut model.elements {
        element.name = named(&element.name);
    }
    let mut counts = counts.clone();
    for inserted in &mut counts.inserted {
        inserted.activity = named(&inserted.activity);
        inserted.after = named(&inserted.after);
    }
    (model, counts)
}

/// Where the flow is left most often, in one line.
fn worst_steps(page: &mut Page, report: &Report<'_>, flow: &FlowOutcome) {
    let skipped = flow.steps.iter().filter(|step| step.skipped > 0);
    let mut worst: Vec<(u64, bool, &str)> = skipped
        .map(|step| (step.skipped, false, step.label.as_str()))
        .collect();
    let mut extra: BTreeMap<&str, u64> = BTreeMap::new();
    for inserted in &flow.inserted {
        *extra.entry(&inserted.activity).or_default() += inserted.count;
    }
    worst.extend(extra.into_iter().map(|(name, count)| (count, true, name)));
    worst.sort_by_key(|(count, too_many, name)| (Reverse(*count), *too_many, *name));
    if worst.is_empty() {
        return;
    }
    page.raw("<p class=\"pairs\"><span class=\"pair sub\">")
        .two("偏离最集中的步骤", "Where it is left most")
        .raw("</span>");
    for (count, too_many, name) in worst.into_iter().take(WORST_MAX) {
        page.raw("<span class=\"pair\"><span class=\"");
        if too_many {
            page.raw("t-soon\">").icon(Icon::Plus);
        } else {
            page.raw("t-over\">").icon(Icon::Cross);
        }
        page.raw("</span> ");
        report.activity(page, name);
        page.raw(" <b>")
            .count(count)
            .raw("</b> <span class=\"sub\">");
        if too_many {
            page.two("次多出", "extra");
        } else {
            page.two("次缺失", "missing");
        }
        page.raw("</span></span>");
    }
    page.raw("</p>");
}

/// The counts as the picture takes them.
fn counts(flow: &FlowOutcome) -> PictureCounts {
    PictureCounts {
        steps: flow
            .steps
            .iter()
            .map(|step| {
                let count = StepCount {
                    passed: step.passed,
                    skipped: step.skipped,
                };
                (step.element.clone(), count)
            })
            .collect(),
        inserted: flow
            .inserted
            .iter()
            .map(|inserted| Inserted {
                activity: inserted.activity.clone(),
                after: inserted.after.clone(),
                count: inserted.count,
            })
            .collect(),
    }
}

fn figures(page: &mut Page, flow: &FlowOutcome) {
    page.raw("<div class=\"tiles flat\">");
    let figures: [(&str, &str, u64); 4] = [
        ("对象", "Objects", flow.cases),
        ("走法", "Variants", flow.variants),
        ("偏离总步数", "Total cost", flow.cost),
        ("超出计算上限", "Given up at the bound", flow.not_aligned),
    ];
    page.raw("<div class=\"tile\"><span class=\"sub\">")
        .two("完全符合", "Fitting")
        .raw("</span><strong>")
        .percent(flow.fitting, flow.cases)
        .raw("</strong><span class=\"sub\">")
        .count(flow.fitting)
        .raw(" / ")
        .count(flow.cases)
        .raw("</span></div><div class=\"tile\"><span class=\"sub\">")
        .two("拟合度", "Fitness")
        .raw("</span><strong>")
        .long_text(&fitness(flow.fitness))
        .raw("</strong><span class=\"sub\">")
        .two("整个日志", "whole log")
        .raw(" ")
        .long_text(&fitness(flow.log_fitness))
        .raw("</span></div>");
    for (zh, en, count) in figures.into_iter().filter(|(.., count)| *count > 0) {
        page.raw("<div class=\"tile\"><span class=\"sub\">")
            .two(zh, en)
            .raw("</span><strong>")
            .count(count)
            .raw("</strong></div>");
    }
    page.raw("</div>");
}

fn steps(page: &mut Page, report: &Report<'_>, flow: &FlowOutcome) {
    page.raw("<div><h4>")
        .two("各步骤", "Steps")
        .raw("</h4><table class=\"tbl\" data-sortable><thead><tr><th>")
        .two("步骤", "Step")
        .raw("</th><th class=\"num\">")
        .two("照流程", "Passed")
        .raw("</th><th class=\"num\">")
        .two("缺", "Skipped")
        .raw("</th><th class=\"num\">")
        .two("缺失率", "Rate")
        .raw("</th></tr></thead><tbody>");
    for step in flow.steps.iter().take(ROWS_MAX) {
        page.raw("<tr><td>");
        report.activity(page, &step.label);
        page.raw("</td><td class=\"num\">")
            .count(step.passed)
            .raw("</td>");
        page.raw(if step.skipped > 0 {
            "<td class=\"num t-over\">"
        } else {
            "<td class=\"num none\">"
        });
        page.count(step.skipped)
            .raw("</td><td class=\"num\">")
            .percent(step.skipped, step.passed + step.skipped)
            .raw("</td></tr>");
    }
    page.raw("</tbody></table>");
    more(page, flow.steps.len());
    page.raw("</div>");
}

fn inserted(page: &mut Page, report: &Report<'_>, flow: &FlowOutcome) {
    page.raw("<div><h4>")
        .two("流程此处没有的步骤", "Steps without a place in the flow")
        .raw("</h4>");
    if flow.inserted.is_empty() {
        page.raw("<p class=\"sub\">")
            .two("没有", "none")
            .raw("</p></div>");
        return;
    }
    page.raw("<table class=\"tbl\"><thead><tr><th>")
        .two("步骤", "Activity")
        .raw("</th><th>")
        .two("出现在", "After")
        .raw("</th><th class=\"num\">")
        .two("次数", "Times")
        .raw("</th></tr></thead><tbody>");
    for inserted in flow.inserted.iter().take(ROWS_MAX) {
        page.raw("<tr><td>");
        report.activity(page, &inserted.activity);
        page.raw("</td><td>");
        if inserted.after.is_empty() {
            page.two("开头", "the start");
        } else {
            report.activity(page, &inserted.after);
        }
        page.raw("</td><td class=\"num t-soon\">")
            .count(inserted.count)
            .raw("</td></tr>");
    }
    page.raw("</tbody></table>");
    more(page, flow.inserted.len());
    page.raw("</div>");
}

fn more(page: &mut Page, rows: usize) {
    let left = rows.saturating_sub(ROWS_MAX);
    if left > 0 {
        page.raw("<p class=\"sub\">+")
            .count(left as u64)
            .raw("</p>");
    }
}
