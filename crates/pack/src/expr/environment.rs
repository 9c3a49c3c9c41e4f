//! What the names in an expression mean: roles, object attributes, dated values, the matter.
//!
//! An environment borrows the tables of the program that is being built, and adds the slots that
//! expressions turn out to need.

use std::collections::BTreeMap;
use std::sync::Arc;

use cage_law::DayCount;
use cage_model::{Date, Interner, Type, Value};

use crate::program::{Field, ObjectField};

/// Everything an expression may name, and where its slots are kept.
///
/// The same text is compiled twice for a [`crate::Correlation`]: forward with the trigger's role
/// [`Place::Earlier`] and the target's [`Place::Current`], backward the other way round, each time
/// with the capture list of its own in `captured`.
#[derive(Debug)]
pub struct Environment<'a> {
    /// The program's constant texts.
    pub names: &'a mut Interner,
    /// The program's event slots.
    pub fields: &'a mut Vec<Field>,
    /// Slots of the earlier event that are kept, as indices into `fields`. May be filled before.
    pub captured: &'a mut Vec<u16>,
    /// The events that can be named.
    pub roles: Vec<Role>,
    /// The object that the rule is about.
    pub object: Option<ObjectRole<'a>>,
    /// Dated values, by name without `@`.
    pub values: BTreeMap<String, DatedValue>,
    /// What is written `matter.name`.
    pub matter: BTreeMap<String, Constant>,
    /// How days are counted: the zone of `date(...)`, `getHours()` and the like.
    pub days: Arc<DayCount>,
}

/// Which event a role stands for while an expression runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// [`super::Scope::current`].
    Current,
    /// [`super::Scope::earlier`].
    Earlier,
}

/// An event under the name an expression gives it: `when`, `then`, `event`.
#[derive(Clone, Debug)]
pub struct Role {
    /// The name.
    pub name: String,
    /// Which event it is.
    pub place: Place,
    /// The attributes it may have: the union over the role's event types. Times, type and id
    /// (`time`, `received`, `type`, `id`) are known without being listed.
    pub known: Vec<Known>,
    /// Whether it may have others too, of any type: true where no events are declared.
    pub open: bool,
}

/// An attribute that an event or object may have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// The name.
    pub name: String,
    /// Where its value comes from.
    pub source: Source,
    /// Its type; `None` when it is not declared, or differs between the role's event types.
    pub declared: Option<Type>,
}

/// Where a value of an event comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// The attribute of the same name.
    Attribute,
    /// The event's time.
    Time,
    /// The event's arrival.
    Arrival,
    /// The activity.
    Activity,
    /// The event's own id.
    Id,
    /// The id of the first object of a type, in a role where one is stated.
    Object {
        /// The type.
        kind: String,
        /// The role; empty for any.
        qualifier: String,
    },
}

/// The object that a rule is about, under its type's name or `object`.
#[derive(Debug)]
pub struct ObjectRole<'a> {
    /// The name of its type.
    pub name: String,
    /// The slots of that type.
    pub fields: &'a mut Vec<ObjectField>,
    /// The attributes it may have. Only [`Source::Attribute`] is meant here.
    pub known: Vec<Known>,
    /// Whether it may have others too.
    pub open: bool,
}

/// A constant that a pack defines.
#[derive(Clone, Debug)]
pub enum Constant {
    /// A text, number, truth value or time.
    Value(Value),
    /// Elapsed time in microseconds.
    Duration(i64),
    /// Several values of one kind.
    List(Vec<Value>),
}

/// A value with its lines of validity.
#[derive(Clone, Debug, Default)]
pub struct DatedValue {
    /// The lines; of those in force on the trigger's date the first counts.
    pub lines: Vec<DatedLine>,
}

/// One line of a dated value.
#[derive(Clone, Debug)]
pub struct DatedLine {
    /// In force from this day; always when `None`.
    pub from: Option<Date>,
    /// In force up to and including this day; for ever when `None`.
    pub to: Option<Date>,
    /// The value.
    pub value: Constant,
}

impl Role {
    /// A role whose event may have any attribute.
    #[must_use]
    pub fn open(name: &str, place: Place) -> Self {
        Self {
            name: name.to_owned(),
            place,
            known: Vec::new(),
            open: true,
        }
    }

    /// A role whose event has these attributes and no others.
    #[must_use]
    pub fn declared(name: &str, place: Place, known: Vec<Known>) -> Self {
        Self {
            name: name.to_owned(),
            place,
            known,
            open: false,
        }
    }
}

impl Known {
    /// An attribute.
    #[must_use]
    pub fn attribute(name: &str, declared: Option<Type>) -> Self {
        Self {
            name: name.to_owned(),
            source: Source::Attribute,
            declared,
        }
    }

    /// The id of an object that the event names.
    #[must_use]
    pub fn object(name: &str, kind: &str, qualifier: &str) -> Self {
        let source = Source::Object {
            kind: kind.to_owned(),
            qualifier: qualifier.to_owned(),
        };
        Self {
            name: name.to_owned(),
            source,
            declared: Some(Type::Text),
        }
    }
}

impl<'a> Environment<'a> {
    /// An environment without names; roles, object and values are added by setting them.
    pub fn new(
        names: &'a mut Interner,
        fields: &'a mut Vec<Field>,
        captured: &'a mut Vec<u16>,
    ) -> Self {
        Self {
            names,
            fields,
            captured,
            roles: Vec::new(),
            object: None,
            values: BTreeMap::new(),
            matter: BTreeMap::new(),
            days: Arc::new(DayCount::default()),
        }
    }
}
