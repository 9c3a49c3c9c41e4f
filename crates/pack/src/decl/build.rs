//! From constraints to rules.

use std::collections::BTreeMap;
use std::ops::Range;

use cage_law::{DayCount, Span};
use cage_model::{Bilingual, Grade, Interner, Severity, Symbol};
use sha2::{Digest, Sha256};

use super::condition::{self, Condition, End, Fault};
use super::constraint::{self, Constraint};
use super::declarations::Declarations;
use super::template::Shape;
use super::{DeclProblem, Line, Problems, RULES_MAX};
use crate::expr::nearest::nearest;
use crate::expr::syntax::{Form, Syntax};
use crate::expr::{Environment, Expected, Expr, Place, Role, compile_syntax};
use crate::program::{
    Bound, Correlation, Field, Judge, Limit, MissingMeaning, ObjectType, Pattern, Program,
    Relation, Rule, SourcePlace, Step, Window,
};

/// Builds the program; what is wrong with single lines goes to `problems`.
pub(super) fn build(
    name: &str,
    bytes: &[u8],
    declarations: &Declarations,
    lines: &[Line<'_>],
    problems: &mut Problems,
) -> Program {
    let mut builder = Builder {
        names: Interner::new(),
        fields: Vec::new(),
        declarations,
        problems,
    };
    let mut rules: Vec<Rule> = Vec::new();
    let mut seen = BTreeMap::new();
    for line in lines {
        if let Some(before) = seen.insert(line.text.trim(), line.number) {
            let message = format!("the same constraint as in line {before}");
            builder
                .problems
                .warnings
                .push(line.problem(0..line.text.len(), message));
        }
        if rules.len() == RULES_MAX {
            let message = format!("a model has at most {RULES_MAX} constraints");
            builder
                .problems
                .errors
                .push(line.problem(0..line.text.len(), message));
            break;
        }
        match builder.rule(name, line) {
            Ok(rule) => rules.push(rule),
            Err(problem) => builder.problems.errors.push(problem),
        }
    }
    let case = builder.names.intern("case");
    Program {
        id: name.to_owned(),
        version: String::new(),
        title: Bilingual {
            zh: String::new(),
            en: name.to_owned(),
        },
        hash: Sha256::new()
            .chain_update(name)
            .chain_update([0])
            .chain_update(bytes)
            .finalize()
            .into(),
        names: builder.names,
        object_types: vec![ObjectType {
            name: case,
            derived: Vec::new(),
            fields: Vec::new(),
        }],
        fields: builder.fields,
        rules,
        flows: Vec::new(),
        days: DayCount::default(),
    }
}

struct Builder<'b> {
    names: Interner,
    fields: Vec<Field>,
    declarations: &'b Declarations,
    problems: &'b mut Problems,
}

/// A condition and where in its line it stands.
struct Placed<'a> {
    text: &'a str,
    at: Range<usize>,
    condition: Condition,
}

