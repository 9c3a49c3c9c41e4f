//! From checked tables to the pack as its author wrote it.

use std::collections::BTreeMap;

use cage_law::Span;
use cage_model::{Bilingual, Date, Decimal, Time, Type};

use super::{Amount, Datum, EventType, Law, ObjectDeclaration, Pack, PackValue, Status, ValueLine};
use crate::calendar::day_rule;
use crate::diagnostic::Problems;
use crate::expr::nearest::nearest;
use crate::source::Place;
use crate::tree::{Form, Node, Table};

/// Places of everything that has an id, to report what is said twice.
type Seen = BTreeMap<(&'static str, String), Place>;

/// The tables of all files under their section's name, in the order of files.
pub(crate) struct Texts<'a> {
    pub(crate) roots: &'a [Table],
}

impl<'a> Texts<'a> {
    /// Every `[[name]]` of the pack.
    pub(crate) fn all(&self, name: &'static str) -> impl Iterator<Item = &'a Table> {
        self.roots
            .iter()
            .flat_map(move |root| root.list(name))
            .filter_map(Node::as_table)
    }
}

/// Reads everything but rules and tests.
pub(crate) fn read(texts: &Texts<'_>, problems: &mut Problems<'_>) -> Pack {
    let mut seen = Seen::new();
    let mut once = |what: &'static str, table: &Table, key: &str, problems: &mut Problems<'_>| {
        let (Some(id), place) = (table.text(key), table.place_of(key)) else {
            return false;
        };
        let fresh = seen.insert((what, id.to_owned()), place.clone()).is_none();
        if !fresh {
            problems.error(place, format!("the {what} {id} is declared twice"));
        }
        fresh
    };
    let mut pack = Pack::default();
    for table in texts.all("law") {
        if once("law", table, "id", problems) {
            pack.laws.extend(law(table));
        }
    }
    for table in texts.all("event") {
        if once("event", table, "type", problems) {
            pack.events.extend(event(table));
        }
    }
    for table in texts.all("object") {
        if once("object", table, "type", problems) {
            pack.objects.extend(object(table));
        }
    }
    for table in texts.all("value") {
        if once("value", table, "id", problems) {
            pack.values.extend(value(table, &pack.laws, problems));
        }
    }
    pack
}

/// A text in two languages; a single text stands for both.
pub(crate) fn bilingual(table: &Table, name: &str) -> Bilingual {
    match table.get(name).map(|node| &node.form) {
        Some(Form::Text(text)) => Bilingual {
            zh: text.clone(),
            en: text.clone(),
        },
        Some(Form::Table(inner)) => Bilingual {
            zh: inner.text("zh").unwrap_or_default().to_owned(),
            en: inner.text("en").unwrap_or_default().to_owned(),
        },
        _ => Bilingual::default(),
    }
}

/// The texts of a list.
pub(crate) fn texts(table: &Table, name: &str) -> Vec<String> {
    table
        .list(name)
        .iter()
        .filter_map(|node| node.as_text().map(str::to_owned))
        .collect()
}

fn law(table: &Table) -> Option<Law> {
    let articles = table.table("articles");
    let mut law = Law {
        id: table.text("id")?.to_owned(),
        title: bilingual(table, "title"),
        number: table.text("number").map(str::to_owned),
        issuer: bilingual(table, "issuer"),
        from: table.date("from"),
        to: table.date("to"),
        source: table.text("source").map(str::to_owned),
        days: None,
        articles: articles.map_or_else(Vec::new, |articles| {
            let names = articles.entries.iter().map(|(key, _)| &key.name);
            names
                .map(|name| (name.clone(), bilingual(articles, name)))
                .collect()
        }),
    };
    law.days = day_rule(table, &law);
    Some(law)
}

/// Whether a table says that a lawyer confirmed it.
pub(crate) fn status(table: &Table) -> Status {
    match table.text("status") {
        Some("confirmed") => Status::Confirmed,
        _ => Status::Unconfirmed,
    }
}

fn event(table: &Table) -> Option<EventType> {
    Some(EventType {
        name: table.text("type")?.to_owned(),
        title: bilingual(table, "title"),
        objects: table.get("objects").map(|_| texts(table, "objects")),
        attributes: attributes(table),
        sources: table.get("sources").map(|_| texts(table, "sources")),
    })
}

fn object(table: &Table) -> Option<ObjectDeclaration> {
    Some(ObjectDeclaration {
        name: table.text("type")?.to_owned(),
        title: bilingual(table, "title"),
        key: texts(table, "key"),
        attributes: attributes(table),
    })
}

fn attributes(table: &Table) -> Option<Vec<(String, Type)>> {
    let declared = table.table("attributes")?.entries.iter();
    let typed = declared.filter_map(|(key, node)| {
        let word = match &node.form {
            Form::Table(inner) => inner.text("type"),
            _ => node.as_text(),
        };
        Some((key.name.clone(), type_of(word?)?))
    });
    Some(typed.collect())
}

fn type_of(word: &str) -> Option<Type> {
    Some(match word {
        "text" => Type::Text,
        "integer" => Type::Integer,
        "decimal" => Type::Decimal,
        "float" => Type::Float,
        "boolean" => Type::Boolean,
        "time" => Type::Time,
        "list" => Type::List,
        _ => return None,
    })
}

/// Checks a citation `law#article` against the declared laws.
pub(crate) fn law_of(cited: &Node, laws: &[Law], problems: &mut Problems<'_>) {
    let Some(text) = cited.as_text() else { return };
    let (id, article) = match text.split_once('#') {
        Some((id, article)) if !article.is_empty() => (id, article),
        _ => {
            let message =
                format!("\"{text}\" names no article; write law#article, as in {text}#36.2");
            return problems.error(&cited.place, message);
        }
    };
    let Some(law) = laws.iter().find(|law| law.id == id) else {
        let message = format!("no law {id} is declared in laws.toml");
        let meant = nearest(id, laws.iter().map(|law| law.id.as_str()));
        return problems.suggest(
            &cited.place,
            message,
            meant.map(|id| format!("{id}#{article}")),
        );
    };
    let known = law.articles.iter().any(|(name, _)| name == article);
    if !law.articles.is_empty() && !known {
        let message =
            format!("laws.toml lists the articles of {id}, and {article} is not among them");
        let meant = nearest(article, law.articles.iter().map(|(name, _)| name.as_str()));
        problems.suggest(
            &cited.place,
            message,
            meant.map(|name| format!("{id}#{name}")),
        );
    }
}

fn value(table: &Table, laws: &[Law], problems: &mut Problems<'_>) -> Option<PackValue> {
    let id = table.text("id")?.to_owned();
    let internal = table.is_true("internal");
    let mut lines: Vec<(ValueLine, &Place)> = Vec::new();
    for node in table.list("entries") {
        let Some(entry) = node.as_table() else {
            continue;
        };
        match entry.get("basis") {
            Some(basis) => law_of(basis, laws, problems),
            None if internal => {}
            None => problems.error(
                &node.place,
                "the line has no basis; name the law and article, or mark the value internal = true",
            ),
        }
        lines.extend(line(entry, problems).map(|line| (line, &node.place)));
    }
    if table.list("entries").is_empty() {
        problems.error(
            table.place_of("entries"),
            format!("the value {id} has no line"),
        );
    }
    check_validity(&mut lines, problems);
    if kinds_differ(&lines) {
        let message = format!(
            "the lines of {id} are of different kinds; all must be lengths of time, or all numbers, ..."
        );
        problems.error(table.place_of("entries"), message);
    }
    Some(PackValue {
        id,
        title: bilingual(table, "title"),
        lines: lines.into_iter().map(|(line, _)| line).collect(),
    })
}

fn line(entry: &Table, problems: &mut Problems<'_>) -> Option<ValueLine> {
    let text = |name| entry.text(name).unwrap_or_default().to_owned();
    let (from, to) = (entry.date("from")?, entry.date("to"));
    if to.is_some_and(|to| to < from) {
        problems.error(entry.place_of("to"), "the line ends before it begins");
    }
    Some(ValueLine {
        amount: amount(entry.get("value")?, problems)?,
        basis: text("basis"),
        jurisdiction: text("jurisdiction"),
        from,
        to,
        status: status(entry),
    })
}

/// Closes open lines where the next of their jurisdiction begins; reports overlaps and gaps.
fn check_validity(lines: &mut [(ValueLine, &Place)], problems: &mut Problems<'_>) {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| {
        let key = |at: &usize| {
            lines
                .get(*at)
                .map(|(line, _)| (&line.jurisdiction, line.from))
        };
        key(a).cmp(&key(b))
    });
    for pair in order.windows(2) {
        let &[first, second] = pair else { continue };
        let (Some((a, _)), Some((b, place))) = (lines.get(first), lines.get(second)) else {
            continue;
        };
        if a.jurisdiction != b.jurisdiction {
            continue;
        }
        let (starts, ends) = (b.from, a.to);
        if a.from == b.from || ends.is_some_and(|end| end >= starts) {
            let message = format!("overlaps the line from {} of the same jurisdiction", a.from);
            problems.error(place, message);
        } else if ends.is_some_and(|end| end.plus(1) < starts) {
            let message = format!(
                "leaves a gap: the line before ends on {}, this one begins on {starts}",
                ends.map(|end| end.to_string()).unwrap_or_default()
            );
            problems.error(place, message);
        }
        if let Some((line, _)) = lines.get_mut(first) {
            line.to = line.to.or(Some(starts.plus(-1)));
        }
    }
}

