//! Guards and values: CEL text, parsed by a maintained crate, type-checked here against the
//! declared attributes, compiled to typed slots.
//!
//! An expression is pure, bounded and total: it answers with a value, or says which field is
//! missing, or why it could not be computed. A missing field never silently reads as false.

use cage_model::{Date, Interner, Symbol, Value};

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Expr {
    source: String,
}

/// What an expression may look at.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Slots of the current event, by [`crate::Program::fields`]; empty when there is none.
    pub current: &'a [Value],
    /// Captured slots of the earlier event, in the order of the capture list.
    pub earlier: &'a [Value],
    /// Fields of the object, by [`crate::ObjectType::fields`].
    pub object: &'a [Value],
    /// The trigger's local date, by which dated values are chosen.
    pub date: Date,
    /// The texts behind symbols.
    pub names: &'a Interner,
}

/// Whether a guard holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// A field that it needs is missing or of a kind that cannot be compared: the field's name.
    Missing(Symbol),
    /// It could not be computed: division by zero, overflow. The expression's source says where.
    Failed(Failure),
}

/// Why an expression could not be computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Division or remainder by zero.
    DivisionByZero,
    /// A number left its range.
    Overflow,
}

/// The value of an expression.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// A value.
    Value(Value),
    /// As in [`Truth::Missing`].
    Missing(Symbol),
    /// As in [`Truth::Failed`].
    Failed(Failure),
}

impl Expr {
    /// The text as written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}
