//! The words of the pack language, defined once: sections, keys, what each key holds, and the
//! kinds of rules. Checking, formatting, the editors' schema and the suggestions all read this.

mod kinds;

pub(crate) use kinds::{Family, KINDS, KindSpec, LATER_KINDS, find_kind};

/// What a key may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Any text.
    Text,
    /// A text, or a table with `zh` and `en`.
    Bilingual,
    /// A list of texts, or one text.
    Texts,
    /// A whole number of at least this.
    Integer(i64),
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A date.
    Date,
    /// A list of dates.
    Dates,
    /// A list of dates, or the days from one to another.
    Days,
    /// Which limits in days are working days.
    WorkingDays,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A length of time, or `@name` of a dated value.
    Limit,
    /// A length of time.
    Span,
    /// A share such as `80%`.
    Percent,
    /// A CEL expression.
    Expression,
    /// An expression, or the name of an object type whose id is meant.
    Identity,
    /// A list of identities.
    Identities,
    /// Activities: a text, a table with `type` and `where`, or a list of these.
    Activities,
    /// One guard, or guards by role.
    Where,
    /// A number, or `@name` of a dated value.
    Threshold,
    /// Text, number, truth value, date, or list of these.
    Value,
    /// Attribute names with their types.
    Attributes,
    /// What an aggregate computes.
    Measure,
    /// A word for a window, or a length of time.
    Window,
    /// What a flow tolerates: a list of activities, or a table.
    Allow,
    /// Texts by article.
    Articles,
    /// A table with these keys.
    Table(&'static [Key]),
    /// A list of tables with these keys.
    Tables(&'static [Key]),
}

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    /// What it says, for editors.
    pub(crate) about: &'static str,
}

/// A top-level section of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    /// Whether it is written `[[name]]`.
    pub(crate) repeated: bool,
    pub(crate) keys: &'static [Key],
}

pub(crate) const fn must(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key {
        name,
        shape,
        required: true,
        about,
    }
}

pub(crate) const fn may(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key {
        name,
        shape,
        required: false,
        about,
    }
}

/// The sections, in the order in which a file lists them.
pub(crate) const SECTIONS: &[Section] = &[
    section("pack", false, PACK),
    section("calendar", false, CALENDAR),
    section("holiday-notice", true, HOLIDAY_NOTICE),
    section("event", true, EVENT),
    section("object", true, OBJECT),
    section("law", true, LAW),
    section("value", true, VALUE),
    section("rule", true, RULE),
    section("test", true, TEST),
];

/// Sections and files that the language names but this version does not judge by.
pub(crate) const LATER_SECTIONS: &[&str] = &[
    "power", "post", "risk", "measure", "matter", "typology", "ladder", "notice",
];

const fn section(name: &'static str, repeated: bool, keys: &'static [Key]) -> Section {
    Section {
        name,
        repeated,
        keys,
    }
}

const PACK: &[Key] = &[
    must(
        "id",
        Shape::Text,
        "Name of the pack, for example traffic-police.",
    ),
    must(
        "version",
        Shape::Text,
        "The author's version, for example 1.0.0.",
    ),
    may("title", Shape::Bilingual, "What the pack is called."),
    may(
        "zone",
        Shape::Text,
        "Time zone whose dates are counted, for example Asia/Shanghai.",
    ),
    may(
        "uses",
        Shape::Texts,
        "Folders of packs that this one builds on, relative to its parent.",
    ),
    may(
        "data",
        Shape::Boolean,
        "It states no rule: calendars, laws and values for packs that use it.",
    ),
];

const CALENDAR: &[Key] = &[
    may(
        "covered-to",
        Shape::Date,
        "The exceptions are complete up to this day.",
    ),
    may("off", Shape::Dates, "Days off that the week does not show."),
    may("worked", Shape::Dates, "Workdays at a weekend."),
];

const HOLIDAY_NOTICE: &[Key] = &[
    must(
        "id",
        Shape::Text,
        "Name of the notice, for example cn-2026.",
    ),
    must("title", Shape::Bilingual, "The document's title."),
    may("number", Shape::Text, "The document's number."),
    must(
        "issued",
        Shape::Date,
        "Day of issue; of two notices about one day the later one counts.",
    ),
    may("source", Shape::Text, "Where the document is published."),
    may(
        "status",
        Shape::Word(&["confirmed", "unconfirmed"]),
        "Whether its days were confirmed.",
    ),
    may("note", Shape::Text, "A remark."),
    may(
        "covers",
        Shape::Table(STRETCH),
        "The time that it settles; none for an amendment.",
    ),
    may(
        "unsettled-from",
        Shape::Date,
        "From this day on the next notice may still move days.",
    ),
    must("holidays", Shape::Tables(HOLIDAY), "The holidays."),
];

const HOLIDAY: &[Key] = &[
    must("name", Shape::Bilingual, "What it is called."),
    may("off", Shape::Days, "Its days off, weekends among them."),
    may(
        "worked",
        Shape::Days,
        "Days of the weekend that are worked for it.",
    ),
];

/// From one day to another.
pub(crate) const STRETCH: &[Key] = &[
    must("from", Shape::Date, "The first day."),
    must("to", Shape::Date, "The last day."),
];

const LAW_DAYS: &[Key] = &[
    must(
        "working",
        Shape::WorkingDays,
        "Which of its limits in days are working days.",
    ),
    may(
        "last-day",
        Shape::Word(&["stays", "rolls-forward"]),
        "What happens to a last day on which nobody works.",
    ),
    must("article", Shape::Text, "The article that says so."),
    may(
        "status",
        Shape::Word(&["confirmed", "unconfirmed"]),
        "Whether a lawyer confirmed it.",
    ),
    may("note", Shape::Text, "A remark."),
];

