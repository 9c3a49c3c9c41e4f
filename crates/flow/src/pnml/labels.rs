//! Small readings of PNML's labels, attributes and the marks of particular tools.

use roxmltree::Node;

use crate::error::ModelError;
use crate::source::Source;

/// The children of an element by name.
pub(super) fn children<'a, 'input>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children()
        .filter(move |child| child.tag_name().name() == name)
}

/// The text of a label such as `<name><text>..</text></name>`; older files write `<value>`.
pub(super) fn label_text(label: Node<'_, '_>) -> Option<String> {
    let inner = label
        .children()
        .find(|child| matches!(child.tag_name().name(), "text" | "value"));
    let text = inner.unwrap_or(label).text().unwrap_or_default();
    // Only the line breaks of a pretty-printed file are taken off: a log's activity may begin or
    // end with a blank.
    Some(if text.contains('\n') {
        text.trim().to_owned()
    } else {
        text.to_owned()
    })
}

/// The text of the first label of that name.
pub(super) fn text_of(node: Node<'_, '_>, name: &'static str) -> Option<String> {
    children(node, name).next().and_then(label_text)
}

/// An attribute that must be there and not be empty.
pub(super) fn attribute<'a>(
    source: &Source<'_>,
    item: Node<'a, '_>,
    name: &str,
) -> Result<&'a str, ModelError> {
    item.attribute(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| {
            let message = format!("<{}> has no {name}", item.tag_name().name());
            source.error(item, message)
        })
}

/// ProM marks `activity="$invisible$"`; stochastic nets have a property `invisible`.
pub(super) fn is_invisible(transition: Node<'_, '_>) -> bool {
    children(transition, "toolspecific").any(|tool| {
        tool.attribute("activity")
            .is_some_and(|activity| activity.contains("invisible"))
            || tool.children().any(|property| {
                property.attribute("key") == Some("invisible")
                    && property
                        .text()
                        .is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
            })
    })
}

/// Whether a name is one that miners give to silent steps: `tau`, `tau_3`, `τ`.
pub(super) fn looks_silent(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    let rest = name.strip_prefix("tau").or_else(|| name.strip_prefix('τ'));
    rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphabetic()))
}

/// `<arctype><text>reset</text></arctype>`, `<type value="inhibitor"/>`, or an attribute.
pub(super) fn arc_kind(arc: Node<'_, '_>) -> String {
    let written = text_of(arc, "arctype").or_else(|| {
        let kind = children(arc, "type").next()?;
        kind.attribute("value")
            .map(str::to_owned)
            .or_else(|| label_text(kind))
    });
    let kind = written.unwrap_or_default().trim().to_lowercase();
    if kind.is_empty() {
        "normal".to_owned()
    } else {
        kind
    }
}
