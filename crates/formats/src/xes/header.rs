//! What stands at the top of a XES file: extensions, globals, classifiers, the log's own attributes.

use cage_model::{
    Attribute, AttributeRow, Classifier, Extension, Interner, LogHeader, ObjectBuffer, Scope,
};

use super::attributes::{Found, Next, Reader, Spoils};
use super::defects::Defect;
use super::element::{Element, local_name};
use super::escape::resolve;
use super::fault::Fault;

/// The most keys of one classifier.
const CLASSIFIER_KEYS_MAX: usize = 250;
/// The most words of a key that is looked for among the globals.
const KEY_WORDS_MAX: usize = 16;
/// The most extensions, globals and classifiers together.
const DECLARATIONS_MAX: usize = 1_000;

impl Reader<'_, '_> {
    /// An attribute of the tag at hand, resolved; empty when it is absent.
    fn tag_value(&self, name: &str) -> Result<String, Fault> {
        let all = self.tags.text.all();
        let found =
            self.tags.attributes.iter().find(|attribute| {
                local_name(&all[attribute.name.clone()]).eq_ignore_ascii_case(name)
            });
        let Some(attribute) = found else {
            return Ok(String::new());
        };
        let mut scratch = String::new();
        let value = resolve(&all[attribute.value.clone()], &mut scratch)
            .map_err(|message| Fault::meaning(attribute.value.start, message))?;
        Ok(value.to_owned())
    }

    /// All attributes of the tag at hand, names as written.
    pub(super) fn tag_values(&self) -> Result<Vec<(String, String)>, Fault> {
        let all = self.tags.text.all();
        let mut values = Vec::with_capacity(self.tags.attributes.len());
        for attribute in &self.tags.attributes {
            let mut scratch = String::new();
            let value = resolve(&all[attribute.value.clone()], &mut scratch)
                .map_err(|message| Fault::meaning(attribute.value.start, message))?;
            values.push((all[attribute.name.clone()].to_owned(), value.to_owned()));
        }
        Ok(values)
    }

    /// Passes over an attribute of the log, a global or a trace that cannot be used: in silence but
    /// counted where it has no name, so that nothing could have asked for it; otherwise rejected.
    pub(super) fn pass_over_attribute(
        &mut self,
        at: usize,
        message: String,
        closed: bool,
    ) -> Result<(), Fault> {
        let all = self.tags.text.all();
        let mut names = self.tags.attributes.iter().map(|it| it.name.clone());
        let has_key = names.any(|name| local_name(&all[name]).eq_ignore_ascii_case("key"));
        let place = self
            .tags
            .text
            .place(if has_key { at } else { self.tags.begin });
        if has_key {
            self.delivery.reject(place, message)?;
        } else {
            self.defects.meet(Defect::KeylessAttribute, || place);
        }
        if closed { Ok(()) } else { self.pass_subtree() }
    }

    /// Takes the extension, global or classifier at hand.
    pub(super) fn declaration(
        &mut self,
        element: Element,
        closed: bool,
        header: &mut LogHeader,
    ) -> Result<(), Fault> {
        let declared = header.extensions.len() + header.globals.len() + header.classifiers.len();
        if declared >= DECLARATIONS_MAX {
            let message =
                format!("more than {DECLARATIONS_MAX} extensions, globals and classifiers");
            return Err(Fault::meaning(self.tags.begin, message));
        }
        match element {
            Element::Extension => {
                header.extensions.push(Extension {
                    name: self.tag_value("name")?,
                    prefix: self.tag_value("prefix")?,
                    uri: self.tag_value("uri")?,
                });
            }
            Element::Classifier => {
                if let Some(scope) = self.scope()? {
                    header.classifiers.push(Classifier {
                        name: self.tag_value("name")?,
                        scope,
                        keys: class_keys(&self.tag_value("keys")?, header, self.delivery.names),
                    });
                }
            }
            _ => return self.global(closed, header),
        }
        if closed { Ok(()) } else { self.pass_subtree() }
    }

