//! One rule: what all kinds have in common, and which kind it is.

use cage_law::DayRule;
use cage_model::{Bilingual, Grade, Severity};

use super::Compiler;
use super::pattern::part;
use crate::expr::{Expr, Place as At};
use crate::pack::{Branch, RuleEntry, bilingual, law_of, texts};
use crate::program::{Judge, MissingMeaning, Rule};
use crate::script::source_place;
use crate::shape::percent;
use crate::tree::{Form, Table};
use crate::vocabulary::{Family, KindSpec, Shape, find_kind, rule_keys};

impl Compiler<'_, '_> {
    /// Compiles a rule; `None` when it is at fault, which has been reported.
    pub(super) fn rule(&mut self, table: &Table) -> Option<(Rule, RuleEntry)> {
        let id = table.text("id")?.to_owned();
        let kind = find_kind(table.text("kind")?)?;
        self.unconfirmed = false;
        self.day_rules = self.day_rules_of(table);
        self.check_where(table, kind);
        let per = self.per(table.get("per")?)?;
        let branches = branches(table, kind);
        let exempt = self.exempt(table, &branches, per);
        let judge = self.judge(table, kind.family, per);
        let entry = self.entry(table, kind, branches)?;
        self.check_foundation(table, &entry);
        let rule = Rule {
            id,
            kind: kind.name.to_owned(),
            title: bilingual(table, "title"),
            grade: self.capped(table, entry.grade),
            severity: entry.severity,
            basis: texts(table, "basis"),
            risk: table.text("risk").map(str::to_owned),
            per,
            judge: judge?,
            exempt,
            missing: MissingMeaning::Undecided,
            remind_percent: table.text("remind").and_then(percent),
            place: entry.place.clone(),
        };
        Some((rule, entry))
    }

    fn judge(&mut self, table: &Table, family: Family, per: u16) -> Option<Judge> {
        match family {
            Family::Flow => self.flow(table, per),
            Family::Existence | Family::Absence | Family::Exactly => self.count(table, family, per),
            Family::Init => Some(Judge::Init(self.pattern_of(table, "what", per))),
            Family::End => Some(Judge::End(self.pattern_of(table, "what", per))),
            Family::Choice { exclusive } => Some(Judge::Choice {
                a: self.pattern_of(table, "a", per),
                b: self.pattern_of(table, "b", per),
                exclusive,
            }),
            Family::Relation(template) => self.relation(table, template, per),
            Family::Deadline => self.deadline(table, per),
            Family::Duration => self.duration(table, per),
            Family::Separation { same } => self.separation(table, same, per),
            Family::Order => self.order(table, per),
            Family::Sequence => self.sequence(table, per),
            Family::Immutable => self.immutable(table, per),
            Family::Silence => self.silence(table, per),
            Family::Aggregate => self.aggregate(table, per),
            Family::Lag => self.lag(table, per),
            Family::Coverage => self.coverage(table, per),
        }
    }

    fn count(&mut self, table: &Table, family: Family, per: u16) -> Option<Judge> {
        let what = self.pattern_of(table, "what", per);
        let n = table
            .integer("n")
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(1);
        if n == 0 && family != Family::Exactly {
            let message =
                "with n = 0 this says nothing; n is at least 1 (exactly with n = 0 means never)";
            self.problems.error(table.place_of("n"), message);
        }
        let (at_least, at_most) = match family {
            Family::Existence => (n, None),
            Family::Absence => (0, Some(n.saturating_sub(1))),
            _ => (n, Some(n)),
        };
        Some(Judge::Count {
            what,
            at_least,
            at_most,
        })
    }

    /// Guards by role must name roles that the kind has.
    fn check_where(&mut self, table: &Table, kind: &KindSpec) {
        let Some(node) = table.get("where") else {
            return;
        };
        let keys = rule_keys(kind);
        let roles = keys
            .iter()
            .filter(|key| matches!(key.shape, Shape::Activities));
        let roles: Vec<&str> = roles.map(|key| key.name).collect();
        match &node.form {
            Form::Table(inner) => {
                for (key, _) in &inner.entries {
                    if !roles.contains(&key.name.as_str()) {
                        let message = format!(
                            "{} has no role \"{}\"; it has {}",
                            kind.name,
                            key.name,
                            roles.join(", ")
                        );
                        let meant = crate::expr::nearest::nearest(&key.name, roles.iter().copied());
                        self.problems.suggest(&key.place, message, meant);
                    }
                }
            }
            _ if roles != ["what"] => {
                let message = format!(
                    "say whose guard this is: where.{} = '...'",
                    roles.first().copied().unwrap_or("what")
                );
                self.problems.error(&node.place, message);
            }
            _ => {}
        }
    }

