//! Stories: each of the worst objects with its events, the verdict of every rule, and its
//! alignment.

use std::ops::Range;

use cage_model::{Bilingual, EventRef, Finding, Instant, Time, Verdict};
use cage_runtime::{Story, StoryEvent, StoryRule, WorstObject};

use super::icons::Icon;
use super::markup::Page;
use super::{Report, findings, rules, variants};
use crate::alignment;
use crate::clock::Clock;
use crate::words;

/// Events of one story that are told, besides those with findings and their neighbours.
const EVENTS_MAX: usize = 60;
/// Attributes and objects of one event that are shown.
const DETAILS_MAX: usize = 12;
/// Attributes of the object itself that are shown.
const ATTRIBUTES_MAX: usize = 24;
/// Steps of an alignment that are drawn.
const STEPS_MAX: usize = 120;
/// Findings of one rule in one story that are told.
const FINDINGS_MAX: usize = 40;

/// The stories.
pub(super) fn write(page: &mut Page, report: &Report<'_>) {
    if report.outcome.worst.is_empty() {
        return;
    }
    page.raw("<section id=\"cases\"><h2 class=\"part\">")
        .two("对象经过", "Stories")
        .raw("</h2>");
    for (number, worst) in report.outcome.worst.iter().enumerate() {
        if Report::is_full(page) {
            page.raw("<p id=\"case-")
                .number(number)
                .raw("\" class=\"sub\">");
            page.text(&worst.story.id)
                .raw(": ")
                .two(
                    "本页已满，请用 ironcage explain",
                    "the page is full; use ironcage explain",
                )
                .raw("</p>");
            continue;
        }
        case(page, report, number, worst);
    }
    page.raw("</section>\n");
}

fn case(page: &mut Page, report: &Report<'_>, number: usize, worst: &WorstObject) {
    let story = &worst.story;
    page.raw("<details class=\"card case\" data-row")
        .raw(if number == 0 { " open" } else { "" })
        .raw("><summary><h3>")
        .text(&story.kind)
        .raw(" <span class=\"mono\">")
        .text(&story.id)
        .raw("</span></h3><span class=\"tag over\">")
        .icon(Icon::Octagon)
        .count(worst.violations)
        .raw(" ")
        .two("处待核偏离", "deviations")
        .raw("</span><span class=\"sub\">")
        .count(story.events.len() as u64)
        .raw(" ")
        .two("个事件", "events");
    let mut times = story.events.iter().filter_map(|event| event.time);
    if let Some(first) = times.next() {
        let last = times.next_back().unwrap_or(first);
        page.separator()
            .text(&report.clock.show_time(first))
            .raw(" – ")
            .text(&report.clock.show_time(last))
            .separator()
            .said(&findings::between(first.instant(), last.instant()));
    }
    page.raw("</span></summary><div class=\"body2\" id=\"case-")
        .number(number)
        .raw("\">");
    attributes(page, story);
    page.raw("<div class=\"grid two\"><div><h4>")
        .two("经过", "What happened")
        .raw("</h4>");
    timeline(page, report, story);
    page.raw("</div><div><h4>")
        .two("各规则的结论", "Verdicts")
        .raw("</h4>");
    verdicts(page, report, story);
    alignments(page, report, story);
    page.raw("</div></div></div></details>\n");
}

fn attributes(page: &mut Page, story: &Story) {
    if story.attributes.is_empty() {
        return;
    }
    page.raw("<p class=\"pairs\">");
    for (name, value) in story.attributes.iter().take(ATTRIBUTES_MAX) {
        pair(page, name, value);
    }
    more(page, story.attributes.len().saturating_sub(ATTRIBUTES_MAX));
    page.raw("</p>");
}

fn pair(page: &mut Page, name: &str, value: &str) {
    page.raw("<span class=\"pair\"><span class=\"sub\">")
        .text(name)
        .raw("</span> ")
        .text(value)
        .raw("</span>");
}

fn more(page: &mut Page, count: usize) {
    if count > 0 {
        page.raw("<span class=\"pair sub\">+")
            .count(count as u64)
            .raw("</span>");
    }
}

/// A finding with its rule and words, as it stands in a timeline.
struct Remark<'a> {
    rule: u16,
    finding: &'a Finding,
    said: Bilingual,
}

fn remarks<'a>(report: &Report<'_>, clock: &Clock, story: &'a Story) -> Vec<Remark<'a>> {
    let mut remarks = Vec::new();
    for rule in &story.rules {
        for (_, finding, said) in rule.findings.iter().take(FINDINGS_MAX) {
            remarks.push(Remark {
                rule: rule.rule,
                finding,
                said: words_of(report, clock, finding, said),
            });
        }
    }
    remarks
}

fn words_of(report: &Report<'_>, clock: &Clock, finding: &Finding, said: &Bilingual) -> Bilingual {
    if said.is_empty() {
        findings::explanation(report, clock, finding)
    } else {
        said.clone()
    }
}

