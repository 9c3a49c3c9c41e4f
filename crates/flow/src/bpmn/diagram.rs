//! A BPMN file as its author wrote it, with every reference resolved: processes, scopes, nodes,
//! sequence flows. Says nothing of what they mean; that is [`super::translate`].

use roxmltree::Node;

/// An element of the file.
pub(super) type Xml<'a> = Node<'a, 'a>;

/// A file's processes.
#[derive(Debug, Default)]
pub(super) struct Diagram<'a> {
    pub(super) processes: Vec<Process<'a>>,
    pub(super) scopes: Vec<Scope>,
    pub(super) nodes: Vec<FlowNode<'a>>,
    pub(super) flows: Vec<Flow>,
    pub(super) notes: Vec<String>,
}

/// A process of the file, or the content of a pool.
#[derive(Debug)]
pub(super) struct Process<'a> {
    pub(super) xml: Xml<'a>,
    pub(super) id: String,
    /// Its own name, or that of its pool.
    pub(super) name: String,
    /// Whether a pool shows it.
    pub(super) pool: Option<String>,
    pub(super) executable: bool,
    pub(super) scope: usize,
}

/// What one process or sub-process directly holds. Sequence flows stay inside a scope.
#[derive(Debug)]
pub(super) struct Scope {
    /// The sub-process; `None` for a process.
    pub(super) node: Option<usize>,
    /// The scope that holds the sub-process.
    pub(super) parent: Option<usize>,
    /// Its nodes, in the order of the file.
    pub(super) nodes: Vec<usize>,
}

/// An activity, event or gateway.
#[derive(Debug)]
pub(super) struct FlowNode<'a> {
    pub(super) xml: Xml<'a>,
    pub(super) id: String,
    /// Its name, line breaks read as blanks; may be empty.
    pub(super) name: String,
    /// The activity that events of a log carry for it; `None` for a silent node.
    pub(super) label: Option<String>,
    pub(super) kind: Kind,
    pub(super) scope: usize,
    pub(super) lane: Option<String>,
    pub(super) incoming: Vec<usize>,
    pub(super) outgoing: Vec<usize>,
    /// The flow that is taken when no other is.
    pub(super) default: Option<usize>,
    /// The events on its border.
    pub(super) boundaries: Vec<usize>,
    pub(super) repeat: Repeat,
    /// Whether it begins a process by itself (`instantiate`).
    pub(super) instantiate: bool,
}

/// What a node is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Task,
    /// An embedded sub-process and its scope.
    SubProcess(usize),
    /// A sub-process that an event of its parent's scope triggers.
    EventSubProcess(usize),
    Exclusive,
    Parallel,
    Inclusive,
    EventBased,
    Start {
        trigger: Trigger,
        /// For the start of an event sub-process: whether it stops its parent.
        interrupting: bool,
    },
    Catch(Trigger),
    Throw(Trigger),
    Boundary {
        /// The activity it sits on.
        host: usize,
        interrupting: bool,
        trigger: Trigger,
    },
    End(Trigger),
}

/// What an event waits for or says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Trigger {
    /// Nothing that matters to the order of steps: none, message, signal, condition, several.
    Any,
    /// A date or a length of time: happens once.
    Timer,
    /// A jump to the link of this name.
    Link(String),
    /// An error, with its code; any error when `None`.
    Error(Option<String>),
    /// An escalation, with its code; any when `None`.
    Escalation(Option<String>),
    /// Ends its scope at once.
    Terminate,
}

/// How often an activity is done before the flow goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Repeat {
    pub(super) at_least: u32,
    /// `None` for any number.
    pub(super) at_most: Option<u32>,
    /// Whether the instances may overlap.
    pub(super) parallel: bool,
}

impl Repeat {
    pub(super) const ONCE: Self = Self {
        at_least: 1,
        at_most: Some(1),
        parallel: false,
    };
}

/// A sequence flow.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether it carries a condition.
    pub(super) conditional: bool,
}

impl Diagram<'_> {
    /// The starts of a scope: start events and nodes that begin a process by themselves.
    pub(super) fn starts(&self, scope: usize) -> Vec<usize> {
        let begins = |node: &FlowNode<'_>| {
            matches!(node.kind, Kind::Start { .. })
                || (node.instantiate && node.incoming.is_empty())
        };
        self.chosen(scope, begins)
    }

    /// The nodes without a way in that begin with the scope, where nothing else starts it
    /// (BPMN 2.0.2, section 10.5.2: all of them, at the same time).
    pub(super) fn implicit_starts(&self, scope: usize) -> Vec<usize> {
        let begins = |node: &FlowNode<'_>| {
            let caught = matches!(
                node.kind,
                Kind::Boundary { .. } | Kind::EventSubProcess(_) | Kind::Catch(Trigger::Link(_))
            );
            node.incoming.is_empty() && !caught
        };
        self.chosen(scope, begins)
    }

    fn chosen(&self, scope: usize, wanted: impl Fn(&FlowNode<'_>) -> bool) -> Vec<usize> {
        let nodes = self.scopes[scope].nodes.iter();
        let wanted = nodes.filter(|node| wanted(&self.nodes[**node]));
        wanted.copied().collect()
    }

    /// How messages name a node: its name and id.
    pub(super) fn called(&self, node: usize) -> String {
        let node = &self.nodes[node];
        let id = crate::source::quoted(&node.id);
        if node.name.is_empty() {
            id
        } else {
            format!("{} ({id})", crate::source::quoted(&node.name))
        }
    }

    /// Where a token at a node may come next, within the node's scope.
    pub(super) fn next(&self, node: usize) -> Vec<usize> {
        let node = &self.nodes[node];
        let mut next: Vec<usize> = node
            .outgoing
            .iter()
            .map(|flow| self.flows[*flow].to)
            .collect();
        next.extend(&node.boundaries);
        if let Kind::Throw(Trigger::Link(name)) = &node.kind {
            next.extend(self.catch(node.scope, name));
        }
        next
    }

    /// The event that catches a link.
    pub(super) fn catch(&self, scope: usize, link: &str) -> Option<usize> {
        let catches = |node: &usize| {
            let kind = &self.nodes[*node].kind;
            matches!(kind, Kind::Catch(Trigger::Link(name)) if name == link)
        };
        self.scopes[scope].nodes.iter().copied().find(catches)
    }
}
