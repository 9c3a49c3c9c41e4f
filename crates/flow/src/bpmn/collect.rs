//! From the XML tree to nodes and flows whose references are still names.
//!
//! Every element inside a process is accounted for: read, ignored knowingly, or refused.

use std::collections::BTreeMap;

use super::diagram::{Diagram, FlowNode, Kind, Process, Scope, Xml};
use super::event;
use super::repeat;
use super::vocabulary::{self, EventWord, NodeWord, Word};
use crate::error::ModelError;
use crate::source::{Source, nearest, quoted};

/// Flow nodes of one file.
const NODES_MAX: usize = 20_000;
/// Sequence flows of one file.
const FLOWS_MAX: usize = 60_000;
/// The namespace of our own attributes.
const OWN_NAMESPACE: &str = "urn:ironcage:bpmn";

/// What the elements of a file hold, references as written.
pub(super) struct Collected<'a> {
    pub(super) diagram: Diagram<'a>,
    /// Sequence flows in the order of the file.
    pub(super) flows: Vec<Xml<'a>>,
    /// Lane sets, each with the scope it divides.
    pub(super) lane_sets: Vec<(Xml<'a>, usize)>,
    /// Nodes by id.
    pub(super) nodes: BTreeMap<&'a str, usize>,
    /// Elements of the file by id, for references to what is no node.
    pub(super) elements: BTreeMap<&'a str, Xml<'a>>,
}

/// Collects what the processes of a file hold.
pub(super) fn collect<'a>(source: &Source<'_>, root: Xml<'a>) -> Result<Collected<'a>, ModelError> {
    let own = |node: &Xml<'a>| node.is_element() && same_namespace(*node, root);
    let mut elements = BTreeMap::new();
    for element in root.descendants().filter(own) {
        if let Some(id) = element.attribute("id") {
            elements.entry(id).or_insert(element);
        }
    }
    let mut collector = Collector {
        source,
        root,
        seen: BTreeMap::new(),
        collected: Collected {
            diagram: Diagram::default(),
            flows: Vec::new(),
            lane_sets: Vec::new(),
            nodes: BTreeMap::new(),
            elements,
        },
    };
    for child in root.children().filter(own) {
        if child.tag_name().name() == "process" {
            collector.process(child)?;
        }
    }
    Ok(collector.collected)
}

fn same_namespace(node: Xml<'_>, root: Xml<'_>) -> bool {
    node.tag_name().namespace() == root.tag_name().namespace()
}

struct Collector<'s, 'a> {
    source: &'s Source<'s>,
    root: Xml<'a>,
    /// Where each id of a process, node or flow was given.
    seen: BTreeMap<&'a str, Xml<'a>>,
    collected: Collected<'a>,
}

