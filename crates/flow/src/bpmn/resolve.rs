//! Turns the references of a file into numbers, and refuses those that lead nowhere.

use std::collections::BTreeMap;

use super::collect::{Collected, shown, text};
use super::diagram::{Diagram, Flow, Kind, Trigger, Xml};
use crate::error::ModelError;
use crate::source::{Source, nearest, quoted};

/// Resolves sequence flows, borders, default flows and links.
pub(super) fn resolve<'a>(
    source: &Source<'_>,
    collected: Collected<'a>,
) -> Result<Diagram<'a>, ModelError> {
    let Collected {
        mut diagram,
        flows,
        lane_sets,
        nodes,
        elements,
    } = collected;
    let finder = Finder {
        source,
        nodes: &nodes,
        elements: &elements,
    };
    for xml in flows {
        finder.flow(&mut diagram, xml)?;
    }
    for index in 0..diagram.nodes.len() {
        finder.border(&mut diagram, index)?;
        finder.default(&mut diagram, index)?;
    }
    super::lanes::assign(source, &mut diagram, &lane_sets, &nodes, &elements)?;
    check_links(source, &diagram)?;
    Ok(diagram)
}

struct Finder<'s, 'a> {
    source: &'s Source<'s>,
    nodes: &'s BTreeMap<&'a str, usize>,
    elements: &'s BTreeMap<&'a str, Xml<'a>>,
}

