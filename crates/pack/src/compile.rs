//! From the pack as written to the [`Program`]: names become symbols, texts become expressions,
//! dated values become limits. Every fault of a rule is reported before the next rule is read.

mod clock;
mod expression;
mod flow;
mod limit;
mod object;
mod pattern;
mod record;
mod relation;
mod rule;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cage_law::{DayCount, DayRule};
use cage_model::Interner;

use crate::diagnostic::Problems;
use crate::expr::{Constant, DatedLine, DatedValue};
use crate::pack::{Amount, Datum, Pack, RuleEntry, Texts};
use crate::program::{Field, NamedFlow, ObjectType, Rule};
use crate::source::{Place, SourceFile};

/// What compiling the rules leaves for the program.
pub(crate) struct Compiled {
    pub(crate) names: Interner,
    pub(crate) object_types: Vec<ObjectType>,
    pub(crate) fields: Vec<Field>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) flows: Vec<NamedFlow>,
    pub(crate) register: Vec<RuleEntry>,
    /// Ids of all rules that are written, also of those that did not compile.
    pub(crate) ids: BTreeSet<String>,
}

/// Rules of one pack; findings number them with 16 bits.
const RULES_MAX: usize = u16::MAX as usize;

/// Compiles all rules.
pub(crate) fn compile(
    texts: &Texts<'_>,
    files: &[SourceFile],
    pack: &Pack,
    days: &DayCount,
    problems: &mut Problems<'_>,
) -> Compiled {
    let mut compiler = Compiler {
        files,
        texts,
        pack,
        problems,
        names: Interner::new(),
        fields: Vec::new(),
        object_types: Vec::new(),
        object_names: Vec::new(),
        values: BTreeMap::new(),
        days: Arc::new(days.clone()),
        unconfirmed: false,
        day_rules: Vec::new(),
        flows: flow::Flows::default(),
    };
    compiler.take_values();
    compiler.read_flows();
    let mut seen: BTreeMap<String, Place> = BTreeMap::new();
    let (mut rules, mut register) = (Vec::new(), Vec::new());
    for table in texts.all("rule") {
        if let Some(id) = table.get("id").and_then(|node| node.as_text()) {
            let place = table.place_of("id").clone();
            if seen.insert(id.to_owned(), place.clone()).is_some() {
                compiler
                    .problems
                    .error(&place, format!("there are two rules {id}"));
            }
        }
        if let Some((rule, entry)) = compiler.rule(table) {
            if rules.len() == RULES_MAX {
                let message = format!("a pack has at most {RULES_MAX} rules");
                compiler.problems.error(&table.place, message);
                break;
            }
            rules.push(rule);
            register.push(entry);
        }
    }
    for object in &pack.objects {
        compiler.check_object(object);
    }
    compiler.check_unused_flows();
    Compiled {
        names: compiler.names,
        object_types: compiler.object_types,
        fields: compiler.fields,
        rules,
        flows: compiler.flows.into_used(),
        register,
        ids: seen.into_keys().collect(),
    }
}

struct Compiler<'a, 'p> {
    files: &'a [SourceFile],
    texts: &'a Texts<'a>,
    pack: &'a Pack,
    problems: &'a mut Problems<'p>,
    names: Interner,
    fields: Vec<Field>,
    object_types: Vec<ObjectType>,
    /// Names of `object_types`, index by index.
    object_names: Vec<String>,
    values: BTreeMap<String, DatedValue>,
    days: Arc<DayCount>,
    /// Whether the rule at hand rests on an unconfirmed value.
    unconfirmed: bool,
    /// What the laws that the rule at hand rests on mean by "day".
    day_rules: Vec<DayRule>,
    flows: flow::Flows,
}

impl Compiler<'_, '_> {
    /// Makes the dated values known to expressions. Spans in days are limits only: days are
    /// counted by date, and an expression has no date to count from.
    fn take_values(&mut self) {
        for value in &self.pack.values {
            let mut lines = Vec::new();
            for line in &value.lines {
                let constant = match &line.amount {
                    Amount::Span(cage_law::Span::Elapsed(micros)) => Constant::Duration(*micros),
                    Amount::Span(_) => continue,
                    Amount::Datum(datum) => Constant::Value(self.constant(datum)),
                    Amount::List(data) => {
                        Constant::List(data.iter().map(|datum| self.constant(datum)).collect())
                    }
                };
                lines.push(DatedLine {
                    from: Some(line.from),
                    to: line.to,
                    value: constant,
                });
            }
            if !lines.is_empty() {
                self.values.insert(value.id.clone(), DatedValue { lines });
            }
        }
    }

    fn constant(&mut self, datum: &Datum) -> cage_model::Value {
        match datum {
            Datum::Text(text) => cage_model::Value::Text(self.names.intern(text)),
            Datum::Integer(value) => cage_model::Value::Integer(*value),
            Datum::Decimal(value) => cage_model::Value::from(*value),
            Datum::Boolean(value) => cage_model::Value::Boolean(*value),
            Datum::Time(time) => cage_model::Value::from(*time),
        }
    }
}