impl<'a> Collector<'_, 'a> {
    fn process(&mut self, xml: Xml<'a>) -> Result<(), ModelError> {
        let id = self.claim(xml)?.unwrap_or_default();
        let scope = self.scope(None, None);
        self.content(xml, scope)?;
        self.collected.diagram.processes.push(Process {
            xml,
            id: id.to_owned(),
            name: text(xml.attribute("name").unwrap_or_default()),
            pool: None,
            executable: is_true(xml, "isExecutable"),
            scope,
        });
        Ok(())
    }

    fn scope(&mut self, node: Option<usize>, parent: Option<usize>) -> usize {
        self.collected.diagram.scopes.push(Scope {
            node,
            parent,
            nodes: Vec::new(),
        });
        self.collected.diagram.scopes.len() - 1
    }

    fn content(&mut self, holder: Xml<'a>, scope: usize) -> Result<(), ModelError> {
        for child in holder.children().filter(Xml::is_element) {
            if !same_namespace(child, self.root) {
                continue; // Another vocabulary's extension: it says nothing about the flow.
            }
            let name = child.tag_name().name();
            match vocabulary::find(name) {
                Some(Word::Ignored) => {}
                Some(Word::Node(word)) => self.node(child, &word, scope)?,
                Some(Word::SequenceFlow) => self.flow(child)?,
                Some(Word::LaneSet) => self.collected.lane_sets.push((child, scope)),
                Some(Word::Refused(why)) => {
                    let message = format!("{}: {why}", shown(child));
                    return Err(self.source.error(child, message));
                }
                None => {
                    let message = format!("BPMN 2.0 has no element {} here", shown(child));
                    let meant = nearest(name, vocabulary::names());
                    return Err(self.source.error(child, message).meaning(meant));
                }
            }
        }
        Ok(())
    }

    fn flow(&mut self, xml: Xml<'a>) -> Result<(), ModelError> {
        self.claim(xml)?;
        if self.collected.flows.len() == FLOWS_MAX {
            let message = format!("a file may hold {FLOWS_MAX} sequence flows");
            return Err(self.source.error(xml, message));
        }
        self.collected.flows.push(xml);
        Ok(())
    }

    fn node(&mut self, xml: Xml<'a>, word: &NodeWord, scope: usize) -> Result<(), ModelError> {
        let Some(id) = self.claim(xml)? else {
            let message = format!("{} has no id, so no sequence flow can reach it", shown(xml));
            return Err(self.source.error(xml, message));
        };
        self.refuse_attributes(xml)?;
        let index = self.collected.diagram.nodes.len();
        if index == NODES_MAX {
            let message = format!("a file may hold {NODES_MAX} activities, events and gateways");
            return Err(self.source.error(xml, message));
        }
        let repeat = repeat::read(self.source, xml, &mut self.collected.diagram.notes)?;
        let (kind, inner) = self.kind(xml, word, index, scope)?;
        self.collected.nodes.insert(id, index);
        let name = text(xml.attribute("name").unwrap_or_default());
        self.collected.diagram.nodes.push(FlowNode {
            xml,
            id: id.to_owned(),
            label: self.label(xml, word, &name, id)?,
            name,
            kind,
            scope,
            lane: None,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            default: None,
            boundaries: Vec::new(),
            repeat,
            instantiate: is_true(xml, "instantiate"),
        });
        if let Some(holder) = self.collected.diagram.scopes.get_mut(scope) {
            holder.nodes.push(index);
        }
        match inner {
            Some(inner) => self.content(xml, inner),
            None => Ok(()),
        }
    }

    fn kind(
        &mut self,
        xml: Xml<'a>,
        word: &NodeWord,
        index: usize,
        scope: usize,
    ) -> Result<(Kind, Option<usize>), ModelError> {
        Ok(match word {
            NodeWord::Task => (Kind::Task, None),
            NodeWord::Gateway(kind) => (kind.clone(), None),
            NodeWord::SubProcess => {
                let inner = self.scope(Some(index), Some(scope));
                let kind = if is_true(xml, "triggeredByEvent") {
                    Kind::EventSubProcess(inner)
                } else {
                    Kind::SubProcess(inner)
                };
                (kind, Some(inner))
            }
            NodeWord::Event(word) => {
                let elements = &self.collected.elements;
                let trigger = event::trigger(self.source, xml, elements)?;
                let kind = match word {
                    EventWord::Start => Kind::Start {
                        trigger,
                        interrupting: xml.attribute("isInterrupting").is_none_or(says_true),
                    },
                    EventWord::Catch => Kind::Catch(trigger),
                    EventWord::Throw => Kind::Throw(trigger),
                    EventWord::End => Kind::End(trigger),
                    EventWord::Boundary => Kind::Boundary {
                        host: usize::MAX, // Known once all nodes are.
                        interrupting: xml.attribute("cancelActivity").is_none_or(says_true),
                        trigger,
                    },
                };
                (kind, None)
            }
        })
    }

    /// Attributes that give an element a meaning outside the executable set.
    fn refuse_attributes(&self, xml: Xml<'a>) -> Result<(), ModelError> {
        let refused = [
            (
                "isForCompensation",
                "true",
                "compensation undoes what was done before; draw the way back as tasks",
            ),
            (
                "eventGatewayType",
                "Parallel",
                "a parallel event-based gateway waits for all of its events; draw a parallel \
                 gateway before catching events",
            ),
        ];
        for (name, value, why) in refused {
            if xml.attribute(name) == Some(value) {
                let message = format!("{} has {name}=\"{value}\": {why}", shown(xml));
                return Err(self.source.error_in(xml, name, message));
            }
        }
        for name in ["startQuantity", "completionQuantity"] {
            if let Some(value) = xml.attribute(name).filter(|value| value.trim() != "1") {
                let message = format!("{name} is {}; only 1 is read", quoted(value));
                return Err(self.source.error_in(xml, name, message));
            }
        }
        Ok(())
    }

    /// The activity that a log's events carry for a node: tasks under their name, or their id where
    /// they have none; tasks and events under our own attribute.
    fn label(
        &self,
        xml: Xml<'a>,
        word: &NodeWord,
        name: &str,
        id: &str,
    ) -> Result<Option<String>, ModelError> {
        let own = xml.attribute((OWN_NAMESPACE, "activity"));
        match (word, own) {
            (NodeWord::Task | NodeWord::Event(_), Some("")) => {
                let message = format!("the activity of {} is empty", shown(xml));
                Err(self.source.error(xml, message))
            }
            (NodeWord::Task | NodeWord::Event(_), Some(activity)) => Ok(Some(activity.to_owned())),
            (_, Some(activity)) => {
                let message = format!(
                    "{} cannot be seen in a log as {}: only tasks and events can",
                    shown(xml),
                    quoted(activity)
                );
                Err(self.source.error(xml, message))
            }
            (NodeWord::Task, None) if name.is_empty() => Ok(Some(id.to_owned())),
            (NodeWord::Task, None) => Ok(Some(name.to_owned())),
            (_, None) => Ok(None),
        }
    }

    /// The id of an element, which no other may have.
    fn claim(&mut self, xml: Xml<'a>) -> Result<Option<&'a str>, ModelError> {
        let Some(id) = xml.attribute("id") else {
            return Ok(None);
        };
        if let Some(first) = self.seen.insert(id, xml) {
            let message = format!(
                "the id {} is already that of the {} in line {}",
                quoted(id),
                first.tag_name().name(),
                self.source.line(first)
            );
            return Err(self.source.error_in(xml, "id", message));
        }
        Ok(Some(id))
    }
}

/// A name as written, each run of blanks with a line break in it read as one blank.
pub(super) fn text(name: &str) -> String {
    if !name.contains(['\n', '\r']) {
        return name.to_owned();
    }
    let lines = name.split(['\n', '\r']).map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// Whether an attribute says true; false when absent.
pub(super) fn is_true(xml: Xml<'_>, name: &str) -> bool {
    xml.attribute(name).is_some_and(says_true)
}

fn says_true(value: &str) -> bool {
    matches!(value.trim(), "true" | "1")
}

/// An element as messages show it.
pub(super) fn shown(xml: Xml<'_>) -> String {
    let name = xml.tag_name().name();
    match xml.attribute("id") {
        Some(id) => format!("<{name} id={}>", quoted(id)),
        None => format!("<{name}>"),
    }
}
