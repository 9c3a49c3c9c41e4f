//! JSON without the blanks between its tokens: every number and text stays as it was written.

/// Drops blanks outside of texts. The input must be valid JSON.
pub(crate) fn minify(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut in_text = false;
    let mut escaped = false;
    for character in text.chars() {
        if in_text {
            short.push(character);
            match character {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_text = false,
                _ => {}
            }
        } else if !matches!(character, ' ' | '\t' | '\n' | '\r') {
            in_text = character == '"';
            short.push(character);
        }
    }
    short
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
            assert_eq!(minify(long), short);
            assert_eq!(minify(short), short);
        }
    }
}
