//! Finds columns by the names that a mapping gives, or by those that offices and tools use.

use std::collections::{BTreeMap, BTreeSet};

use cage_model::Interner;

use super::ObjectColumn;
use crate::table::mapping::TableMapping;
use crate::table::names::{Part, object_column};

/// Looks columns up.
pub(super) struct Finder<'a> {
    names: &'a [String],
    places: BTreeMap<&'a str, usize>,
    ignored: BTreeSet<&'a str>,
    pub(super) mapping: &'a TableMapping,
}

impl<'a> Finder<'a> {
    pub(super) fn new(names: &'a [String], mapping: &'a TableMapping) -> Self {
        let places = names
            .iter()
            .enumerate()
            .map(|(index, name)| (name.as_str(), index))
            .collect();
        let ignored = mapping.ignore.iter().map(String::as_str).collect();
        Self {
            names,
            places,
            ignored,
            mapping,
        }
    }

    /// Whether the table has every column that the mapping speaks of.
    ///
    /// # Errors
    /// A sentence that names the first absent one.
    pub(super) fn check_mapping(&self) -> Result<(), String> {
        let mapping = self.mapping;
        let typed = mapping.types.iter().map(|(name, _)| name);
        let named = mapping.attributes.iter().map(|(name, _)| name);
        let offset = mapping.offsets.iter().map(|(name, _)| name);
        let mut all = typed
            .chain(&mapping.ignore)
            .chain(&mapping.identifiers)
            .chain(&mapping.structured)
            .chain(named)
            .chain(offset);
        all.try_for_each(|name| self.column(name).map(|_| ()))
    }

    /// The column of a part, as given or by its name.
    ///
    /// # Errors
    /// A sentence, when the given column is absent.
    pub(super) fn part(&self, given: Option<&str>, part: Part) -> Result<Option<usize>, String> {
        match given {
            Some(name) => self.column(name).map(Some),
            None if self.mapping.exact => Ok(None),
            None => Ok(part
                .find(self.names)
                .filter(|&index| !self.is_ignored(index))),
        }
    }

    /// The column of this name.
    ///
    /// # Errors
    /// A sentence, when it is absent.
    pub(super) fn column(&self, name: &str) -> Result<usize, String> {
        self.places.get(name).copied().ok_or_else(|| {
            format!(
                "the mapping names the column {name:?}, which is absent. The columns are: {}",
                self.shown()
            )
        })
    }

    pub(super) fn is_ignored(&self, index: usize) -> bool {
        self.ignored.contains(self.names[index].as_str())
    }

    /// The message for a part that no column stands for.
    pub(super) fn absent(&self, what: &str, flag: &str) -> String {
        format!(
            "no column looks like the {what}; name it with {flag} NAME. The columns are: {}",
            self.shown()
        )
    }

    /// Column names for a message, not endlessly many.
    fn shown(&self) -> String {
        const SHOWN: usize = 30;
        let quoted: Vec<String> = self
            .names
            .iter()
            .take(SHOWN)
            .map(|name| format!("{name:?}"))
            .collect();
        let more = self.names.len().saturating_sub(SHOWN);
        let tail = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        quoted.join(", ") + &tail
    }

    /// The columns that name objects: those of the mapping, `object:TYPE:QUALIFIER`, and the one
    /// that looks like the officer who acted.
    ///
    /// # Errors
    /// A sentence, when a column of the mapping is absent.
    pub(super) fn objects(&self, names: &mut Interner) -> Result<Vec<ObjectColumn>, String> {
        let mut objects = Vec::new();
        let mut taken = BTreeSet::new();
        for (name, kind, qualifier) in &self.mapping.objects {
            let column = self.column(name)?;
            let (kind, qualifier) = (names.intern(kind), names.intern(qualifier));
            objects.push(ObjectColumn {
                column,
                kind,
                qualifier,
            });
            taken.insert(column);
        }
        if self.mapping.exact {
            return Ok(objects);
        }
        for (column, name) in self.names.iter().enumerate() {
            if let Some((kind, qualifier)) = object_column(name)
                && !self.is_ignored(column)
                && taken.insert(column)
            {
                let (kind, qualifier) = (names.intern(kind), names.intern(qualifier));
                objects.push(ObjectColumn {
                    column,
                    kind,
                    qualifier,
                });
            }
        }
        let resource = Part::Resource.find(self.names);
        if let Some(column) = resource.filter(|&column| !self.is_ignored(column))
            && taken.insert(column)
        {
            let (kind, qualifier) = (names.intern("officer"), names.intern("actor"));
            objects.push(ObjectColumn {
                column,
                kind,
                qualifier,
            });
        }
        Ok(objects)
    }
}