/// Events and, between them, the moments at which time was up. A long story is told around its
/// findings. A finding that no told event stands for is told at its own time.
fn timeline(page: &mut Page, report: &Report<'_>, story: &Story) {
    let clock = Clock::of_story(report.outcome, story);
    let remarks = remarks(report, &clock, story);
    let told = told(story, &remarks);
    let mut silent: Vec<&Remark<'_>> = remarks
        .iter()
        .filter(|remark| {
            let mut events = told
                .iter()
                .filter_map(|range| story.events.get(range.clone()));
            !events.any(|events| events.iter().any(|event| marks(remark, event)))
        })
        .collect();
    silent.sort_by_key(|remark| remark.finding.at);
    let mut silent = silent.into_iter().peekable();
    let mut previous: Option<Instant> = None;
    page.raw("<ol class=\"tl\">");
    for range in &told {
        left_out(page, story, &told, range);
        for event in story.events.get(range.clone()).unwrap_or_default() {
            if let Some(at) = event.time.map(Time::instant) {
                while let Some(remark) = silent.next_if(|remark| remark.finding.at <= at) {
                    gap(page, previous, remark.finding.at);
                    previous = Some(remark.finding.at);
                    time_up(page, report, &clock, remark);
                }
                gap(page, previous, at);
                previous = Some(at);
            }
            entry(page, report, event, &remarks);
        }
    }
    if let Some(last) = told.last() {
        omitted(page, story.events.len().saturating_sub(last.end));
    }
    for remark in silent {
        gap(page, previous, remark.finding.at);
        previous = Some(remark.finding.at);
        time_up(page, report, &clock, remark);
    }
    page.raw("</ol>");
}

/// Which events are told: all of a short story; of a long one the beginning, the end, and those
/// with findings between their neighbours.
fn told(story: &Story, remarks: &[Remark<'_>]) -> Vec<Range<usize>> {
    let length = story.events.len();
    let mut wanted = vec![length <= EVENTS_MAX; length];
    for place in wanted.iter_mut().take(6) {
        *place = true;
    }
    for place in wanted.iter_mut().rev().take(6) {
        *place = true;
    }
    let mut left = EVENTS_MAX;
    for (index, event) in story.events.iter().enumerate() {
        let marked = remarks.iter().any(|remark| marks(remark, event));
        if marked && left > 0 {
            left -= 1;
            let near = index.saturating_sub(1)..(index + 2).min(length);
            if let Some(places) = wanted.get_mut(near) {
                places.fill(true);
            }
        }
    }
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (index, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
        match ranges.last_mut() {
            Some(last) if last.end == index => last.end += 1,
            _ => ranges.push(index..index + 1),
        }
    }
    ranges
}

fn left_out(page: &mut Page, story: &Story, told: &[Range<usize>], range: &Range<usize>) {
    let before = told
        .iter()
        .take_while(|other| other.start < range.start)
        .last();
    let start = before.map_or(0, |before| before.end);
    debug_assert!(range.end <= story.events.len());
    omitted(page, range.start.saturating_sub(start));
}

fn omitted(page: &mut Page, count: usize) {
    if count > 0 {
        page.raw("<li class=\"gap\"><span></span><div class=\"sub\">… ")
            .count(count as u64)
            .raw(" ")
            .two("个事件从略", "events left out")
            .raw("</div></li>");
    }
}

/// Whether a finding is told at an event: the event broke the rule, or set off one that was broken
/// at once.
fn marks(remark: &Remark<'_>, event: &StoryEvent) -> bool {
    let finding = remark.finding;
    let at_once = |trigger: &EventRef| trigger.at == finding.at;
    finding
        .other
        .or(finding.trigger.filter(at_once))
        .is_some_and(|known| known.position == event.position)
}

/// A pause of an hour and more between events, in words.
fn gap(page: &mut Page, previous: Option<Instant>, at: Instant) {
    const HOUR: i64 = 3_600_000_000;
    let Some(previous) = previous else { return };
    if at.0.saturating_sub(previous.0) >= HOUR {
        page.raw("<li class=\"gap\"><span></span><div class=\"sub\">")
            .said(&findings::between(previous, at))
            .raw("</div></li>");
    }
}

fn entry(page: &mut Page, report: &Report<'_>, event: &StoryEvent, remarks: &[Remark<'_>]) {
    let mut own = remarks
        .iter()
        .filter(|remark| marks(remark, event))
        .peekable();
    let broken = own
        .clone()
        .any(|remark| remark.finding.verdict == Verdict::Violated);
    page.raw(if broken {
        "<li><span class=\"dot over\">"
    } else if own.peek().is_some() {
        "<li><span class=\"dot soon\">"
    } else {
        "<li><span class=\"dot\">"
    })
    .icon(match (broken, own.peek()) {
        (true, _) => Icon::Octagon,
        (false, Some(_)) => Icon::Question,
        (false, None) => Icon::Dot,
    })
    .raw("</span><div><div class=\"sub\">")
    .text(
        &event
            .time
            .map_or_else(|| "—".to_owned(), |time| report.clock.show_time(time)),
    )
    .raw(" <span class=\"faint mono\">#")
    .count(event.position)
    .raw("</span></div><b>");
    report.activity(page, &event.activity);
    page.raw("</b>");
    details(page, event);
    for remark in own {
        note(page, report, remark);
    }
    page.raw("</div></li>");
}

