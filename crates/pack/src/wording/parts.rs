//! The pieces of a sentence: activities, guards, limits, numbers.

use cage_law::Span;
use cage_model::{Bilingual, Date, Value};

use crate::program::{Bound, Correlation, Limit, NumberLimit, Pattern, Program, Rule};

/// The names that a rule's sentence uses.
pub(super) struct Names<'a> {
    program: &'a Program,
    /// The type of object that is judged.
    pub(super) per: &'a str,
}

pub(super) fn both(zh: String, en: String) -> Bilingual {
    Bilingual { zh, en }
}

impl<'a> Names<'a> {
    pub(super) fn of(rule: &Rule, program: &'a Program) -> Self {
        let kind = program.object_types.get(usize::from(rule.per));
        let per = kind.map_or("", |kind| program.names.text(kind.name));
        Self { program, per }
    }

    /// A sentence about every object.
    pub(super) fn each(&self, zh: &str, en: &str) -> Bilingual {
        both(
            format!("每个{}{zh}", self.per),
            format!("Every {} {en}", self.per),
        )
    }

    /// The activities of a part, with their guards.
    pub(super) fn pattern(&self, pattern: &Pattern) -> Bilingual {
        let (mut zh, mut en) = (Vec::new(), Vec::new());
        for step in &pattern.0 {
            let activity = step.activity.map(|symbol| self.program.names.text(symbol));
            let mut said = activity.map_or_else(
                || both("任何事件".to_owned(), "any event".to_owned()),
                |name| both(format!("“{name}”"), format!("'{name}'")),
            );
            if let Some(guard) = &step.guard {
                said.zh.push_str(&format!("（{}）", guard.source()));
                said.en.push_str(&format!(" with {}", guard.source()));
            }
            zh.push(said.zh);
            en.push(said.en);
        }
        both(zh.join("或"), en.join(" or "))
    }

    /// A limit; a dated one with all its lines.
    pub(super) fn limit(&self, limit: &Limit) -> Bilingual {
        match limit {
            Limit::Fixed(one) => span(one.span),
            Limit::Dated(lines) => {
                let worded = lines.iter().map(|line| {
                    let when = in_force((line.from, line.to), &line.jurisdiction, lines.len());
                    joined(span(line.term.span), &when)
                });
                listed(&worded.collect::<Vec<_>>())
            }
        }
    }

    /// A limit that is a number; a dated one with all its lines.
    pub(super) fn number_limit(&self, limit: &NumberLimit) -> Bilingual {
        let plain = |value| both(number(value), number(value));
        match limit {
            NumberLimit::Fixed(one) => plain(*one),
            NumberLimit::Dated(lines) => {
                let worded = lines.iter().map(|line| {
                    let when = in_force((line.from, line.to), &line.jurisdiction, lines.len());
                    joined(plain(line.number), &when)
                });
                listed(&worded.collect::<Vec<_>>())
            }
        }
    }

    /// The latest moment.
    pub(super) fn bound(&self, bound: &Bound) -> Bilingual {
        match bound {
            Bound::Within(limit) => {
                let limit = self.limit(limit);
                both(format!("在{}内", limit.zh), format!("within {}", limit.en))
            }
            Bound::Until(expr) => both(
                format!("在 {} 之前", expr.source()),
                format!("not later than {}", expr.source()),
            ),
        }
    }

    /// How the two ends fit together; nothing when any pair does.
    pub(super) fn correlation(&self, correlation: &Correlation) -> Bilingual {
        match &correlation.forward {
            None => Bilingual::default(),
            Some(expr) => both(
                format!("（须 {}）", expr.source()),
                format!(" (where {})", expr.source()),
            ),
        }
    }
}

/// When and where one of some lines is in force; nothing where it is the only one.
fn in_force(days: (Option<Date>, Option<Date>), jurisdiction: &str, of: usize) -> Bilingual {
    let mut zh = Vec::new();
    let mut en = Vec::new();
    if of > 1 {
        if let Some(from) = days.0 {
            zh.push(format!("自 {from}"));
            en.push(format!("from {from}"));
        }
        if let Some(to) = days.1 {
            zh.push(format!("至 {to}"));
            en.push(format!("to {to}"));
        }
        if !jurisdiction.is_empty() {
            zh.push(jurisdiction.to_owned());
            en.push(jurisdiction.to_owned());
        }
    }
    both(zh.join(" "), en.join(" "))
}

fn joined(mut said: Bilingual, when: &Bilingual) -> Bilingual {
    if !when.en.is_empty() {
        said.zh.push_str(&format!("（{}）", when.zh));
        said.en.push_str(&format!(" ({})", when.en));
    }
    said
}

fn listed(lines: &[Bilingual]) -> Bilingual {
    let join = |pick: fn(&Bilingual) -> &str, by: &str| {
        let texts: Vec<&str> = lines.iter().map(pick).collect();
        texts.join(by)
    };
    both(join(|one| &one.zh, "、"), join(|one| &one.en, ", "))
}

/// A length of time.
pub(super) fn span(span: Span) -> Bilingual {
    both(span.chinese(), span.to_string())
}

/// A number.
fn number(value: Value) -> String {
    value
        .as_decimal()
        .map_or_else(String::new, |number| number.to_string())
}
