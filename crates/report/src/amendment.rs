//! What another version of a pack makes of the same log: which findings appear, go or become others, and which
//! differences between the packs bear on them.
//!
//! Both outcomes come from checks of one log, so an event has one place in both. Identities of findings are not
//! compared: they belong to a version.

use std::collections::{BTreeMap, BTreeSet};

use cage_model::{Bilingual, Finding};
use cage_pack::{Pack, PackDifference};
use cage_runtime::Outcome;
use serde::Serialize;

use crate::clock::Clock;
use crate::explain::explanation;
use crate::identity::{hex, object};
use crate::titles::Titles;
use crate::words;

/// A pack and what it found.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The pack.
    pub pack: &'a Pack,
    /// What it made of the log.
    pub outcome: &'a Outcome,
}

/// What becomes of findings when one pack takes the place of another.
#[derive(Debug, Serialize)]
pub struct Amendment<'a> {
    pub(crate) before: Named<'a>,
    pub(crate) after: Named<'a>,
    pub(crate) changes: Vec<Change<'a>>,
    /// Every rule of either, by its id.
    pub(crate) rules: Vec<RuleChange<'a>>,
    /// Objects with at least one finding that changes, by type.
    pub(crate) objects: BTreeMap<&'a str, u64>,
    /// By rule, object and trigger.
    pub(crate) findings: Vec<FindingChange<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Named<'a> {
    pub(crate) pack: &'a str,
    pub(crate) version: &'a str,
    hash: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Change<'a> {
    pub(crate) section: &'a str,
    pub(crate) id: &'a str,
    pub(crate) key: &'a str,
    pub(crate) before: Option<&'a str>,
    pub(crate) after: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct RuleChange<'a> {
    pub(crate) rule: &'a str,
    pub(crate) before: u64,
    pub(crate) after: u64,
    pub(crate) appear: u64,
    pub(crate) go: u64,
    pub(crate) become_others: u64,
    /// Places among the changes of the pack that bear on the rule.
    pub(crate) because: Vec<usize>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FindingChange<'a> {
    pub(crate) rule: &'a str,
    pub(crate) object_type: &'a str,
    pub(crate) object: &'a str,
    pub(crate) before: Option<Said>,
    pub(crate) after: Option<Said>,
}

/// What a finding says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Said {
    verdict: &'static str,
    reason: &'static str,
    at: String,
    trigger: Option<u64>,
    other: Option<u64>,
    text_zh: String,
    text_en: String,
}

impl Said {
    pub(crate) fn text(&self, language: words::Language) -> &str {
        language.pick(&self.text_zh, &self.text_en)
    }
}

/// Rule, object type, object, place of the trigger.
type Key<'a> = (&'a str, &'a str, &'a str, Option<u64>);

impl Amendment<'_> {
    /// Whether any finding appears, goes or becomes another.
    #[must_use]
    pub fn changes_something(&self) -> bool {
        !self.findings.is_empty()
    }
}

/// Compares what two packs found in one log.
#[must_use]
pub fn amendment<'a>(
    before: Judged<'a>,
    after: Judged<'a>,
    difference: &'a PackDifference,
) -> Amendment<'a> {
    let (old, new) = (Side::of(before), Side::of(after));
    let keys: BTreeSet<&Key<'a>> = old.findings.keys().chain(new.findings.keys()).collect();
    let mut rules = rule_changes(before.outcome, after.outcome, difference);
    let mut findings = Vec::new();
    for key in keys {
        let (rule, object_type, object, _) = *key;
        let (mut was, mut is) = (old.said(key), new.said(key));
        // What both say of one trigger is no change, wherever it stands among several.
        let both: Vec<Said> = was
            .iter()
            .filter(|said| is.contains(said))
            .cloned()
            .collect();
        for said in both {
            if let (Some(one), Some(other)) = (place(&was, &said), place(&is, &said)) {
                was.remove(one);
                is.remove(other);
            }
        }
        let counts = rules.get_mut(rule);
        let pairs = was.len().max(is.len());
        let (mut was, mut is) = (was.into_iter(), is.into_iter());
        let changed: Vec<_> = (0..pairs).map(|_| (was.next(), is.next())).collect();
        if let Some(counts) = counts {
            for pair in &changed {
                match pair {
                    (None, _) => counts.appear += 1,
                    (Some(_), None) => counts.go += 1,
                    (Some(_), Some(_)) => counts.become_others += 1,
                }
            }
        }
        findings.extend(changed.into_iter().map(|(before, after)| FindingChange {
            rule,
            object_type,
            object,
            before,
            after,
        }));
    }
    let touched = findings.iter().map(|one| (one.object_type, one.object));
    let mut objects = BTreeMap::new();
    for (kind, _) in touched.collect::<BTreeSet<_>>() {
        *objects.entry(kind).or_insert(0) += 1;
    }
    Amendment {
        before: Named::of(before),
        after: Named::of(after),
        changes: difference.changes.iter().map(Change::of).collect(),
        rules: rules.into_values().collect(),
        objects,
        findings,
    }
}

