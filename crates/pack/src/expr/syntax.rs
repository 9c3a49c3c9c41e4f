//! The tree of an expression as written, before anything is known of its names.
//!
//! CEL text and the conditions of `.decl` files both become this tree, so that one checker and one
//! compiler serve both.

use std::ops::Range;

use cage_model::Decimal;

/// A piece of an expression and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Syntax {
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    /// What is written there.
    pub(crate) form: Form,
}

/// What can be written.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// A constant.
    Literal(Literal),
    /// A name: a role, an object type, `matter`, or the variable of a quantifier.
    Name(String),
    /// A dated value, without its `@`.
    Dated(String),
    /// `of.name` or `of["name"]`.
    Field {
        /// Whose field.
        of: Box<Syntax>,
        /// The field's name.
        name: String,
        /// Where the name is written.
        at: Range<usize>,
    },
    /// `name(...)`.
    Call {
        /// The function.
        name: String,
        /// Its arguments.
        args: Vec<Syntax>,
    },
    /// `of.name(...)`.
    Method {
        /// What it is called on.
        of: Box<Syntax>,
        /// The function.
        name: String,
        /// Its arguments.
        args: Vec<Syntax>,
    },
    /// `!a`.
    Not(Box<Syntax>),
    /// `-a`.
    Negate(Box<Syntax>),
    /// `a && b`, in the order written.
    And(Vec<Syntax>),
    /// `a || b`, in the order written.
    Or(Vec<Syntax>),
    /// `a < b` and the like.
    Compare(Relation, Box<Syntax>, Box<Syntax>),
    /// `a + b` and the like.
    Calculate(Operator, Box<Syntax>, Box<Syntax>),
    /// `a in b`.
    In(Box<Syntax>, Box<Syntax>),
    /// `a ? b : c`.
    If(Box<[Syntax; 3]>),
    /// `[a, b]`.
    List(Vec<Syntax>),
}

/// A constant.
#[derive(Clone, Debug)]
pub(crate) enum Literal {
    /// `true`, `false`.
    Boolean(bool),
    /// `157`.
    Integer(i64),
    /// `50.0`.
    Decimal(Decimal),
    /// A number with a point that no decimal holds, such as `1e300`.
    Float(f64),
    /// `"text"`.
    Text(String),
}

/// How two values are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Relation {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

/// How two values are combined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl Relation {
    /// As it is written.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }

    /// The relation with its two sides exchanged.
    pub(crate) const fn turned(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::NotEqual => Self::NotEqual,
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
        }
    }

    /// Whether the relation asks for order, not only for equality.
    pub(crate) const fn orders(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

impl Operator {
    /// As it is written.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}