impl Builder<'_> {
    fn rule(&mut self, file: &str, line: &Line<'_>) -> Result<Rule, DeclProblem> {
        let constraint = constraint::parse(line, self.declarations, self.problems)?;
        let judge = self.judge(line, &constraint)?;
        Ok(Rule {
            id: line.text.to_owned(),
            kind: constraint.shape.kind().to_owned(),
            title: Bilingual {
                zh: String::new(),
                en: line.text.trim().to_owned(),
            },
            grade: Grade::default(),
            severity: Severity::default(),
            basis: Vec::new(),
            risk: None,
            per: 0,
            judge,
            exempt: None,
            missing: MissingMeaning::False,
            remind_percent: None,
            place: SourcePlace {
                file: file.to_owned(),
                line: line.number,
            },
        })
    }

    fn judge(
        &mut self,
        line: &Line<'_>,
        constraint: &Constraint<'_>,
    ) -> Result<Judge, DeclProblem> {
        let first = self.names.intern(constraint.first.0);
        let second = constraint
            .second
            .as_ref()
            .map(|second| self.names.intern(second.0));
        let activation = self.condition(line, &constraint.activation, false)?;
        let count = |what, at_least, at_most| Judge::Count {
            what,
            at_least,
            at_most,
        };
        match (constraint.shape, second) {
            (Shape::Relation(template), Some(second)) => {
                let reversed = constraint.shape.activates_second();
                let ends = if reversed {
                    (second, first)
                } else {
                    (first, second)
                };
                let (when, then) = ends;
                let when = self.pattern(line, constraint, when, activation.as_ref())?;
                let (then, correlation) = self.other_end(line, constraint, then)?;
                let window = window(constraint);
                let relation = Relation {
                    template,
                    when,
                    then,
                    correlation,
                    window,
                };
                Ok(Judge::Relation(Box::new(relation)))
            }
            (Shape::Choice { exclusive }, Some(second)) => {
                let a = self.pattern(line, constraint, first, activation.as_ref())?;
                let b = self.pattern(line, constraint, second, activation.as_ref())?;
                Ok(Judge::Choice { a, b, exclusive })
            }
            (shape, _) => {
                let what = self.pattern(line, constraint, first, activation.as_ref())?;
                Ok(match shape {
                    Shape::Init => Judge::Init(what),
                    Shape::End => Judge::End(what),
                    Shape::Absence(n) => count(what, 0, Some(n.saturating_sub(1))),
                    Shape::Exactly(n) => count(what, n, Some(n)),
                    shape => count(what, shape.count().unwrap_or(1), None),
                })
            }
        }
    }

    /// Events of an activity for which a condition on `A` holds.
    fn pattern(
        &mut self,
        line: &Line<'_>,
        constraint: &Constraint<'_>,
        activity: Symbol,
        activation: Option<&Placed<'_>>,
    ) -> Result<Pattern, DeclProblem> {
        let guard = match activation {
            None => None,
            Some(placed) => {
                self.check_bound(line, placed, constraint);
                let syntax = &placed.condition.syntax;
                let guard = self.guard(line, placed, syntax, End::Activation)?;
                self.warn_never(line, placed, &guard);
                Some(guard)
            }
        };
        Ok(Pattern(vec![Step {
            activity: Some(activity),
            guard,
        }]))
    }

    /// The pattern of the other end, and how it must fit the activation.
    fn other_end(
        &mut self,
        line: &Line<'_>,
        constraint: &Constraint<'_>,
        activity: Symbol,
    ) -> Result<(Pattern, Correlation), DeclProblem> {
        let mut target = Step {
            activity: Some(activity),
            guard: None,
        };
        let mut correlation = Correlation::default();
        if let Some(placed) = self.condition(line, &constraint.correlation, true)? {
            self.check_bound(line, &placed, constraint);
            let (alone, related) = split(&placed.condition.syntax);
            if let Some(syntax) = alone {
                let guard = self.guard(line, &placed, &syntax, End::Target)?;
                self.warn_never(line, &placed, &guard);
                target.guard = Some(guard);
            }
            if let Some(syntax) = related {
                correlation = self.correlation(line, &placed, &syntax)?;
            }
        }
        Ok((Pattern(vec![target]), correlation))
    }

    fn correlation(
        &mut self,
        line: &Line<'_>,
        placed: &Placed<'_>,
        syntax: &Syntax,
    ) -> Result<Correlation, DeclProblem> {
        let (mut capture_trigger, mut capture_target) = (Vec::new(), Vec::new());
        let roles = |a, t| vec![Role::open("A", a), Role::open("T", t)];
        let forward = roles(Place::Earlier, Place::Current);
        let forward = self.compile(line, placed, syntax, forward, &mut capture_trigger)?;
        self.warn_never(line, placed, &forward);
        let backward = roles(Place::Current, Place::Earlier);
        let backward = self.compile(line, placed, syntax, backward, &mut capture_target)?;
        Ok(Correlation {
            forward: Some(forward),
            backward: Some(backward),
            capture_trigger,
            capture_target,
        })
    }

    /// A condition on one event alone.
    fn guard(
        &mut self,
        line: &Line<'_>,
        placed: &Placed<'_>,
        syntax: &Syntax,
        end: End,
    ) -> Result<Expr, DeclProblem> {
        let role = match end {
            End::Activation => "A",
            End::Target => "T",
        };
        self.compile(
            line,
            placed,
            syntax,
            vec![Role::open(role, Place::Current)],
            &mut Vec::new(),
        )
    }

    fn compile(
        &mut self,
        line: &Line<'_>,
        placed: &Placed<'_>,
        syntax: &Syntax,
        roles: Vec<Role>,
        captured: &mut Vec<u16>,
    ) -> Result<Expr, DeclProblem> {
        let mut environment = Environment::new(&mut self.names, &mut self.fields, captured);
        environment.roles = roles;
        compile_syntax(placed.text, syntax, Expected::Condition, &mut environment).map_err(
            |errors| {
                let first = errors.into_iter().next();
                let (span, message, suggestion) = match first {
                    Some(error) => (error.span, error.message, error.suggestion),
                    None => (
                        0..placed.text.len(),
                        "the condition is not understood".to_owned(),
                        None,
                    ),
                };
                line.problem(shifted(&span, placed.at.start), message)
                    .suggest(suggestion)
            },
        )
    }

    /// Reads a condition; `None` when none is written.
    fn condition<'l>(
        &mut self,
        line: &Line<'_>,
        (text, at): &(&'l str, Range<usize>),
        target: bool,
    ) -> Result<Option<Placed<'l>>, DeclProblem> {
        if text.is_empty() {
            return Ok(None);
        }
        let problem = |fault: Fault| {
            line.problem(shifted(&fault.span, at.start), fault.message)
                .suggest(fault.suggestion)
        };
        let condition = condition::parse(text, target, self.declarations).map_err(problem)?;
        self.problems
            .warnings
            .extend(condition.doubts.iter().cloned().map(problem));
        Ok(Some(Placed {
            text,
            at: at.clone(),
            condition,
        }))
    }

    /// Warns of attributes that the model does not bind to the activity.
    fn check_bound(&mut self, line: &Line<'_>, placed: &Placed<'_>, constraint: &Constraint<'_>) {
        let Constraint {
            shape,
            first,
            second,
            ..
        } = constraint;
        let second = second.as_ref().unwrap_or(first);
        let (a, t) = if shape.activates_second() {
            (second, first)
        } else {
            (first, second)
        };
        for (end, name, span) in &placed.condition.used {
            let activity = if *end == End::Activation { a.0 } else { t.0 };
            let Some(bound) = self.declarations.bound.get(activity) else {
                continue;
            };
            if bound.contains(name) {
                continue;
            }
            let message = format!("{activity} has no attribute {name} bound to it");
            let meant = nearest(name, bound.iter().map(String::as_str));
            let span = shifted(span, placed.at.start);
            self.problems
                .warnings
                .push(line.problem(span, message).suggest(meant));
        }
    }

    fn warn_never(&mut self, line: &Line<'_>, placed: &Placed<'_>, guard: &Expr) {
        if guard.can_never_hold() {
            let message = "this condition can never hold".to_owned();
            self.problems
                .warnings
                .push(line.problem(placed.at.clone(), message));
        }
    }
}