impl<'a> Finder<'_, 'a> {
    /// The node that an attribute refers to.
    fn node(&self, xml: Xml<'a>, attribute: &str) -> Result<usize, ModelError> {
        let Some(written) = xml.attribute(attribute) else {
            let message = format!("{} has no {attribute}", shown(xml));
            return Err(self.source.error(xml, message));
        };
        let wanted = written.trim();
        let local = wanted.rsplit(':').next().unwrap_or(wanted);
        if let Some(node) = self.nodes.get(wanted).or_else(|| self.nodes.get(local)) {
            return Ok(*node);
        }
        let message = match self.elements.get(wanted) {
            Some(other) => format!(
                "{attribute} is {}, which is a {} and no activity, event or gateway of a process",
                quoted(wanted),
                other.tag_name().name()
            ),
            None => format!("{attribute} is {}, but nothing has that id", quoted(wanted)),
        };
        let meant = nearest(wanted, self.nodes.keys().copied());
        let error = self.source.error_in(xml, attribute, message);
        Err(error.meaning(meant))
    }

    fn flow(&self, diagram: &mut Diagram<'a>, xml: Xml<'a>) -> Result<(), ModelError> {
        let from = self.node(xml, "sourceRef")?;
        let to = self.node(xml, "targetRef")?;
        self.check_ends(diagram, xml, from, to)?;
        let index = diagram.flows.len();
        let conditional = xml
            .children()
            .any(|child| child.tag_name().name() == "conditionExpression");
        diagram.flows.push(Flow {
            id: xml.attribute("id").unwrap_or_default().to_owned(),
            name: text(xml.attribute("name").unwrap_or_default()),
            from,
            to,
            conditional,
        });
        diagram.nodes[from].outgoing.push(index);
        diagram.nodes[to].incoming.push(index);
        Ok(())
    }

    fn check_ends(
        &self,
        diagram: &Diagram<'a>,
        xml: Xml<'a>,
        from: usize,
        to: usize,
    ) -> Result<(), ModelError> {
        let (first, second) = (&diagram.nodes[from], &diagram.nodes[to]);
        let refuse =
            |attribute: &str, message: String| Err(self.source.error_in(xml, attribute, message));
        if first.scope != second.scope {
            let message = format!(
                "the sequence flow leads from {} to {} across the border of a process or \
                 sub-process; draw a message flow, or an event on the border",
                diagram.called(from),
                diagram.called(to)
            );
            return refuse("targetRef", message);
        }
        let thrown = |kind: &Kind| matches!(kind, Kind::Throw(Trigger::Link(_)));
        let caught = |kind: &Kind| matches!(kind, Kind::Catch(Trigger::Link(_)));
        if matches!(first.kind, Kind::End(_)) || thrown(&first.kind) {
            let message = format!("nothing can follow {}", diagram.called(from));
            return refuse("sourceRef", message);
        }
        if matches!(second.kind, Kind::Start { .. } | Kind::Boundary { .. }) || caught(&second.kind)
        {
            let message = format!("nothing can lead to {}", diagram.called(to));
            return refuse("targetRef", message);
        }
        for (attribute, node, at) in [("sourceRef", first, from), ("targetRef", second, to)] {
            if matches!(node.kind, Kind::EventSubProcess(_)) {
                let message = format!(
                    "{} is triggered by an event, so no sequence flow leads to it or from it",
                    diagram.called(at)
                );
                return refuse(attribute, message);
            }
        }
        Ok(())
    }

    fn border(&self, diagram: &mut Diagram<'a>, index: usize) -> Result<(), ModelError> {
        let node = &diagram.nodes[index];
        if !matches!(node.kind, Kind::Boundary { .. }) {
            return Ok(());
        }
        let (xml, scope) = (node.xml, node.scope);
        let found = self.node(xml, "attachedToRef")?;
        let target = &diagram.nodes[found];
        if target.scope != scope || !matches!(target.kind, Kind::Task | Kind::SubProcess(_)) {
            let message = format!(
                "{} cannot have an event on its border: it is no activity of the same process",
                diagram.called(found)
            );
            return Err(self.source.error_in(xml, "attachedToRef", message));
        }
        if let Kind::Boundary { host, .. } = &mut diagram.nodes[index].kind {
            *host = found;
        }
        diagram.nodes[found].boundaries.push(index);
        Ok(())
    }

    fn default(&self, diagram: &mut Diagram<'a>, index: usize) -> Result<(), ModelError> {
        let node = &diagram.nodes[index];
        let Some(wanted) = node.xml.attribute("default") else {
            return Ok(());
        };
        let wanted = wanted.trim();
        let own = node.outgoing.iter().copied();
        let id = |flow: usize| diagram.flows[flow].id.as_str();
        let found = own.clone().find(|flow| id(*flow) == wanted);
        if found.is_none() {
            let message = format!(
                "the default flow {} is none of the flows that leave {}",
                quoted(wanted),
                diagram.called(index)
            );
            let meant = nearest(wanted, own.map(id));
            let error = self.source.error_in(node.xml, "default", message);
            return Err(error.meaning(meant));
        }
        diagram.nodes[index].default = found;
        Ok(())
    }
}

/// Every link that is thrown is caught once in the same scope, and the reverse.
fn check_links(source: &Source<'_>, diagram: &Diagram<'_>) -> Result<(), ModelError> {
    let mut caught: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let mut thrown: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for (index, node) in diagram.nodes.iter().enumerate() {
        match &node.kind {
            Kind::Catch(Trigger::Link(name)) => {
                if let Some(first) = caught.insert((node.scope, name), index) {
                    let message = format!(
                        "the link {} is caught twice, here and by {}",
                        quoted(name),
                        diagram.called(first)
                    );
                    return Err(source.error(node.xml, message));
                }
            }
            Kind::Throw(Trigger::Link(name)) => {
                thrown.insert((node.scope, name), index);
            }
            _ => {}
        }
    }
    for (here, there, does) in [(&thrown, &caught, "catches"), (&caught, &thrown, "throws")] {
        for (key, index) in here {
            if there.contains_key(key) {
                continue;
            }
            let node = &diagram.nodes[*index];
            let message = format!("nothing {does} the link {} here", quoted(key.1));
            let others = there.keys().filter(|other| other.0 == key.0);
            let meant = nearest(key.1, others.map(|other| other.1));
            return Err(source.error(node.xml, message).meaning(meant));
        }
    }
    Ok(())
}
