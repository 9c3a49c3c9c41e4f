//! Bounds on what a file may make us hold. Declared together so that they can be read together.

/// Bytes of one attribute's text. Larger content belongs outside the log, named by its hash.
pub const ATTRIBUTE_BYTES_MAX: usize = 64 << 20;
/// Attributes of one event or object, nested ones included.
pub const ATTRIBUTES_PER_RECORD_MAX: usize = 100_000;
/// Bytes of all texts of one event or object.
pub const RECORD_BYTES_MAX: usize = 128 << 20;
/// Depth of nested attributes.
pub const ATTRIBUTE_DEPTH_MAX: usize = 64;
/// Depth of nested elements of an XML or JSON file.
pub const ELEMENT_DEPTH_MAX: usize = 256;
/// Different activity, attribute, object-type and qualifier names in one log.
pub const NAMES_MAX: usize = 2_000_000;
/// Objects that one event may name.
pub const OBJECTS_PER_EVENT_MAX: usize = 10_000;
/// Bytes of one rule-pack file.
pub const PACK_FILE_BYTES_MAX: u64 = 16 << 20;
/// Bytes of one model file (BPMN, PNML, .decl).
pub const MODEL_FILE_BYTES_MAX: u64 = 64 << 20;
/// Characters of one expression.
pub const EXPRESSION_CHARS_MAX: usize = 4_096;
/// Nesting of one expression.
pub const EXPRESSION_DEPTH_MAX: usize = 64;

const _: () = assert!(ATTRIBUTE_BYTES_MAX < u32::MAX as usize);
const _: () = assert!(RECORD_BYTES_MAX < u32::MAX as usize);
