//! The draft pack as files: rules in shadow, each with its evidence beside it.

use std::fmt::Write;

use crate::bpmn::bpmn;
use crate::declare::{Constraint, ConstraintKind};
use crate::discover::Discovered;
use crate::profile::PairProfile;
use crate::traces::Traces;

/// One file of the draft, its path relative to the pack's folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DraftFile {
    /// For example `rules/declare.toml`.
    pub path: String,
    /// The content.
    pub content: String,
}

/// Writes the draft pack. `per` is the object type that the traces were taken by, `id` becomes the
/// pack's id.
#[must_use]
pub fn draft(discovered: &Discovered, traces: &Traces, per: &str, id: &str) -> Vec<DraftFile> {
    let writer = Writer {
        discovered,
        traces,
        per,
    };
    let mut files = vec![
        DraftFile {
            path: "pack.toml".to_owned(),
            content: writer.manifest(id),
        },
        DraftFile {
            path: "events.toml".to_owned(),
            content: writer.events(),
        },
        DraftFile {
            path: "rules/declare.toml".to_owned(),
            content: writer.declare(),
        },
        DraftFile {
            path: "rules/flow.toml".to_owned(),
            content: writer.flow(),
        },
        DraftFile {
            path: "flows/discovered.bpmn".to_owned(),
            content: bpmn(&discovered.tree, &traces.activities, "discovered"),
        },
        DraftFile {
            path: "evidence/directly-follows.csv".to_owned(),
            content: writer.follows(),
        },
        DraftFile {
            path: "evidence/temporal-profile.csv".to_owned(),
            content: writer.profile(),
        },
    ];
    for (path, content) in [
        ("rules/duration.toml", writer.durations()),
        ("rules/people.toml", writer.people()),
        ("rules/queue.toml", writer.queues()),
    ] {
        if !content.is_empty() {
            files.push(DraftFile {
                path: path.to_owned(),
                content,
            });
        }
    }
    files
}

struct Writer<'a> {
    discovered: &'a Discovered,
    traces: &'a Traces,
    per: &'a str,
}

