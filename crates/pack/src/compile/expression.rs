//! Expressions of a rule: which names each may use, and where its faults are shown.

use cage_model::Type;

use super::Compiler;
use crate::expr::nearest::nearest;
use crate::expr::{Environment, Expected, Expr, Known, ObjectRole, Place as At, Role};
use crate::pack::Status;
use crate::tree::Node;

/// An expression that is to be compiled.
pub(super) struct Wanted<'n> {
    /// Where it is written.
    pub(super) node: &'n Node,
    /// What it is wanted for.
    pub(super) expected: Expected,
    /// The events it may name.
    pub(super) roles: Vec<Role>,
    /// The object it is about, by index.
    pub(super) per: Option<u16>,
}

impl Compiler<'_, '_> {
    /// Compiles an expression over one event.
    pub(super) fn expression(&mut self, wanted: Wanted<'_>) -> Option<Expr> {
        self.captured(wanted, &mut Vec::new())
    }

    /// Compiles an expression that may also read an earlier event.
    pub(super) fn captured(&mut self, wanted: Wanted<'_>, slots: &mut Vec<u16>) -> Option<Expr> {
        let text = wanted.node.as_text()?;
        self.compile_text(text, wanted, slots)
    }

    /// The same for a text that is made from the node's.
    pub(super) fn compile_text(
        &mut self,
        text: &str,
        wanted: Wanted<'_>,
        slots: &mut Vec<u16>,
    ) -> Option<Expr> {
        if !self.check_dated(text, wanted.node) {
            return None;
        }
        let known = self.object_attributes(wanted.per);
        let mut environment = Environment::new(&mut self.names, &mut self.fields, slots);
        environment.roles = wanted.roles;
        environment.values = std::mem::take(&mut self.values);
        environment.days = self.days.clone();
        let index = wanted.per.map(usize::from);
        let object = index.and_then(|index| self.object_types.get_mut(index));
        let name = index.and_then(|index| self.object_names.get(index));
        if let (Some(object), Some(name), Some((known, open))) = (object, name, known) {
            environment.object = Some(ObjectRole {
                name: name.clone(),
                fields: &mut object.fields,
                known,
                open,
            });
        }
        let result = crate::expr::compile(text, wanted.expected, &mut environment);
        self.values = environment.values;
        match result {
            Ok(expr) => Some(expr),
            Err(errors) => {
                for error in errors {
                    let node = wanted.node;
                    let own = node.as_text() == Some(text);
                    let place = match self.files.get(node.place.file) {
                        Some(file) if own => file.inside(&node.place, text, &error.span),
                        _ => node.place.clone(),
                    };
                    self.problems
                        .suggest(&place, error.message, error.suggestion);
                }
                None
            }
        }
    }

    /// A condition, refused when it can never hold.
    pub(super) fn condition(&mut self, node: &Node, roles: Vec<Role>, per: u16) -> Option<Expr> {
        let expr = self.expression(Wanted {
            node,
            expected: Expected::Condition,
            roles,
            per: Some(per),
        })?;
        if expr.can_never_hold() {
            let message = "this can never hold, whatever the data, so the rule would never fire";
            self.problems.error(&node.place, message);
            return None;
        }
        Some(expr)
    }

    /// An object type whose id is meant, or an expression over the current event.
    pub(super) fn identity(
        &mut self,
        node: &Node,
        expected: Expected,
        roles: Vec<Role>,
        per: u16,
    ) -> Option<Expr> {
        let text = node.as_text()?;
        if !is_plain_name(text) {
            let per = Some(per);
            return self.expression(Wanted {
                node,
                expected,
                roles,
                per,
            });
        }
        self.check_object_name(text, node)?;
        let known = vec![Known::object(text, text, "")];
        let wanted = Wanted {
            node,
            expected,
            roles: vec![Role::declared("event", At::Current, known)],
            per: None,
        };
        let written = if text.contains('-') {
            format!("event[\"{text}\"]")
        } else {
            format!("event.{text}")
        };
        self.compile_text(&written, wanted, &mut Vec::new())
    }

