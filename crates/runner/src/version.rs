//! One version of a pack at work: its rules, what they remember, and how their findings are told.

use std::sync::Arc;

use cage_model::{EventRef, Finding, FindingId, Instant, Interner};
use cage_pack::{Judge, Loaded, Pack, Program};
use cage_proof::Hash;
use cage_report::Saying;
use cage_runtime::{Change, Live, LoadError, Spelling};
use cage_store::{ChangeKind, ObjectKey, RuleText, Seen};

use crate::identities::Identities;
use crate::journal::Dictionary;
use crate::runner::RunnerError;

/// A version of a pack, and what its rules remember.
#[derive(Debug)]
pub(crate) struct Version {
    /// Record by which it came into force, and when that was accepted.
    pub(crate) since: (u64, Instant),
    /// Where its files are.
    pub(crate) content: Hash,
    pub(crate) program: Arc<Program>,
    pub(crate) live: Live,
    /// Of the record in hand, and of records that are read again.
    pub(crate) dictionaries: Box<(Dictionary, Dictionary)>,
    pub(crate) pack: Pack,
    rules: Vec<RuleText>,
    kinds: Vec<String>,
    /// By object type: whether what began under this version stays with it.
    stays: Vec<bool>,
    saying: Saying,
}

/// Where a change belongs in the order of all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    /// The record that brought it about.
    pub(crate) record: u64,
    /// When that record was accepted.
    pub(crate) at: Instant,
}

impl Version {
    pub(crate) fn new(
        (loaded, content): (Loaded, Hash),
        since: (u64, Instant),
        offset_minutes: i16,
    ) -> Result<Self, RunnerError> {
        let Loaded { pack, program, .. } = loaded;
        let program = Arc::new(program);
        let rules = program.rules.iter().map(|rule| RuleText {
            pack: program.id.clone(),
            version: program.version.clone(),
            rule: rule.id.clone(),
            title_zh: rule.title.zh.clone(),
            title_en: rule.title.en.clone(),
            severity: rule.severity,
            grade: rule.grade,
        });
        let kinds = program.object_types.iter();
        let has_flow = |place: usize| {
            let mut rules = program.rules.iter();
            rules.any(|rule| usize::from(rule.per) == place && matches!(rule.judge, Judge::Flow(_)))
        };
        Ok(Self {
            rules: rules.collect(),
            kinds: kinds
                .map(|kind| program.names.text(kind.name).to_owned())
                .collect(),
            stays: (0..program.object_types.len()).map(has_flow).collect(),
            saying: Saying::new(program.days.zone.clone(), offset_minutes),
            live: Live::new(&program)?,
            dictionaries: Box::default(),
            since,
            content,
            pack,
            program,
        })
    }

    /// Goes on from what [`Live::save`] wrote.
    pub(crate) fn recall(&mut self, remembered: impl std::io::Read) -> Result<(), LoadError> {
        self.live = Live::load(&self.program, remembered)?;
        Ok(())
    }

    /// Whether an object that it knows stays with it when a newer version comes: its type has a flow, and a running
    /// case goes on as it began.
    pub(crate) fn keeps(&self, kind: &str, id: &str) -> bool {
        let place = self.kinds.iter().position(|known| known == kind);
        place.is_some_and(|place| self.stays[place]) && self.live.knows(kind, id)
    }

    /// The types whose objects pass on to a newer version.
    pub(crate) fn passes_on(&self, kind: &str) -> bool {
        let place = self.kinds.iter().position(|known| known == kind);
        place.is_none_or(|place| !self.stays[place])
    }

    /// A rule as findings name it.
    pub(crate) fn rule_text(&self, rule: &str) -> Option<RuleText> {
        self.rules.iter().find(|text| text.rule == rule).cloned()
    }

    /// Type and id of an object by the numbers of both.
    pub(crate) fn object(&self, (kind, object): (u16, u32)) -> (&str, &str) {
        (&self.kinds[usize::from(kind)], self.live.id(kind, object))
    }

    /// A change as it is told.
    pub(crate) fn told(
        &self,
        change: &Change,
        told: Told,
        identities: &mut Identities,
    ) -> cage_store::Change {
        let finding = change.finding();
        let names = self.live.names();
        let said = self.saying.reason(finding, names, &self.pack);
        let (kind, id) = self.object((finding.object_type, finding.object));
        cage_store::Change {
            number: 0,
            record: told.record,
            told: told.at,
            kind: match change {
                Change::Opened(_) => ChangeKind::Opened,
                Change::Amended { .. } => ChangeKind::Amended,
                Change::Withdrawn(_) => ChangeKind::Withdrawn,
            },
            finding: self.identity(finding, identities),
            rule: self.rules[usize::from(finding.rule)].clone(),
            object: ObjectKey::new(kind, shown(id)),
            verdict: finding.verdict,
            reason: finding.reason.code().to_owned(),
            at: finding.at,
            trigger: finding.trigger.map(|event| seen(event, names)),
            other: finding.other.map(|event| seen(event, names)),
            text_zh: said.zh,
            text_en: said.en,
        }
    }

    fn identity(&self, finding: &Finding, identities: &mut Identities) -> FindingId {
        let (object_type, object) = self.object((finding.object_type, finding.object));
        let spelling = Spelling {
            rule: &self.rules[usize::from(finding.rule)].rule,
            version: &self.program.version,
            object_type,
            object,
        };
        identities.of(&spelling, finding, self.live.names())
    }
}

/// An id as people see it: parts of a derived one are joined by a plus sign.
pub(crate) fn shown(id: &str) -> String {
    id.replace('\u{1f}', "+")
}

fn seen(event: EventRef, names: &Interner) -> Seen {
    Seen {
        record: event.position,
        activity: names.text(event.activity).to_owned(),
        at: event.at,
    }
}