impl Writer<'_> {
    fn manifest(&self, id: &str) -> String {
        format!(
            "# A draft from history: {} cases, {} events, {} variants. History is not law: read each\n\
             # rule, keep what the law or the office's own order says, give it a basis, delete the rest.\n\
             [pack]\nid = {}\nversion = \"0.1.0\"\n\
             title = {{ zh = \"由历史数据草拟的规则\", en = \"Rules drafted from history\" }}\n",
            self.traces.len(),
            self.traces.events(),
            self.discovered.variants,
            quote(id),
        )
    }

    fn events(&self) -> String {
        let mut text = String::new();
        for name in &self.traces.activities {
            let _ = writeln!(
                text,
                "[[event]]\ntype = {}\nobjects = [\"case\"]\n",
                quote(name)
            );
        }
        text
    }

    fn declare(&self) -> String {
        let mut text = String::new();
        for (index, constraint) in self.discovered.constraints.iter().enumerate() {
            self.constraint(index + 1, constraint, &mut text);
        }
        text
    }

    fn constraint(&self, number: usize, constraint: &Constraint, text: &mut String) {
        let (a, b) = (
            self.traces.activity(constraint.a),
            self.traces.activity(constraint.b),
        );
        let evidence = &constraint.evidence;
        let _ = writeln!(
            text,
            "# Triggered in {} of {} cases ({}); {} of {} activations fulfilled ({}).",
            evidence.cases,
            evidence.all_cases,
            percent(evidence.support()),
            evidence.fulfilled,
            evidence.activations,
            percent(evidence.confidence()),
        );
        let (kind, parts, zh, en) = worded(constraint.kind, a, b);
        header(text, &format!("DC-{number:03}"), (&zh, &en), kind, self.per);
        text.push_str(&parts);
        text.push_str(SHADOW);
    }

    fn flow(&self) -> String {
        let mut text = format!(
            "# Found by the inductive miner: {}\n",
            self.discovered
                .tree
                .text(&self.traces.activities)
                .replace(['\n', '\r'], " ")
        );
        header(
            &mut text,
            "FL-001",
            ("偏离历史流程", "Leaves the flow of history"),
            "flow",
            self.per,
        );
        text.push_str("flow = \"discovered\"\n");
        text.push_str(SHADOW);
        text
    }

    fn durations(&self) -> String {
        let mut text = String::new();
        for (index, pair) in self.discovered.durations.iter().enumerate() {
            let (from, to) = (
                self.traces.activity(pair.from),
                self.traces.activity(pair.to),
            );
            let _ = writeln!(text, "# Observed {} times.", pair.observed);
            header(
                &mut text,
                &format!("DU-{:03}", index + 1),
                (
                    &format!("从“{from}”到“{to}”过快或过慢"),
                    &format!("Too fast or too slow from {from} to {to}"),
                ),
                "duration",
                self.per,
            );
            let _ = writeln!(
                text,
                "from = {}\nto = {}\n{}",
                quote(from),
                quote(to),
                learned(pair)
            );
            text.push_str(SHADOW);
        }
        text
    }

    fn people(&self) -> String {
        let mut text = String::new();
        for (index, pair) in self.discovered.separations.iter().enumerate() {
            let (a, b) = (self.traces.activity(pair.a), self.traces.activity(pair.b));
            let _ = writeln!(text, "# Kept in {} of {} cases.", pair.kept, pair.cases);
            let (kind, zh, en) = if pair.same {
                (
                    "binding",
                    format!("“{a}”与“{b}”应由同一人办理"),
                    format!("{a} and {b} by one person"),
                )
            } else {
                (
                    "separation",
                    format!("“{a}”与“{b}”不得由同一人办理"),
                    format!("{a} and {b} by different persons"),
                )
            };
            header(
                &mut text,
                &format!("PE-{:03}", index + 1),
                (&zh, &en),
                kind,
                self.per,
            );
            let _ = writeln!(text, "a = {}\nb = {}\nby = \"officer\"", quote(a), quote(b));
            text.push_str(SHADOW);
        }
        text
    }

    fn queues(&self) -> String {
        let mut text = String::new();
        if !self.discovered.queues.is_empty() {
            text.push_str("[[object]]\ntype = \"whole-office\"\nkey = ['\"all\"']\n\n");
        }
        for (index, queue) in self.discovered.queues.iter().enumerate() {
            let (enter, serve) = (
                self.traces.activity(queue.enter),
                self.traces.activity(queue.serve),
            );
            let _ = writeln!(
                text,
                "# {} of {} cases were served in turn.",
                queue.in_turn, queue.cases
            );
            let id = format!("QU-{:03}", index + 1);
            let (zh, en) = (
                format!("“{enter}”之后应按顺序办理“{serve}”"),
                format!("{serve} in the order of {enter}"),
            );
            header(&mut text, &id, (&zh, &en), "order", "whole-office");
            let _ = writeln!(
                text,
                "queue = {}\nenter = {}\nserve = {}\nplaces = 0",
                quote(self.per),
                quote(enter),
                quote(serve)
            );
            text.push_str(SHADOW);
        }
        text
    }

    fn follows(&self) -> String {
        let graph = &self.discovered.follows;
        let mut text = String::from("from,to,count\n");
        for (activity, count) in &graph.starts {
            let _ = writeln!(text, ",{},{count}", field(self.traces.activity(*activity)));
        }
        for ((from, to), count) in &graph.edges {
            let (from, to) = (self.traces.activity(*from), self.traces.activity(*to));
            let _ = writeln!(text, "{},{},{count}", field(from), field(to));
        }
        for (activity, count) in &graph.ends {
            let _ = writeln!(text, "{},,{count}", field(self.traces.activity(*activity)));
        }
        text
    }

    fn profile(&self) -> String {
        let mut text = String::from("from,to,observed,mean_seconds,deviation_seconds\n");
        for pair in self.discovered.profile.pairs() {
            let (from, to) = (
                self.traces.activity(pair.from),
                self.traces.activity(pair.to),
            );
            let (mean, deviation) = (seconds(pair.mean), seconds(pair.deviation));
            let _ = writeln!(
                text,
                "{},{},{},{mean},{deviation}",
                field(from),
                field(to),
                pair.observed
            );
        }
        text
    }
}

const SHADOW: &str = "grade = \"observe\"\ninternal = true\n\n";

