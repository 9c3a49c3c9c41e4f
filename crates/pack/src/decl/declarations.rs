//! What a model declares: activities, their attributes, and the attributes' values.

use std::collections::{BTreeMap, BTreeSet};

use cage_model::Decimal;

use super::{DeclProblem, Line, Problems, trimmed};

/// What a model declares.
#[derive(Clone, Debug, Default)]
pub(super) struct Declarations {
    /// The activities, in the order of the file.
    pub(super) activities: Vec<String>,
    /// The attributes bound to each activity.
    pub(super) bound: BTreeMap<String, BTreeSet<String>>,
    /// The values that attributes may have.
    pub(super) attributes: BTreeMap<String, Domain>,
}

/// The values that an attribute may have.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Domain {
    /// Whole numbers, within these where stated.
    Integer(Option<(Decimal, Decimal)>),
    /// Numbers, within these where stated.
    Float(Option<(Decimal, Decimal)>),
    /// Any text.
    Text,
    /// One of these.
    Enumeration(Vec<String>),
}

impl Declarations {
    /// Reads the declarations; gives back the lines that are constraints.
    pub(super) fn read<'a>(lines: &[Line<'a>], problems: &mut Problems) -> (Self, Vec<Line<'a>>) {
        let mut declarations = Self::default();
        let mut constraints = Vec::new();
        for line in lines {
            let text = line.text.trim_start();
            let indent = line.text.len() - text.len();
            let result = if let Some(rest) = keyword(text, "activity") {
                declarations.activity(line, line.text.len() - rest.len())
            } else if let Some(rest) = keyword(text, "bind") {
                declarations.bind(line, line.text.len() - rest.len())
            } else if is_constraint(text) {
                constraints.push(*line);
                Ok(())
            } else {
                declarations.attribute(line, indent)
            };
            problems.errors.extend(result.err());
        }
        (declarations, constraints)
    }

    fn activity(&mut self, line: &Line<'_>, start: usize) -> Result<(), DeclProblem> {
        let (name, span) = trimmed(line.text, start..line.text.len());
        if name.is_empty() {
            return Err(line.problem(span, "an activity has a name".to_owned()));
        }
        if !self.activities.iter().any(|known| known == name) {
            self.activities.push(name.to_owned());
        }
        Ok(())
    }

    /// `bind ER Triage: org:group, Age`. Names may hold colons; a blank follows the one that
    /// separates.
    fn bind(&mut self, line: &Line<'_>, start: usize) -> Result<(), DeclProblem> {
        let rest = line.text.get(start..).unwrap_or("");
        let known = self.activities.iter().filter(|name| {
            rest.trim_start()
                .strip_prefix(name.as_str())
                .is_some_and(|tail| tail.trim_start().starts_with(':'))
        });
        let blank = rest.len() - rest.trim_start().len();
        let colon = known
            .map(|name| blank + name.len())
            .max()
            .and_then(|at| {
                rest.get(at..)
                    .and_then(|tail| tail.find(':'))
                    .map(|more| at + more)
            })
            .or_else(|| rest.find(": "))
            .or_else(|| rest.find(':'));
        let Some(colon) = colon else {
            let message = "this is written \"bind ACTIVITY: attribute, attribute\"".to_owned();
            return Err(line.problem(start..line.text.len(), message));
        };
        let (activity, _) = trimmed(line.text, start..start + colon);
        let attributes = rest
            .get(colon + 1..)
            .unwrap_or("")
            .split(',')
            .map(str::trim);
        let bound = self.bound.entry(activity.to_owned()).or_default();
        bound.extend(
            attributes
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
        );
        Ok(())
    }

    /// `org:group, Age: integer between 20 and 90`.
    fn attribute(&mut self, line: &Line<'_>, indent: usize) -> Result<(), DeclProblem> {
        let text = line.text;
        let colon = text.find(": ").or_else(|| text.trim_end().rfind(':'));
        let Some(colon) = colon else {
            let message = "this line is not understood; a line is \"activity NAME\", \"bind \
                           NAME: attributes\", \"attribute: values\" or \"Template[A, B] | | |\"";
            return Err(line.problem(indent..text.trim_end().len(), message.to_owned()));
        };
        let (values, span) = trimmed(text, colon + 1..text.len());
        let domain = domain(values).map_err(|message| line.problem(span, message))?;
        for name in text.get(..colon).unwrap_or("").split(',').map(str::trim) {
            self.attributes.insert(name.to_owned(), domain.clone());
        }
        Ok(())
    }
}

/// What follows a word that a line begins with.
fn keyword<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let start = text.get(..word.len())?;
    let rest = text.get(word.len()..)?;
    (start.eq_ignore_ascii_case(word) && rest.starts_with([' ', '\t'])).then_some(rest)
}

/// Whether a line has the shape of a constraint: a word with a bracket. A declaration may hold a
/// bracket among its values, behind its colon.
fn is_constraint(text: &str) -> bool {
    match (text.find('['), text.find(':')) {
        (Some(bracket), Some(colon)) => bracket < colon,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Reads `integer between 1 and 9`, `float`, `string`, `a, b, c`.
fn domain(text: &str) -> Result<Domain, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    match lower.as_slice() {
        [] => Err("an attribute has values: a type, a range, or a list".to_owned()),
        ["integer" | "int"] => Ok(Domain::Integer(None)),
        ["float" | "double" | "real" | "number"] => Ok(Domain::Float(None)),
        ["string" | "text" | "enumeration"] => Ok(Domain::Text),
        ["boolean" | "bool"] => Ok(Domain::Enumeration(vec![
            "true".to_owned(),
            "false".to_owned(),
        ])),
        ["integer" | "int", "between", from, "and", to] => {
            range(from, to).map(|range| Domain::Integer(Some(range)))
        }
        ["float" | "double" | "real", "between", from, "and", to] => {
            range(from, to).map(|range| Domain::Float(Some(range)))
        }
        [
            "integer" | "int" | "float" | "double" | "real",
            "between",
            ..,
        ] => Err(format!(
            "a range is written \"{} between 1 and 9\"",
            lower[0]
        )),
        _ => {
            let values = text.split(',').map(|value| value.trim().to_owned());
            Ok(Domain::Enumeration(
                values.filter(|value| !value.is_empty()).collect(),
            ))
        }
    }
}

fn range(from: &str, to: &str) -> Result<(Decimal, Decimal), String> {
    let number = |text: &str| {
        text.parse::<Decimal>()
            .map_err(|error| format!("\"{text}\" is {error}"))
    };
    let (from, to) = (number(from)?, number(to)?);
    if from > to {
        Err(format!("no number is between {from} and {to}"))
    } else {
        Ok((from, to))
    }
}
