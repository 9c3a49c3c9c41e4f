//! Who plays a part: `when`, `then`, `what`, each one activity or several with guards.

use cage_model::Symbol;

use super::Compiler;
use crate::expr::nearest::nearest;
use crate::expr::{Expected, Expr, Place as At, Role};
use crate::program::{Pattern, Step};
use crate::tree::{Form, Node, Table};

use super::expression::Wanted;

/// The activities of a part, with their guards as written.
pub(super) struct Part<'n> {
    pub(super) name: &'static str,
    entries: Vec<(&'n Node, &'n str, Option<&'n Node>)>,
}

impl Part<'_> {
    /// The activities, `*` for any.
    pub(super) fn activities(&self) -> Vec<String> {
        let names = self.entries.iter().map(|(_, name, _)| *name);
        names.map(str::to_owned).collect()
    }
}

/// The part that a key of a table states; empty when the key is absent.
pub(super) fn part<'n>(table: &'n Table, name: &'static str) -> Part<'n> {
    let entries = table.list(name).iter().filter_map(|node| match &node.form {
        Form::Text(activity) => Some((node, activity.as_str(), None)),
        Form::Table(inner) => {
            let activity = inner.get("type")?;
            Some((activity, activity.as_text()?, inner.get("where")))
        }
        _ => None,
    });
    Part {
        name,
        entries: entries.collect(),
    }
}

impl Compiler<'_, '_> {
    /// Compiles a part. `rule` holds the guards that are stated for whole roles.
    pub(super) fn pattern(&mut self, part: &Part<'_>, rule: &Table, per: u16) -> Pattern {
        let shared = shared_guard(rule, part.name);
        let mut steps = Vec::new();
        for (node, activity, own) in &part.entries {
            let symbol = self.activity(activity, node);
            self.check_delivery(activity, node, per);
            let guards: Vec<&Node> = shared.into_iter().chain(*own).collect();
            let one = [(*activity).to_owned()];
            let guard = self.guards(&guards, part.name, &one, per);
            steps.push(Step {
                activity: symbol,
                guard,
            });
        }
        Pattern(steps)
    }

    /// The part a key of a rule states, compiled.
    pub(super) fn pattern_of(&mut self, rule: &Table, name: &'static str, per: u16) -> Pattern {
        let part = part(rule, name);
        self.pattern(&part, rule, per)
    }

    fn guards(
        &mut self,
        guards: &[&Node],
        name: &str,
        activity: &[String],
        per: u16,
    ) -> Option<Expr> {
        let roles = |this: &Self| -> Vec<Role> {
            let mut roles = vec![this.role(name, At::Current, activity)];
            if name != "event" {
                roles.push(this.role("event", At::Current, activity));
            }
            roles
        };
        let mut compiled = Vec::new();
        for node in guards {
            let roles = roles(self);
            compiled.push(self.condition(node, roles, per)?);
        }
        if compiled.len() < 2 {
            return compiled.pop();
        }
        let texts: Vec<String> = compiled
            .iter()
            .map(|expr| format!("({})", expr.source()))
            .collect();
        let node = guards.first()?;
        let wanted = Wanted {
            node,
            expected: Expected::Condition,
            roles: roles(self),
            per: Some(per),
        };
        self.compile_text(&texts.join(" && "), wanted, &mut Vec::new())
    }

    /// The symbol of an activity; reported when the pack does not declare it.
    pub(super) fn activity(&mut self, name: &str, node: &Node) -> Option<Symbol> {
        if name == "*" {
            return None;
        }
        let declared = &self.pack.events;
        if !declared.is_empty() && self.pack.event(name).is_none() {
            let message = format!("no event {name} is declared in events.toml");
            let meant = nearest(name, declared.iter().map(|event| event.name.as_str()));
            self.problems.suggest(&node.place, message, meant);
        }
        Some(self.names.intern(name))
    }

    /// Warns when an event does not name the object that the rule judges.
    pub(super) fn check_delivery(&mut self, activity: &str, node: &Node, per: u16) {
        let Some(objects) = self
            .pack
            .event(activity)
            .and_then(|event| event.objects.as_ref())
        else {
            return;
        };
        let Some(name) = self.object_names.get(usize::from(per)) else {
            return;
        };
        let declared = self.pack.objects.iter().find(|object| object.name == *name);
        let needed: Vec<&str> = match declared {
            Some(object) if !object.key.is_empty() => {
                let parts = object.key.iter().map(String::as_str);
                parts
                    .filter(|part| super::expression::is_plain_name(part))
                    .collect()
            }
            _ => vec![name.as_str()],
        };
        if let Some(absent) = needed
            .iter()
            .find(|kind| !objects.iter().any(|name| name == *kind))
        {
            let message = format!(
                "{activity} names no {absent}, so a rule per {name} never sees it; add {absent} to \
                 its objects in events.toml, or judge per {}",
                objects.join(" or ")
            );
            self.problems.warn(&node.place, message);
        }
    }
}

/// The guard that `where` states for a role, or for the only one.
fn shared_guard<'n>(rule: &'n Table, name: &str) -> Option<&'n Node> {
    let node = rule.get("where")?;
    match &node.form {
        Form::Table(table) => table.get(name),
        Form::Text(_) if name == "what" => Some(node),
        _ => None,
    }
}