const EVENT: &[Key] = &[
    must("type", Shape::Text, "The activity, as logs name it."),
    may("title", Shape::Bilingual, "What it is called."),
    may(
        "objects",
        Shape::Texts,
        "Types of the objects that it names.",
    ),
    may(
        "attributes",
        Shape::Attributes,
        "Its attributes with their types; any when absent.",
    ),
    may("sources", Shape::Texts, "Who may send it."),
];

const OBJECT: &[Key] = &[
    must("type", Shape::Text, "The object's type."),
    may("title", Shape::Bilingual, "What it is called."),
    may(
        "key",
        Shape::Identities,
        "How the id of a derived object is made from an event.",
    ),
    may(
        "attributes",
        Shape::Attributes,
        "Attributes of its own, with their types.",
    ),
];

const LAW: &[Key] = &[
    must("id", Shape::Text, "Short name, used as id#article."),
    must("title", Shape::Bilingual, "The full title."),
    may("number", Shape::Text, "The document's number."),
    may("issuer", Shape::Bilingual, "Who issued it."),
    may("from", Shape::Date, "In force from this day."),
    may("to", Shape::Date, "In force up to and including this day."),
    may("source", Shape::Text, "Where its text is published."),
    may(
        "days",
        Shape::Table(LAW_DAYS),
        "What it means by a day; as worded when absent.",
    ),
    may(
        "articles",
        Shape::Articles,
        "What the articles say; when given, only these may be cited.",
    ),
];

const VALUE: &[Key] = &[
    must("id", Shape::Text, "Name, used as @id."),
    may("title", Shape::Bilingual, "What it is called."),
    may(
        "internal",
        Shape::Boolean,
        "An office's own value, without law.",
    ),
    must(
        "entries",
        Shape::Tables(ENTRY),
        "The value's lines of validity.",
    ),
];

const ENTRY: &[Key] = &[
    must(
        "value",
        Shape::Value,
        "A length of time, number, text or list.",
    ),
    may("basis", Shape::Text, "The law and article, as id#article."),
    may(
        "jurisdiction",
        Shape::Text,
        "Where it holds; the whole country when absent.",
    ),
    must("from", Shape::Date, "In force from this day."),
    may(
        "to",
        Shape::Date,
        "Up to and including this day; until the next line when absent.",
    ),
    may(
        "status",
        Shape::Word(&["confirmed", "unconfirmed"]),
        "Whether a lawyer confirmed it.",
    ),
    may("note", Shape::Text, "A remark."),
];

/// Keys that every rule may have. Those of its kind stand between `kind` and `exempt`.
const RULE: &[Key] = &[
    must("id", Shape::Text, "The rule's id, unique in the pack."),
    may(
        "title",
        Shape::Bilingual,
        "What a finding is called; worded from the rule when absent.",
    ),
    must("per", Shape::Text, "The type of object that is judged."),
    must("kind", Shape::Text, "What kind of rule it is."),
    may(
        "where",
        Shape::Where,
        "A guard, or guards by role (where.when).",
    ),
    may("exempt", Shape::Expression, "No finding while this holds."),
    may(
        "grade",
        Shape::Word(&["observe", "alert", "block"]),
        "What the rule may do.",
    ),
    may(
        "severity",
        Shape::Word(&["notice", "yellow", "red"]),
        "How serious its findings are.",
    ),
    may("basis", Shape::Texts, "Laws and articles, as id#article."),
    may(
        "internal",
        Shape::Boolean,
        "An office's own rule, without law.",
    ),
    may("risk", Shape::Text, "The risk point that it watches."),
    may("ladder", Shape::Text, "Who is told, and when."),
    may(
        "purpose",
        Shape::Bilingual,
        "Register: what the rule is for.",
    ),
    may("data", Shape::Bilingual, "Register: which data it uses."),
    may("limits", Shape::Bilingual, "Register: what it cannot see."),
    may("owner", Shape::Text, "Register: who answers for it."),
    may(
        "reviewed",
        Shape::Date,
        "Register: when it was last reviewed.",
    ),
];

const TEST: &[Key] = &[
    must("name", Shape::Text, "What the test shows."),
    may(
        "jurisdiction",
        Shape::Text,
        "Whose lines of dated values apply.",
    ),
    may(
        "as-of",
        Shape::Text,
        "Judged at this time; after the last event when absent.",
    ),
    must(
        "events",
        Shape::Text,
        "One event a line: TIME ACTIVITY key=value.",
    ),
    may(
        "expect",
        Shape::Tables(EXPECT),
        "Findings that there must be.",
    ),
    may(
        "absent",
        Shape::Tables(ABSENT),
        "Findings that there must not be.",
    ),
];

const EXPECT: &[Key] = &[
    must("rule", Shape::Text, "The rule's id."),
    must(
        "verdict",
        Shape::Word(&["violated", "satisfied", "pending", "undecided", "warning"]),
        "What it says.",
    ),
    may("at", Shape::Text, "When it says so."),
    may("object", Shape::Text, "Of which object, as type:id."),
];

const ABSENT: &[Key] = &[
    must("rule", Shape::Text, "The rule's id."),
    may(
        "verdict",
        Shape::Word(&["violated", "undecided", "warning"]),
        "Violated when absent.",
    ),
    may("object", Shape::Text, "Of which object, as type:id."),
];

/// The section of a name.
pub(crate) fn find_section(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|section| section.name == name)
}

/// The keys of a rule of a kind, in the order in which they are written.
pub(crate) fn rule_keys(kind: &KindSpec) -> Vec<Key> {
    let at = RULE.iter().position(|key| key.name == "where").unwrap_or(0);
    let (before, after) = RULE.split_at(at);
    [before, kind.keys, after].concat()
}
