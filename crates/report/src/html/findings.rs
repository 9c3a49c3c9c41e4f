//! Findings of one rule: what happened, on which events it rests, and what the clock says.

use cage_model::{Bilingual, Finding, FindingId, Instant, MICROS_PER_SECOND, Payload, Verdict};

use super::icons::Icon;
use super::markup::Page;
use super::{Found, Report};
use crate::clock::{Clock, grouped, span};
use crate::explain;
use crate::identity;
use crate::words::Language;

/// The first findings as a table, and where the others are.
pub(super) fn write<'a>(page: &mut Page, report: &Report<'a>, found: &Found<'a>) {
    if found.total == 0 {
        return;
    }
    page.raw("<h4>")
        .two("发现", "Findings")
        .raw(" <span class=\"sub\">")
        .count(found.total as u64)
        .raw("</span></h4>");
    page.scroll("发现", "Findings")
        .raw("<table class=\"tbl findings\"><thead><tr>");
    for (zh, en) in [
        ("对象", "Object"),
        ("成立时间", "Since"),
        ("发生了什么", "What happened"),
        ("限度", "Limit"),
        ("实际", "Measured"),
        ("超出", "Beyond it"),
    ] {
        page.raw("<th>").two(zh, en).raw("</th>");
    }
    page.raw("</tr></thead><tbody>");
    let mut shown = 0;
    let ids = cage_runtime::identify(report.outcome, found.shown);
    for (finding, id) in found.shown.iter().zip(ids) {
        if Report::is_full(page) {
            break;
        }
        row(page, report, finding, id);
        shown += 1;
    }
    page.raw("</tbody></table></div>");
    rest(page, report, found.total - shown);
}

/// How many findings the page leaves out, and where they are.
fn rest(page: &mut Page, report: &Report<'_>, left: usize) {
    if left == 0 {
        return;
    }
    page.raw("<p class=\"sub more\">")
        .two("另有", "and")
        .raw(" ")
        .count(left as u64)
        .raw(" ");
    let files = report.options.findings_files;
    if files.is_empty() {
        page.two(
            "处发现未列出；加 --findings findings.xlsx 可得到全部。",
            "more; add --findings findings.xlsx to have them all.",
        );
    } else {
        page.two("处发现，全部在", "more, all of them in")
            .raw(" <code>")
            .text(&files.join(", "))
            .raw("</code>");
    }
    page.raw("</p>");
}

fn row<'a>(page: &mut Page, report: &Report<'a>, finding: &'a Finding, id: FindingId) {
    let clock = &report.clock;
    page.raw("<tr data-row><td>");
    if finding.verdict == Verdict::Undecided {
        page.raw("<span class=\"tag soon\">")
            .icon(Icon::Question)
            .two("无法判断", "Undecided")
            .raw("</span> ");
    }
    report.object(page, finding);
    page.raw("</td><td class=\"nowrap\">")
        .text(&clock.show(finding.at))
        .raw("</td><td>");
    page.said(&explain::happening(
        finding,
        &report.outcome.names,
        &report.clock,
        &report.titles,
    ));
    page.raw("<div class=\"sub evidence\">");
    for event in [finding.trigger, finding.other].into_iter().flatten() {
        page.raw("<span class=\"mono\">#")
            .count(event.position)
            .raw(" ")
            .text(report.outcome.names.text(event.activity))
            .raw(" ")
            .text(&clock.show(event.at))
            .raw("</span> ");
    }
    let id = identity::shown(id);
    page.raw("<span class=\"mono faint\" title=\"")
        .text(&id)
        .raw("\">")
        .text(id.get(..8).unwrap_or_default())
        .raw("</span></div></td>");
    let facts = facts(report, finding);
    for (place, text) in [facts.limit, facts.measured, facts.beyond]
        .iter()
        .enumerate()
    {
        page.raw(if place == 2 {
            "<td class=\"nowrap t-over\">"
        } else {
            "<td class=\"nowrap\">"
        })
        .said(text)
        .raw("</td>");
    }
    page.raw("</tr>\n");
}

/// The reason in words, with activities by their titles where the pack gives them.
pub(super) fn explanation(report: &Report<'_>, clock: &Clock, finding: &Finding) -> Bilingual {
    explain::explanation(finding, &report.outcome.names, clock, &report.titles)
}

/// What was allowed, what was found, and by how much it went beyond.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Facts {
    limit: Bilingual,
    measured: Bilingual,
    beyond: Bilingual,
}

fn facts(report: &Report<'_>, finding: &Finding) -> Facts {
    let same = |text: String| Bilingual {
        zh: text.clone(),
        en: text,
    };
    match finding.payload {
        Payload::None | Payload::Cost(_) => Facts::default(),
        Payload::Due(due) => due_facts(report, finding, due),
        Payload::Span { measured, limit } => Facts {
            limit: spans(limit),
            measured: spans(measured),
            beyond: spans(measured.saturating_sub(limit).saturating_abs()),
        },
        Payload::Count { counted, limit } => Facts {
            limit: same(grouped(limit)),
            measured: same(grouped(counted)),
            beyond: same(grouped(counted.abs_diff(limit))),
        },
        Payload::Number { computed, limit } => Facts {
            limit: same(limit.to_string()),
            measured: same(computed.to_string()),
            beyond: Bilingual::default(),
        },
        Payload::Missing { first, last } => Facts {
            measured: Bilingual {
                zh: format!("缺 {first}–{last}"),
                en: format!("{first}–{last} missing"),
            },
            ..Facts::default()
        },
        Payload::Values { before, after } => Facts {
            limit: same(report.outcome.names.text(before).to_owned()),
            measured: same(report.outcome.names.text(after).to_owned()),
            beyond: Bilingual::default(),
        },
        Payload::Field(field) => Facts {
            measured: same(report.outcome.names.text(field).to_owned()),
            ..Facts::default()
        },
    }
}

/// When it was due, when it came if it did, and how late that is, or how long it has been owed.
fn due_facts(report: &Report<'_>, finding: &Finding, due: Instant) -> Facts {
    let clock = &report.clock;
    let text = clock.show(due);
    let came = finding.other.map(|event| event.at);
    let until = came.or(report.outcome.as_of.map(|time| time.instant()));
    let late = until
        .map(|until| until.0.saturating_sub(due.0))
        .filter(|late| *late > 0);
    let measured = match came {
        Some(at) => Bilingual {
            zh: clock.show(at),
            en: clock.show(at),
        },
        None => Bilingual {
            zh: "至今未见".to_owned(),
            en: "not seen so far".to_owned(),
        },
    };
    Facts {
        limit: Bilingual {
            zh: text.clone(),
            en: text,
        },
        measured,
        beyond: late.map(spans).unwrap_or_default(),
    }
}

fn spans(micros: i64) -> Bilingual {
    // A span of nothing but fractions of a second is shown as what it is in files, not as 0 s.
    if micros != 0 && micros.unsigned_abs() < MICROS_PER_SECOND.unsigned_abs() {
        let text = format!("{} ms", micros / 1_000);
        return Bilingual {
            zh: text.clone(),
            en: text,
        };
    }
    Bilingual {
        zh: span(micros, Language::Chinese),
        en: span(micros, Language::English),
    }
}

/// The time between two events in words.
pub(super) fn between(earlier: Instant, later: Instant) -> Bilingual {
    spans(later.0.saturating_sub(earlier.0))
}