fn kinds_differ(lines: &[(ValueLine, &Place)]) -> bool {
    let kind = |line: &ValueLine| match &line.amount {
        Amount::Span(_) => 0,
        Amount::List(_) => 1,
        Amount::Datum(Datum::Text(_)) => 2,
        Amount::Datum(Datum::Integer(_) | Datum::Decimal(_)) => 3,
        Amount::Datum(Datum::Boolean(_)) => 4,
        Amount::Datum(Datum::Time(_)) => 5,
    };
    lines
        .windows(2)
        .any(|pair| matches!(pair, [(a, _), (b, _)] if kind(a) != kind(b)))
}

fn amount(node: &Node, problems: &mut Problems<'_>) -> Option<Amount> {
    match &node.form {
        Form::List(members) => {
            let data: Vec<Datum> = members
                .iter()
                .filter_map(|member| datum(member, problems))
                .collect();
            Some(Amount::List(data))
        }
        Form::Text(text) => Some(match text.parse::<Span>() {
            Ok(span) => Amount::Span(span),
            Err(_) => Amount::Datum(Datum::Text(text.clone())),
        }),
        _ => datum(node, problems).map(Amount::Datum),
    }
}

fn datum(node: &Node, problems: &mut Problems<'_>) -> Option<Datum> {
    Some(match &node.form {
        Form::Text(text) => Datum::Text(text.clone()),
        Form::Integer(value) => Datum::Integer(*value),
        Form::Boolean(value) => Datum::Boolean(*value),
        Form::Date(date) => Datum::Time(midnight(*date)),
        Form::Time(time) => Datum::Time(*time),
        Form::Decimal(text) => Datum::Decimal(decimal(text, &node.place, problems)?),
        Form::List(_) | Form::Table(_) => return None,
    })
}

fn midnight(date: Date) -> Time {
    Time::new(date.start(0), None)
}

/// An exact decimal as written.
pub(crate) fn decimal(text: &str, place: &Place, problems: &mut Problems<'_>) -> Option<Decimal> {
    let number = text.replace('_', "").parse().ok();
    if number.is_none() {
        let message =
            format!("{text} is no exact decimal; write at most 18 digits and no exponent");
        problems.error(place, message);
    }
    number
}