    /// The scope that the tag at hand states; events when it states none, as the standard has it.
    fn scope(&mut self) -> Result<Option<Scope>, Fault> {
        let stated = self.tag_value("scope")?;
        if stated.is_empty() || stated.eq_ignore_ascii_case("event") {
            return Ok(Some(Scope::Event));
        }
        if stated.eq_ignore_ascii_case("trace") {
            return Ok(Some(Scope::Trace));
        }
        let begin = self.tags.begin;
        self.defects
            .meet(Defect::UnknownScope, || self.tags.text.place(begin));
        Ok(None)
    }

    fn global(&mut self, closed: bool, header: &mut LogHeader) -> Result<(), Fault> {
        let scope = self.scope()?;
        let mut rows = ObjectBuffer::default();
        if !closed {
            let mut found = Found::default();
            loop {
                match self.attributes(&mut rows, &mut found, Spoils::Attribute)? {
                    Next::Close(Element::Global) => break,
                    Next::Close(element) => {
                        return Err(self.unexpected_close(element, Element::Global));
                    }
                    Next::Open {
                        element: Element::Other,
                        closed,
                    } => self.pass_unknown(closed)?,
                    Next::Open { .. } | Next::End => {
                        self.tags.text.at = self.tags.begin;
                        return Err(Fault::syntax(self.tags.begin, "<global> is never closed"));
                    }
                }
            }
        }
        if let Some(scope) = scope {
            header
                .globals
                .push((scope, attributes(&rows, self.delivery.names)));
        }
        Ok(())
    }

    /// Makes the classifier that the user asked for name the activities.
    pub(super) fn choose_classifier(&mut self, header: &LogHeader) -> Result<(), Fault> {
        let Some(name) = &self.delivery.options.classifier else {
            return Ok(());
        };
        let of_events = || {
            header
                .classifiers
                .iter()
                .filter(|it| it.scope == Scope::Event)
        };
        let message = match of_events().find(|classifier| classifier.name == *name) {
            Some(found) if found.keys.len() > CLASSIFIER_KEYS_MAX => {
                format!("the classifier {name:?} has more than {CLASSIFIER_KEYS_MAX} keys")
            }
            Some(found) if found.keys.is_empty() => format!("the classifier {name:?} has no keys"),
            Some(found) => {
                self.keys.choose_class(found.keys.clone());
                return Ok(());
            }
            None => {
                let names: Vec<_> = of_events().map(|it| format!("{:?}", it.name)).collect();
                let there_are = if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                };
                format!(
                    "the log has no event classifier {name:?} before its first trace; it has {there_are}"
                )
            }
        };
        let place = self.tags.text.place(self.tags.begin);
        Err(Fault::Fatal(self.delivery.broken(place, message)))
    }
}

/// The rows of a buffer as attributes in memory.
pub(super) fn attributes(rows: &ObjectBuffer, names: &mut Interner) -> Vec<Attribute> {
    let attribute = |row: &AttributeRow| Attribute::new(row.key, row.depth, rows.value(row, names));
    rows.attributes.iter().map(attribute).collect()
}

/// The keys of a classifier: parted by blanks, a key with blanks in apostrophes. Files that leave
/// the apostrophes out are understood where a global declares such a key: the longest that fits.
fn class_keys(text: &str, header: &LogHeader, names: &Interner) -> Vec<String> {
    let is_declared = |key: &str| {
        let symbol = names.get(key);
        let rows = header.globals.iter().flat_map(|(_, rows)| rows);
        symbol.is_some() && rows.into_iter().any(|row| Some(row.key) == symbol)
    };
    let words = words(text);
    let mut keys = Vec::new();
    let mut rest = words.as_slice();
    while let Some(first) = rest.first() {
        let longest = (2..=rest.len().min(KEY_WORDS_MAX))
            .rev()
            .map(|length| (length, rest[..length].join(" ")))
            .find(|(_, joined)| is_declared(joined));
        let (length, key) = longest.unwrap_or_else(|| (1, first.clone()));
        keys.push(key);
        rest = &rest[length..];
    }
    keys
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let quoted = rest
            .strip_prefix('\'')
            .and_then(|rest| rest.split_once('\''));
        let (word, behind) = match quoted {
            Some(quoted) => quoted,
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = behind.trim_start();
    }
    words
}