    /// Reports a type of object that no event names.
    pub(super) fn check_object_name(&mut self, name: &str, node: &Node) -> Option<()> {
        let known = self.pack.object_names();
        if self.pack.events.is_empty() || known.contains(name) {
            return Some(());
        }
        let message = format!("no event names an object of the type {name}");
        let meant = nearest(name, known.into_iter());
        self.problems.suggest(&node.place, message, meant);
        None
    }

    /// An event under a name, with what its activities may carry.
    pub(super) fn role(&self, name: &str, place: At, activities: &[String]) -> Role {
        let (known, open) = self.event_attributes(activities);
        let mut role = Role::declared(name, place, known);
        role.open = open;
        role
    }

    /// The union of what events carry, and whether they may carry more.
    fn event_attributes(&self, activities: &[String]) -> (Vec<Known>, bool) {
        let all = activities.iter().any(|name| name == "*");
        let events: Vec<_> = if all {
            self.pack.events.iter().collect()
        } else {
            activities
                .iter()
                .filter_map(|name| self.pack.event(name))
                .collect()
        };
        let mut open = events.is_empty() || (!all && events.len() < activities.len());
        let mut known = Vec::new();
        for event in &events {
            open |= event.attributes.is_none();
            for (name, declared) in event.attributes.iter().flatten() {
                add_known(&mut known, name, *declared);
            }
        }
        let mut objects: Vec<&str> = Vec::new();
        for event in &events {
            objects.extend(event.objects.iter().flatten().map(String::as_str));
        }
        if open || events.iter().any(|event| event.objects.is_none()) {
            objects.extend(self.pack.object_names());
        }
        for name in objects {
            if !known.iter().any(|known: &Known| known.name == name) {
                known.push(Known::object(name, name, ""));
            }
        }
        (known, open)
    }

    /// What an object may carry: its own declared attributes and those of the events that name
    /// it; anything when no events are declared.
    fn object_attributes(&self, per: Option<u16>) -> Option<(Vec<Known>, bool)> {
        let name = self.object_names.get(usize::from(per?))?;
        let declared = self.pack.objects.iter().find(|object| object.name == *name);
        let own = declared.and_then(|object| object.attributes.as_ref());
        let mut known = Vec::new();
        for (name, kind) in own.into_iter().flatten() {
            add_known(&mut known, name, *kind);
        }
        let mut open = self.pack.events.is_empty();
        for event in &self.pack.events {
            let names_it = event
                .objects
                .as_ref()
                .is_none_or(|names| names.contains(name));
            if names_it || declared.is_some_and(|object| !object.key.is_empty()) {
                open |= event.attributes.is_none();
                for (name, kind) in event.attributes.iter().flatten() {
                    add_known(&mut known, name, *kind);
                }
            }
        }
        Some((known, open))
    }

    /// Notes which dated values a text uses; refuses those that only limits can use.
    fn check_dated(&mut self, text: &str, node: &Node) -> bool {
        let mut fit = true;
        for name in dated_names(text) {
            let Some(value) = self.pack.values.iter().find(|value| value.id == name) else {
                continue;
            };
            let open = |status| status == Status::Unconfirmed;
            self.unconfirmed |= value.lines.iter().any(|line| open(line.status));
            if !self.values.contains_key(name) {
                let message = format!(
                    "@{name} counts days, and days are counted by date: it can be a limit \
                     (within = \"@{name}\") but not part of an expression"
                );
                self.problems.error(&node.place, message);
                fit = false;
            }
        }
        fit
    }
}

fn add_known(known: &mut Vec<Known>, name: &str, declared: Type) {
    match known.iter_mut().find(|known| known.name == name) {
        Some(same) if same.declared != Some(declared) => same.declared = None,
        Some(_) => {}
        None => known.push(Known::attribute(name, Some(declared))),
    }
}

/// Whether a text is the name of an object type and no expression.
pub(super) fn is_plain_name(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.chars().all(word) && text.chars().next().is_some_and(char::is_alphabetic)
}

/// The names behind `@` outside quotes.
fn dated_names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '@') => {
                let rest = &text[at + 1..];
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
                names.push(&rest[..end.unwrap_or(rest.len())]);
            }
            _ => {}
        }
    }
    names
}
