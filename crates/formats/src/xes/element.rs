//! The elements of XES by name: without their namespace's prefix, in any case of letters.

use super::value::Kind;

/// An element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Element {
    Log,
    Trace,
    Event,
    Extension,
    Global,
    Classifier,
    /// The members of a list.
    Values,
    Attribute(Kind),
    Other,
}

impl Element {
    pub(super) fn by_name(name: &str) -> Self {
        let local = local_name(name);
        if let Some((_, kind)) = Kind::NAMED.iter().find(|(name, _)| *name == local) {
            return Self::Attribute(*kind);
        }
        const OTHERS: [(&str, Element); 7] = [
            ("event", Element::Event),
            ("trace", Element::Trace),
            ("values", Element::Values),
            ("log", Element::Log),
            ("extension", Element::Extension),
            ("global", Element::Global),
            ("classifier", Element::Classifier),
        ];
        if let Some((_, element)) = OTHERS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(local))
        {
            return *element;
        }
        let kind = Kind::NAMED
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(local));
        kind.map_or(Self::Other, |(_, kind)| Self::Attribute(*kind))
    }

    pub(super) fn shown(self) -> &'static str {
        match self {
            Self::Log => "<log>",
            Self::Trace => "<trace>",
            Self::Event => "<event>",
            Self::Extension => "<extension>",
            Self::Global => "<global>",
            Self::Classifier => "<classifier>",
            Self::Values => "<values>",
            Self::Attribute(kind) => match kind {
                Kind::String => "<string>",
                Kind::Date => "<date>",
                Kind::Integer => "<int>",
                Kind::Float => "<float>",
                Kind::Boolean => "<boolean>",
                Kind::Id => "<id>",
                Kind::List => "<list>",
                Kind::Container => "<container>",
            },
            Self::Other => "an unknown element",
        }
    }
}

/// A name without its namespace's prefix.
pub(super) fn local_name(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}
