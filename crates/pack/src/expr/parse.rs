//! Expression text to syntax tree, by the `cel` crate's parser.
//!
//! The parser recurses and its tree is as deep as the text is nested, so length and depth are
//! bounded before it sees the text. Macros are not expanded: `has`, `all`
//! and `exists` come out as calls and are compiled by us. `@name` is no CEL: outside of string
//! literals the sign is replaced by `_`, which keeps every column, and remembered by its place.

use std::collections::BTreeSet;
use std::ops::Range;

use cage_model::{Decimal, limits};
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};

use super::ExprError;
use super::syntax::{Form, Literal, Operator, Relation, Syntax};

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Syntax, Vec<ExprError>> {
    let prepared = prepare(text).map_err(|error| vec![error])?;
    let parser = cel::Env::default().parser().error_recovery_limit(1);
    let (tree, info) = parser
        .parse_with_source_info(&prepared.text)
        .map_err(|errors| {
            // That the parser gave up looking for more is no error of the text.
            let gave_up = |error: &&cel::ParseError| error.msg.contains("recovery attempt limit");
            let (given_up, mut told): (Vec<_>, Vec<_>) = errors.errors.iter().partition(gave_up);
            if told.is_empty() {
                told = given_up;
            }
            let told = told.into_iter().map(|error| unreadable(text, error));
            told.collect::<Vec<_>>()
        })?;
    let reader = Reader {
        text,
        dated: prepared.dated,
        info: &info,
    };
    reader.read(&tree).map_err(|error| vec![error])
}

struct Prepared {
    text: String,
    dated: BTreeSet<usize>,
}

/// Bounds the text and replaces `@`.
fn prepare(text: &str) -> Result<Prepared, ExprError> {
    if text.chars().count() > limits::EXPRESSION_CHARS_MAX {
        let message = format!(
            "an expression has at most {} characters",
            limits::EXPRESSION_CHARS_MAX
        );
        return Err(ExprError::new(0..text.len(), message));
    }
    if text.trim().is_empty() {
        return Err(ExprError::new(
            0..text.len(),
            "the expression is empty".to_owned(),
        ));
    }
    let mut scan = Scan {
        out: String::with_capacity(text.len()),
        ..Scan::default()
    };
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let at = text.len() - rest.len();
        let length = scan.take(rest, next, at)?;
        rest = rest.get(length..).unwrap_or("");
    }
    Ok(Prepared {
        text: scan.out,
        dated: scan.dated,
    })
}

/// Walks over the text once, token by token, and reckons how deep its tree will be.
#[derive(Default)]
struct Scan {
    out: String,
    dated: BTreeSet<usize>,
    /// The brackets that are open, the text itself as the first.
    open: Vec<Level>,
    previous: char,
}

/// What stands between two brackets. `a + b + c` is as deep as it has operators, while the sides
/// of `&&` and `||` and the members of a list lie beside each other.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Operators since the last `&&`, `||` or `,`.
    chain: usize,
    /// Question marks since the last `,`: each answer may hold the next question.
    questions: usize,
    /// The deepest bracket since then.
    within: usize,
    /// The deepest part that is complete.
    deepest: usize,
}

impl Level {
    fn depth(self) -> usize {
        self.deepest.max(self.chain + self.questions + self.within)
    }

    /// A new part begins beside the last.
    fn beside(&mut self) {
        self.deepest = self.depth();
        (self.chain, self.within) = (0, 0);
    }
}

impl Scan {
    /// Takes one token, or one character of what needs no closer look; gives its length.
    fn take(&mut self, rest: &str, next: char, at: usize) -> Result<usize, ExprError> {
        let length = match next {
            '"' | '\'' => literal_length(rest),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            next if next.is_alphabetic() || next == '_' => word_length(rest),
            _ => next.len_utf8(),
        };
        let token = rest.get(..length).unwrap_or("");
        if next == '@' {
            self.dated.insert(at);
            self.out.push('_');
        } else {
            self.out.push_str(token);
        }
        self.reckon(token, next);
        self.previous = next;
        let depth = self
            .open
            .iter()
            .map(|level| level.depth() + 1)
            .sum::<usize>();
        if depth > limits::EXPRESSION_DEPTH_MAX + 1 {
            let most = limits::EXPRESSION_DEPTH_MAX;
            let message = format!("an expression is nested at most {most} deep");
            return Err(ExprError::new(at..at + length, message));
        }
        Ok(length)
    }