fn details(page: &mut Page, event: &StoryEvent) {
    if event.attributes.is_empty() && event.objects.is_empty() {
        return;
    }
    page.raw("<div class=\"pairs\">");
    for (kind, id, qualifier) in event.objects.iter().take(DETAILS_MAX) {
        page.raw("<span class=\"pair\"><span class=\"sub\">")
            .text(kind);
        if !qualifier.is_empty() {
            page.raw(" (").text(qualifier).raw(")");
        }
        page.raw("</span> <span class=\"mono\">")
            .text(id)
            .raw("</span></span>");
    }
    for (name, value) in event.attributes.iter().take(DETAILS_MAX) {
        pair(page, name, value);
    }
    more(
        page,
        event.objects.len().saturating_sub(DETAILS_MAX)
            + event.attributes.len().saturating_sub(DETAILS_MAX),
    );
    page.raw("</div>");
}

fn note(page: &mut Page, report: &Report<'_>, remark: &Remark<'_>) {
    page.raw(if remark.finding.verdict == Verdict::Violated {
        "<div class=\"remark t-over\">"
    } else {
        "<div class=\"remark t-soon\">"
    });
    rules::link(page, report, remark.rule);
    page.said(&remark.said).raw("</div>");
}

/// A moment at which nothing came.
fn time_up(page: &mut Page, report: &Report<'_>, clock: &Clock, remark: &Remark<'_>) {
    page.raw(if remark.finding.verdict == Verdict::Violated {
        "<li><span class=\"dot over\">"
    } else {
        "<li><span class=\"dot soon\">"
    })
    .icon(Icon::of_verdict(remark.finding.verdict))
    .raw("</span><div><div class=\"sub\">")
    .text(&clock.show(remark.finding.at))
    .raw("</div>");
    note(page, report, remark);
    page.raw("</div></li>");
}

fn verdicts(page: &mut Page, report: &Report<'_>, story: &Story) {
    if story.rules.is_empty() {
        page.raw("<p class=\"sub\">")
            .two("没有规则被触发。", "No rule was triggered.")
            .raw("</p>");
        return;
    }
    page.raw("<ul class=\"verdicts\">");
    // What is broken comes first; each group keeps the order of the pack.
    let mut ordered: Vec<&StoryRule> = story.rules.iter().collect();
    ordered.sort_by_key(|rule| match rule.verdict {
        Verdict::Violated => 0,
        Verdict::Undecided => 1,
        Verdict::PossiblyViolated => 2,
        Verdict::Satisfied | Verdict::PossiblySatisfied => 3,
    });
    for rule in ordered {
        page.raw("<li>").raw(match rule.verdict {
            Verdict::Satisfied | Verdict::PossiblySatisfied => "<span class=\"tag ok\">",
            Verdict::PossiblyViolated => "<span class=\"tag pause\">",
            Verdict::Violated => "<span class=\"tag over\">",
            Verdict::Undecided => "<span class=\"tag soon\">",
        });
        page.icon(Icon::of_verdict(rule.verdict))
            .word(words::verdict(rule.verdict))
            .raw("</span><div>");
        rules::link(page, report, rule.rule);
        if let Some(found) = report.outcome.rules.get(usize::from(rule.rule))
            && found.title.chinese() != found.id
        {
            page.said(&found.title);
        }
        for owed in &rule.owed {
            page.raw("<div class=\"sub\">").said(owed).raw("</div>");
        }
        let hidden = rule.findings.len().saturating_sub(FINDINGS_MAX);
        if hidden > 0 {
            page.raw("<div class=\"sub\">+")
                .count(hidden as u64)
                .raw(" ")
                .two("处发现", "findings")
                .raw("</div>");
        }
        page.raw("</div></li>");
    }
    page.raw("</ul>");
}

/// The cheapest way to read the object as a run of each flow.
fn alignments(page: &mut Page, report: &Report<'_>, story: &Story) {
    let activities: Vec<&str> = story
        .events
        .iter()
        .map(|event| event.activity.as_str())
        .collect();
    for (flow, aligned) in &story.alignments {
        let Some(found) = report.outcome.flows.iter().find(|found| found.id == *flow) else {
            continue;
        };
        page.raw("<h4>")
            .two("与流程对照", "Held against the flow")
            .raw(" <code>")
            .text(flow)
            .raw("</code> <span class=\"sub\">")
            .two("偏离步数", "cost")
            .raw(" ")
            .count(aligned.cost.into())
            .raw("</span></h4>");
        let steps = alignment::steps(aligned, &found.model, &activities);
        variants::chips(page, report, &steps, STEPS_MAX);
    }
}
