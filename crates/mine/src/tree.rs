//! Process trees: what the inductive miner finds, before it becomes a flow.

use std::fmt;

/// A block-structured process. Activities are indices into the log's activity names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProcessTree {
    /// Nothing.
    Silent,
    /// One activity.
    Activity(u32),
    /// One after the other.
    Sequence(Vec<ProcessTree>),
    /// One of them.
    Choice(Vec<ProcessTree>),
    /// All of them, in any order.
    Parallel(Vec<ProcessTree>),
    /// The first; then any number of times one of the others and the first again.
    Loop(Vec<ProcessTree>),
}

impl ProcessTree {
    /// The tree with nested sequences, choices and parallels of one kind made flat.
    #[must_use]
    pub fn flattened(self) -> Self {
        match self {
            Self::Sequence(children) => {
                let children = flatten(children, |tree| match tree {
                    Self::Sequence(inner) => Ok(inner),
                    other => Err(other),
                });
                let kept: Vec<_> = children
                    .into_iter()
                    .filter(|child| *child != Self::Silent)
                    .collect();
                one_or(kept, Self::Sequence)
            }
            Self::Choice(children) => {
                let children = flatten(children, |tree| match tree {
                    Self::Choice(inner) => Ok(inner),
                    other => Err(other),
                });
                let silent = children.contains(&Self::Silent);
                let mut kept: Vec<_> = children
                    .into_iter()
                    .filter(|child| *child != Self::Silent)
                    .collect();
                if silent {
                    kept.insert(0, Self::Silent);
                }
                one_or(kept, Self::Choice)
            }
            Self::Parallel(children) => {
                let children = flatten(children, |tree| match tree {
                    Self::Parallel(inner) => Ok(inner),
                    other => Err(other),
                });
                let kept: Vec<_> = children
                    .into_iter()
                    .filter(|child| *child != Self::Silent)
                    .collect();
                one_or(kept, Self::Parallel)
            }
            Self::Loop(children) => Self::Loop(children.into_iter().map(Self::flattened).collect()),
            leaf => leaf,
        }
    }

    /// The tree as text with activity names, for example `->( 'a', X( tau, 'b' ) )`.
    #[must_use]
    pub fn text(&self, names: &[String]) -> String {
        let mut text = String::new();
        let _ = self.write(names, &mut text);
        text
    }

    fn write(&self, names: &[String], out: &mut dyn fmt::Write) -> fmt::Result {
        let (operator, children) = match self {
            Self::Silent => return out.write_str("tau"),
            Self::Activity(index) => {
                let name = names.get(*index as usize).map_or("?", String::as_str);
                return write!(out, "'{name}'");
            }
            Self::Sequence(children) => ("->", children),
            Self::Choice(children) => ("X", children),
            Self::Parallel(children) => ("+", children),
            Self::Loop(children) => ("*", children),
        };
        write!(out, "{operator}( ")?;
        for (index, child) in children.iter().enumerate() {
            if index > 0 {
                out.write_str(", ")?;
            }
            child.write(names, out)?;
        }
        out.write_str(" )")
    }
}

fn flatten(
    children: Vec<ProcessTree>,
    open: fn(ProcessTree) -> Result<Vec<ProcessTree>, ProcessTree>,
) -> Vec<ProcessTree> {
    let mut flat = Vec::with_capacity(children.len());
    for child in children {
        match open(child.flattened()) {
            Ok(inner) => flat.extend(inner),
            Err(other) => flat.push(other),
        }
    }
    flat
}

fn one_or(
    mut children: Vec<ProcessTree>,
    make: fn(Vec<ProcessTree>) -> ProcessTree,
) -> ProcessTree {
    match children.len() {
        0 => ProcessTree::Silent,
        1 => children.remove(0),
        _ => make(children),
    }
}
