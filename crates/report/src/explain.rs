//! Sentences about findings: the machine form of a reason, said with its events and numbers.
//!
//! Says what happened, never who is guilty. The rule's own wording stands beside it.

mod patterns;

use cage_model::{Bilingual, EventRef, Finding, Interner, Payload};

use crate::clock::{Clock, grouped, span};
use crate::titles::Titles;
use crate::words::Language;

/// The reason of a finding in both languages, one sentence each.
pub(crate) fn explanation(
    finding: &Finding,
    names: &Interner,
    clock: &Clock,
    titles: &Titles<'_>,
) -> Bilingual {
    let speaker = Speaker {
        finding,
        names,
        clock,
        titles,
    };
    Bilingual {
        zh: speaker.say(Language::Chinese),
        en: speaker.say(Language::English),
    }
}

/// The instant by which something was due, where the reason has one.
pub(crate) fn due(finding: &Finding) -> Option<cage_model::Instant> {
    match finding.payload {
        Payload::Due(due) => Some(due),
        _ => None,
    }
}

/// What was measured, and its limit, as text with its unit; empty where the reason has none.
pub(crate) fn measured(finding: &Finding, names: &Interner) -> (String, String) {
    match finding.payload {
        Payload::None | Payload::Due(_) => (String::new(), String::new()),
        Payload::Span { measured, limit } => (seconds(measured), seconds(limit)),
        Payload::Count { counted, limit } => (counted.to_string(), limit.to_string()),
        Payload::Number { computed, limit } => (computed.to_string(), limit.to_string()),
        Payload::Missing { first, last } => (format!("{first}..{last}"), String::new()),
        Payload::Values { before, after } => {
            (names.text(after).to_owned(), names.text(before).to_owned())
        }
        Payload::Field(field) => (names.text(field).to_owned(), String::new()),
        Payload::Cost(cost) => (cost.to_string(), String::new()),
    }
}

/// Microseconds as seconds, exactly, with the unit.
fn seconds(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (whole, rest) = (
        micros.unsigned_abs() / 1_000_000,
        micros.unsigned_abs() % 1_000_000,
    );
    if rest == 0 {
        return format!("{sign}{whole} s");
    }
    let fraction = format!("{rest:06}");
    format!("{sign}{whole}.{} s", fraction.trim_end_matches('0'))
}

/// What happened in both languages, without the numbers: they stand beside it.
pub(crate) fn happening(
    finding: &Finding,
    names: &Interner,
    clock: &Clock,
    titles: &Titles<'_>,
) -> Bilingual {
    let speaker = Speaker {
        finding,
        names,
        clock,
        titles,
    };
    let ended = |language: Language| {
        let mut text = speaker.happened(language);
        text.push_str(language.pick("。", "."));
        text
    };
    Bilingual {
        zh: ended(Language::Chinese),
        en: ended(Language::English),
    }
}

struct Speaker<'a> {
    finding: &'a Finding,
    names: &'a Interner,
    clock: &'a Clock,
    titles: &'a Titles<'a>,
}

impl Speaker<'_> {
    fn say(&self, language: Language) -> String {
        let mut text = self.happened(language);
        if let Some(numbers) = self.numbers(language) {
            text.push_str(language.pick("：", ": "));
            text.push_str(&numbers);
        }
        text.push_str(language.pick("。", "."));
        text
    }

    fn happened(&self, language: Language) -> String {
        let Finding {
            trigger,
            other,
            reason,
            ..
        } = *self.finding;
        let (zh, en) = patterns::sentence(reason, trigger.is_some(), other.is_some());
        fill(language.pick(zh, en), |slot| match slot {
            't' => trigger.map(|event| self.event(event, language)),
            'o' => other.map(|event| self.event(event, language)),
            _ => None,
        })
    }

    fn event(&self, event: EventRef, language: Language) -> String {
        let name = self.names.text(event.activity);
        let (activity, time) = (self.titles.name(name, language), self.clock.show(event.at));
        match language {
            Language::Chinese => format!("“{activity}”（{time}）"),
            Language::English => format!("'{activity}' ({time})"),
        }
    }

    fn numbers(&self, language: Language) -> Option<String> {
        let pick = |zh: &str, en: &str, parts: &[&str]| {
            let mut parts = parts.iter();
            fill(language.pick(zh, en), |_| {
                parts.next().map(|part| (*part).to_owned())
            })
        };
        Some(match self.finding.payload {
            Payload::None => return None,
            Payload::Due(due) => {
                let came = self.finding.other.map(|event| event.at);
                let late = came.and_then(|at| self.clock.late(due, at, language));
                let due = self.clock.show(due);
                match late {
                    None => pick("期限到 {d}", "due by {d}", &[&due]),
                    Some(late) => {
                        pick("期限到 {d}，迟 {l}", "due by {d}, {l} late", &[&due, &late])
                    }
                }
            }
            Payload::Span { measured, limit } => pick(
                "用时 {m}，限 {l}",
                "took {m}, limit {l}",
                &[&span(measured, language), &span(limit, language)],
            ),
            Payload::Count { counted, limit } => pick(
                "{c} 次，限 {l} 次",
                "{c}, limit {l}",
                &[&grouped(counted), &grouped(limit)],
            ),
            Payload::Number { computed, limit } => pick(
                "{c}，限 {l}",
                "{c}, limit {l}",
                &[&computed.to_string(), &limit.to_string()],
            ),
            Payload::Missing { first, last } if first == last => {
                pick("缺 {f}", "{f} is missing", &[&first.to_string()])
            }
            Payload::Missing { first, last } => pick(
                "缺 {f} 至 {l}",
                "{f} to {l} are missing",
                &[&first.to_string(), &last.to_string()],
            ),
            Payload::Values { before, after } if before == after => {
                pick("均为“{a}”", "both '{a}'", &[self.names.text(after)])
            }
            Payload::Values { before, after } => pick(
                "“{b}”与“{a}”",
                "'{b}' and '{a}'",
                &[self.names.text(before), self.names.text(after)],
            ),
            Payload::Field(field) => pick("“{f}”", "'{f}'", &[self.names.text(field)]),
            Payload::Cost(cost) => pick(
                "至此偏离 {c} 步",
                "{c} steps astray so far",
                &[&cost.to_string()],
            ),
        })
    }
}

/// Replaces `{x}` by the value of `x`, in one pass: what a value holds is never read as a slot.
fn fill(pattern: &str, mut value: impl FnMut(char) -> Option<String>) -> String {
    let mut text = String::with_capacity(pattern.len() + 64);
    let mut rest = pattern;
    while let Some((before, slot)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = slot.split_once('}') else {
            break;
        };
        let found = name.chars().next().and_then(&mut value);
        text.push_str(found.as_deref().unwrap_or("?"));
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests;