    fn reckon(&mut self, token: &str, next: char) {
        if self.open.is_empty() {
            self.open.push(Level::default());
        }
        match next {
            '(' | '[' | '{' => return self.open.push(Level::default()),
            ')' | ']' | '}' if self.open.len() > 1 => {
                let depth = self.open.pop().map_or(0, Level::depth) + 1;
                if let Some(around) = self.open.last_mut() {
                    around.within = around.within.max(depth);
                }
                return;
            }
            _ => {}
        }
        let Some(level) = self.open.last_mut() else {
            return;
        };
        match next {
            '&' | '|' => level.beside(),
            ',' => {
                level.beside();
                level.questions = 0;
            }
            '?' => level.questions += 1,
            '=' => level.chain += usize::from(self.previous == '='),
            '!' | '-' | '+' | '*' | '/' | '%' | '<' | '>' | '.' => level.chain += 1,
            _ => level.chain += usize::from(token == "in"),
        }
    }
}

/// Bytes of the word that the text begins with.
fn word_length(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len())
}

/// Bytes of the string literal that the text begins with, its quotes included; an unclosed one
/// reaches to the end. A raw literal may not hold its own quote, so escapes there do no harm
/// beyond a later error.
fn literal_length(rest: &str) -> usize {
    let quote = rest.get(..1).unwrap_or("\"");
    let triple = quote.repeat(3);
    let end = if rest.starts_with(&triple) {
        triple.as_str()
    } else {
        quote
    };
    let mut at = end.len();
    while let Some(tail) = rest.get(at..) {
        if tail.starts_with(end) {
            return at + end.len();
        }
        let Some(next) = tail.chars().next() else {
            break;
        };
        at += next.len_utf8();
        if next == '\\' {
            at += rest
                .get(at..)
                .and_then(|tail| tail.chars().next())
                .map_or(0, char::len_utf8);
        }
    }
    rest.len()
}

/// An error of the parser, in our words and with our places.
fn unreadable(text: &str, error: &cel::ParseError) -> ExprError {
    let line = usize::try_from(error.pos.0).unwrap_or(1).max(1);
    let column = usize::try_from(error.pos.1).unwrap_or(1).max(1);
    let start: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let tail = text.get(start..).unwrap_or("");
    let ahead: usize = tail.chars().take(column - 1).map(char::len_utf8).sum();
    let at = (start + ahead).min(text.len());
    let length = text
        .get(at..)
        .and_then(|tail| tail.chars().next())
        .map_or(0, char::len_utf8);
    let said = match text.get(at..at + length) {
        Some(":") => {
            "a name that holds \":\" is written in brackets, as in event[\"org:resource\"]"
        }
        _ => error.msg.trim_start_matches("Syntax error: "),
    };
    ExprError::new(
        at..at + length,
        format!("this cannot be read as an expression: {said}"),
    )
}

struct Reader<'a> {
    text: &'a str,
    dated: BTreeSet<usize>,
    info: &'a SourceInfo,
}

