//! The report of a check as one HTML file: readable without a network, without a script, on paper,
//! in Chinese and in English.
//!
//! The page may be mailed to people who were never near the log, so it is bounded: stories are few,
//! findings beyond a bound are counted and pointed to. A policy inside the page lets nothing run
//! but the one script that it was written with.

mod cases;
mod findings;
mod flows;
mod frame;
mod icons;
mod markup;
mod method;
mod overview;
mod rules;
mod sections;
mod series;
mod spread;
mod variants;

use std::collections::BTreeMap;

use cage_model::{Finding, Verdict};
use cage_pack::Pack;
use cage_runtime::Outcome;

use crate::clock::Clock;
use crate::identity;
use crate::titles::Titles;
use crate::words::Language;
use markup::Page;
use series::Axis;
use spread::Spread;

/// Findings that the section of a rule shows, unless asked otherwise.
const FINDINGS_PER_RULE: usize = 12;
/// Rules with a section of their own; a mined model may have thousands.
const SECTIONS_MAX: usize = 400;
/// Bytes after which no further finding and no further story is told.
const BYTES_MAX: usize = 6 << 20;

/// How the report is made.
#[derive(Clone, Copy, Debug)]
pub struct HtmlOptions<'a> {
    /// The language that the page opens in; the reader can switch.
    pub language: Language,
    /// The command that makes the report again.
    pub command: &'a str,
    /// The pack that was run, for its laws and its register; `None` for a model that is no pack.
    pub pack: Option<&'a Pack>,
    /// Files beside the report that hold every finding.
    pub findings_files: &'a [String],
    /// Findings that the section of a rule shows.
    pub findings_per_rule: usize,
}

impl Default for HtmlOptions<'_> {
    fn default() -> Self {
        Self {
            language: Language::Chinese,
            command: "",
            pack: None,
            findings_files: &[],
            findings_per_rule: FINDINGS_PER_RULE,
        }
    }
}

/// The report of an outcome. Equal outcomes and options give equal bytes.
#[must_use]
pub fn html(outcome: &Outcome, options: &HtmlOptions<'_>) -> String {
    let report = Report::of(outcome, options);
    let mut page = Page::new(options.language);
    frame::begin(&mut page, &report);
    overview::write(&mut page, &report);
    rules::write(&mut page, &report);
    flows::write(&mut page, &report);
    overview::worst(&mut page, &report);
    sections::write(&mut page, &report);
    cases::write(&mut page, &report);
    method::write(&mut page, &report);
    frame::end(&mut page);
    page.finish()
}

/// What the parts of the page share.
struct Report<'a> {
    outcome: &'a Outcome,
    options: &'a HtmlOptions<'a>,
    clock: Clock,
    axis: Option<Axis>,
    /// The rules, the most serious first; the table and the sections follow it.
    order: Vec<usize>,
    /// Findings by rule.
    found: Vec<Found<'a>>,
    /// The number of an object's story, by type and id.
    stories: BTreeMap<(&'a str, &'a str), usize>,
    /// What activities are called, by their name in the log.
    titles: Titles<'a>,
}

/// Rules with violations before those without, the serious ones first, then by their number.
fn order(outcome: &Outcome) -> Vec<usize> {
    let mut order: Vec<usize> = (0..outcome.rules.len()).collect();
    order.sort_by_key(|number| {
        let rule = &outcome.rules[*number];
        let broken = rule.objects.violated > 0;
        let weight = broken.then_some((rule.severity, rule.objects.violated));
        std::cmp::Reverse((rule.activations.activated > 0, weight))
    });
    order
}

/// What was found under one rule.
#[derive(Clone, Debug, Default)]
struct Found<'a> {
    /// The first findings.
    shown: &'a [Finding],
    /// All of them.
    total: usize,
    /// Violations among them.
    violations: u64,
    /// How far beyond their limits they are, where they are about time.
    spread: Option<Spread>,
}

impl<'a> Report<'a> {
    fn of(outcome: &'a Outcome, options: &'a HtmlOptions<'a>) -> Self {
        let mut found = vec![Found::default(); outcome.rules.len()];
        // An outcome lists its findings by rule.
        for of_rule in outcome.findings.chunk_by(|a, b| a.rule == b.rule) {
            let rule = of_rule
                .first()
                .map_or(0, |finding| usize::from(finding.rule));
            let Some(slot) = found.get_mut(rule) else {
                continue;
            };
            let violated = |finding: &&Finding| finding.verdict == Verdict::Violated;
            let violations = of_rule.iter().filter(violated).count();
            *slot = Found {
                shown: of_rule.get(..options.findings_per_rule).unwrap_or(of_rule),
                total: of_rule.len(),
                violations: violations as u64,
                spread: Spread::of(outcome, of_rule),
            };
        }
        let stories = outcome
            .worst
            .iter()
            .enumerate()
            .map(|(number, worst)| {
                let story = &worst.story;
                ((story.kind.as_str(), story.id.as_str()), number)
            })
            .collect();
        Self {
            outcome,
            options,
            clock: Clock::of(outcome),
            axis: Axis::of(outcome),
            order: order(outcome),
            found,
            stories,
            titles: Titles::of(options.pack),
        }
    }

    /// Objects with at least one violation, over all rules, and violations.
    fn broken(&self) -> (u64, u64) {
        let mut objects: Vec<(u16, u32)> = self
            .outcome
            .findings
            .iter()
            .filter(|finding| finding.verdict == Verdict::Violated)
            .map(|finding| (finding.object_type, finding.object))
            .collect();
        let violations = objects.len() as u64;
        objects.sort_unstable();
        objects.dedup();
        (objects.len() as u64, violations)
    }

    /// An object: a link to its story where the report tells it.
    fn object(&self, page: &mut Page, finding: &'a Finding) {
        let (kind, id) = identity::object(self.outcome, finding);
        if let Some(number) = self.stories.get(&(kind, id)) {
            page.raw("<a class=\"mono\" href=\"#case-")
                .number(*number)
                .raw("\">");
        } else {
            page.raw("<span class=\"mono\">");
        }
        page.text(id);
        page.raw(if self.stories.contains_key(&(kind, id)) {
            "</a>"
        } else {
            "</span>"
        });
    }

    /// An activity by its title, with its own name beside it.
    fn activity(&self, page: &mut Page, name: &str) {
        match self.titles.get(name) {
            Some(title) => {
                page.said(title).raw(" <code>").text(name).raw("</code>");
            }
            None => {
                page.text(name);
            }
        }
    }

    /// Whether the page has grown as large as it may.
    fn is_full(page: &Page) -> bool {
        page.bytes() > BYTES_MAX
    }
}
