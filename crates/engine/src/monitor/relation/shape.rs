//! What tells the nineteen binary templates apart, as three choices. Judges nothing itself.

use cage_pack::Template;

/// Whether the other end must come, or must not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Need {
    Required,
    Forbidden,
}

/// Which events on the way to the other end matter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// None: any distance will do.
    Any,
    /// No further activation may lie in between.
    Alternate,
    /// Only the neighbouring event counts.
    Chain,
}

/// Where the activations of one end look for the other end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Look {
    /// Events of this end are no activations.
    Nowhere,
    Ahead,
    Back,
    Both,
}

impl Look {
    pub(super) const fn activates(self) -> bool {
        !matches!(self, Self::Nowhere)
    }

    pub(super) const fn ahead(self) -> bool {
        matches!(self, Self::Ahead | Self::Both)
    }

    pub(super) const fn back(self) -> bool {
        matches!(self, Self::Back | Self::Both)
    }
}

/// A template.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    pub(super) need: Need,
    pub(super) reach: Reach,
    pub(super) when: Look,
    pub(super) then: Look,
}

impl Shape {
    pub(super) const fn of(template: Template) -> Self {
        use Look::{Ahead, Back, Both, Nowhere};
        use Need::{Forbidden, Required};
        use Reach::{Alternate, Any, Chain};
        let (need, reach, when, then) = match template {
            Template::RespondedExistence => (Required, Any, Both, Nowhere),
            Template::CoExistence => (Required, Any, Both, Both),
            Template::Response => (Required, Any, Ahead, Nowhere),
            Template::AlternateResponse => (Required, Alternate, Ahead, Nowhere),
            Template::ChainResponse => (Required, Chain, Ahead, Nowhere),
            Template::Precedence => (Required, Any, Back, Nowhere),
            Template::AlternatePrecedence => (Required, Alternate, Back, Nowhere),
            Template::ChainPrecedence => (Required, Chain, Back, Nowhere),
            Template::Succession => (Required, Any, Ahead, Back),
            Template::AlternateSuccession => (Required, Alternate, Ahead, Back),
            Template::ChainSuccession => (Required, Chain, Ahead, Back),
            Template::NotRespondedExistence => (Forbidden, Any, Both, Nowhere),
            Template::NotCoExistence => (Forbidden, Any, Both, Both),
            Template::NotResponse => (Forbidden, Any, Ahead, Nowhere),
            Template::NotChainResponse => (Forbidden, Chain, Ahead, Nowhere),
            Template::NotPrecedence => (Forbidden, Any, Back, Nowhere),
            Template::NotChainPrecedence => (Forbidden, Chain, Back, Nowhere),
            Template::NotSuccession => (Forbidden, Any, Ahead, Back),
            Template::NotChainSuccession => (Forbidden, Chain, Ahead, Back),
        };
        Self {
            need,
            reach,
            when,
            then,
        }
    }

    /// Whether events of the `when` end are remembered.
    pub(super) const fn keeps_whens(self) -> bool {
        self.when.ahead() || self.then.back()
    }

    /// Whether events of the `then` end are remembered.
    pub(super) const fn keeps_thens(self) -> bool {
        self.then.ahead() || self.when.back()
    }
}
