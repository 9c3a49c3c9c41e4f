//! Reads place/transition nets in PNML (ISO/IEC 15909-2), with the habits of the tools that write
//! them: pages, ProM's invisible transitions, final markings, reset and read arcs, layouts.
//!
//! High-level nets and inhibitor arcs are refused: leaving them out would change the language.

mod labels;
mod markings;
#[cfg(test)]
mod tests;

use cage_model::Keyed;
use roxmltree::{Document, Node};

use crate::error::ModelError;
use crate::model::{Bounds, Element, ElementKind, Link, Model, Point};
use crate::net::{Consume, Label, Net, Place, Transition, TransitionId};
use crate::source::{Source, nearest, quoted};
use labels::{arc_kind, attribute, children, is_invisible, label_text, looks_silent, text_of};

/// Tokens that one arc moves.
const WEIGHT_MAX: u32 = 255;
/// Tokens that all arcs of a net move together.
const WEIGHTS_MAX: u64 = 1_000_000;
/// References that lead from one to the next.
const REFERENCES_MAX: u32 = 256;
/// Width and height of a node that has a position but no dimension.
const SIZE_DEFAULT: f64 = 25.0;

/// Reads the net of a `<pnml>` document.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub(crate) fn read_pnml(source: &Source<'_>, document: &Document<'_>) -> Result<Model, ModelError> {
    let root = document.root_element();
    let mut nets = children(root, "net");
    let Some(net) = nets.next() else {
        return Err(source.error(root, "there is no <net> in this file"));
    };
    if let Some(second) = nets.next() {
        return Err(source.error(second, "a second <net>; a model file holds one net"));
    }
    let mut reader = Reader::new(source);
    reader.model.id = net.attribute("id").unwrap_or_default().to_owned();
    reader.model.name = text_of(net, "name").unwrap_or_default();
    let items = items(net);
    for item in &items {
        reader.node(*item)?;
    }
    reader.references(&items)?;
    for item in &items {
        if item.tag_name().name() == "arc" {
            reader.arc(*item)?;
        }
    }
    reader.set_consumed();
    if reader.model.net.transitions.is_empty() {
        return Err(source.error(net, "the net has no transition"));
    }
    markings::read(&mut reader, net)?;
    Ok(reader.finish())
}

/// What an id of the file names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Named {
    Place(Place),
    Transition(TransitionId),
}

struct Reader<'s, 'i> {
    source: &'s Source<'i>,
    model: Model,
    /// The ids of the file; a place or transition and its element.
    ids: Keyed<String, (Named, u32)>,
    /// Ids in the order of the file, for suggestions.
    spelled: Vec<String>,
    labels: Keyed<String, Label>,
    /// The tokens of each place at the start.
    initial: Vec<u32>,
    /// What each transition takes.
    consumed: Vec<Vec<Place>>,
    weights: u64,
    unnamed: Vec<String>,
    looks_silent: Vec<String>,
    ignored: Vec<&'static str>,
}

impl<'s, 'i> Reader<'s, 'i> {
    fn new(source: &'s Source<'i>) -> Self {
        Self {
            source,
            model: Model::default(),
            ids: Keyed::new(),
            spelled: Vec::new(),
            labels: Keyed::new(),
            initial: Vec::new(),
            consumed: Vec::new(),
            weights: 0,
            unnamed: Vec::new(),
            looks_silent: Vec::new(),
            ignored: Vec::new(),
        }
    }

    fn net(&mut self) -> &mut Net {
        &mut self.model.net
    }

    /// A place or a transition.
    fn node(&mut self, item: Node<'_, '_>) -> Result<(), ModelError> {
        match item.tag_name().name() {
            "place" => self.place(item),
            "transition" => self.transition(item),
            _ => Ok(()),
        }
    }

