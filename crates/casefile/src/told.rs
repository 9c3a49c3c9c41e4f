//! What was found and what is due, with the rules behind it in words: for the member `findings.json` and for the page.

use std::collections::BTreeMap;

use cage_model::{Bilingual, Instant, Time};
use cage_pack::{Loaded, titled, wording};
use cage_proof::Leaf;
use cage_store::{Clock, FindingRow, ObjectClocks, PackRow};
use serde_json::{Value, json};

use crate::manifest::ManifestEntry;

/// One entry as it is shown.
#[derive(Clone, Copy)]
pub(crate) struct Act<'a> {
    pub(crate) entry: &'a ManifestEntry,
    pub(crate) leaf: &'a Leaf,
    pub(crate) body: Option<&'a [u8]>,
}

/// A rule in words.
pub(crate) struct RuleWords {
    pub(crate) title: Bilingual,
    /// What it demands, made from what judges.
    pub(crate) says: Bilingual,
    pub(crate) basis: String,
}

/// A version of a pack that judged.
pub(crate) struct Version {
    pub(crate) pack: String,
    pub(crate) version: String,
    /// Record since which it judges.
    pub(crate) since: u64,
    rules: BTreeMap<String, RuleWords>,
}

impl Version {
    pub(crate) fn of(row: &PackRow, loaded: &Loaded) -> Self {
        let program = &loaded.program;
        let rules = program.rules.iter().map(|rule| {
            let words = RuleWords {
                title: rule.title.clone(),
                says: titled(&wording(rule, program), &loaded.pack.events),
                basis: rule.basis.join("；"),
            };
            (rule.id.clone(), words)
        });
        Self {
            pack: row.pack.clone(),
            version: row.version.clone(),
            since: row.since,
            rules: rules.collect(),
        }
    }
}

/// Everything that is told of an object.
pub(crate) struct Told<'a> {
    pub(crate) findings: &'a [FindingRow],
    pub(crate) clocks: &'a [ObjectClocks],
    pub(crate) packs: &'a [Version],
    pub(crate) acts: &'a [Act<'a>],
    pub(crate) offset_minutes: i16,
}

/// A running clock with the rule that set it and the event that it counts from.
pub(crate) struct Running<'a> {
    pub(crate) pack: &'a str,
    pub(crate) clock: &'a Clock,
    pub(crate) version: Option<&'a Version>,
    pub(crate) words: Option<&'a RuleWords>,
    /// Type and time of the event that set it, as far as they are known.
    pub(crate) set_by: Option<(String, Instant)>,
}

impl<'a> Told<'a> {
    /// The words of a finding's rule.
    pub(crate) fn words(&self, row: &FindingRow) -> Option<&'a RuleWords> {
        let rule = &row.last.rule;
        let mut versions = self.packs.iter();
        let version = versions
            .find(|version| version.pack == rule.pack && version.version == rule.version)?;
        version.rules.get(&rule.rule)
    }

    /// The running clocks.
    pub(crate) fn running(&self) -> Vec<Running<'a>> {
        let clocks = self.clocks.iter();
        let clocks = clocks.flat_map(|of| of.clocks.iter().map(move |clock| (&of.pack, clock)));
        let running = clocks.map(|(pack, clock)| {
            let version = self.version(pack, clock);
            Running {
                pack,
                clock,
                version,
                words: version.and_then(|version| version.rules.get(&clock.rule)),
                set_by: clock.trigger.and_then(|record| self.event(record)),
            }
        });
        running.collect()
    }

    /// The version that was in force when a clock was set: an obligation is judged by the rules of its time.
    fn version(&self, pack: &str, clock: &Clock) -> Option<&'a Version> {
        let known =
            |version: &&Version| version.pack == pack && version.rules.contains_key(&clock.rule);
        let set = clock.trigger.unwrap_or(u64::MAX);
        let versions = self.packs.iter().filter(known);
        let in_force = versions.clone().rfind(|version| version.since <= set);
        in_force.or_else(|| versions.clone().next())
    }

    /// Type and time of an event in the bundle.
    fn event(&self, record: u64) -> Option<(String, Instant)> {
        let act = self.acts.iter().find(|act| act.entry.record == record)?;
        let milliseconds = match act.leaf.claimed {
            0 => act.leaf.accepted,
            claimed => claimed,
        };
        let event: Value = serde_json::from_slice(act.body?).ok()?;
        Some((
            event["type"].as_str()?.to_owned(),
            Instant::from_milliseconds(milliseconds),
        ))
    }

    pub(crate) fn time(&self, at: Instant) -> String {
        Time::new(at, Some(self.offset_minutes)).to_string()
    }

    /// The member `findings.json`.
    pub(crate) fn to_json(&self) -> String {
        let findings: Vec<Value> = self.findings.iter().map(|row| self.finding(row)).collect();
        let clocks: Vec<Value> = self.running().iter().map(|one| self.clock(one)).collect();
        let whole = json!({ "findings": findings, "clocks": clocks });
        format!("{whole:#}\n")
    }

    fn finding(&self, row: &FindingRow) -> Value {
        let (last, words) = (&row.last, self.words(row));
        json!({
            "pack": last.rule.pack, "version": last.rule.version, "rule": last.rule.rule,
            "title": { "zh": last.rule.title_zh, "en": last.rule.title_en },
            "says": words.map(|words| both(&words.says)),
            "basis": words.map(|words| words.basis.as_str()),
            "severity": format!("{:?}", last.rule.severity).to_lowercase(),
            "standing": format!("{:?}", row.standing).to_lowercase(),
            "verdict": format!("{:?}", last.verdict).to_lowercase(), "reason": last.reason,
            "text": { "zh": last.text_zh, "en": last.text_en }, "at": self.time(last.at),
            "trigger": last.trigger.as_ref().map(|seen| seen.record),
            "other": last.other.as_ref().map(|seen| seen.record),
        })
    }

    fn clock(&self, one: &Running<'_>) -> Value {
        json!({
            "pack": one.pack, "version": one.version.map(|version| version.version.as_str()), "rule": one.clock.rule,
            "title": one.words.map(|words| both(&words.title)), "says": one.words.map(|words| both(&words.says)),
            "basis": one.words.map(|words| words.basis.as_str()),
            "set_by": one.clock.trigger,
            "set_by_type": one.set_by.as_ref().map(|(kind, _)| kind.as_str()),
            "counts_from": one.set_by.as_ref().map(|(_, at)| self.time(*at)),
            "due": self.time(one.clock.due), "reminder": one.clock.reminder.map(|at| self.time(at)),
        })
    }
}

fn both(words: &Bilingual) -> Value {
    json!({ "zh": words.zh, "en": words.en })
}
