//! Standard base64 with padding, as signed notes want it: spare bits are zero, nothing is skipped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes to text.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Text to bytes; `None` unless the text is exactly what [`encode`] would write.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
