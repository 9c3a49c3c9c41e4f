//! Character references: resolved when reading, made when writing.

/// Whether XML takes a byte for a blank.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// What a value as written in quotes means: references resolved, line breaks and tabs of the file
/// itself made blanks, as XML demands of attribute values.
///
/// # Errors
/// A sentence about a reference that means nothing.
pub(super) fn resolve<'a>(written: &'a str, scratch: &'a mut String) -> Result<&'a str, String> {
    if first_special(written.as_bytes()) == written.len() {
        return Ok(written);
    }
    scratch.clear();
    let mut rest = written;
    loop {
        let plain = first_special(rest.as_bytes());
        scratch.push_str(&rest[..plain]);
        rest = &rest[plain..];
        let Some(special) = rest.bytes().next() else {
            return Ok(scratch);
        };
        match special {
            b'&' => {
                let (character, length) = reference(rest)?;
                scratch.push(character);
                rest = &rest[length..];
                continue;
            }
            // A line break of two characters is one line break.
            b'\r' if rest.as_bytes().get(1) == Some(&b'\n') => {}
            b'\t' | b'\n' | b'\r' => scratch.push(' '),
            other => scratch.push(char::from(other)),
        }
        rest = &rest[1..];
    }
}

/// The place of the first byte that does not stand for itself within quotes: `"`, `&` or a control
/// character; the length when there is none.
pub(super) fn first_special(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // Eight bytes at a time; see "Determine if a word has a byte less than n" in Sean Eron
    // Anderson's Bit Twiddling Hacks. The lowest bit found is exact.
    let zero_in = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut at = 0;
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*eight);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let quote = zero_in(word ^ (ONES * 0x22));
        let ampersand = zero_in(word ^ (ONES * 0x26));
        let found = control | quote | ampersand;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_special = |byte: &u8| matches!(*byte, 0..0x20 | b'"' | b'&');
    bytes[at..]
        .iter()
        .position(is_special)
        .map_or(bytes.len(), |found| at + found)
}

/// The character that a reference at the beginning of `text` stands for, and the reference's length.
fn reference(text: &str) -> Result<(char, usize), String> {
    // The longest that means anything is &#x10FFFF; with leading zeros allowed for.
    const LENGTH_MAX: usize = 32;
    let within = &text.as_bytes()[..text.len().min(LENGTH_MAX)];
    let Some(end) = memchr::memchr(b';', within) else {
        return Err(
            "\"&\" begins a reference that no \";\" ends; write &amp; for the character itself"
                .to_owned(),
        );
    };
    let name = &text[1..end];
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => numbered(name)?,
    };
    Ok((character, end + 1))
}

fn numbered(name: &str) -> Result<char, String> {
    let Some(number) = name.strip_prefix('#') else {
        return Err(format!(
            "&{name}; is not defined: XML has &amp; &lt; &gt; &quot; &apos; and &#NUMBER;"
        ));
    };
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let valid = !digits.is_empty() && digits.bytes().all(|byte| char::from(byte).is_digit(radix));
    let code = if valid {
        u32::from_str_radix(digits, radix).ok()
    } else {
        None
    };
    // The control characters that XML 1.0 forbids are let in, as are those not written as references.
    code.and_then(char::from_u32)
        .ok_or_else(|| format!("&{name}; is no character"))
}

/// Appends a text as a value in double quotes must be written.
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if !ESCAPED[usize::from(byte)] {
            continue;
        }
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            control => out.extend_from_slice(format!("&#{control};").as_bytes()),
        }
    }
    out.extend_from_slice(&bytes[from..]);
}

/// Which bytes cannot stand for themselves.
const ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        escaped[control] = true;
        control += 1;
    }
    escaped[b'&' as usize] = true;
    escaped[b'<' as usize] = true;
    escaped[b'>' as usize] = true;
    escaped[b'"' as usize] = true;
    escaped
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn references_are_resolved() {
        for (written, meant) in [
            ("plain", Ok("plain")),
            (
                "a &amp; b &lt;c&gt; &quot;d&quot; &apos;e&apos;",
                Ok("a & b <c> \"d\" 'e'"),
            ),
            ("&#38;&#x4e2D;&#10;", Ok("&中\n")),
            ("two\r\nlines\tand\na\rtab", Ok("two lines and a tab")),
            ("bell \u{7} kept", Ok("bell \u{7} kept")),
            ("&nbsp;", Err("not defined")),
            ("&#1;", Ok("\u{1}")),
            ("&#xD800;", Err("no character")),
            ("&#x110000;", Err("no character")),
            ("&#+5;", Err("no character")),
            ("&#;", Err("no character")),
            ("AT&T", Err("no \";\" ends")),
        ] {
            let mut scratch = String::new();
            let resolved = resolve(written, &mut scratch);
            match meant {
                Ok(meant) => assert_eq!(resolved, Ok(meant), "{written}"),
                Err(part) => assert!(resolved.unwrap_err().contains(part), "{written}"),
            }
        }
    }

    proptest! {
        #[test]
        fn an_escaped_text_reads_back(text in "[\\x00-\\u{ff}中&<>\"']{0,40}") {
            let mut out = Vec::new();
            escape(&text, &mut out);
            let written = String::from_utf8(out).unwrap();
            let mut scratch = String::new();
            prop_assert_eq!(resolve(&written, &mut scratch).unwrap(), text);
        }

        #[test]
        fn the_first_special_byte_is_found(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let slow = bytes.iter().position(|byte| matches!(*byte, 0..0x20 | b'"' | b'&'));
            prop_assert_eq!(first_special(&bytes), slow.unwrap_or(bytes.len()));
        }
    }
}