    fn exempt(&mut self, table: &Table, branches: &[Branch], per: u16) -> Option<Expr> {
        let node = table.get("exempt")?;
        let activities: Vec<String> = branches
            .iter()
            .map(|branch| branch.activity.clone())
            .collect();
        let roles = vec![self.role("event", At::Current, &activities)];
        let expr = self.condition(node, roles, per)?;
        if expr.always_holds() {
            let message = "this always holds, so the rule never finds anything";
            self.problems.error(&node.place, message);
        }
        Some(expr)
    }

    fn entry(&self, table: &Table, kind: &KindSpec, branches: Vec<Branch>) -> Option<RuleEntry> {
        Some(RuleEntry {
            id: table.text("id")?.to_owned(),
            kind: kind.name.to_owned(),
            grade: match table.text("grade") {
                Some("observe") => Grade::Observe,
                Some("block") => Grade::Block,
                _ => Grade::Alert,
            },
            severity: match table.text("severity") {
                Some("notice") => Severity::Notice,
                Some("red") => Severity::Red,
                _ => Severity::Yellow,
            },
            internal: table.is_true("internal"),
            purpose: bilingual(table, "purpose"),
            data: bilingual(table, "data"),
            limits: bilingual(table, "limits"),
            owner: table.text("owner").map(str::to_owned),
            reviewed: table.date("reviewed"),
            ladder: table.text("ladder").map(str::to_owned),
            remind_percent: table.text("remind").and_then(percent),
            branches,
            place: source_place(self.files, &table.place),
        })
    }

    /// A rule rests on law, or says that it is the office's own; a live rule is in the register.
    /// What the laws that a rule rests on mean by "day".
    fn day_rules_of(&self, table: &Table) -> Vec<DayRule> {
        let cited = texts(table, "basis");
        let laws = cited.iter().filter_map(|cited| self.pack.law(cited));
        laws.filter_map(|law| law.days.clone()).collect()
    }

    fn check_foundation(&mut self, table: &Table, entry: &RuleEntry) {
        for cited in table.list("basis") {
            law_of(cited, &self.pack.laws, self.problems);
        }
        if table.list("basis").is_empty() && !entry.internal {
            let message = format!(
                "{} has no basis: name the law and article, as in basis = [\"law#36.2\"], or mark \
                 the rule internal = true",
                entry.id
            );
            self.problems.error(&table.place, message);
        }
        if entry.internal || entry.grade == Grade::Observe {
            return;
        }
        let missing: Vec<&str> = [
            ("purpose", entry.purpose == Bilingual::default()),
            ("data", entry.data == Bilingual::default()),
            ("limits", entry.limits == Bilingual::default()),
            ("owner", entry.owner.is_none()),
            ("reviewed", entry.reviewed.is_none()),
        ]
        .into_iter()
        .filter_map(|(name, absent)| absent.then_some(name))
        .collect();
        if !missing.is_empty() {
            let message = format!(
                "{} is live and based on law, so the register needs {} (or set grade = \"observe\")",
                entry.id,
                missing.join(", ")
            );
            self.problems.error(&table.place, message);
        }
    }

    /// An unconfirmed legal value may warn inside the office; it never blocks.
    fn capped(&mut self, table: &Table, grade: Grade) -> Grade {
        if grade == Grade::Block && self.unconfirmed {
            let message = "rests on an unconfirmed value, so it may alert but not block";
            self.problems.warn(table.place_of("grade"), message);
            return Grade::Alert;
        }
        grade
    }
}

/// The activities of a rule by role, those of inner tables under `key.role`.
fn branches(table: &Table, kind: &KindSpec) -> Vec<Branch> {
    let mut branches = Vec::new();
    let mut add = |table: &Table, name: &'static str, shown: String| {
        let activities = part(table, name).activities();
        branches.extend(activities.into_iter().map(|activity| Branch {
            role: shown.clone(),
            activity,
        }));
    };
    for key in kind.keys {
        match key.shape {
            Shape::Activities => add(table, key.name, key.name.to_owned()),
            Shape::Table(keys) => {
                for inner in keys
                    .iter()
                    .filter(|key| matches!(key.shape, Shape::Activities))
                {
                    if let Some(nested) = table.table(key.name) {
                        add(nested, inner.name, format!("{}.{}", key.name, inner.name));
                    }
                }
            }
            _ => {}
        }
    }
    if branches.is_empty() {
        branches.push(Branch {
            role: "what".to_owned(),
            activity: "*".to_owned(),
        });
    }
    branches
}