fn header(text: &mut String, id: &str, title: (&str, &str), kind: &str, per: &str) {
    let (zh, en) = (quote(title.0), quote(title.1));
    let _ = writeln!(
        text,
        "[[rule]]\nid = {}\ntitle = {{ zh = {zh}, en = {en} }}\nper = {}\nkind = {}",
        quote(id),
        quote(per),
        quote(kind)
    );
}

/// Kind, parameters and titles of a constraint.
fn worded(kind: ConstraintKind, a: &str, b: &str) -> (&'static str, String, String, String) {
    let (first, second) = (quote(a), quote(b));
    let (name, zh, en) = titled(kind, a, b);
    use ConstraintKind as K;
    let parts = match kind {
        K::Init | K::End | K::Existence => format!("what = {first}\n"),
        K::AtMostOnce => format!("what = {first}\nn = 2\n"),
        K::Precedence | K::AlternatePrecedence | K::ChainPrecedence => {
            format!("when = {second}\nbefore = {first}\n")
        }
        _ => format!("when = {first}\nthen = {second}\n"),
    };
    (name, parts, zh, en)
}

/// The pack's name of the kind, and titles in Chinese and English.
fn titled(kind: ConstraintKind, a: &str, b: &str) -> (&'static str, String, String) {
    use ConstraintKind as K;
    let (name, zh, en) = match kind {
        K::Init => ("init", "以“{a}”开始", "Begins with {a}"),
        K::End => ("end", "以“{a}”结束", "Ends with {a}"),
        K::Existence => ("existence", "必有“{a}”", "Has {a}"),
        K::AtMostOnce => ("absence", "“{a}”至多一次", "{a} at most once"),
        K::Response => ("response", "“{a}”之后必有“{b}”", "{b} after {a}"),
        K::AlternateResponse => (
            "alternate-response",
            "每次“{a}”之后、再次“{a}”之前必有“{b}”",
            "{b} after each {a}, before the next",
        ),
        K::ChainResponse => (
            "chain-response",
            "“{a}”之后紧接“{b}”",
            "{b} directly after {a}",
        ),
        K::Precedence => ("precedence", "“{b}”之前必有“{a}”", "{a} before {b}"),
        K::AlternatePrecedence => (
            "alternate-precedence",
            "每次“{b}”之前各有“{a}”",
            "{a} before each {b}",
        ),
        K::ChainPrecedence => (
            "chain-precedence",
            "“{b}”之前紧接“{a}”",
            "{a} directly before {b}",
        ),
        K::Succession => ("succession", "“{a}”与“{b}”先后相随", "{a}, and later {b}"),
        K::AlternateSuccession => (
            "alternate-succession",
            "“{a}”与“{b}”交替先后相随",
            "{a} and {b} in turn",
        ),
        K::ChainSuccession => (
            "chain-succession",
            "“{a}”与“{b}”紧接",
            "{a} and directly {b}",
        ),
        K::RespondedExistence => (
            "responded-existence",
            "有“{a}”则有“{b}”",
            "{b} wherever {a}",
        ),
        K::NotCoExistence => (
            "not-co-existence",
            "“{a}”与“{b}”不同时出现",
            "Never both {a} and {b}",
        ),
        K::NotSuccession => ("not-response", "“{a}”之后不得有“{b}”", "No {b} after {a}"),
    };
    let fill = |template: &str| {
        // One pass, so that a name that holds braces is left alone.
        let mut text = String::new();
        for (index, piece) in template.split(['{', '}']).enumerate() {
            text.push_str(match (index % 2, piece) {
                (1, "a") => a,
                (1, _) => b,
                (_, words) => words,
            });
        }
        text
    };
    (name, fill(zh), fill(en))
}

fn learned(pair: &PairProfile) -> String {
    format!(
        "learned = {{ observed = {}, mean = \"{} s\", deviation = \"{} s\", z = 3 }}",
        pair.observed,
        pair.mean / 1_000_000,
        pair.deviation / 1_000_000
    )
}

/// Hundredths of a percent as text.
fn percent(hundredths: u64) -> String {
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

fn seconds(micros: i64) -> String {
    format!("{}.{:06}", micros / 1_000_000, (micros % 1_000_000).abs())
}

/// A TOML basic string.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", control as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// A CSV field.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
