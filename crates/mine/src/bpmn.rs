//! A process tree as BPMN 2.0 XML: tasks, exclusive and parallel gateways, one start, one end.

use std::fmt::Write;

use crate::tree::ProcessTree;

struct Writer<'a> {
    names: &'a [String],
    nodes: String,
    flows: String,
    next_node: u32,
    next_flow: u32,
}

/// The tree as a BPMN document that any editor reads; the drawing is left to the reader's layout.
#[must_use]
pub fn bpmn(tree: &ProcessTree, names: &[String], id: &str) -> String {
    let mut writer = Writer {
        names,
        nodes: String::new(),
        flows: String::new(),
        next_node: 1,
        next_flow: 1,
    };
    let start = writer.node("startEvent", "start", "");
    let end = writer.node("endEvent", "end", "");
    if let Some((first, last)) = writer.tree(tree) {
        writer.flow(&start, &first);
        writer.flow(&last, &end);
    } else {
        writer.flow(&start, &end);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         targetNamespace=\"urn:ironcage:draft\">\n  <process id=\"{}\" isExecutable=\"false\">\n\
         {}{}  </process>\n</definitions>\n",
        escape(id),
        writer.nodes,
        writer.flows
    )
}

impl Writer<'_> {
    fn node(&mut self, element: &str, kind: &str, name: &str) -> String {
        let id = format!("{kind}-{}", self.next_node);
        self.next_node += 1;
        let name = if name.is_empty() {
            String::new()
        } else {
            format!(" name=\"{}\"", escape(name))
        };
        let _ = writeln!(self.nodes, "    <{element} id=\"{id}\"{name}/>");
        id
    }

    fn flow(&mut self, from: &str, to: &str) {
        let number = self.next_flow;
        self.next_flow += 1;
        let _ = writeln!(
            self.flows,
            "    <sequenceFlow id=\"flow-{number}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>"
        );
    }

    /// Entry and exit node of a subtree; `None` when nothing happens in it.
    fn tree(&mut self, tree: &ProcessTree) -> Option<(String, String)> {
        match tree {
            ProcessTree::Silent => None,
            ProcessTree::Activity(activity) => {
                let name = self
                    .names
                    .get(*activity as usize)
                    .cloned()
                    .unwrap_or_default();
                let id = self.node("task", "task", &name);
                Some((id.clone(), id))
            }
            ProcessTree::Sequence(children) => {
                let mut whole: Option<(String, String)> = None;
                for child in children {
                    let Some((first, last)) = self.tree(child) else {
                        continue;
                    };
                    whole = Some(match whole {
                        None => (first, last),
                        Some((start, end)) => {
                            self.flow(&end, &first);
                            (start, last)
                        }
                    });
                }
                whole
            }
            ProcessTree::Choice(children) => Some(self.between("exclusiveGateway", children)),
            ProcessTree::Parallel(children) => Some(self.between("parallelGateway", children)),
            ProcessTree::Loop(children) => self.repeated(children),
        }
    }

    fn between(&mut self, gateway: &str, children: &[ProcessTree]) -> (String, String) {
        let split = self.node(gateway, "split", "");
        let join = self.node(gateway, "join", "");
        for child in children {
            if let Some((first, last)) = self.tree(child) {
                self.flow(&split, &first);
                self.flow(&last, &join);
            } else {
                self.flow(&split, &join);
            }
        }
        (split, join)
    }

    fn repeated(&mut self, children: &[ProcessTree]) -> Option<(String, String)> {
        let (body, redo) = children.split_first()?;
        let entry = self.node("exclusiveGateway", "join", "");
        let exit = self.node("exclusiveGateway", "split", "");
        if let Some((first, last)) = self.tree(body) {
            self.flow(&entry, &first);
            self.flow(&last, &exit);
        } else {
            self.flow(&entry, &exit);
        }
        for child in redo {
            if let Some((first, last)) = self.tree(child) {
                self.flow(&exit, &first);
                self.flow(&last, &entry);
            } else {
                self.flow(&exit, &entry);
            }
        }
        Some((entry, exit))
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}
