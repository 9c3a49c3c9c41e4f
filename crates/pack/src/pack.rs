//! A pack as its author wrote it: what is declared, cited and stated, before it is compiled.
//!
//! Reports, the page for lawyers and the tests read this; the engine never does.

mod read;

use std::collections::BTreeSet;

use cage_law::{DayRule, Span};
use cage_model::{Bilingual, Date, Grade, Severity, Type};

use crate::program::SourcePlace;
use crate::script::PackTest;

pub use cage_law::Status;
pub(crate) use read::{Texts, bilingual, decimal, law_of, read, status, texts};

/// A pack.
#[derive(Clone, Debug, Default)]
pub struct Pack {
    /// The pack's id.
    pub id: String,
    /// The author's version.
    pub version: String,
    /// Its title.
    pub title: Bilingual,
    /// The time zone whose dates are counted, where one is named.
    pub zone: Option<String>,
    /// Packs it builds on, by folder.
    pub uses: Vec<String>,
    /// Whether it is data for other packs and states no rule.
    pub data: bool,
    /// The laws it rests on.
    pub laws: Vec<Law>,
    /// Its dated values.
    pub values: Vec<PackValue>,
    /// The events it knows.
    pub events: Vec<EventType>,
    /// The objects it declares, derived ones among them.
    pub objects: Vec<ObjectDeclaration>,
    /// The rules' entries in the register, in the order of [`crate::Program::rules`].
    pub register: Vec<RuleEntry>,
    /// Its tests.
    pub tests: Vec<PackTest>,
}

impl Pack {
    /// The law of a citation `law#article`.
    #[must_use]
    pub fn law(&self, cited: &str) -> Option<&Law> {
        let id = cited.split_once('#').map_or(cited, |(id, _)| id);
        self.laws.iter().find(|law| law.id == id)
    }
}

/// A law.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Law {
    /// Short name, cited as `id#article`.
    pub id: String,
    /// The full title.
    pub title: Bilingual,
    /// The document's number.
    pub number: Option<String>,
    /// Who issued it.
    pub issuer: Bilingual,
    /// In force from this day.
    pub from: Option<Date>,
    /// In force up to and including this day.
    pub to: Option<Date>,
    /// Where its text is published.
    pub source: Option<String>,
    /// What it means by "day"; as worded where it says nothing.
    pub days: Option<DayRule>,
    /// What its articles say, where the pack quotes them.
    pub articles: Vec<(String, Bilingual)>,
}

/// A dated value.
#[derive(Clone, PartialEq, Debug)]
pub struct PackValue {
    /// Its name, without `@`.
    pub id: String,
    /// What it is called.
    pub title: Bilingual,
    /// Its lines, in the order of the file.
    pub lines: Vec<ValueLine>,
}

/// One line of a dated value.
#[derive(Clone, PartialEq, Debug)]
pub struct ValueLine {
    /// The value.
    pub amount: Amount,
    /// The law and article; empty for an office's own value.
    pub basis: String,
    /// Where it holds; empty for the whole country.
    pub jurisdiction: String,
    /// In force from this day.
    pub from: Date,
    /// In force up to and including this day; for ever when `None`.
    pub to: Option<Date>,
    /// Whether a lawyer has confirmed it.
    pub status: Status,
}

/// What a dated value is.
#[derive(Clone, PartialEq, Debug)]
pub enum Amount {
    /// A length of time.
    Span(Span),
    /// Anything else that an expression can compare with.
    Datum(Datum),
    /// Several of these.
    List(Vec<Datum>),
}

/// A constant.
#[derive(Clone, PartialEq, Debug)]
pub enum Datum {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// An exact decimal.
    Decimal(cage_model::Decimal),
    /// True or false.
    Boolean(bool),
    /// A time; a date stands for its midnight.
    Time(cage_model::Time),
}

/// A type of event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventType {
    /// The activity.
    pub name: String,
    /// What it is called.
    pub title: Bilingual,
    /// Types of objects that it names; any when `None`.
    pub objects: Option<Vec<String>>,
    /// Its attributes; any when `None`.
    pub attributes: Option<Vec<(String, Type)>>,
    /// Who may send it; anybody when `None`.
    pub sources: Option<Vec<String>>,
}

/// A declared type of object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectDeclaration {
    /// The type.
    pub name: String,
    /// What it is called.
    pub title: Bilingual,
    /// Parts of a derived object's key, as written; empty for an object that events name.
    pub key: Vec<String>,
    /// Attributes of its own; any when `None`.
    pub attributes: Option<Vec<(String, Type)>>,
}

/// A rule's entry in the register of algorithms, with what is said about it for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleEntry {
    /// The rule's id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// What it may do, as stated; [`crate::Rule::grade`] may be capped.
    pub grade: Grade,
    /// How serious its findings are.
    pub severity: Severity,
    /// Whether it is an office's own rule, without law.
    pub internal: bool,
    /// What it is for.
    pub purpose: Bilingual,
    /// Which data it uses.
    pub data: Bilingual,
    /// What it cannot see.
    pub limits: Bilingual,
    /// Who answers for it.
    pub owner: Option<String>,
    /// When it was last reviewed.
    pub reviewed: Option<Date>,
    /// Who is told, and when.
    pub ladder: Option<String>,
    /// Share of its limit after which to remind, in percent.
    pub remind_percent: Option<u8>,
    /// Ways to satisfy or trigger it, by role, for coverage: `then: case.filed`.
    pub branches: Vec<Branch>,
    /// Where it is written.
    pub place: SourcePlace,
}

/// One activity in one role of a rule.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Branch {
    /// The role: `when`, `then`, `what`.
    pub role: String,
    /// The activity; `*` for any.
    pub activity: String,
}

impl Pack {
    /// The types of object that events can name: declared, or known to every log.
    #[must_use]
    pub fn object_names(&self) -> BTreeSet<&str> {
        let of_events = self
            .events
            .iter()
            .flat_map(|event| event.objects.iter().flatten());
        let declared = self.objects.iter().filter(|object| object.key.is_empty());
        // Readers of logs always name these two: the trace, and who acted.
        ["case", "officer"]
            .into_iter()
            .chain(of_events.map(String::as_str))
            .chain(declared.map(|object| object.name.as_str()))
            .collect()
    }

    /// The declaration of an event type.
    pub(crate) fn event(&self, activity: &str) -> Option<&EventType> {
        self.events.iter().find(|event| event.name == activity)
    }
}
