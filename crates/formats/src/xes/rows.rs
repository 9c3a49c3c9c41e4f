//! What attributes are read into: the buffer of an event, or of a trace or the log itself.

use cage_model::{EventBuffer, ObjectBuffer, RawValue, Symbol, TextRange};

/// A buffer of attribute rows and their texts.
pub(super) trait Rows {
    fn push_text(&mut self, text: &str) -> TextRange;
    fn push_row(&mut self, key: Symbol, depth: u16, value: RawValue);
    fn text_bytes(&self) -> usize;
}

macro_rules! rows {
    ($buffer:ty) => {
        impl Rows for $buffer {
            fn push_text(&mut self, text: &str) -> TextRange {
                <$buffer>::push_text(self, text)
            }

            fn push_row(&mut self, key: Symbol, depth: u16, value: RawValue) {
                self.push_attribute(key, depth, value);
            }

            fn text_bytes(&self) -> usize {
                <$buffer>::text_bytes(self)
            }
        }
    };
}

rows!(EventBuffer);
rows!(ObjectBuffer);
