//! What activities are called: by the titles that a pack gives its events, else by their names in
//! the log.

use std::collections::BTreeMap;

use cage_model::Bilingual;
use cage_pack::Pack;

use crate::words::Language;

/// Titles by the name of the activity.
#[derive(Clone, Debug, Default)]
pub(crate) struct Titles<'a>(BTreeMap<&'a str, &'a Bilingual>);

impl<'a> Titles<'a> {
    /// The titles of a pack; none without one.
    pub(crate) fn of(pack: Option<&'a Pack>) -> Self {
        let events = pack.iter().flat_map(|pack| &pack.events);
        Self(
            events
                .filter(|event| !event.title.is_empty())
                .map(|event| (event.name.as_str(), &event.title))
                .collect(),
        )
    }

    /// The title of an activity, where the pack gives one.
    pub(crate) fn get(&self, activity: &str) -> Option<&'a Bilingual> {
        self.0.get(activity).copied()
    }

    /// What an activity is called in a language.
    pub(crate) fn name<'b>(&self, activity: &'b str, language: Language) -> &'b str
    where
        'a: 'b,
    {
        self.get(activity)
            .map_or(activity, |title| language.of(title))
    }
}