    fn place(&mut self, item: Node<'_, '_>) -> Result<(), ModelError> {
        if let Some(typed) = children(item, "hlinitialMarking").next() {
            return Err(self.high_level(typed));
        }
        let id = self.id(item)?;
        let name = text_of(item, "name").filter(|name| !name.is_empty());
        let place = Place(self.net().places);
        self.net().places += 1;
        let called = match &name {
            Some(name) if *name != id => format!("place {} ({id})", quoted(name)),
            _ => format!("place {}", quoted(&id)),
        };
        self.net().place_names.push(called);
        let tokens = match children(item, "initialMarking").next() {
            Some(marking) => self.count(marking)?,
            None => 0,
        };
        self.initial.push(tokens);
        let element = self.element(item, &id, name.unwrap_or_default(), ElementKind::Place);
        self.enter(item, id, Named::Place(place), element)
    }

    fn transition(&mut self, item: Node<'_, '_>) -> Result<(), ModelError> {
        if let Some(condition) = children(item, "condition").next() {
            return Err(self.high_level(condition));
        }
        if item.has_attribute("guard") {
            self.ignore("guards over data are not evaluated: transitions fire without them");
        }
        let id = self.id(item)?;
        let name = text_of(item, "name").filter(|name| !name.is_empty());
        let silent = is_invisible(item);
        let label = if silent {
            None
        } else {
            Some(self.activity(&id, name.as_deref()))
        };
        let kind = match label {
            Some(_) => ElementKind::Transition,
            None => ElementKind::Silent,
        };
        let shown = name.unwrap_or_else(|| id.clone());
        let element = self.element(item, &id, shown, kind);
        let number = TransitionId(self.net().transitions.len() as u32);
        self.net().transitions.push(Transition {
            label,
            element: Some(element),
            consume: Consume::All(Vec::new()),
            produce: Vec::new(),
            reset: Vec::new(),
        });
        self.consumed.push(Vec::new());
        self.enter(item, id, Named::Transition(number), element)
    }

    /// The label of a visible transition; its id stands in for a missing name.
    fn activity(&mut self, id: &str, name: Option<&str>) -> Label {
        let text = name.unwrap_or(id);
        if name.is_none() {
            self.unnamed.push(id.to_owned());
        }
        if looks_silent(text) {
            self.looks_silent.push(text.to_owned());
        }
        let labels = &mut self.model.net.labels;
        *self.labels.entry_or_insert_with(text.to_owned(), || {
            labels.push(text.to_owned());
            Label(labels.len() as u32 - 1)
        })
    }

    fn element(&mut self, item: Node<'_, '_>, id: &str, name: String, kind: ElementKind) -> u32 {
        let number = self.model.elements.len() as u32;
        self.model.elements.push(Element {
            id: id.to_owned(),
            name,
            kind,
            lane: None,
            parent: None,
            host: None,
            bounds: bounds(item),
            line: self.source.line(item),
        });
        number
    }

    fn enter(
        &mut self,
        item: Node<'_, '_>,
        id: String,
        named: Named,
        element: u32,
    ) -> Result<(), ModelError> {
        if self.ids.contains_key(id.as_str()) {
            let message = format!("the id {} is used twice", quoted(&id));
            return Err(self.source.error_in(item, "id", message));
        }
        self.spelled.push(id.clone());
        self.ids.insert(id, (named, element));
        Ok(())
    }

    /// References to nodes of other pages: one more id for the node that each leads to.
    fn references(&mut self, items: &[Node<'_, '_>]) -> Result<(), ModelError> {
        let is_reference = |item: &Node<'_, '_>| {
            matches!(
                item.tag_name().name(),
                "referencePlace" | "referenceTransition"
            )
        };
        let mut leads_to: Keyed<String, String> = Keyed::new();
        let references: Vec<_> = items.iter().copied().filter(is_reference).collect();
        for item in &references {
            let id = self.id(*item)?;
            let target = attribute(self.source, *item, "ref")?;
            let twice = self.ids.contains_key(id.as_str())
                || leads_to.insert(id.clone(), target.to_owned()).is_some();
            if twice {
                let message = format!("the id {} is used twice", quoted(&id));
                return Err(self.source.error_in(*item, "id", message));
            }
        }
        for item in references {
            let id = self.id(item)?;
            let found = self.resolve(item, &id, &leads_to)?;
            self.spelled.push(id.clone());
            self.ids.insert(id, found);
        }
        Ok(())
    }

