//! JSON without the blanks between its tokens: every number and text stays as it was written.

/// Drops blanks outside of texts. The input must be valid JSON.
pub(crate) fn minify(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut short = Vec::with_capacity(bytes.len());
    // What was passed over and not yet copied begins here.
    let (mut from, mut at) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => at = end_of_text(bytes, at),
            b' ' | b'\t' | b'\n' | b'\r' => {
                short.extend_from_slice(&bytes[from..at - 1]);
                from = at;
            }
            _ => {}
        }
    }
    short.extend_from_slice(&bytes[from..]);
    short
}

/// The place behind a text that begins here.
fn end_of_text(bytes: &[u8], mut at: usize) -> usize {
    while let Some(length) = memchr::memchr2(b'"', b'\\', &bytes[at..]) {
        at += length + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        at = bytes.len().min(at + 1);
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_go_between_tokens_and_stay_in_texts() {
        for (long, short) in [
            ("{ \"a\" : [ 1.50 ,\n 2e0 ] }", r#"{"a":[1.50,2e0]}"#),
            (
                r#"{"a b": " c \" d \\" , "e": 1}"#,
                r#"{"a b":" c \" d \\","e":1}"#,
            ),
            ("\"贵阳 市\"", "\"贵阳 市\""),
        ] {
            assert_eq!(minify(long), short.as_bytes());
            assert_eq!(minify(short), short.as_bytes());
        }
    }
}
