//! Conditions in their own notation: `A.org:group is J and not (T.cost > A.cost)`, read by us into
//! the same tree that CEL text becomes. Nothing is evaluated but what this grammar knows.

mod words;

use std::ops::Range;

use cage_model::limits;

use super::declarations::{Declarations, Domain};
use super::value::Written;
use crate::expr::nearest::nearest;
use crate::expr::syntax::{Form, Literal, Relation, Syntax};
use words::starts_with_word;

/// A condition, read.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    /// The tree, with the roles `A` and `T`.
    pub(super) syntax: Syntax,
    /// The attributes that are read: of `A` or of `T`, the name, and where it stands.
    pub(super) used: Vec<(End, String, Range<usize>)>,
    /// Values that the declarations do not know.
    pub(super) doubts: Vec<Fault>,
}

/// Which event an attribute belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// The activation.
    Activation,
    /// The other event.
    Target,
}

/// Something wrong, in bytes of the condition.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) suggestion: Option<String>,
}

/// Reads a condition; `target` says whether it may speak of `T`.
pub(super) fn parse(
    text: &str,
    target: bool,
    declarations: &Declarations,
) -> Result<Condition, Fault> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        target,
        declarations,
        used: Vec::new(),
        doubts: Vec::new(),
    };
    let syntax = parser.alternatives()?;
    parser.skip_blanks();
    if parser.at < text.len() {
        return Err(parser.expected("and, or, or the end of the condition"));
    }
    Ok(Condition {
        syntax,
        used: parser.used,
        doubts: parser.doubts,
    })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    target: bool,
    declarations: &'a Declarations,
    used: Vec<(End, String, Range<usize>)>,
    doubts: Vec<Fault>,
}

/// One side of a comparison.
enum Operand {
    Attribute(Syntax, String),
    Value(Written),
}