    fn resolve(
        &self,
        item: Node<'_, '_>,
        id: &str,
        leads_to: &Keyed<String, String>,
    ) -> Result<(Named, u32), ModelError> {
        let mut target = id;
        for _ in 0..REFERENCES_MAX {
            if let Some(found) = self.ids.get(target) {
                return Ok(*found);
            }
            match leads_to.get(target) {
                Some(next) => target = next,
                None => return Err(self.unknown(item, "ref", target)),
            }
        }
        Err(self
            .source
            .error(item, "references lead from one to the next without end"))
    }

    fn arc(&mut self, item: Node<'_, '_>) -> Result<(), ModelError> {
        if let Some(typed) = children(item, "hlinscription").next() {
            return Err(self.high_level(typed));
        }
        let (source, from) = self.end(item, "source")?;
        let (target, to) = self.end(item, "target")?;
        let kind = arc_kind(item);
        let weight = match children(item, "inscription").next() {
            Some(inscription) => self.count(inscription)?,
            None => 1,
        };
        self.weights += u64::from(weight);
        if self.weights > WEIGHTS_MAX {
            let message = format!("the arcs move more than {WEIGHTS_MAX} tokens together");
            return Err(self.source.error(item, message));
        }
        self.connect(item, (source, target), &kind, weight)?;
        let name = match (kind.as_str(), weight) {
            ("normal", 1) => String::new(),
            ("normal", more) => more.to_string(),
            _ => kind,
        };
        self.model.links.push(Link {
            from,
            to,
            name,
            points: Vec::new(),
        });
        Ok(())
    }

    fn connect(
        &mut self,
        item: Node<'_, '_>,
        ends: (Named, Named),
        kind: &str,
        weight: u32,
    ) -> Result<(), ModelError> {
        let times = weight as usize;
        match (ends, kind) {
            ((Named::Place(place), Named::Transition(number)), "normal") => {
                let taken = &mut self.consumed[number.0 as usize];
                taken.extend(std::iter::repeat_n(place, times));
            }
            ((Named::Transition(number), Named::Place(place)), "normal") => {
                let transition = &mut self.net().transitions[number.0 as usize];
                transition.produce.extend(std::iter::repeat_n(place, times));
            }
            ((Named::Place(place), Named::Transition(number)), "reset") => {
                let transition = &mut self.net().transitions[number.0 as usize];
                transition.reset.push(place);
            }
            // A read arc takes its tokens and gives them back.
            ((Named::Place(place), Named::Transition(number)), "read" | "test")
            | ((Named::Transition(number), Named::Place(place)), "read" | "test") => {
                let taken = &mut self.consumed[number.0 as usize];
                taken.extend(std::iter::repeat_n(place, times));
                let transition = &mut self.net().transitions[number.0 as usize];
                transition.produce.extend(std::iter::repeat_n(place, times));
            }
            ((Named::Place(_), Named::Place(_)), _) => {
                let message = "an arc from place to place; a transition must lie between them";
                return Err(self.source.error(item, message));
            }
            ((Named::Transition(_), Named::Transition(_)), _) => {
                let message = "an arc from transition to transition; a place must lie between them";
                return Err(self.source.error(item, message));
            }
            (_, other) => {
                let message = format!(
                    "an arc of the type {} cannot be followed here; normal, read and (from a \
                     place) reset arcs can",
                    quoted(other)
                );
                return Err(self.source.error(item, message));
            }
        }
        Ok(())
    }

    fn end(&self, item: Node<'_, '_>, side: &str) -> Result<(Named, u32), ModelError> {
        let id = attribute(self.source, item, side)?;
        let found = self.ids.get(id).copied();
        found.ok_or_else(|| self.unknown(item, side, id))
    }

