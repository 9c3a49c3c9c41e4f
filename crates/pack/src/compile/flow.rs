//! Rules of the kind `flow`, and the flow files that they name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use cage_flow::Model;
use cage_model::Symbol;

use super::Compiler;
use crate::expr::nearest::nearest;
use crate::flow::{is_flow_file, model, stem};
use crate::program::{FlowRule, Judge, NamedFlow};
use crate::source::{Place, SourceFile};
use crate::tree::{Form, Node, Table};

/// The flow files of a pack.
#[derive(Debug, Default)]
pub(super) struct Flows {
    /// By id: the file, and the model unless it is at fault, which has been reported.
    files: BTreeMap<String, (usize, Option<Arc<Model>>)>,
    /// Those that rules follow, in order of first use.
    used: Vec<NamedFlow>,
    /// Ids whose activities have been compared with `events.toml`.
    compared: BTreeSet<String>,
}

impl Flows {
    /// What the program keeps.
    pub(super) fn into_used(self) -> Vec<NamedFlow> {
        self.used
    }
}

impl Compiler<'_, '_> {
    /// Reads the flow files of the pack and of those that it uses.
    pub(super) fn read_flows(&mut self) {
        for (index, file) in self.files.iter().enumerate() {
            if !is_flow_file(&file.name) {
                continue;
            }
            let place = Place {
                file: index,
                span: 0..0,
            };
            let id = stem(&file.name).to_owned();
            if !in_flows_folder(file) {
                let message = "flow files lie in the folder flows/; this one is not read";
                self.problems.warn(&place, message);
            } else if let Some((other, _)) = self.flows.files.get(&id) {
                let other = self.files.get(*other).map_or("", |file| file.name.as_str());
                let message = format!("there are two flows {id}: the other one is {other}");
                self.problems.error(&place, message);
            } else {
                let model = model(index, file, file.text.as_bytes(), self.problems);
                self.flows.files.insert(id, (index, model));
            }
        }
    }

    /// Warns of flow files that no rule follows.
    pub(super) fn check_unused_flows(&mut self) {
        for (id, (index, model)) in &self.flows.files {
            let own = self.files.get(*index).is_some_and(|file| file.own);
            let used = self.flows.used.iter().any(|flow| flow.id == *id);
            if own && model.is_some() && !used {
                let place = Place {
                    file: *index,
                    span: 0..0,
                };
                let message = format!(
                    "no rule follows the flow {id}; a rule that does has kind = \"flow\", flow = \
                     \"{id}\""
                );
                self.problems.warn(&place, message);
            }
        }
    }

    /// Compiles a rule that a flow is followed.
    pub(super) fn flow(&mut self, table: &Table, per: u16) -> Option<Judge> {
        let node = table.get("flow")?;
        let id = node.as_text()?.to_owned();
        let Some((file, model)) = self.flows.files.get(&id).cloned() else {
            self.unknown_flow(&id, node);
            return None;
        };
        let model = model?;
        if self.flows.compared.insert(id.clone()) {
            self.compare_with_events(file, &model);
        }
        for label in &model.net.labels {
            self.check_delivery(label, node, per);
            self.names.intern(label);
        }
        let (allow_inserted, allow_skipped) = self.allowed(table, &model);
        let used = &mut self.flows.used;
        let index = match used.iter().position(|flow| flow.id == id) {
            Some(index) => index,
            None => {
                used.push(NamedFlow { id, model });
                used.len() - 1
            }
        };
        Some(Judge::Flow(FlowRule {
            flow: u16::try_from(index).ok()?,
            allow_inserted,
            allow_skipped,
        }))
    }

    fn unknown_flow(&mut self, id: &str, node: &Node) {
        let known: Vec<&str> = self.flows.files.keys().map(String::as_str).collect();
        // A file may be named with its extension or folder by mistake.
        let bare = Some(stem(id)).filter(|bare| known.contains(bare));
        let meant = bare.map(str::to_owned);
        let meant = meant.or_else(|| nearest(id, known.iter().copied()));
        let message = if known.is_empty() {
            format!("there is no flow {id}: the pack has no file in flows/")
        } else {
            format!("there is no flow {id}; flows/ has {}", known.join(", "))
        };
        self.problems.suggest(&node.place, message, meant);
    }

    /// Every activity of a flow is an event that the pack declares.
    fn compare_with_events(&mut self, file: usize, model: &Model) {
        let declared = &self.pack.events;
        let Some(source) = self.files.get(file).filter(|_| !declared.is_empty()) else {
            return;
        };
        for (number, label) in model.net.labels.iter().enumerate() {
            if self.pack.event(label).is_some() {
                continue;
            }
            let transitions = model.net.transitions.iter();
            let mut of_label = transitions
                .filter(|step| step.label.is_some_and(|label| label.0 as usize == number));
            let element = of_label.find_map(|step| step.element);
            let line = element.and_then(|element| model.elements.get(element as usize));
            let place = Place {
                file,
                span: line.map_or(0..0, |element| span(&source.text, element.line, label)),
            };
            let message = format!("no event {label} is declared in events.toml");
            let meant = nearest(label, declared.iter().map(|event| event.name.as_str()));
            self.problems.suggest(&place, message, meant);
        }
    }

    /// The activities that may be inserted, and those that may be skipped. A plain list allows both.
    fn allowed(&mut self, table: &Table, model: &Model) -> (Vec<Symbol>, Vec<Symbol>) {
        let Some(node) = table.get("allow") else {
            return (Vec::new(), Vec::new());
        };
        let (inserted, skipped) = match &node.form {
            Form::Table(lists) => (lists.list("inserted"), lists.list("skipped")),
            _ => (table.list("allow"), table.list("allow")),
        };
        let steps = &model.net.labels;
        for node in skipped {
            let Some(name) = node.as_text() else { continue };
            let declared = self.pack.event(name).is_some();
            let only_skipped = matches!(
                table.get("allow").map(|node| &node.form),
                Some(Form::Table(_))
            );
            if !steps.iter().any(|step| step == name) && (only_skipped || !declared) {
                let message = format!("{name} is no step of the flow, so it cannot be skipped");
                let meant = nearest(name, steps.iter().map(String::as_str));
                self.problems.suggest(&node.place, message, meant);
            }
        }
        let inserted = self.activities(inserted);
        let skipped = self.activities(skipped);
        (inserted, skipped)
    }

    fn activities(&mut self, nodes: &[Node]) -> Vec<Symbol> {
        let mut symbols = Vec::new();
        for node in nodes {
            let Some(name) = node.as_text() else { continue };
            match self.activity(name, node) {
                Some(symbol) => symbols.push(symbol),
                None => {
                    let message = "name the activities one by one; \"*\" would allow everything";
                    self.problems.error(&node.place, message);
                }
            }
        }
        symbols.sort_unstable();
        symbols.dedup();
        symbols
    }
}

fn in_flows_folder(file: &SourceFile) -> bool {
    let mut parts = file.name.rsplit('/');
    parts.next();
    parts.next() == Some("flows")
}

/// Where an activity is written: its name in the line of its element, or that line.
fn span(text: &str, line: u32, name: &str) -> Range<usize> {
    let lines = text.split_inclusive('\n');
    let before = lines.take((line as usize).saturating_sub(1)).map(str::len);
    let start: usize = before.sum();
    let line = text.get(start..).unwrap_or_default();
    let line = line.lines().next().unwrap_or_default();
    let found = line.find(name).map(|at| at..at + name.len());
    let found = found.unwrap_or(line.len() - line.trim_start().len()..line.trim_end().len());
    start + found.start..start + found.end
}
