//! Types of object that rules are keyed by.

use super::Compiler;
use super::expression::{Wanted, is_plain_name};
use crate::expr::nearest::nearest;
use crate::expr::{Expected, Place as At};
use crate::pack::ObjectDeclaration;
use crate::program::{DerivedKey, ObjectType};
use crate::tree::Node;

impl<'a> Compiler<'a, '_> {
    /// The index of the type that a rule judges, added when it is the first to do so.
    pub(super) fn per(&mut self, node: &Node) -> Option<u16> {
        let name = node.as_text()?.to_owned();
        if let Some(index) = self.object_names.iter().position(|other| *other == name) {
            return u16::try_from(index).ok();
        }
        let pack = self.pack;
        let declared = pack.objects.iter().find(|object| object.name == name);
        let mut known = pack.object_names();
        known.extend(pack.objects.iter().map(|object| object.name.as_str()));
        let whole = pack.events.iter().all(|event| event.objects.is_some());
        if !pack.events.is_empty() && whole && !known.contains(name.as_str()) {
            let message = format!(
                "no event names an object of the type {name}, and no [[object]] derives it"
            );
            let meant = nearest(&name, known.into_iter());
            self.problems.suggest(&node.place, message, meant);
            return None;
        }
        let mut derived = Vec::new();
        for key in declared.map_or(&[][..], |object| self.key_nodes(object)) {
            derived.push(self.derived(key)?);
        }
        let index = u16::try_from(self.object_types.len()).ok()?;
        let symbol = self.names.intern(&name);
        self.object_types.push(ObjectType {
            name: symbol,
            derived,
            fields: Vec::new(),
        });
        self.object_names.push(name);
        Some(index)
    }

    fn derived(&mut self, node: &Node) -> Option<DerivedKey> {
        let key = node.as_text()?;
        if is_plain_name(key) {
            return Some(DerivedKey::Object(self.names.intern(key)));
        }
        let every = ["*".to_owned()];
        let wanted = Wanted {
            node,
            expected: Expected::Key,
            roles: vec![self.role("event", At::Current, &every)],
            per: None,
        };
        let expr = self.compile_text(key, wanted, &mut Vec::new())?;
        Some(DerivedKey::Value(expr))
    }

    /// Checks the keys of a derived object, whether or not a rule is keyed by it.
    pub(super) fn check_object(&mut self, object: &ObjectDeclaration) {
        for node in self.key_nodes(object) {
            match node.as_text() {
                Some(key) if is_plain_name(key) => {
                    self.check_object_name(key, node);
                }
                _ => {
                    self.derived(node);
                }
            }
        }
    }

    fn key_nodes(&self, object: &ObjectDeclaration) -> &'a [Node] {
        let mut tables = self.texts.all("object");
        let written = tables.find(|table| table.text("type") == Some(&object.name));
        written.map_or(&[], |table| table.list("key"))
    }
}