    fn unknown(&self, item: Node<'_, '_>, attribute: &str, id: &str) -> ModelError {
        let message = format!(
            "{attribute}={} names no place or transition of this net",
            quoted(id)
        );
        let mut error = self.source.error_in(item, attribute, message);
        error.suggestion = nearest(id, self.spelled.iter().map(String::as_str));
        error
    }

    fn id(&self, item: Node<'_, '_>) -> Result<String, ModelError> {
        attribute(self.source, item, "id").map(str::to_owned)
    }

    /// The whole number in a marking or an inscription; PIPE writes `Default,1`.
    fn count(&self, item: Node<'_, '_>) -> Result<u32, ModelError> {
        let text = label_text(item).unwrap_or_default();
        let digits = text.trim();
        let digits = digits.strip_prefix("Default,").unwrap_or(digits).trim();
        if digits.is_empty() && item.tag_name().name() == "inscription" {
            return Ok(1);
        }
        match digits.parse::<u32>() {
            Ok(count) if count <= WEIGHT_MAX => Ok(count),
            Ok(count) => {
                let message = format!("{count} tokens; at most {WEIGHT_MAX} can be followed");
                Err(self.source.error(item, message))
            }
            Err(_) => {
                let message = format!("{} is not a number of tokens", quoted(&text));
                Err(self.source.error(item, message))
            }
        }
    }

    fn set_consumed(&mut self) {
        let consumed = std::mem::take(&mut self.consumed);
        for (transition, places) in self.net().transitions.iter_mut().zip(consumed) {
            transition.consume = Consume::All(places);
            transition.reset.sort_unstable();
            transition.reset.dedup();
        }
    }

    fn high_level(&self, item: Node<'_, '_>) -> ModelError {
        let message = format!(
            "<{}> belongs to a high-level net; only place/transition nets can be followed",
            item.tag_name().name()
        );
        self.source.error(item, message)
    }

    fn ignore(&mut self, what: &'static str) {
        if !self.ignored.contains(&what) {
            self.ignored.push(what);
        }
    }

    fn finish(mut self) -> Model {
        let notes = &mut self.model.notes;
        notes.extend(self.ignored.iter().map(|&what| what.to_owned()));
        if let Some(first) = self.unnamed.first() {
            notes.push(format!(
                "{} transitions have no name; the id is taken as the activity (first: {})",
                self.unnamed.len(),
                quoted(first)
            ));
        }
        if let Some(first) = self.looks_silent.first() {
            notes.push(format!(
                "{} transitions are named like silent steps but not marked as invisible; they are \
                 read as activities (first: {})",
                self.looks_silent.len(),
                quoted(first)
            ));
        }
        self.model
    }
}

/// The nodes and arcs of a net and its pages, in the order of the file.
fn items<'a, 'input>(net: Node<'a, 'input>) -> Vec<Node<'a, 'input>> {
    let mut found = Vec::new();
    let mut open = vec![net.children()];
    while let Some(level) = open.last_mut() {
        match level.next() {
            None => {
                open.pop();
            }
            Some(node) if node.tag_name().name() == "page" => open.push(node.children()),
            Some(node) if node.is_element() => found.push(node),
            Some(_) => {}
        }
    }
    found
}

/// Where the file draws a node; PNML's position is its centre.
fn bounds(item: Node<'_, '_>) -> Option<Bounds> {
    let graphics = children(item, "graphics").next()?;
    let pair = |name: &'static str| {
        let node = children(graphics, name).next()?;
        let number = |axis: &str| {
            let parsed = node.attribute(axis)?.trim().parse::<f64>().ok()?;
            parsed.is_finite().then_some(parsed)
        };
        Some((number("x")?, number("y")?))
    };
    let (x, y) = pair("position")?;
    let (width, height) = pair("dimension").unwrap_or((SIZE_DEFAULT, SIZE_DEFAULT));
    Some(Bounds {
        centre: Point { x, y },
        width: width.abs(),
        height: height.abs(),
    })
}
