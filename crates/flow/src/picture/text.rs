//! Texts in a picture: measured roughly, broken into lines, escaped.

use unicode_width::UnicodeWidthChar;

/// Width of a narrow character as a share of the font size; generous, because fonts differ.
const NARROW: f64 = 0.58;

/// About how wide a text is, in the unit of its font size.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars()
        .map(|character| character_width(character, size))
        .sum()
}

fn character_width(character: char, size: f64) -> f64 {
    match character.width() {
        Some(0) | None => 0.0,
        Some(1) => size * NARROW,
        Some(_) => size,
    }
}

/// A text in at most so many lines, each at most so wide; the last one is cut where more follows.
/// Breaks at blanks, after the signs that join words (`.`, `_`, `-`, `/`), before any wide
/// character, and inside a word that is longer than a line.
pub(super) fn wrapped(text: &str, widest: f64, size: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        if width(&line, size) + width(piece.trim_end(), size) > widest && !line.is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        if width(piece, size) <= widest {
            line.push_str(piece);
            continue;
        }
        for character in piece.chars() {
            if width(&line, size) + character_width(character, size) > widest && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    let line = line.trim_end();
    if !line.is_empty() {
        lines.push(line.to_owned());
    }
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(cut(&rest, widest, size));
    }
    lines
}

/// The pieces between which a text may be broken, each with the blanks after it.
fn pieces(text: &str) -> Vec<&str> {
    let text = text.trim();
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, character) in text.char_indices() {
        let wide = |character: char| character.width() == Some(2);
        let breaks = before.is_some_and(|before: char| {
            let joint = matches!(before, '.' | '_' | '-' | '/') && character.is_alphanumeric();
            let blank = before.is_whitespace() && !character.is_whitespace();
            joint || blank || (wide(before) && character.is_alphanumeric()) || wide(character)
        });
        if breaks {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(character);
    }
    pieces.push(&text[start..]);
    pieces
}

/// A text that is at most so wide, with an ellipsis where it was cut.
pub(super) fn cut(text: &str, widest: f64, size: f64) -> String {
    if width(text, size) <= widest {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = size;
    for character in text.chars() {
        used += character_width(character, size);
        if used > widest {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// A text as XML content or attribute value. Characters that XML cannot hold are left out; those
/// that turn the direction of writing around become visible, so that none shows another text.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                escaped.push('\u{fffd}');
            }
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// A number with a comma every three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
