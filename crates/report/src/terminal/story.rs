//! One object's story as text: what happened, how each rule stands, and the alignment.

use cage_model::Verdict;
use cage_pack::Pack;
use cage_runtime::{Outcome, Story, StoryEvent, StoryRule};

use super::SummaryOptions;
use super::paint::{Paint, Tone, clean, width, wrap};
use crate::alignment::{self, StepKind};
use crate::clock::{Clock, grouped};
use crate::explain;
use crate::titles::Titles;
use crate::words::{self, Language};

/// The story of one object, ended by a line feed. The outcome gives the rules' titles and the
/// texts behind symbols, the pack, where there is one, the titles of activities.
#[must_use]
pub fn story_text(
    story: &Story,
    outcome: &Outcome,
    pack: Option<&Pack>,
    options: &SummaryOptions,
) -> String {
    let teller = Teller {
        story,
        outcome,
        options,
        paint: Paint(options.colours),
        clock: Clock::of_story(outcome, story),
        titles: Titles::of(pack),
    };
    let mut out = teller.head();
    out.extend(teller.events());
    out.extend(teller.rules());
    out.extend(teller.alignments());
    out.push(String::new());
    out.join("\n")
}

struct Teller<'a> {
    story: &'a Story,
    outcome: &'a Outcome,
    options: &'a SummaryOptions,
    paint: Paint,
    clock: Clock,
    titles: Titles<'a>,
}