impl Parser<'_> {
    fn alternatives(&mut self) -> Result<Syntax, Fault> {
        let mut sides = vec![self.requirements()?];
        while self.word("or") || self.sign("||") {
            sides.push(self.requirements()?);
        }
        Ok(joined(sides, Form::Or))
    }

    fn requirements(&mut self) -> Result<Syntax, Fault> {
        let mut sides = vec![self.requirement()?];
        while self.word("and") || self.sign("&&") {
            sides.push(self.requirement()?);
        }
        Ok(joined(sides, Form::And))
    }

    fn requirement(&mut self) -> Result<Syntax, Fault> {
        self.depth += 1;
        if self.depth > limits::EXPRESSION_DEPTH_MAX {
            let most = limits::EXPRESSION_DEPTH_MAX;
            let message = format!("a condition is nested at most {most} deep");
            return Err(self.fault(self.at..self.at, message));
        }
        self.skip_blanks();
        let start = self.at;
        let negated = self.word("not") || !self.rest().starts_with("!=") && self.sign("!");
        let syntax = if negated {
            let of = self.requirement()?;
            Syntax {
                span: start..of.span.end,
                form: Form::Not(Box::new(of)),
            }
        } else if self.sign("(") {
            let inner = self.alternatives()?;
            if !self.sign(")") {
                return Err(self.expected("\")\""));
            }
            Syntax {
                span: start..self.at,
                ..inner
            }
        } else {
            self.simple(start)?
        };
        self.depth -= 1;
        Ok(syntax)
    }

    fn simple(&mut self, start: usize) -> Result<Syntax, Fault> {
        for (word, relation) in [("same", Relation::Equal), ("different", Relation::NotEqual)] {
            if self.word(word) {
                return self.agreement(start, relation);
            }
        }
        for (word, holds) in [("true", true), ("false", false)] {
            if self.word(word) {
                let form = Form::Literal(Literal::Boolean(holds));
                return Ok(Syntax {
                    span: start..self.at,
                    form,
                });
            }
        }
        match self.operand(None)? {
            Operand::Attribute(field, name) => self.about(start, field, &name),
            Operand::Value(value) => {
                let Some(relation) = self.relation() else {
                    return Err(self.not_understood(&value));
                };
                match self.operand(None)? {
                    Operand::Attribute(field, name) => {
                        self.against(start, relation.turned(), (field, name), value)
                    }
                    Operand::Value(_) => Err(self.not_understood(&value)),
                }
            }
        }
    }

    fn not_understood(&self, value: &Written) -> Fault {
        let message = format!(
            "\"{}\" is no condition; conditions speak of A.attribute and T.attribute, as in \
             \"A.group is J\"",
            value.text
        );
        self.fault(value.span.clone(), message)
    }

    /// `same attribute`, `different attribute`.
    fn agreement(&mut self, start: usize, relation: Relation) -> Result<Syntax, Fault> {
        if !self.target {
            let message = "the condition of the activation cannot compare with the other event";
            return Err(self.fault(start..self.at, message.to_owned()));
        }
        self.skip_blanks();
        let at = self.at;
        let name = self.attribute_name();
        if name.is_empty() {
            return Err(self.expected("an attribute's name"));
        }
        let span = at..self.at;
        let a = self.field(End::Activation, &name, span.clone(), span.clone());
        let t = self.field(End::Target, &name, span.clone(), span);
        let form = Form::Compare(relation, Box::new(a), Box::new(t));
        Ok(Syntax {
            span: start..self.at,
            form,
        })
    }

    /// What is said about an attribute.
    fn about(&mut self, start: usize, field: Syntax, name: &str) -> Result<Syntax, Fault> {
        if self.word("is") {
            let negated = self.word("not");
            let value = self.value(Some(name))?;
            return self.member(start, field, name, &[value], negated);
        }
        let before = self.at;
        let negated = self.word("not");
        if self.word("in") {
            let values = self.list(name)?;
            return self.member(start, field, name, &values, negated);
        }
        self.at = before;
        if let Some(relation) = self.relation() {
            return match self.operand(Some(name))? {
                Operand::Attribute(other, _) => {
                    let form = Form::Compare(relation, Box::new(field), Box::new(other));
                    Ok(Syntax {
                        span: start..self.at,
                        form,
                    })
                }
                Operand::Value(value) => {
                    self.against(start, relation, (field, name.to_owned()), value)
                }
            };
        }
        // An attribute alone: it is true.
        let yes = Written {
            text: "true".to_owned(),
            quoted: false,
            span: start..self.at,
        };
        self.skip_blanks();
        let rest = self.rest();
        let ends = rest.is_empty() || rest.starts_with([')', '&', '|']);
        if ends || starts_with_word(rest, "and") || starts_with_word(rest, "or") {
            return self.member(start, field, name, &[yes], false);
        }
        Err(self.expected("is, is not, in, not in, =, !=, <, <=, > or >="))
    }

    /// An attribute against a value, by a sign.
    fn against(
        &mut self,
        start: usize,
        relation: Relation,
        (field, name): (Syntax, String),
        value: Written,
    ) -> Result<Syntax, Fault> {
        if !relation.orders() {
            let negated = relation == Relation::NotEqual;
            return self.member(start, field, &name, &[value], negated);
        }
        self.check_value(&name, &value)?;
        let form = Form::Compare(relation, Box::new(field), Box::new(value.ordered()));
        Ok(Syntax {
            span: start..self.at,
            form,
        })
    }

    /// The attribute has one of these values, or none of them.
    fn member(
        &mut self,
        start: usize,
        field: Syntax,
        name: &str,
        values: &[Written],
        negated: bool,
    ) -> Result<Syntax, Fault> {
        let mut readings = Vec::new();
        for value in values {
            self.check_value(name, value)?;
            self.check_domain(name, value);
            readings.extend(value.readings());
        }
        let span = start..self.at;
        let list = Syntax {
            span: span.clone(),
            form: Form::List(readings),
        };
        let form = Form::In(Box::new(field), Box::new(list));
        let test = Syntax {
            span: span.clone(),
            form,
        };
        if negated {
            Ok(Syntax {
                span,
                form: Form::Not(Box::new(test)),
            })
        } else {
            Ok(test)
        }
    }

    /// A value of a number must be one.
    fn check_value(&self, name: &str, value: &Written) -> Result<(), Fault> {
        match self.declarations.attributes.get(name) {
            Some(Domain::Integer(_) | Domain::Float(_)) if value.number().is_none() => {
                let message = format!(
                    "{name} is declared as a number, and \"{}\" is none",
                    value.text
                );
                Err(self.fault(value.span.clone(), message))
            }
            _ => Ok(()),
        }
    }

    /// A value that the declaration excludes is doubtful: the condition will never hold.
    fn check_domain(&mut self, name: &str, value: &Written) {
        let domain = self.declarations.attributes.get(name);
        let number = value.text.parse::<cage_model::Decimal>().ok();
        let (outside, suggestion) = match (domain, number) {
            (Some(Domain::Enumeration(values)), _) => (
                !values.contains(&value.text),
                nearest(&value.text, values.iter().map(String::as_str)),
            ),
            (Some(Domain::Integer(Some(range)) | Domain::Float(Some(range))), Some(number)) => {
                (number < range.0 || number > range.1, None)
            }
            _ => (false, None),
        };
        if outside {
            let message = format!(
                "\"{}\" is not among the declared values of {name}",
                value.text
            );
            self.doubts.push(Fault {
                span: value.span.clone(),
                message,
                suggestion,
            });
        }
    }

    fn relation(&mut self) -> Option<Relation> {
        const SIGNS: [(&str, Relation); 8] = [
            ("==", Relation::Equal),
            ("!=", Relation::NotEqual),
            ("<>", Relation::NotEqual),
            ("<=", Relation::LessEqual),
            (">=", Relation::GreaterEqual),
            ("=", Relation::Equal),
            ("<", Relation::Less),
            (">", Relation::Greater),
        ];
        SIGNS
            .into_iter()
            .find(|(sign, _)| self.sign(sign))
            .map(|(_, relation)| relation)
    }

    /// An attribute of `A` or `T`, or a value (of the named attribute, where one is named).
    fn operand(&mut self, of: Option<&str>) -> Result<Operand, Fault> {
        self.skip_blanks();
        let start = self.at;
        let mut letters = self.rest().chars();
        let (letter, point) = (letters.next(), letters.next());
        let end = match (letter, point) {
            (Some('A' | 'a'), Some('.')) => End::Activation,
            (Some('T' | 't'), Some('.')) => End::Target,
            (Some('B' | 'b'), Some('.')) => {
                let message = "conditions name the activation A and the other event T; write T. \
                               or A. instead of B.";
                return Err(self.fault(start..start + 2, message.to_owned()));
            }
            _ => return self.value(of).map(Operand::Value),
        };
        if end == End::Target && !self.target {
            let message = "the activation's condition sees only A; what concerns T is written \
                           behind the next bar";
            return Err(self.fault(start..start + 2, message.to_owned()));
        }
        self.at += 2;
        let name = self.attribute_name();
        if name.is_empty() {
            return Err(self.expected("an attribute's name"));
        }
        let field = self.field(end, &name, start..self.at, start + 2..self.at);
        Ok(Operand::Attribute(field, name))
    }

    fn field(&mut self, end: End, name: &str, span: Range<usize>, at: Range<usize>) -> Syntax {
        self.used.push((end, name.to_owned(), at.clone()));
        let role = match end {
            End::Activation => "A",
            End::Target => "T",
        };
        let of = Syntax {
            span: span.clone(),
            form: Form::Name(role.to_owned()),
        };
        Syntax {
            span,
            form: Form::Field {
                of: Box::new(of),
                name: name.to_owned(),
                at,
            },
        }
    }
}

/// Several sides become one node; a single one stays itself.
fn joined(mut sides: Vec<Syntax>, form: fn(Vec<Syntax>) -> Form) -> Syntax {
    if sides.len() == 1 {
        return sides.swap_remove(0);
    }
    let start = sides.first().map_or(0, |side| side.span.start);
    let end = sides.last().map_or(0, |side| side.span.end);
    Syntax {
        span: start..end,
        form: form(sides),
    }
}