impl Reader<'_> {
    /// Where the node's own token is written. The parser counts bytes, the last one included.
    fn token(&self, id: u64) -> Range<usize> {
        let Some((start, stop)) = self.info.offset_for(id) else {
            return 0..self.text.len();
        };
        let end = self.boundary(stop as usize + 1);
        self.boundary(start as usize).min(end)..end
    }

    /// The next place at which a character begins, or the end.
    fn boundary(&self, from: usize) -> usize {
        (from..self.text.len())
            .find(|at| self.text.is_char_boundary(*at))
            .unwrap_or(self.text.len())
    }

    fn read(&self, node: &IdedExpr) -> Result<Syntax, ExprError> {
        let token = self.token(node.id);
        match &node.expr {
            Expr::Ident(name) => Ok(self.name(name, token)),
            Expr::Literal(value) => self.literal(value, token),
            Expr::Select(select) => {
                let of = self.read(&select.operand)?;
                let at = self.field_place(&of.span, &select.field);
                let span = of.span.start..at.end;
                Ok(Syntax {
                    span,
                    form: Form::Field {
                        of: Box::new(of),
                        name: select.field.clone(),
                        at,
                    },
                })
            }
            Expr::List(list) => {
                let items = self.all(&list.elements)?;
                let end = items.last().map_or(token.end, |last| last.span.end);
                let end = self.closing(end, ']');
                Ok(Syntax {
                    span: token.start..end,
                    form: Form::List(items),
                })
            }
            Expr::Call(call) => self.call(call, token),
            Expr::Map(_) | Expr::Struct(_) => Err(ExprError::new(
                token,
                "maps and messages are not part of rules; lists, texts, numbers and times are"
                    .to_owned(),
            )),
            Expr::Comprehension(_) | Expr::Unspecified => Err(ExprError::new(
                token,
                "this cannot be read as an expression".to_owned(),
            )),
        }
    }

    fn all(&self, nodes: &[IdedExpr]) -> Result<Vec<Syntax>, ExprError> {
        nodes.iter().map(|node| self.read(node)).collect()
    }

    fn name(&self, name: &str, token: Range<usize>) -> Syntax {
        let form = if self.dated.contains(&token.start) {
            Form::Dated(name.get(1..).unwrap_or("").to_owned())
        } else {
            Form::Name(name.to_owned())
        };
        Syntax { span: token, form }
    }

    fn literal(&self, value: &LiteralValue, token: Range<usize>) -> Result<Syntax, ExprError> {
        let literal = match value {
            LiteralValue::Boolean(value) => Literal::Boolean(*value.inner()),
            LiteralValue::Int(value) => Literal::Integer(*value.inner()),
            LiteralValue::Double(value) => self.decimal(*value.inner(), &token),
            LiteralValue::String(value) => Literal::Text(value.inner().to_owned()),
            LiteralValue::UInt(_) => {
                let message = "unsigned numbers (157u) are not needed here; write 157";
                return Err(ExprError::new(token, message.to_owned()));
            }
            LiteralValue::Bytes(_) => {
                let message = "bytes are not part of rules; write a text without the b";
                return Err(ExprError::new(token, message.to_owned()));
            }
            LiteralValue::Null => {
                let message = "there is no null: a missing attribute is asked for with has(...)";
                return Err(ExprError::new(token, message.to_owned()));
            }
        };
        Ok(Syntax {
            span: token,
            form: Form::Literal(literal),
        })
    }

    /// The number exactly as written, where a decimal holds it.
    fn decimal(&self, value: f64, token: &Range<usize>) -> Literal {
        let written = self.text.get(token.clone()).unwrap_or("");
        match written.parse::<Decimal>() {
            Ok(decimal) => Literal::Decimal(decimal),
            Err(_) => Literal::Float(value),
        }
    }

    fn call(&self, call: &CallExpr, token: Range<usize>) -> Result<Syntax, ExprError> {
        let args = self.all(&call.args)?;
        if let Some(target) = &call.target {
            let of = Box::new(self.read(target)?);
            let end = args.last().map_or(token.end, |last| last.span.end);
            let span = of.span.start..self.closing(end, ')');
            return Ok(Syntax {
                span,
                form: Form::Method {
                    of,
                    name: call.func_name.clone(),
                    args,
                },
            });
        }
        let first = args
            .first()
            .map_or(token.start, |first| first.span.start.min(token.start));
        let last = args
            .last()
            .map_or(token.end, |last| last.span.end.max(token.end));
        let span = first..last;
        let form = operation(&call.func_name, args, &span)?;
        let span = match &form {
            Form::Call { name, .. } => self.call_span(name, &span),
            Form::Field { .. } => span.start..self.closing(span.end, ']'),
            _ => span,
        };
        Ok(Syntax { span, form })
    }

    /// From the function's name, which stands before its bracket, to the closing bracket.
    fn call_span(&self, name: &str, span: &Range<usize>) -> Range<usize> {
        let before = self.text.get(..span.end).and_then(|text| text.rfind(name));
        let start = before.filter(|at| *at <= span.start).unwrap_or(span.start);
        start..self.closing(span.end, ')')
    }

    /// The end of the closing bracket that follows a place.
    fn closing(&self, from: usize, bracket: char) -> usize {
        let tail = self.text.get(from..).unwrap_or("");
        tail.find(bracket)
            .map_or(from, |at| from + at + bracket.len_utf8())
    }

    /// Where the field's name is written behind its object.
    fn field_place(&self, of: &Range<usize>, name: &str) -> Range<usize> {
        let tail = self.text.get(of.end..).unwrap_or("");
        let start = of.end + tail.find(name).unwrap_or(0);
        start..(start + name.len()).min(self.text.len())
    }
}

