//! How large what comes in may be.

/// Characters of an id, a source, a type or a name at most.
pub(crate) const NAME_CHARS_MAX: usize = 512;
/// Objects of an event at most.
pub(crate) const OBJECTS_MAX: usize = 1_000;
/// Events of a batch at most.
pub(crate) const BATCH_MAX: usize = 100_000;
/// Different names that a reader remembers before it begins anew.
pub(crate) const NAMES_KEPT_MAX: usize = 10_000;
/// Bytes of an event's text as it came, blanks included; the text that is kept is shorter.
pub(crate) const TEXT_BYTES_MAX: usize = 1 << 20;
