//! Conformance to each flow: its figures, and the steps with what passed, was skipped, or does not
//! belong.

use cage_flow::{Inserted, PictureCounts, StepCount};
use cage_runtime::FlowOutcome;

use super::Report;
use super::icons::Icon;
use super::markup::Page;

/// Rows of each table of a flow.
const ROWS_MAX: usize = 60;

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
    page.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"流程图 Picture of the flow\">")
        .picture(&flow.model, &counts(flow))
        .raw("</div><div class=\"grid two\">");
    steps(page, report, flow);
    inserted(page, report, flow);
    page.raw("</div></div></article>\n");
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
        .long_text(&format!("{:.4}", flow.fitness))
        .raw("</strong><span class=\"sub\">")
        .two("整个日志", "whole log")
        .raw(" ")
        .long_text(&format!("{:.4}", flow.log_fitness))
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
        .raw("</h4><table class=\"tbl\"><thead><tr><th>")
        .two("步骤", "Step")
        .raw("</th><th class=\"num\">")
        .two("照办", "Passed")
        .raw("</th><th class=\"num\">")
        .two("缺", "Skipped")
        .raw("</th><th class=\"num\">%</th></tr></thead><tbody>");
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