/// The form of an operator, or of a call of a function.
fn operation(name: &str, args: Vec<Syntax>, span: &Range<usize>) -> Result<Form, ExprError> {
    let relation = |relation| move |a, b| Form::Compare(relation, Box::new(a), Box::new(b));
    let calculate = |operator| move |a, b| Form::Calculate(operator, Box::new(a), Box::new(b));
    let form = match name {
        operators::LOGICAL_AND => Form::And(args),
        operators::LOGICAL_OR => Form::Or(args),
        operators::LOGICAL_NOT => one(args, span, Form::Not)?,
        operators::NEGATE => one(args, span, Form::Negate)?,
        operators::EQUALS => two(args, span, relation(Relation::Equal))?,
        operators::NOT_EQUALS => two(args, span, relation(Relation::NotEqual))?,
        operators::LESS => two(args, span, relation(Relation::Less))?,
        operators::LESS_EQUALS => two(args, span, relation(Relation::LessEqual))?,
        operators::GREATER => two(args, span, relation(Relation::Greater))?,
        operators::GREATER_EQUALS => two(args, span, relation(Relation::GreaterEqual))?,
        operators::ADD => two(args, span, calculate(Operator::Add))?,
        operators::SUBSTRACT => two(args, span, calculate(Operator::Subtract))?,
        operators::MULTIPLY => two(args, span, calculate(Operator::Multiply))?,
        operators::DIVIDE => two(args, span, calculate(Operator::Divide))?,
        operators::MODULO => two(args, span, calculate(Operator::Remainder))?,
        operators::IN => two(args, span, |a, b| Form::In(Box::new(a), Box::new(b)))?,
        operators::INDEX => return index(args, span),
        operators::CONDITIONAL => {
            let parts: [Syntax; 3] = args.try_into().map_err(|_| malformed(span))?;
            Form::If(Box::new(parts))
        }
        _ => Form::Call {
            name: name.to_owned(),
            args,
        },
    };
    Ok(form)
}

/// `when["org:resource"]`.
fn index(args: Vec<Syntax>, span: &Range<usize>) -> Result<Form, ExprError> {
    let [of, key]: [Syntax; 2] = args.try_into().map_err(|_| malformed(span))?;
    match key.form {
        Form::Literal(Literal::Text(name)) => Ok(Form::Field {
            of: Box::new(of),
            name,
            at: key.span,
        }),
        _ => Err(ExprError::new(
            key.span,
            "only a name in quotes can stand in brackets, as in when[\"org:resource\"]".to_owned(),
        )),
    }
}

fn one(
    args: Vec<Syntax>,
    span: &Range<usize>,
    form: impl FnOnce(Box<Syntax>) -> Form,
) -> Result<Form, ExprError> {
    let [only]: [Syntax; 1] = args.try_into().map_err(|_| malformed(span))?;
    Ok(form(Box::new(only)))
}

fn two(
    args: Vec<Syntax>,
    span: &Range<usize>,
    form: impl FnOnce(Syntax, Syntax) -> Form,
) -> Result<Form, ExprError> {
    let [a, b]: [Syntax; 2] = args.try_into().map_err(|_| malformed(span))?;
    Ok(form(a, b))
}

fn malformed(span: &Range<usize>) -> ExprError {
    ExprError::new(
        span.clone(),
        "this cannot be read as an expression".to_owned(),
    )
}
