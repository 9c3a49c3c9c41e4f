//! Laws of discovery, held against independent definitions.

mod inductive;