/// The time condition as a window of elapsed time, both ends included.
fn window(constraint: &Constraint<'_>) -> Window {
    let Some((min, max)) = constraint.time else {
        return Window::default();
    };
    Window {
        not_before: (min != Span::Elapsed(0)).then_some(Limit::Fixed(min.into())),
        bound: Some(Bound::Within(Limit::Fixed(max.into()))),
    }
}

fn shifted(span: &Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}

/// The requirements that concern the target alone, and the others. The first become a guard of
/// the target, which is cheaper, and is what the succession family means: there both ends activate.
fn split(syntax: &Syntax) -> (Option<Syntax>, Option<Syntax>) {
    let requirements = match &syntax.form {
        Form::And(sides) => sides.clone(),
        _ => vec![syntax.clone()],
    };
    let (related, alone): (Vec<_>, Vec<_>) = requirements.into_iter().partition(names_activation);
    let together = |mut sides: Vec<Syntax>| match sides.len() {
        0 => None,
        1 => sides.pop(),
        _ => Some(Syntax {
            span: syntax.span.clone(),
            form: Form::And(sides),
        }),
    };
    (together(alone), together(related))
}

/// Whether a condition speaks of the activation.
fn names_activation(syntax: &Syntax) -> bool {
    match &syntax.form {
        Form::Name(name) => name == "A",
        Form::Field { of, .. } | Form::Not(of) | Form::Negate(of) => names_activation(of),
        Form::And(sides) | Form::Or(sides) | Form::List(sides) => {
            sides.iter().any(names_activation)
        }
        Form::Compare(_, a, b) | Form::Calculate(_, a, b) | Form::In(a, b) => {
            names_activation(a) || names_activation(b)
        }
        Form::If(parts) => parts.iter().any(names_activation),
        Form::Call { args, .. } => args.iter().any(names_activation),
        Form::Method { of, args, .. } => names_activation(of) || args.iter().any(names_activation),
        Form::Literal(_) | Form::Dated(_) => false,
    }
}