impl Teller<'_> {
    fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.options.language.pick(zh, en)
    }

    fn heading(&self, zh: &str, en: &str) -> [String; 2] {
        [
            String::new(),
            self.paint.tone(Tone::Strong, self.pick(zh, en)),
        ]
    }

    /// The text under an indent, broken at the terminal's width.
    fn indented(&self, indent: usize, text: &str) -> Vec<String> {
        let blank = " ".repeat(indent);
        wrap(text, self.options.width.saturating_sub(indent))
            .into_iter()
            .map(|line| format!("{blank}{line}"))
            .collect()
    }

    fn head(&self) -> Vec<String> {
        let title = format!("{} {}", clean(&self.story.kind), clean(&self.story.id));
        let mut out = vec![self.paint.tone(Tone::Strong, &title)];
        for (name, value) in &self.story.attributes {
            out.extend(self.indented(2, &format!("{} = {}", clean(name), clean(value))));
        }
        out
    }

    /// An activity by its title with its own name beside it.
    fn activity(&self, name: &str) -> String {
        match self.titles.get(name) {
            Some(title) => clean(&format!("{} {name}", self.options.language.of(title))),
            None => clean(name),
        }
    }

    fn events(&self) -> Vec<String> {
        let mut out = Vec::from(self.heading("经过", "What happened"));
        let widest = self
            .story
            .events
            .iter()
            .map(|event| width(&self.activity(&event.activity)))
            .max()
            .unwrap_or(0);
        for event in &self.story.events {
            out.extend(self.event(event, widest.min(40)));
        }
        out
    }

    fn event(&self, event: &StoryEvent, widest: usize) -> Vec<String> {
        let activity = self.activity(&event.activity);
        let blanks = " ".repeat(widest.saturating_sub(width(&activity)));
        let mut details: Vec<String> = event
            .attributes
            .iter()
            .map(|(name, value)| format!("{}={}", clean(name), clean(value)))
            .collect();
        details.extend(event.objects.iter().map(|(kind, id, qualifier)| {
            let qualifier = if qualifier.is_empty() {
                String::new()
            } else {
                format!(" ({qualifier})")
            };
            clean(&format!("{kind}:{id}{qualifier}"))
        }));
        let mut out = vec![
            format!(
                "  {}  {activity}{blanks}  {}",
                event
                    .time
                    .map_or_else(|| "—".to_owned(), |time| self.clock.show_time(time)),
                self.paint.tone(Tone::Faint, &details.join("  "))
            )
            .trim_end()
            .to_owned(),
        ];
        for (rule, said) in self.findings_at(event.position) {
            let text = format!("✗ {rule} {said}");
            out.extend(
                self.indented(6, &text)
                    .iter()
                    .map(|line| self.paint.tone(Tone::Bad, line)),
            );
        }
        out
    }

    /// Rule ids and explanations of the findings that this event completed: it broke the rule, or
    /// it set off one that nothing answered.
    fn findings_at(&self, position: u64) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for rule in &self.story.rules {
            for (_, finding, said) in &rule.findings {
                if finding
                    .other
                    .or(finding.trigger)
                    .is_some_and(|event| event.position == position)
                {
                    found.push((self.rule_id(rule), self.said(finding, said)));
                }
            }
        }
        found
    }

    fn rule_id(&self, rule: &StoryRule) -> String {
        let found = self.outcome.rules.get(usize::from(rule.rule));
        clean(found.map_or("", |found| found.id.as_str()))
    }

    fn said(&self, finding: &cage_model::Finding, said: &cage_model::Bilingual) -> String {
        let language = self.options.language;
        if !said.is_empty() {
            return clean(language.of(said));
        }
        let made = explain::explanation(finding, &self.outcome.names, &self.clock, &self.titles);
        clean(language.of(&made))
    }

    fn rules(&self) -> Vec<String> {
        let mut out = Vec::from(self.heading("规则", "Rules"));
        // What is broken comes first; each group keeps the order of the pack.
        let mut ordered: Vec<&StoryRule> = self.story.rules.iter().collect();
        ordered.sort_by_key(|rule| match rule.verdict {
            Verdict::Violated => 0,
            Verdict::Undecided => 1,
            Verdict::PossiblyViolated => 2,
            Verdict::Satisfied | Verdict::PossiblySatisfied => 3,
        });
        let word = |rule: &&StoryRule| width(self.verdict(rule.verdict));
        let widest = ordered.iter().map(word).max().unwrap_or(0);
        for rule in ordered {
            out.extend(self.rule(rule, widest));
        }
        if self.story.rules.is_empty() {
            out.push(
                self.pick("  没有规则被触发。", "  No rule was triggered.")
                    .to_owned(),
            );
        }
        out
    }

    fn verdict(&self, verdict: Verdict) -> &'static str {
        let word = words::verdict(verdict);
        match self.options.language {
            Language::Chinese => word.zh,
            Language::English => word.en,
        }
    }

    fn rule(&self, rule: &StoryRule, widest: usize) -> Vec<String> {
        let language = self.options.language;
        let (mark, tone) = match rule.verdict {
            Verdict::Satisfied | Verdict::PossiblySatisfied => ("✓", Tone::Good),
            Verdict::PossiblyViolated => ("…", Tone::Plain),
            Verdict::Violated => ("✗", Tone::Bad),
            Verdict::Undecided => ("?", Tone::Warn),
        };
        let word = self.verdict(rule.verdict);
        let blanks = " ".repeat(widest.saturating_sub(width(word)));
        let found = self.outcome.rules.get(usize::from(rule.rule));
        let title = found.map_or("", |found| language.of(&found.title));
        let counts = rule.activations;
        let id = self.rule_id(rule);
        // A rule of a model has its own line as its id and says nothing more in its title.
        let title = if title == id {
            String::new()
        } else {
            clean(title)
        };
        let line = format!(
            "  {}{blanks}  {id} {title}  {}",
            self.paint.tone(tone, &format!("{mark} {word}")),
            self.paint.tone(Tone::Faint, &activations(counts, language)),
        );
        let mut out = vec![line];
        for (_, finding, said) in &rule.findings {
            out.extend(self.indented(6, &self.said(finding, said)));
        }
        for owed in &rule.owed {
            out.extend(self.indented(6, &clean(language.of(owed))));
        }
        if let Some(found) =
            found.filter(|found| !found.basis.is_empty() && !rule.findings.is_empty())
        {
            let basis = format!(
                "{}{}",
                self.pick("依据：", "Basis: "),
                clean(&found.basis.join("; "))
            );
            out.extend(
                self.indented(6, &basis)
                    .iter()
                    .map(|line| self.paint.tone(Tone::Faint, line)),
            );
        }
        out
    }

    fn alignments(&self) -> Vec<String> {
        let mut out = Vec::new();
        let events = self.story.events.iter();
        let activities: Vec<&str> = events.map(|event| event.activity.as_str()).collect();
        for (flow, aligned) in &self.story.alignments {
            let Some(found) = self.outcome.flows.iter().find(|found| found.id == *flow) else {
                continue;
            };
            let steps = alignment::steps(aligned, &found.model, &activities);
            let flow = clean(flow);
            let cost = grouped(aligned.cost.into());
            out.extend(self.heading(
                &format!("与流程 {flow} 对照（偏离 {cost} 步）"),
                &format!("Held against the flow {flow} (cost {cost})"),
            ));
            for step in steps {
                let label = self.activity(step.label);
                out.push(match step.kind {
                    StepKind::Passed => format!("  = {label}"),
                    StepKind::Skipped => self.paint.tone(
                        Tone::Bad,
                        &format!(
                            "  - {label}  {}",
                            self.pick(
                                "流程要求，本件没有",
                                "the flow asks for it, it did not happen"
                            )
                        ),
                    ),
                    StepKind::Inserted => self.paint.tone(
                        Tone::Warn,
                        &format!(
                            "  + {label}  {}",
                            self.pick(
                                "本件有，流程此处没有",
                                "it happened, the flow has no place for it here"
                            )
                        ),
                    ),
                });
            }
        }
        out
    }
}

fn activations(counts: cage_model::Tally, language: Language) -> String {
    let parts: Vec<String> = [
        (counts.violated, "偏离", "violated"),
        (counts.pending, "未到期", "pending"),
        (counts.undecided, "无法判断", "undecided"),
        (counts.satisfied, "符合", "satisfied"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, zh, en)| format!("{} {}", language.pick(zh, en), grouped(count)))
    .collect();
    parts.join(language.pick("，", ", "))
}
