//! A small office to write expressions against: declared attributes, an object, dated values.

use std::collections::BTreeMap;

use cage_model::Type;

use super::*;

/// Tables of a program under construction.
pub(super) struct Office {
    pub(super) names: Interner,
    pub(super) fields: Vec<Field>,
    pub(super) object: Vec<ObjectField>,
    pub(super) days: Arc<cage_law::DayCount>,
}

/// The declared attributes; `free` is not declared.
const DECLARED: [(&str, Option<Type>); 11] = [
    ("amount", Some(Type::Float)),
    ("article", Some(Type::Integer)),
    ("fee", Some(Type::Decimal)),
    ("who", Some(Type::Text)),
    ("note", Some(Type::Text)),
    ("open", Some(Type::Boolean)),
    ("due", Some(Type::Time)),
    ("items", Some(Type::List)),
    ("org:resource", Some(Type::Text)),
    ("free", None),
    ("other", None),
];

impl Office {
    pub(super) fn new() -> Self {
        Self {
            names: Interner::new(),
            fields: Vec::new(),
            object: Vec::new(),
            days: Arc::default(),
        }
    }

    pub(super) fn compile(
        &mut self,
        text: &str,
        expected: Expected,
    ) -> Result<Expr, Vec<ExprError>> {
        self.compile_with(
            text,
            expected,
            &mut Vec::new(),
            (Place::Current, Place::Current),
        )
    }

    /// A correlation and its capture list; forward: the trigger is earlier.
    pub(super) fn correlation(&mut self, text: &str, forward: bool) -> (Expr, Vec<u16>) {
        let mut captured = Vec::new();
        let places = match forward {
            true => (Place::Earlier, Place::Current),
            false => (Place::Current, Place::Earlier),
        };
        let expr = self
            .compile_with(text, Expected::Condition, &mut captured, places)
            .unwrap();
        (expr, captured)
    }

    fn compile_with(
        &mut self,
        text: &str,
        expected: Expected,
        captured: &mut Vec<u16>,
        (when, then): (Place, Place),
    ) -> Result<Expr, Vec<ExprError>> {
        let (reasons, matter) = (self.lists(), self.matter());
        let mut environment = Environment::new(&mut self.names, &mut self.fields, captured);
        let known: Vec<_> = DECLARED
            .iter()
            .map(|(name, kind)| Known::attribute(name, *kind))
            .collect();
        environment
            .roles
            .push(Role::declared("when", when, known.clone()));
        environment.roles.push(Role::declared("then", then, known));
        environment.object = Some(ObjectRole {
            name: "case".to_owned(),
            fields: &mut self.object,
            known: vec![Known::attribute("transferred_to", Some(Type::Text))],
            open: false,
        });
        environment.values = reasons;
        environment.matter = matter;
        environment.days = self.days.clone();
        compile(text, expected, &mut environment)
    }

    fn lists(&mut self) -> BTreeMap<String, DatedValue> {
        let mut texts = |words: &[&str]| {
            Constant::List(
                words
                    .iter()
                    .map(|word| Value::Text(self.names.intern(word)))
                    .collect(),
            )
        };
        let (early, late) = (texts(&["a", "b"]), texts(&["b", "c"]));
        let line = |from: &str, to: Option<&str>, value| DatedLine {
            from: Some(Date::parse(from).unwrap()),
            to: to.map(|to| Date::parse(to).unwrap()),
            value,
        };
        let number = |number| Constant::Value(Value::Integer(number));
        BTreeMap::from([
            (
                "limit".to_owned(),
                DatedValue {
                    lines: vec![
                        line("2011-01-01", Some("2020-04-30"), number(80)),
                        line("2020-05-01", None, number(100)),
                    ],
                },
            ),
            (
                "reasons".to_owned(),
                DatedValue {
                    lines: vec![
                        line("2011-01-01", Some("2020-04-30"), early),
                        line("2020-05-01", None, late),
                    ],
                },
            ),
        ])
    }

    fn matter(&mut self) -> BTreeMap<String, Constant> {
        let words = ["id card", "form"];
        let list = words
            .iter()
            .map(|word| Value::Text(self.names.intern(word)))
            .collect();
        BTreeMap::from([("required_documents".to_owned(), Constant::List(list))])
    }

    /// Event slots with these attributes; `time` is the event's own time.
    pub(super) fn row(&mut self, values: &[(&str, Value)]) -> Vec<Value> {
        let value_of = |field: &Field| {
            let name = match field.source {
                FieldSource::Attribute(name) => self.names.text(name),
                FieldSource::Time => "time",
                _ => "",
            };
            values
                .iter()
                .find(|value| value.0 == name)
                .map_or(Value::Missing, |value| value.1)
        };
        self.fields.iter().map(value_of).collect()
    }

    /// What a capture list keeps of a row.
    pub(super) fn capture(&self, row: &[Value], captured: &[u16]) -> Vec<Value> {
        captured
            .iter()
            .map(|slot| row.get(usize::from(*slot)).copied().unwrap_or_default())
            .collect()
    }

    pub(super) fn scope<'a>(
        &'a self,
        current: &'a [Value],
        earlier: &'a [Value],
        object: &'a [Value],
    ) -> Scope<'a> {
        Scope {
            current,
            earlier,
            object,
            date: Date(0),
            names: &self.names,
        }
    }

    /// Compiles a condition and tests it against one event.
    pub(super) fn holds(&mut self, text: &str, values: &[(&str, Value)]) -> Truth {
        let expr = self
            .compile(text, Expected::Condition)
            .unwrap_or_else(|errors| {
                panic!("{text}: {errors:?}");
            });
        let row = self.row(values);
        expr.test(&self.scope(&row, &[], &[]))
    }
}
