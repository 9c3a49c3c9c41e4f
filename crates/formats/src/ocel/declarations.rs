//! The declared types of events or objects, with their attributes.

use cage_model::{Keyed, Symbol, Type, TypeDeclaration};

/// An attribute of a type.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeclaredAttribute {
    pub(super) symbol: Symbol,
    /// `None` for one that the file uses without declaring it.
    pub(super) kind: Option<Type>,
    /// Whether the consumer of the log wants it.
    pub(super) wanted: bool,
}

/// A type of events or of objects.
#[derive(Debug)]
pub(super) struct DeclaredType {
    pub(super) symbol: Symbol,
    attributes: Keyed<Box<str>, DeclaredAttribute>,
    /// The declared ones, in the file's order.
    order: Vec<(Symbol, Type)>,
}

/// All types of events, or all of objects.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    by_name: Keyed<Box<str>, usize>,
    types: Vec<DeclaredType>,
}

/// The type that a word names; tools use more words than the five of the standard.
pub(super) fn type_of_word(word: &str) -> Option<Type> {
    Some(match word.to_ascii_lowercase().as_str() {
        "string" | "text" | "str" => Type::Text,
        "time" | "date" | "datetime" | "timestamp" => Type::Time,
        "integer" | "int" | "long" | "bigint" => Type::Integer,
        "float" | "double" | "real" | "number" | "numeric" => Type::Float,
        "boolean" | "bool" => Type::Boolean,
        _ => return None,
    })
}

/// The word of the standard for a type; what it has no word for is a string.
pub(super) fn word_of_type(kind: Type) -> &'static str {
    match kind {
        Type::Text | Type::List => "string",
        Type::Time => "time",
        Type::Integer => "integer",
        Type::Float | Type::Decimal => "float",
        Type::Boolean => "boolean",
    }
}

impl Declarations {
    /// Adds a type, or finds it when it is declared again.
    pub(super) fn add(&mut self, name: &str, symbol: Symbol) -> usize {
        let next = self.types.len();
        let index = *self.by_name.entry_or_insert_with(name.into(), || next);
        if index == next {
            let (attributes, order) = (Keyed::new(), Vec::new());
            self.types.push(DeclaredType {
                symbol,
                attributes,
                order,
            });
        }
        index
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(super) fn get(&self, index: usize) -> &DeclaredType {
        &self.types[index]
    }

    /// Declares an attribute of a type.
    pub(super) fn declare(&mut self, index: usize, name: &str, attribute: DeclaredAttribute) {
        let declared = &mut self.types[index];
        let known = declared.attributes.insert(name.into(), attribute).is_some();
        if let (Some(kind), false) = (attribute.kind, known) {
            declared.order.push((attribute.symbol, kind));
        }
    }

    pub(super) fn attribute(&self, index: usize, name: &str) -> Option<DeclaredAttribute> {
        self.types[index].attributes.get(name).copied()
    }

    /// As the header of a log holds them.
    pub(super) fn to_header(&self) -> Vec<TypeDeclaration> {
        let one = |declared: &DeclaredType| TypeDeclaration {
            name: declared.symbol,
            attributes: declared.order.clone(),
        };
        self.types.iter().map(one).collect()
    }
}
