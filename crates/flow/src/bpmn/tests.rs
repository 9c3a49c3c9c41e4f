//! Each construct of BPMN against the sequences that it allows, listed by a plain token game.

mod constructs;
mod damage;
pub(crate) mod game;
mod real;
mod refusals;
mod sub_processes;
mod trees;

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::{Model, ModelError, read_model};

/// A process with these elements and, as `from>to` words, sequence flows; ids are as given.
fn process(elements: &str, flows: &str) -> String {
    let mut text = String::from(
        "<b:definitions xmlns:b=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:cage=\"urn:ironcage:bpmn\">\n<b:process id=\"p\">\n",
    );
    text.push_str(&content(elements, flows));
    text.push_str("</b:process></b:definitions>\n");
    text
}

/// Elements in short: `start s`, `end e`, `task a`, `xor x`, `and x`, `or x`, `events x`, each by
/// kind and id, separated by `;`. What begins with `<` is kept. `b:` is the namespace.
fn content(elements: &str, flows: &str) -> String {
    let mut text = String::new();
    for element in elements
        .split(';')
        .map(str::trim)
        .filter(|element| !element.is_empty())
    {
        if element.starts_with('<') {
            text.push_str(element);
        } else if let Some((kind, id)) = element.split_once(' ') {
            let name = match kind {
                "start" => "startEvent",
                "end" => "endEvent",
                "xor" => "exclusiveGateway",
                "and" => "parallelGateway",
                "or" => "inclusiveGateway",
                "events" => "eventBasedGateway",
                other => other,
            };
            let _ = write!(text, "<b:{name} id=\"{id}\"/>");
        }
        text.push('\n');
    }
    for flow in flows.split_whitespace() {
        let (from, to) = flow.split_once('>').unwrap();
        let _ = writeln!(
            text,
            "<b:sequenceFlow id=\"{from}-{to}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>"
        );
    }
    text
}

fn read(text: &str) -> Result<Model, ModelError> {
    read_model("x.bpmn", text.as_bytes())
}

/// The complete runs of a file up to a length, each as its activities joined by blanks.
fn runs(text: &str, longest: usize) -> BTreeSet<String> {
    let model = read(text).unwrap();
    game::runs(&model.net, longest)
}

/// Checks the complete runs up to a length against a list.
fn check(text: &str, longest: usize, expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|run| (*run).to_owned()).collect();
    assert_eq!(runs(text, longest), expected, "{text}");
}
