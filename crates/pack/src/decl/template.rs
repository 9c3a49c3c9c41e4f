//! The names of templates, as the tools spell them, and what they stand for.

use crate::expr::nearest::nearest;
use crate::program::Template;

/// A template with its count, where it has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// At least so often.
    Existence(u32),
    /// Less than so often.
    Absence(u32),
    /// Exactly so often.
    Exactly(u32),
    /// First event.
    Init,
    /// Last event.
    End,
    /// One of two; exclusive or not.
    Choice { exclusive: bool },
    /// Two ends.
    Relation(Template),
}

impl Shape {
    /// Whether it names two activities.
    pub(super) const fn is_binary(self) -> bool {
        matches!(self, Self::Choice { .. } | Self::Relation(_))
    }

    /// Whether it counts.
    pub(super) const fn count(self) -> Option<u32> {
        match self {
            Self::Existence(count) | Self::Absence(count) | Self::Exactly(count) => Some(count),
            _ => None,
        }
    }

    /// The same with another count.
    pub(super) const fn with_count(self, count: u32) -> Self {
        match self {
            Self::Existence(_) => Self::Existence(count),
            Self::Absence(_) => Self::Absence(count),
            Self::Exactly(_) => Self::Exactly(count),
            other => other,
        }
    }

    /// The kind as packs word it.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Existence(_) => "existence",
            Self::Absence(_) => "absence",
            Self::Exactly(_) => "exactly",
            Self::Init => "init",
            Self::End => "end",
            Self::Choice { exclusive: false } => "choice",
            Self::Choice { exclusive: true } => "exclusive-choice",
            Self::Relation(template) => relation_kind(template),
        }
    }

    /// Whether the activation is the second activity: the precedence family.
    pub(super) const fn activates_second(self) -> bool {
        matches!(
            self,
            Self::Relation(
                Template::Precedence
                    | Template::AlternatePrecedence
                    | Template::ChainPrecedence
                    | Template::NotPrecedence
                    | Template::NotChainPrecedence
            )
        )
    }
}

const fn relation_kind(template: Template) -> &'static str {
    match template {
        Template::RespondedExistence => "responded-existence",
        Template::CoExistence => "co-existence",
        Template::Response => "response",
        Template::AlternateResponse => "alternate-response",
        Template::ChainResponse => "chain-response",
        Template::Precedence => "precedence",
        Template::AlternatePrecedence => "alternate-precedence",
        Template::ChainPrecedence => "chain-precedence",
        Template::Succession => "succession",
        Template::AlternateSuccession => "alternate-succession",
        Template::ChainSuccession => "chain-succession",
        Template::NotRespondedExistence => "not-responded-existence",
        Template::NotCoExistence => "not-co-existence",
        Template::NotResponse => "not-response",
        Template::NotChainResponse => "not-chain-response",
        Template::NotPrecedence => "not-precedence",
        Template::NotChainPrecedence => "not-chain-precedence",
        Template::NotSuccession => "not-succession",
        Template::NotChainSuccession => "not-chain-succession",
    }
}

/// Every template under the name that RuM and Declare4Py write. Blanks, hyphens, underscores and
/// case do not count, so MINERful's spellings (`RespondedExistence`) are the same names.
const NAMES: [(&str, Shape); 33] = [
    ("Existence", Shape::Existence(1)),
    ("At Least", Shape::Existence(1)),
    ("At Least One", Shape::Existence(1)),
    ("Participation", Shape::Existence(1)),
    ("Absence", Shape::Absence(1)),
    ("At Most One", Shape::Absence(2)),
    ("Uniqueness", Shape::Absence(2)),
    ("Exactly", Shape::Exactly(1)),
    ("Exactly One", Shape::Exactly(1)),
    ("Init", Shape::Init),
    ("End", Shape::End),
    ("Last", Shape::End),
    ("Choice", Shape::Choice { exclusive: false }),
    ("Exclusive Choice", Shape::Choice { exclusive: true }),
    (
        "Responded Existence",
        Shape::Relation(Template::RespondedExistence),
    ),
    ("Co-Existence", Shape::Relation(Template::CoExistence)),
    ("Response", Shape::Relation(Template::Response)),
    (
        "Alternate Response",
        Shape::Relation(Template::AlternateResponse),
    ),
    ("Chain Response", Shape::Relation(Template::ChainResponse)),
    ("Precedence", Shape::Relation(Template::Precedence)),
    (
        "Alternate Precedence",
        Shape::Relation(Template::AlternatePrecedence),
    ),
    (
        "Chain Precedence",
        Shape::Relation(Template::ChainPrecedence),
    ),
    ("Succession", Shape::Relation(Template::Succession)),
    (
        "Alternate Succession",
        Shape::Relation(Template::AlternateSuccession),
    ),
    (
        "Chain Succession",
        Shape::Relation(Template::ChainSuccession),
    ),
    (
        "Not Responded Existence",
        Shape::Relation(Template::NotRespondedExistence),
    ),
    (
        "Not Co-Existence",
        Shape::Relation(Template::NotCoExistence),
    ),
    ("Not Response", Shape::Relation(Template::NotResponse)),
    (
        "Not Chain Response",
        Shape::Relation(Template::NotChainResponse),
    ),
    ("Not Precedence", Shape::Relation(Template::NotPrecedence)),
    (
        "Not Chain Precedence",
        Shape::Relation(Template::NotChainPrecedence),
    ),
    ("Not Succession", Shape::Relation(Template::NotSuccession)),
    (
        "Not Chain Succession",
        Shape::Relation(Template::NotChainSuccession),
    ),
];

/// Why a name is no template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NoTemplate {
    /// No tool's name; the nearest one that is.
    Unknown(Option<String>),
    /// A count on a template that has none, or one that is no small number.
    Count,
}

/// The template of a name such as `Chain Response` or `Existence2`.
pub(super) fn template(written: &str) -> Result<Shape, NoTemplate> {
    let name = written.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = written.get(name.len()..).unwrap_or("");
    let plain = normal(name);
    if let ("atmost", Ok(count)) = (plain.as_str(), digits.parse::<u32>()) {
        return Ok(Shape::Absence(count.saturating_add(1)));
    }
    let found = NAMES.iter().find(|(known, _)| normal(known) == plain);
    let Some((_, shape)) = found else {
        return Err(NoTemplate::Unknown(nearest(
            name,
            NAMES.iter().map(|(name, _)| *name),
        )));
    };
    if digits.is_empty() {
        return Ok(*shape);
    }
    let count: u32 = digits.parse().map_err(|_| NoTemplate::Count)?;
    match shape {
        Shape::Existence(_) | Shape::Absence(_) | Shape::Exactly(_) => Ok(shape.with_count(count)),
        _ => Err(NoTemplate::Count),
    }
}

fn normal(name: &str) -> String {
    let letters = name
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-' && *c != '_');
    letters.flat_map(char::to_lowercase).collect()
}