/// The amendment as JSON, indented, with a line feed at its end.
#[must_use]
pub fn amendment_json(amendment: &Amendment<'_>) -> String {
    // Every key is a text, so this cannot fail; were it to, an empty object says that there is nothing.
    let mut json = serde_json::to_string_pretty(amendment).unwrap_or_else(|_| "{}".to_owned());
    json.push('\n');
    json
}

fn place(among: &[Said], said: &Said) -> Option<usize> {
    among.iter().position(|other| other == said)
}

fn rule_changes<'a>(
    before: &'a Outcome,
    after: &'a Outcome,
    difference: &PackDifference,
) -> BTreeMap<&'a str, RuleChange<'a>> {
    let mut rules = BTreeMap::new();
    for (outcome, is_after) in [(before, false), (after, true)] {
        let mut counted = vec![0; outcome.rules.len()];
        for finding in &outcome.findings {
            if let Some(count) = counted.get_mut(usize::from(finding.rule)) {
                *count += 1;
            }
        }
        for (rule, count) in outcome.rules.iter().zip(counted) {
            let counts = rules.entry(rule.id.as_str()).or_insert_with(|| RuleChange {
                rule: &rule.id,
                before: 0,
                after: 0,
                appear: 0,
                go: 0,
                become_others: 0,
                because: difference.bearing_on(&rule.id),
            });
            *(if is_after {
                &mut counts.after
            } else {
                &mut counts.before
            }) = count;
        }
    }
    rules
}

fn name_of<'a>(outcome: &'a Outcome, finding: &Finding) -> &'a str {
    let rule = outcome.rules.get(usize::from(finding.rule));
    rule.map_or("", |rule| &rule.id)
}

/// The findings of one outcome by what they are about.
struct Side<'a> {
    judged: Judged<'a>,
    clock: Clock,
    titles: Titles<'a>,
    findings: BTreeMap<Key<'a>, Vec<&'a Finding>>,
}

impl<'a> Side<'a> {
    fn of(judged: Judged<'a>) -> Self {
        let outcome = judged.outcome;
        let mut findings: BTreeMap<Key<'a>, Vec<&Finding>> = BTreeMap::new();
        for finding in &outcome.findings {
            let (kind, id) = object(outcome, finding);
            let trigger = finding.trigger.map(|event| event.position);
            let key = (name_of(outcome, finding), kind, id, trigger);
            findings.entry(key).or_default().push(finding);
        }
        Self {
            clock: Clock::of(outcome),
            titles: Titles::of(Some(judged.pack)),
            judged,
            findings,
        }
    }

    fn said(&self, key: &Key<'a>) -> Vec<Said> {
        let findings = self.findings.get(key).into_iter().flatten();
        findings.map(|finding| self.say(finding)).collect()
    }

    fn say(&self, finding: &Finding) -> Said {
        let names = &self.judged.outcome.names;
        let Bilingual { zh, en } = explanation(finding, names, &self.clock, &self.titles);
        Said {
            verdict: words::verdict(finding.verdict).code,
            reason: finding.reason.code(),
            at: self.clock.exact(finding.at),
            trigger: finding.trigger.map(|event| event.position),
            other: finding.other.map(|event| event.position),
            text_zh: zh,
            text_en: en,
        }
    }
}

impl<'a> Named<'a> {
    fn of(judged: Judged<'a>) -> Self {
        let pack = &judged.outcome.pack;
        Self {
            pack: &pack.id,
            version: &pack.version,
            hash: hex(&pack.hash),
        }
    }
}

impl<'a> Change<'a> {
    pub(crate) fn of(change: &'a cage_pack::PackChange) -> Self {
        Self {
            section: &change.entry.section,
            id: &change.entry.id,
            key: &change.key,
            before: change.before.as_deref(),
            after: change.after.as_deref(),
        }
    }
}
