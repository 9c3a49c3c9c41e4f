//! The types of events and objects with their attributes, each of one type that holds all of its
//! values.

use std::collections::BTreeMap;

use cage_model::{Attribute, Keyed, Log, Symbol, Type, TypeDeclaration, Value};

use super::losses::Losses;
use super::{Kinds, TypeView};
use crate::ocel::{ARRIVAL, SOURCE};

/// The type that holds values of both.
fn common(one: Type, other: Type) -> Type {
    let is_number = |kind| matches!(kind, Type::Integer | Type::Decimal | Type::Float);
    match (one, other) {
        _ if one == other => one,
        _ if is_number(one) && is_number(other) => Type::Float,
        _ => Type::Text,
    }
}

/// Collects the types of one side of the log.
struct Collector<'a> {
    log: &'a Log,
    types: Vec<TypeView<'a>>,
    /// Each type's own symbol and its attributes, as in `types`.
    keys: Vec<(Symbol, Vec<Symbol>)>,
    by_name: Keyed<Symbol, usize>,
    kinds: Kinds,
}

impl<'a> Collector<'a> {
    fn new(log: &'a Log, declared: &[TypeDeclaration]) -> Self {
        let mut collector = Self {
            log,
            types: Vec::new(),
            keys: Vec::new(),
            by_name: Keyed::new(),
            kinds: Kinds::new(),
        };
        for declaration in declared {
            let index = collector.add(declaration.name);
            for (key, kind) in &declaration.attributes {
                collector.meet(index, declaration.name, *key, Some(*kind));
            }
        }
        collector
    }

    fn add(&mut self, name: Symbol) -> usize {
        let next = self.types.len();
        let index = *self.by_name.entry_or_insert_with(name, || next);
        if index == next {
            self.keys.push((name, Vec::new()));
            let (name, attributes) = (self.log.names.text(name), Vec::new());
            self.types.push(TypeView { name, attributes });
        }
        index
    }

    /// A value of this type was met; `None` is a missing one, which fits any type.
    fn meet(&mut self, index: usize, name: Symbol, key: Symbol, kind: Option<Type>) {
        let known = self.kinds.get(&(name, key)).copied();
        let next = match (known, kind) {
            (None, None) => return,
            (Some(known), None) => known,
            (None, Some(kind)) => kind,
            (Some(known), Some(kind)) => common(known, kind),
        };
        if known.is_none() {
            self.keys[index].1.push(key);
        }
        if known != Some(next) {
            self.kinds.insert((name, key), next);
        }
    }

    fn meet_group(&mut self, index: usize, name: Symbol, group: &[Attribute], losses: &mut Losses) {
        let row = &group[0];
        let is_plain = group.len() == 1 && !matches!(row.value, Value::List);
        let kind = if is_plain {
            row.value.value_type()
        } else {
            Some(Type::Text)
        };
        losses.structured += u64::from(!is_plain);
        losses.identifiers += u64::from(matches!(row.value, Value::Id(_)));
        losses.decimals += u64::from(matches!(row.value, Value::Decimal { .. }));
        let known = self.kinds.get(&(name, row.key)).copied();
        if let (Some(known), Some(kind)) = (known, kind)
            && known != kind
            && is_plain
        {
            losses.mixed += 1;
        }
        self.meet(index, name, row.key, kind);
    }

    fn finish(mut self) -> (Vec<TypeView<'a>>, Kinds) {
        for (view, (name, keys)) in self.types.iter_mut().zip(&self.keys) {
            for key in keys {
                let kind = self
                    .kinds
                    .get(&(*name, *key))
                    .copied()
                    .unwrap_or(Type::Text);
                view.attributes.push((self.log.names.text(*key), kind));
            }
        }
        (self.types, self.kinds)
    }
}

pub(super) fn event_types<'a>(log: &'a Log, losses: &mut Losses) -> (Vec<TypeView<'a>>, Kinds) {
    let mut collector = Collector::new(log, &log.header.event_types);
    let mut extra: BTreeMap<usize, (bool, bool)> = BTreeMap::new();
    for event in &log.events {
        let index = collector.add(event.activity);
        for group in log.attributes(event).chunk_by(|_, next| next.depth > 0) {
            collector.meet_group(index, event.activity, group, losses);
        }
        let (arrival, source) = (log.arrival(event).is_some(), event.source != Symbol::EMPTY);
        if arrival || source {
            let extra = extra.entry(index).or_default();
            *extra = (extra.0 || arrival, extra.1 || source);
        }
    }
    let (mut types, kinds) = collector.finish();
    for (index, (arrival, source)) in extra {
        if arrival {
            types[index].attributes.push((ARRIVAL, Type::Time));
        }
        if source {
            types[index].attributes.push((SOURCE, Type::Text));
        }
    }
    (types, kinds)
}

pub(super) fn object_types<'a>(log: &'a Log, losses: &mut Losses) -> (Vec<TypeView<'a>>, Kinds) {
    let mut collector = Collector::new(log, &log.header.object_types);
    for object in log
        .objects
        .iter()
        .filter(|object| object.kind != Symbol::EMPTY)
    {
        let index = collector.add(object.kind);
        for group in object.attributes.chunk_by(|_, (next, _)| next.depth > 0) {
            let rows: Vec<Attribute> = group.iter().map(|(row, _)| *row).collect();
            collector.meet_group(index, object.kind, &rows, losses);
        }
    }
    collector.finish()
}
