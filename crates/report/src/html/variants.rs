//! The ways that objects went through a flow: how many went each, and where it leaves the flow.

use cage_runtime::{FlowOutcome, FlowVariant};

use super::Report;
use super::icons::Icon;
use super::markup::Page;
use super::spread::bar;
use crate::alignment::{self, Step, StepKind};

/// Variants of each list.
const ROWS_MAX: usize = 12;
/// Steps of one variant that are drawn.
const STEPS_MAX: usize = 40;

/// The most frequent variants, and the most frequent of those that leave the flow.
pub(super) fn write(page: &mut Page, report: &Report<'_>, flow: &FlowOutcome) {
    let frequent: Vec<&FlowVariant> = flow.frequent.iter().take(ROWS_MAX).collect();
    let misfits: Vec<&FlowVariant> = flow
        .frequent
        .iter()
        .filter(|variant| cost(variant) != Some(0))
        .take(ROWS_MAX)
        .collect();
    if frequent.is_empty() {
        return;
    }
    page.raw("<h4>")
        .two("最常见的走法", "The most frequent variants")
        .raw(" <span class=\"sub\">")
        .count(frequent.len() as u64)
        .raw(" / ")
        .count(flow.variants)
        .raw("</span></h4>");
    table(page, report, flow, &frequent);
    // Where every misfit is in the first list already, a second one would only repeat it.
    if misfits.iter().all(|one| frequent.contains(one)) {
        return;
    }
    page.raw("<h4>")
        .two("最常见的偏离走法", "The most frequent deviating variants")
        .raw("</h4>");
    table(page, report, flow, &misfits);
}

fn cost(variant: &FlowVariant) -> Option<u32> {
    variant.alignment.as_ref().map(|alignment| alignment.cost)
}

fn table(page: &mut Page, report: &Report<'_>, flow: &FlowOutcome, variants: &[&FlowVariant]) {
    page.scroll("走法", "Variants")
        .raw("<table class=\"tbl variants\"><thead><tr><th class=\"num\">")
        .two("对象", "Objects")
        .raw("</th><th>")
        .two("占比", "Share")
        .raw("</th><th class=\"num\">")
        .two("累计", "Together")
        .raw("</th><th class=\"num\">")
        .two("偏离步数", "Cost")
        .raw("</th><th>")
        .two("步骤", "Steps")
        .raw("</th></tr></thead><tbody>");
    let all = flow.cases + flow.not_aligned;
    let mut together = 0;
    for variant in variants {
        together += variant.objects;
        page.raw("<tr><td class=\"num strong\">")
            .count(variant.objects)
            .raw("</td><td class=\"share\">")
            .percent(variant.objects, all);
        bar(page, variant.objects, all);
        page.raw("</td><td class=\"num\">").percent(together, all);
        match cost(variant) {
            Some(0) => page.raw("</td><td class=\"num none\">0"),
            Some(cost) => page
                .raw("</td><td class=\"num t-over\">")
                .count(cost.into()),
            None => page.raw("</td><td class=\"num\">—"),
        };
        page.raw("</td><td>");
        path(page, report, flow, variant);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>");
}

fn path(page: &mut Page, report: &Report<'_>, flow: &FlowOutcome, variant: &FlowVariant) {
    let activities: Vec<&str> = variant.activities.iter().map(String::as_str).collect();
    let read: Vec<Step<'_>> = match &variant.alignment {
        Some(alignment) => alignment::steps(alignment, &flow.model, &activities),
        None => activities
            .iter()
            .map(|label| Step {
                kind: StepKind::Passed,
                label,
            })
            .collect(),
    };
    chips(page, report, &read, STEPS_MAX);
}

/// Steps of an alignment as chips: done, missing, too many.
pub(super) fn chips(page: &mut Page, report: &Report<'_>, steps: &[Step<'_>], most: usize) {
    page.raw("<ol class=\"steps\">");
    for step in steps.iter().take(most) {
        let (begin, icon) = match step.kind {
            StepKind::Passed => ("<li class=\"ok\">", Icon::Tick),
            StepKind::Skipped => ("<li class=\"miss\">", Icon::Cross),
            StepKind::Inserted => ("<li class=\"over\">", Icon::Plus),
        };
        page.raw(begin).icon(icon);
        match report.titles.get(step.label) {
            Some(title) => page.said(title),
            None => page.text(step.label),
        };
        match step.kind {
            StepKind::Passed => {}
            StepKind::Skipped => {
                page.raw(" <small>").two("缺", "missing").raw("</small>");
            }
            StepKind::Inserted => {
                page.raw(" <small>").two("多", "extra").raw("</small>");
            }
        }
        page.raw("</li>");
    }
    let left = steps.len().saturating_sub(most);
    if left > 0 {
        page.raw("<li class=\"sub\">+")
            .count(left as u64)
            .raw("</li>");
    }
    page.raw("</ol>");
}
